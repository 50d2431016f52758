"""Makes the documents that people of the training world attach: small, real files that say they are invented."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from imi.files import actions as files

NOTICE = ("TRAINING DOCUMENT", "Invented for practice. It proves nothing", "and concerns no real person or body.")
_SIZE = (595, 842)  # A4 in points
_FORMATS = {"jpg": "JPEG", "png": "PNG"}


def paper(name: str, lines: Sequence[str], user_id: int, authority_id: str, now: datetime) -> dict[str, Any]:
    """Make a document, keep it in the file store and return it as a form refers to it.

    Args:
        name: its name; the ending decides what is made of it: a picture, or else a PDF.
        lines: what stands in it beside the notice that it is invented.
        user_id, authority_id, now: who attaches it, and when.
    """
    stem, _, suffix = name.rpartition(".")
    said = [*NOTICE, "", stem.replace("-", " ").capitalize(), *lines]
    if suffix in _FORMATS:
        content = _picture(said, _FORMATS[suffix])
    else:
        name, content = f"{stem}.pdf", _pdf(said)
    stored = files.store(SimpleUploadedFile(name, content), user_id, authority_id, now)
    return files.as_attachment(stored)


def _picture(lines: Sequence[str], kind: str) -> bytes:
    image = Image.new("RGB", _SIZE, "white")
    ImageDraw.Draw(image).multiline_text((60, 80), "\n".join(_latin(line) for line in lines), fill="black", spacing=10)
    target = io.BytesIO()
    image.save(target, kind)
    return target.getvalue()


def _latin(line: str) -> str:
    return line.encode("latin-1", "replace").decode("latin-1")


def _pdf(lines: Sequence[str]) -> bytes:
    """A PDF of one page in a font that every reader has; so its words are in Latin letters."""
    escaped = (_latin(line).replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") for line in lines)
    shown = " T* ".join(f"({line}) Tj" for line in escaped)
    stream = f"BT /F1 14 Tf 22 TL 60 760 Td {shown} ET".encode("latin-1")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>" % _SIZE,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    written = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, table)
    written += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        written.index(b"xref\n"),
    )
    return bytes(written)
