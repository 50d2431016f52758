"""Texts in several languages: cleaning what was typed, choosing what a reader gets, finding by words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Protocol, TypeVar
from urllib.parse import urlsplit

from imi.administration.reasons import Invalid
from imi.directory.folding import tokens
from imi.outreach import reasons

SOURCE = "en"


class Worded(Protocol):
    """A row that holds a text in one language."""

    lang: Any


T = TypeVar("T", bound=Worded)


def chosen(texts: Iterable[T], lang: str, own: str = "") -> T | None:
    """The text in ``lang``, else in English, else in its ``own`` language, else in whichever comes first; None if there
    is none."""
    by_lang = {text.lang: text for text in sorted(texts, key=lambda one: one.lang)}
    return by_lang.get(lang) or by_lang.get(SOURCE) or by_lang.get(own) or next(iter(by_lang.values()), None)


def plain(text: str) -> str:
    """What was typed, without what a database cannot hold and without space around it."""
    return text.replace("\x00", "").replace("\r\n", "\n").strip()


def checked_url(address: str, field: str) -> str:
    """An address that leads to the web.

    Raises:
        Invalid: it is of another kind, such as one that runs a script.
    """
    text = plain(address)
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(sign.isspace() for sign in text):
        raise Invalid({field: [str(reasons.NO_ADDRESS)]})
    return text


def filled(texts: Mapping[str, tuple[str, str]]) -> dict[str, tuple[str, str]]:
    """The languages that have a title, with title and body as they are stored.

    Raises:
        Invalid: there is none, or a body has no title.
    """
    found = {lang: (plain(title), plain(body)) for lang, (title, body) in texts.items()}
    untitled = {f"title_{lang}": [str(reasons.NO_TEXT)] for lang, (title, body) in found.items() if body and not title}
    if untitled:
        raise Invalid(untitled)
    kept = {lang: pair for lang, pair in found.items() if pair[0]}
    if not kept:
        raise Invalid({"": [str(reasons.NO_TEXT)]})
    return kept


def searchable(*texts: str) -> str:
    """The folded words of texts, each with a space before it, so that words are found by how they begin."""
    return " " + " ".join(dict.fromkeys(token for text in texts for token in tokens(text)))
