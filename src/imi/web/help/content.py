"""The texts of the help: files of entries below ``help/<language>/``, English being the source.

A translation may lack entries; the reader then gets the English one, marked with its language. What an entry is about
(``page``, ``pages``) is said in English only. Texts are plain: paragraphs apart by empty lines, lines of a list
beginning with ``-``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from imi.directory.folding import likeness, query_tokens, tokens

SOURCE = "en"
SECTIONS: dict[str, str | Promise] = {
    "questions": gettext_lazy("Frequently asked questions"),
    "glossary": gettext_lazy("Glossary"),
    "pages": gettext_lazy("What each page is for"),
    "protection": gettext_lazy("Data protection for users"),
    "coordinators": gettext_lazy("For coordinators"),
}
"""The sections one can read, in order, with their titles; each is a file of its name."""

STEPS = "steps"
"""The file of the first steps."""

EXERCISES = "exercises"
"""The file of the exercises of the training world."""

ENOUGH = 0.5
IN_TITLE = 2.0
MOST_FOUND = 20


class BadHelp(ValueError):
    """A file of the help does not hold what it must; says which and what."""


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or the lines of a list."""

    lines: tuple[str, ...]
    listed: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One text of the help.

    ``lang`` is the language it is in; ``page`` names the view where one does what it tells, which only local
    ``administrators`` are led to if so marked; ``pages`` are the views that it explains; ``evidence`` says what shows
    that an exercise was done.
    """

    section: str
    id: str
    title: str
    lang: str
    blocks: tuple[Block, ...]
    page: str = ""
    administrators: bool = False
    pages: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)
    title_keys: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


def entries(section: str, lang: str) -> tuple[Entry, ...]:
    """The entries of a section in the order of the source, each in ``lang`` or else in English."""
    translated = _own(section, lang)
    return tuple(translated.get(one.id, one) for one in _own(section, SOURCE).values())


def explaining(view: str, lang: str) -> Entry | None:
    """The entry that explains a page, by the name of its view; None if there is none."""
    return next((one for one in entries("pages", lang) if view in one.pages), None)


def find(words: str, lang: str) -> list[Entry]:
    """The entries in which every word occurs, in any form that begins alike, the best answers first."""
    wanted = query_tokens(words)
    if not wanted:
        return []
    rated = [(_worth(one, wanted), one) for name in SECTIONS for one in entries(name, lang)]
    found = sorted((pair for pair in rated if pair[0] > 0), key=lambda pair: -pair[0])
    return [one for _worth_of, one in found[:MOST_FOUND]]


def _worth(entry: Entry, wanted: Iterable[str]) -> float:
    """How well an entry answers; 0 as soon as one word is missing."""
    total = 0.0
    for word in wanted:
        titled, told = _best(word, entry.title_keys), _best(word, entry.keys)
        if max(titled, told) < ENOUGH:
            return 0.0
        total += max(IN_TITLE * titled, told)
    return total


def _best(word: str, keys: Iterable[str]) -> float:
    return max((likeness(word, key) for key in keys if key[0] == word[0]), default=0.0)


@cache
def reviewed(lang: str) -> bool:
    """Whether a person who knows the language has confirmed its texts; the source needs none."""
    if lang == SOURCE:
        return True
    file = _folder(lang) / "about.yaml"
    return bool(_read(file).get("reviewed")) if file.is_file() else False


# --- files -----------------------------------------------------------------------------------------------------------


def _folder(lang: str) -> Path:
    return Path(settings.IMI_HELP) / lang


@cache
def _own(section: str, lang: str) -> dict[str, Entry]:
    """The entries that a language has itself, by id."""
    if lang not in dict(settings.LANGUAGES):
        return {}
    file = _folder(lang) / f"{section}.yaml"
    if not file.is_file():
        return {}
    about = {} if lang == SOURCE else _own(section, SOURCE)
    found: dict[str, Entry] = {}
    for raw in _read(file):
        entry = _entry(file, section, lang, raw, about)
        if entry.id in found:
            raise BadHelp(f"{file}: “{entry.id}” is there twice")
        found[entry.id] = entry
    return found


def _read(file: Path) -> Any:
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except yaml.YAMLError as fault:
        raise BadHelp(f"{file}: {fault}") from fault


def _entry(file: Path, section: str, lang: str, raw: Any, about: Mapping[str, Entry]) -> Entry:
    if not isinstance(raw, dict) or not all(isinstance(raw.get(name), str) for name in ("id", "title", "text")):
        raise BadHelp(f"{file}: each entry has an id, a title and a text, not {raw!r}")
    title, text = raw["title"].strip(), raw["text"].strip()
    source = about.get(raw["id"])
    if about and source is None:
        raise BadHelp(f"{file}: the source has no “{raw['id']}”")
    return Entry(
        section=section,
        id=raw["id"],
        title=title,
        lang=lang,
        blocks=tuple(blocks(text)),
        page=source.page if source else raw.get("page", ""),
        administrators=source.administrators if source else bool(raw.get("administrators")),
        pages=source.pages if source else tuple(raw.get("pages", ())),
        evidence=source.evidence if source else raw.get("evidence", {}),
        title_keys=tokens(title),
        keys=tokens(text),
    )


def blocks(text: str) -> Iterable[Block]:
    """The paragraphs and lists of a plain text: paragraphs apart by empty lines, lines of a list begin with ``-``."""
    for part in text.split("\n\n"):
        lines = [line.strip() for line in part.splitlines() if line.strip()]
        if not lines:
            continue
        if all(line.startswith("- ") for line in lines):
            yield Block(tuple(line[2:] for line in lines), listed=True)
        else:
            yield Block((" ".join(lines),), listed=False)
