"""Accessible PDF files (PDF/UA-1) from our own pages.

What people wrote stands in these pages, so nothing outside may be fetched while they are drawn: WeasyPrint's fetcher
is told to take ``data:`` addresses only, and even those are only our own font.
"""

from __future__ import annotations

import base64
import threading
from functools import lru_cache
from pathlib import Path

from django.contrib.staticfiles import finders

LONGEST_PAGE = 5_000_000
# Latin only: the file for other scripts has no space, which PDF/UA does not forgive. These take the system's font.
_FONT = "vendor/ecl/fonts/inter-latin.woff2"
_ONE_AT_A_TIME = threading.Lock()

_STYLE = """
@page { size: A4; margin: 20mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt Inter } }
body { font: 10pt/1.45 Inter, "DejaVu Sans", "Noto Sans", sans-serif; color: #262626 }
body { overflow-wrap: break-word }
:lang(bg), :lang(el) { font-family: "DejaVu Sans", "Noto Sans", sans-serif }
h1 { font-size: 17pt; margin: 0 0 2mm } h2 { font-size: 12.5pt; margin: 7mm 0 2mm; border-bottom: .5pt solid #8c8c8c }
h3 { font-size: 10.5pt; margin: 4mm 0 0 } h1, h2, h3 { break-after: avoid; line-height: 1.25 }
p { margin: 1mm 0 } .kicker, .note, .imi-note { color: #595959; font-size: 8.5pt }
table { width: 100%; border-collapse: collapse; margin: 2mm 0 } caption { text-align: left; font-weight: 700 }
th, td { text-align: left; vertical-align: top; border-bottom: .5pt solid #bfbfbf; padding: 1mm 2mm 1mm 0 }
th { font-weight: 700 } th:first-child { width: 24% } th:nth-child(2) { width: 36% }
dl { margin: 1mm 0 0; display: flow-root } dt { color: #595959; float: left; clear: left; width: 52mm }
dd { margin: 0 0 1mm 56mm; min-height: 1.45em }
article { margin: 0 0 3mm } .imi-depth-1 { margin-left: 6mm } .imi-depth-2, .imi-depth-3 { margin-left: 12mm }
.imi-asked__question { font-weight: 700 } .imi-asked__answer, .imi-asked__comment { padding-left: 3mm }
.imi-original { white-space: pre-line } .imi-filled { font-weight: 700 }
"""


class PdfUnavailable(RuntimeError):
    """The libraries that draw PDF files are not installed."""


class PageTooLarge(ValueError):
    """There is more to print than one file may hold."""


def from_html(page: str) -> bytes:
    """Draw a whole HTML page, with a language and a title, as PDF/UA-1.

    Args:
        page: a page made from our own templates.

    Raises:
        PdfUnavailable: the libraries are missing.
        PageTooLarge: there is too much to print.
    """
    if len(page) > LONGEST_PAGE:
        raise PageTooLarge
    try:
        # Imported when needed: it loads Pango, which an installation may do without.
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration
        from weasyprint.urls import URLFetcher
    except (ImportError, OSError) as error:
        raise PdfUnavailable(str(error)) from error
    fetcher = URLFetcher(allowed_protocols=["data"])
    # Pango's font map is shared by all threads.
    with _ONE_AT_A_TIME:
        document = HTML(string=page, url_fetcher=fetcher, base_url=None)
        fonts = FontConfiguration()
        style = CSS(string=_font_face() + _STYLE, url_fetcher=fetcher, font_config=fonts)
        made: bytes = document.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
    return made


@lru_cache(maxsize=1)
def _font_face() -> str:
    """Our own font as data, so that a PDF looks the same on every machine."""
    found = finders.find(_FONT)
    if not isinstance(found, str):
        return ""
    data = base64.b64encode(Path(found).read_bytes()).decode()
    source = f"src: url(data:font/woff2;base64,{data}) format('woff2')"
    return "".join(f"@font-face {{ font-family: Inter; font-weight: {weight}; {source} }}" for weight in (400, 700))
