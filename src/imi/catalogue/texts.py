"""The texts of definitions in every language.

English stands in the definitions. A translation is found by the text's key *and* its English wording, so a
translation of an older wording is never shown for a newer one. What has no translation is shown in English and says
so: a missing translation hides nothing and breaks nothing.

Files: ``<area>/locale/<language>.po`` for an area with its procedures and question sets, and
``lifecycles/locale/<language>.po`` for all lifecycles. At run time they are read in their compiled form, which is
made when first needed and kept in the cache folder under the digest of the source.
"""

from __future__ import annotations

import gettext
import hashlib
import io
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polib

from imi.catalogue.load import LIFECYCLES, AreaSource, Folder, Joined, Source
from imi.core.notation import Model
from imi.core.wording import WORDS, located_texts, texts

SOURCE_LANGUAGE = "en"
library: Any = polib  # it has no types
LOCALE = "locale"


@dataclass(frozen=True, slots=True)
class Translated:
    """A text as shown: the wording, its language, and whether it stands in for a missing translation."""

    text: str
    lang: str
    is_fallback: bool


class Wording:
    """The texts of one definition in one language."""

    def __init__(self, lang: str, translations: Mapping[str, tuple[str, str]]) -> None:
        """Hold ``translations``: key to (English wording, translation)."""
        self.lang = lang
        self._translations = translations

    def get(self, key: str, english: str) -> Translated:
        """Return the text with ``key``; in English if this language lacks it or translated another wording."""
        found = self._translations.get(key)
        if found is not None and found[0] == english:
            return Translated(found[1], self.lang, False)
        return Translated(english, SOURCE_LANGUAGE, self.lang != SOURCE_LANGUAGE)

    def as_mapping(self) -> dict[str, str]:
        """Key to translation, for storing beside a published definition."""
        return {key: text for key, (_, text) in self._translations.items()}

    @classmethod
    def stored(cls, lang: str, english: Mapping[str, str], translations: Mapping[str, str]) -> Wording:
        """Make the wording of a definition from what was stored with it."""
        return cls(lang, {key: (english[key], text) for key, text in translations.items() if key in english})


@dataclass(frozen=True)
class Domain:
    """The texts that share one translation file per language."""

    name: str
    folder: Path
    owners: Mapping[str, Source[Model]]  # prefix of the context to the file
    languages: tuple[str, ...]

    def file(self, lang: str) -> Path:
        """The translation file of a language."""
        return self.folder / LOCALE / f"{lang}.po"

    @cached_property
    def texts(self) -> dict[str, str]:
        """Context to English text, in the order of the files."""
        return {context: text for context, text, _, _ in self.located()}

    def located(self) -> Iterator[tuple[str, str, Source[Model], tuple[str | int, ...]]]:
        """Each text once: its context, its English wording, its file and its path in the file."""
        seen: set[str] = set()
        for owner, source in self.owners.items():
            if source.model is None:
                continue
            for key, path, text in located_texts(source.model):
                context = context_of(owner, key)
                inherited = bool(path) and path[0] not in source.tree.data
                if context not in seen and not inherited:
                    seen.add(context)
                    yield context, text, source, path


def context_of(owner: str, key: str) -> str:
    """The context under which a text is translated: its file's name and its key; an area's own texts need no name."""
    return f"{owner}/{key}" if owner else key


def area_domain(area: AreaSource) -> Domain:
    """The texts of an area, its procedures and its question sets."""
    owners: dict[str, Source[Model]] = {"": area.area}  # type: ignore[dict-item]
    owners |= area.procedures  # type: ignore[arg-type]
    owners |= {source.name: source for source in area.questions.values()}  # type: ignore[misc]
    languages = area.area.model.languages if area.area.model else ()
    return Domain(area.path.name, area.path, owners, languages)


def lifecycle_domain(folder: Folder) -> Domain:
    """The texts of all lifecycles, wanted in every language of every area."""
    languages: dict[str, None] = {}
    for area in folder.areas.values():
        languages.update(dict.fromkeys(area.area.model.languages if area.area.model else ()))
    return Domain(LIFECYCLES, folder.root / LIFECYCLES, dict(folder.lifecycles), tuple(languages))  # type: ignore[arg-type]


def domains(folder: Folder) -> Iterator[Domain]:
    """All domains of a folder."""
    yield lifecycle_domain(folder)
    for area in folder.areas.values():
        yield area_domain(area)


class Translations:
    """The translations of a folder, read when first asked for."""

    def __init__(self, folder: Folder, cache: Path | None = None) -> None:
        """Read below ``folder``; keep compiled files in ``cache``, or only in memory."""
        self._root = folder.root
        self._cache = cache
        self._read: dict[Path, gettext.NullTranslations] = {}

    def wording(self, joined: Joined, lang: str) -> Wording:
        """Return the texts of a definition in ``lang``; a regional variant (``pt-BR``) falls back to its language."""
        lang = lang.lower().replace("_", "-")
        for candidate in (lang, lang.partition("-")[0]):
            if candidate in joined.definition.area.languages or candidate == SOURCE_LANGUAGE:
                return Wording(candidate, self._collect(joined, candidate))
        return Wording(lang, {})

    def _collect(self, joined: Joined, lang: str) -> dict[str, tuple[str, str]]:
        if lang == SOURCE_LANGUAGE:
            return {key: (text, text) for key, text in texts(joined.definition).items()}
        area = self._messages(joined.area.path / LOCALE / f"{lang}.po")
        shared = self._messages(self._root / LIFECYCLES / LOCALE / f"{lang}.po")
        found: dict[str, tuple[str, str]] = {}
        parts = (
            ("", joined.definition.area, area),
            (joined.procedure.name, joined.definition.procedure, area),
            (joined.lifecycle.name, joined.definition.lifecycle, shared),
            (joined.questions.name if joined.questions else "", joined.definition.questions, area),
        )
        for owner, part, messages in parts:
            for key, english in texts(part).items() if part else ():
                translated = _find(messages, context_of(owner, key), english)
                if translated is None and key.startswith("cannot_say_reasons."):
                    translated = _find(messages, f"area.{key}", english)  # the set took them over from its area
                if translated:
                    found[key] = (english, translated)
        for key in joined.definition.procedure.words:
            if f"{WORDS}{key}" in found:
                found[key] = found[f"{WORDS}{key}"]
        return found

    def _messages(self, file: Path) -> gettext.NullTranslations:
        if file not in self._read:
            messages = _compiled(file, self._cache)
            messages.add_fallback(_Missing())
            self._read[file] = messages
        return self._read[file]


def _find(messages: gettext.NullTranslations, context: str, english: str) -> str | None:
    return messages.pgettext(context, english)


class _Missing(gettext.NullTranslations):
    """Says None for what has no translation, so that it differs from a text that reads the same in both languages."""

    def pgettext(self, context: str, message: str) -> str:
        """Return None."""
        return None  # type: ignore[return-value]


def _compiled(file: Path, cache: Path | None) -> gettext.NullTranslations:
    """The messages of a translation file; none if it is missing or broken (``check`` reports that)."""
    try:
        raw = file.read_bytes()
    except OSError:
        return gettext.NullTranslations()
    kept = cache / f"{hashlib.sha256(raw).hexdigest()}.mo" if cache else None
    try:
        if kept is None:
            return gettext.GNUTranslations(io.BytesIO(_compile(raw)))
        if not kept.exists():
            _write(kept, _compile(raw))
        with kept.open("rb") as stream:
            return gettext.GNUTranslations(stream)
    except (OSError, ValueError, UnicodeError):
        return gettext.NullTranslations()


def _compile(raw: bytes) -> bytes:
    binary: bytes = library.pofile(raw.decode("utf-8")).to_binary()
    return binary


def _write(file: Path, content: bytes) -> None:
    """Write a file that appears whole or not at all, for several processes may fill the cache at once."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(file)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
