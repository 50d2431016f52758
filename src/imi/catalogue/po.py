"""Translation files for translators: extracting, updating, and counting what is done.

One entry per text. Its context is the text's key, its source the English wording. An entry whose English changed keeps
its translation, is marked fuzzy and shows the former wording; fuzzy entries are not used. An entry that no person has
reviewed bears the comment ``unreviewed``; it is used.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from imi.catalogue.fault import Fault, shown
from imi.catalogue.texts import SOURCE_LANGUAGE, Domain, library

File = Any  # polib has no types: a file is a list of entries
Entry = Any

UNREVIEWED = "unreviewed"
PLACEHOLDER = re.compile(r"\[([a-z][a-z0-9_]{0,62})\]")


@dataclass(frozen=True)
class Completeness:
    """How far one translation file is."""

    domain: str
    lang: str
    total: int
    translated: int
    changed: int  # translated once, but the English has changed since
    unreviewed: int

    @property
    def missing(self) -> int:
        """The number of texts without any translation."""
        return self.total - self.translated - self.changed


def read(file: Path) -> File:
    """Read a translation file; an empty one if there is none.

    Raises:
        ValueError: the file is not a PO file in UTF-8.
    """
    if not file.exists():
        return library.POFile(wrapwidth=110)
    try:
        return library.pofile(file.read_text(encoding="utf-8"), wrapwidth=110)
    except OSError as error:
        raise ValueError(str(error)) from None


def update(domain: Domain, lang: str) -> Completeness:
    """Bring the translation file of ``lang`` up to date with the definitions and write it."""
    old = read(domain.file(lang))
    known = {entry.msgctxt: entry for entry in old if not entry.obsolete}
    memory = {entry.msgid: entry for entry in old if entry.msgstr and not entry.fuzzy}
    new = library.POFile(wrapwidth=110)
    new.metadata = {
        "Project-Id-Version": domain.name,
        "Language": lang,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    for context, english in domain.texts.items():
        new.append(_entry(context, english, known.get(context), memory.get(english)))
    file = domain.file(lang)
    file.parent.mkdir(parents=True, exist_ok=True)
    content = str(new)
    if not file.exists() or file.read_text(encoding="utf-8") != content:
        file.write_text(content, encoding="utf-8")
    return completeness(domain, lang)


def _entry(context: str, english: str, old: Entry | None, alike: Entry | None) -> Entry:
    entry = library.POEntry(msgctxt=context, msgid=english)
    if old is not None and old.msgstr:
        entry.msgstr, entry.tcomment, entry.flags = old.msgstr, old.tcomment, list(old.flags)
        entry.previous_msgid = old.previous_msgid
        if old.msgid != english:
            entry.previous_msgid = old.msgid
            entry.flags = [*(flag for flag in entry.flags if flag != "fuzzy"), "fuzzy"]
        elif not entry.fuzzy:
            entry.previous_msgid = None
    elif alike is not None:
        # The same words were translated elsewhere: offered, but a person should see whether they fit here.
        entry.msgstr, entry.tcomment = alike.msgstr, UNREVIEWED
    elif old is not None:
        entry.tcomment = old.tcomment
    return entry


def is_unreviewed(entry: Entry) -> bool:
    """Whether no person has reviewed the translation."""
    return UNREVIEWED in entry.flags or UNREVIEWED in entry.tcomment.split()


def completeness(domain: Domain, lang: str) -> Completeness:
    """Count the translations of a domain."""
    if lang == SOURCE_LANGUAGE:
        return Completeness(domain.name, lang, len(domain.texts), len(domain.texts), 0, 0)
    entries = {entry.msgctxt: entry for entry in read(domain.file(lang)) if not entry.obsolete}
    present = [entry for context, entry in entries.items() if context in domain.texts and entry.msgstr]
    current = [entry for entry in present if not entry.fuzzy and domain.texts[entry.msgctxt or ""] == entry.msgid]
    unreviewed = sum(1 for entry in current if is_unreviewed(entry))
    return Completeness(domain.name, lang, len(domain.texts), len(current), len(present) - len(current), unreviewed)


def missing(domain: Domain, lang: str) -> Iterator[tuple[str, str]]:
    """The context and English wording of each text without a usable translation."""
    if lang == SOURCE_LANGUAGE:
        return
    usable = {(entry.msgctxt, entry.msgid) for entry in read(domain.file(lang)) if entry.msgstr and not entry.fuzzy}
    for context, english in domain.texts.items():
        if (context, english) not in usable:
            yield context, english


def faults(domain: Domain, root: Path, languages: Iterable[str]) -> Iterator[Fault]:
    """What is wrong with the translations of a domain."""
    for lang in languages:
        if lang == SOURCE_LANGUAGE:
            continue
        file = domain.file(lang)
        try:
            catalogue = read(file)
        except (ValueError, UnicodeError) as error:
            line = re.search(r"line (\d+)", str(error))
            message = "This is not a readable translation file."
            at = int(line[1]) if line else 1
            yield Fault(shown(file, root), at, 1, "translation-syntax", message, "Correct the quoting in this line.")
            continue
        yield from _incomplete(domain, lang)
        yield from _lost_placeholders(domain, catalogue, shown(file, root))


def _incomplete(domain: Domain, lang: str) -> Iterator[Fault]:
    """One fault per file and language: hundreds of them would hide the others."""
    wanting = [context for context, _ in missing(domain, lang)]
    if not wanting:
        return
    wanted = set(wanting)
    by_file: dict[str, list[Fault]] = {}
    for context, _, source, path in domain.located():
        if context in wanted:
            message = f"{{count}} texts have no translation into {lang!r}; the first is {context!r}."
            cure = f"Translate what './imi procedures texts --missing {lang}' lists."
            fault = source.tree.fault(path, "language-incomplete", message, cure)
            by_file.setdefault(fault.file, []).append(fault)
    for found in by_file.values():
        first = found[0]
        message = first.message.format(count=len(found))
        yield Fault(first.file, first.line, first.column, first.rule, message, first.cure)


def _lost_placeholders(domain: Domain, catalogue: File, file: str) -> Iterator[Fault]:
    for entry in catalogue:
        if entry.obsolete or entry.fuzzy or not entry.msgstr or domain.texts.get(entry.msgctxt or "") != entry.msgid:
            continue
        if sorted(PLACEHOLDER.findall(entry.msgid)) != sorted(PLACEHOLDER.findall(entry.msgstr)):
            wanted = ", ".join(f"[{name}]" for name in PLACEHOLDER.findall(entry.msgid)) or "none"
            message = f"The translation of {entry.msgctxt!r} has other gaps than the English text ({wanted})."
            line = entry.linenum or 1
            yield Fault(file, line, 1, "translation-placeholder", message, "Use the same names, once each.")
