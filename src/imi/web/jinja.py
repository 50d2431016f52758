"""How pages are drawn: the environment of the templates below ``templates/``.

Everything is escaped unless it says itself that it is HTML (by ``__html__``, as Django's safe strings and Jinja's do).
A variable that does not exist is a fault, not an empty text. Filters of Django's that a template needs keep their
names, and where both know one of a name it is Django's.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template import defaultfilters
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]
from jinja2 import Environment, FileSystemBytecodeCache, StrictUndefined
from jinja2.bccache import Bucket
from markupsafe import Markup

from imi.directory.names import language_name
from imi.web import drawing
from imi.web.addresses import address_of

# How templates are read; what gathers their texts for translation reads them in the same way.
SYNTAX: dict[str, Any] = {"trim_blocks": True, "lstrip_blocks": True, "extensions": ["jinja2.ext.i18n"]}


class CompiledTemplates(FileSystemBytecodeCache):
    """Keeps compiled templates from one start to the next. A disk that fails costs only time."""

    def __init__(self, folder: Path) -> None:
        with suppress(OSError):
            folder.mkdir(mode=0o700, exist_ok=True)
        super().__init__(str(folder))

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a compiled template if there is one that can be read."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Write a compiled template down if that is possible."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def environment(**options: Any) -> Environment:
    """Make the environment; ``options`` are those that Django's backend gives."""
    kept = CompiledTemplates(Path(settings.IMI_HOME) / "templates")
    chosen = {**SYNTAX, "autoescape": True, "undefined": StrictUndefined, "bytecode_cache": kept}
    made = Environment(**{**options, **chosen})  # noqa: S701 -- escaping is on
    made.install_gettext_callables(  # type: ignore[attr-defined]
        translation.gettext, translation.ngettext, newstyle=True, pgettext=translation.pgettext
    )
    made.globals |= {
        "_": translated,
        "url": address_of,
        "static": static_address,
        "plain_static": plain_static,
        "page_language": page_language,
        "language_name": language_named,
        "is_right_to_left": translation.get_language_bidi,
        "control_kind": drawing.control_kind,
        "field_control": drawing.field_control,
        "option_control": drawing.option_control,
        "form_errors": drawing.form_errors,
    }
    made.filters |= {
        "date": local_date,
        "iso": iso,
        "linebreaks": defaultfilters.linebreaks_filter,
        "linebreaksbr": defaultfilters.linebreaksbr,
        "striptags": without_tags,
        "urlencode": defaultfilters.urlencode,
        "urlize": defaultfilters.urlize,
    }
    return made


def translated(text: str) -> Markup:
    """A text without variables in the page's language; a translation is as trustworthy as the template.

    Not a format, so that a per cent sign in a translation stays what it is. With variables it is ``{% trans %}``.
    """
    return Markup(translation.gettext(text))  # noqa: S704 -- from our own catalogues


def page_language() -> str:
    """The language of the page."""
    return translation.get_language() or "en"


def language_named(code: str) -> str:
    """The name of a language in the language of the page."""
    return language_name(code, page_language())


@cache
def static_address(path: str) -> str:
    """The address of a static file; it does not change as long as the process runs."""
    return static(path)


def plain_static(path: str) -> str:
    """The address of a static file as it lies in the sources, for pages that must not depend on the collected ones."""
    return f"{settings.STATIC_URL}{path}"


def local_date(value: Any, style: str) -> str:
    """A day or moment of the reader's zone, in a style of Django's ``date`` filter."""
    return defaultfilters.date(template_localtime(value), style)


def iso(value: date) -> str:
    """A day, or a moment in the reader's zone, for machines."""
    moment: date = template_localtime(value)
    return moment.isoformat()


def without_tags(text: str) -> str:
    """The words of a text that may hold markup; what was escaped before stays so."""
    bare = strip_tags(text)
    return SafeString(bare) if hasattr(text, "__html__") else bare
