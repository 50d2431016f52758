"""What there is of a text in each language, and what could be drafted: for whatever has texts in several languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from imi.directory.names import language_name
from imi.translation.drafts import outdated, prospects
from imi.translation.models import Drafted

_WHY_NOT: dict[str, Promise | str] = {
    "unsupported_pair": gettext_lazy("The engine does not translate between these languages any more."),
    "too_long": gettext_lazy("The text or its translation is too long."),
    "protected": gettext_lazy("Addresses, numbers or quoted names did not come through unchanged."),
    "poor": gettext_lazy("What came out was no usable text."),
    "bad_model": gettext_lazy("The files of the engine are damaged; the operator can tell more."),
}


def why_not(error: str) -> str:
    """Why there is no draft, in words."""
    return str(_WHY_NOT.get(error, _("The engine failed several times.")))


@dataclass(frozen=True, slots=True)
class Language:
    """A language and what there is in it: state is written, draft, outdated, waiting, failed or none."""

    code: str
    name: str
    state: str
    why: str = ""


def languages(texts: Mapping[str, Any], orders: Mapping[str, Any], lang: str) -> list[Language]:
    """What there is in each language.

    Args:
        texts: those of one thing by language, each a :class:`Drafted`.
        orders: those of drafts by language; ``error`` says why there is none.
        lang: the reader's.
    """
    return [
        Language(code, language_name(code, lang), _state(code, texts, orders), _why(orders.get(code)))
        for code, _own in settings.LANGUAGES
    ]


def _state(code: str, texts: Mapping[str, Any], orders: Mapping[str, Any]) -> str:
    text, order = texts.get(code), orders.get(code)
    if text is not None and not text.machine:
        return "written"
    if order is not None:
        return "failed" if order.error else "waiting"
    if text is None:
        return "none"
    return "outdated" if outdated(text, texts) else "draft"


def _why(order: Any) -> str:
    return why_not(order.error) if order is not None and order.error else ""


def beside(texts: Mapping[str, Any], lang: str, own: str, wanted: str = "") -> str:
    """The language to be read beside another: the wanted one, that of the original, the own, or the first other one."""
    others = [code for code in texts if code != lang]
    original = texts[lang].source_lang if lang in texts else ""
    return next((code for code in (wanted, original, own) if code in others), next(iter(others), ""))


def origin(text: Drafted, lang: str) -> dict[str, Any] | None:
    """Whence a draft came, as the templates say it; None for what a person wrote or confirmed."""
    if not text.machine:
        return None
    return {
        "engine": text.engine,
        "made_at": text.drafted_at,
        "source_lang": text.source_lang,
        "source": language_name(text.source_lang, lang) if text.source_lang else "",
        "via": language_name(text.via, lang) if text.via else "",
    }


def drafting(texts: Mapping[str, Any], orders: Mapping[str, Any], source: str, lang: str) -> dict[str, Any] | None:
    """What can be drafted from the text in a language; None if there is none by a person."""
    if source not in texts or texts[source].machine:
        return None
    waiting = [code for code, order in orders.items() if not order.error]
    found = prospects(texts, source, waiting)
    return {
        "engine": found.engine,
        "possible": [language_name(code, lang) for code in found.possible],
        "impossible": len(found.impossible),
    }


def say_ordered(request: HttpRequest, count: int) -> None:
    """Tell how many drafts are on their way."""
    if count:
        text = ngettext(
            "%(count)s language is being translated. The draft appears here within a minute.",
            "%(count)s languages are being translated. The drafts appear here within a minute.",
            count,
        )
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("There is nothing that could be drafted by machine now."))


def code_in(given: Mapping[str, Any], name: str) -> str:
    """The code of a language that a form names; whatever else it holds is cut."""
    return str(given.get(name, ""))[:5].replace("\x00", "")
