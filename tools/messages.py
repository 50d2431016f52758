"""Keeps the translation catalogues: ``compile`` makes the binary ones, ``extract`` reads new texts from the sources."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import django.conf.locale
import polib
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file

from imi.web.jinja import SYNTAX

ROOT = Path(__file__).resolve().parents[1]
TREES = ("locale", "procedures", "src")

# Header fields that change with every run or name a machine: left out, so that a catalogue changes only with its texts.
VOLATILE = (
    "POT-Creation-Date",
    "PO-Revision-Date",
    "Last-Translator",
    "Language-Team",
    "Report-Msgid-Bugs-To",
    "X-Generator",
)

# For other languages the plural rule comes from Django's own catalogue.
PLURALS_UNKNOWN_TO_DJANGO = {
    "mt": (
        "nplurals=5; plural=(n==1 ? 0 : n==2 ? 1 : (n==0 || (n%100>=3 && n%100<=10)) ? 2 : "
        "(n%100>=11 && n%100<=19) ? 3 : 4);"
    )
}

# What translates, with the places of text, plural and context ("c") among its arguments.
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# How each sort of source is read.
READERS = {
    "*.py": ("python", {}),
    "templates/**/*.html": (
        "jinja2.ext:babel_extract",
        {"silent": "false"} | {name: str(SYNTAX[name]) for name in ("trim_blocks", "lstrip_blocks")},
    ),
}


def compile_changed() -> int:
    """Compile every catalogue that is newer than its binary; return how many there were."""
    changed = 0
    for source in sorted(file for tree in TREES for file in (ROOT / tree).rglob("*.po")):
        binary = source.with_suffix(".mo")
        if binary.exists() and binary.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        partial = binary.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(partial))
        partial.replace(binary)
        changed += 1
    return changed


def extract(new: list[str]) -> None:
    """Read the texts of Python and templates into the interface's catalogues, keeping every translation.

    The languages are those that have a catalogue, and ``new`` ones; any other language is shown in English. Nothing is
    guessed: a text that has changed is shown in English until a person has translated it.
    """
    texts = list(texts_of_sources())
    for code in sorted({folder.name for folder in (ROOT / "locale").iterdir()} | set(new)):
        file = ROOT / "locale" / code / "LC_MESSAGES" / "django.po"
        file.parent.mkdir(parents=True, exist_ok=True)
        catalogue = polib.pofile(str(file), wrapwidth=0) if file.exists() else polib.POFile(wrapwidth=0)
        _tidy(catalogue, code)
        _bring_up_to_date(catalogue, texts)
        catalogue.save(str(file))


def texts_of_sources() -> Iterator[polib.POEntry]:
    """Yield every text that the sources have translated, each as often as it stands there."""
    for pattern, (method, options) in READERS.items():
        for file in sorted((ROOT / "src").rglob(pattern)):
            for _line, found, _notes, context in extract_from_file(method, file, KEYWORDS, options=options):
                text, plural = found if isinstance(found, tuple) else (found, "")
                flags = ["python-format"] if Message(found).python_format else []
                yield polib.POEntry(msgid=text, msgid_plural=plural, msgctxt=context, flags=flags)


def _bring_up_to_date(catalogue: polib.POFile, texts: Iterable[polib.POEntry]) -> None:
    """Add what a catalogue does not know, and set aside what the sources do not have any more."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    forms = int(catalogue.metadata["Plural-Forms"].partition("=")[2].partition(";")[0])
    for entry in catalogue:
        entry.obsolete = True
    for text in texts:
        entry = known.get((text.msgctxt, text.msgid))
        if entry is None:
            entry = known[text.msgctxt, text.msgid] = polib.POEntry(msgid=text.msgid, msgctxt=text.msgctxt)
            catalogue.append(entry)
        if text.msgid_plural and not entry.msgid_plural:
            entry.msgid_plural, entry.msgstr_plural = text.msgid_plural, dict.fromkeys(range(forms), "")
        entry.flags += [flag for flag in text.flags if flag not in entry.flags]
        entry.obsolete = False
    catalogue.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))


def _tidy(catalogue: polib.POFile, code: str) -> None:
    """Give a catalogue a header that says what it is, and empty the guesses of an editor ("fuzzy" entries)."""
    catalogue.header = "Texts of the interface. English is the source; see docs/ for how to translate."
    catalogue.metadata_is_fuzzy = []
    for name in VOLATILE:
        catalogue.metadata.pop(name, None)
    catalogue.metadata["Project-Id-Version"] = "imi"
    catalogue.metadata["Language"] = code
    catalogue.metadata.setdefault("MIME-Version", "1.0")
    catalogue.metadata.setdefault("Content-Type", "text/plain; charset=UTF-8")
    catalogue.metadata.setdefault("Content-Transfer-Encoding", "8bit")
    if "Plural-Forms" not in catalogue.metadata:
        catalogue.metadata["Plural-Forms"] = _plural_rule(code)
    for entry in catalogue:
        if entry.fuzzy:
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
        entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None


def _plural_rule(code: str) -> str:
    """The plural forms of a language that has no catalogue yet."""
    known = Path(django.conf.locale.__file__).parent / code / "LC_MESSAGES" / "django.po"
    rule = polib.pofile(str(known)).metadata.get("Plural-Forms") if known.exists() else None
    return rule or PLURALS_UNKNOWN_TO_DJANGO.get(code, "nplurals=2; plural=(n != 1);")


def main() -> int:
    """Do what the first argument names."""
    if sys.argv[1:2] == ["extract"]:
        extract(sys.argv[2:])
        return 0
    print(f"{compile_changed()} catalogues compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
