"""Keeps the translation catalogues: ``compile`` makes the binary ones, ``extract`` reads new texts from the sources."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import polib
from jinja2 import Environment

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

# The arguments of what translates in a template.
_ARGUMENTS = {
    "_": ("msgid",),
    "gettext": ("msgid",),
    "ngettext": ("msgid", "msgid_plural"),
    "pgettext": ("msgctxt", "msgid"),
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


def extract(new: list[str]) -> int:
    """Read the texts of Python and templates into the interface's catalogues, keeping every translation.

    Django reads those of Python and sets all others aside; those of templates are then taken up again or added.

    The languages are those that have a catalogue, and ``new`` ones; any other language is shown in English. Guesses
    ("fuzzy" entries) are emptied: a text that has changed is shown in English until a person has translated it.
    """
    languages = sorted({folder.name for folder in (ROOT / "locale").iterdir()} | set(new))
    for code in languages:
        (ROOT / "locale" / code / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "imi.site", "makemessages", "--no-wrap", "--no-location", "--extension=py"]
    done = subprocess.run([*command, *(f"--locale={code}" for code in languages)], cwd=ROOT / "src", check=False)
    texts = list(template_texts())
    for code in languages:
        file = ROOT / "locale" / code / "LC_MESSAGES" / "django.po"
        catalogue = polib.pofile(str(file), wrapwidth=0)
        _take_up(catalogue, texts)
        _tidy(catalogue, code)
        catalogue.save(str(file))
    return done.returncode


def template_texts() -> Iterator[polib.POEntry]:
    """Yield the texts of all templates, untranslated.

    Raises:
        ValueError: something is to be translated that does not stand in the template.
    """
    reader = Environment(**SYNTAX)  # draws nothing
    for file in sorted((ROOT / "src").rglob("templates/**/*.html")):
        for line, function, found in reader.extract_translations(file.read_text(encoding="utf-8")):
            strings = found if isinstance(found, tuple) else (found,)
            named = dict(zip(_ARGUMENTS[function], strings, strict=False))
            if None in named.values():
                raise ValueError(f"{file}:{line}: only a text that stands in the template can be translated")
            flags = ["python-format"] if "%(" in named["msgid"] else []
            yield polib.POEntry(**named, flags=flags)


def _take_up(catalogue: polib.POFile, texts: Iterable[polib.POEntry]) -> None:
    """Add what a catalogue does not know, and put back what had been set aside."""
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue}
    forms = int(catalogue.metadata.get("Plural-Forms", "nplurals=2").partition("=")[2].partition(";")[0])
    for text in texts:
        entry = known.get((text.msgctxt, text.msgid))
        if entry is None:
            entry = known[text.msgctxt, text.msgid] = polib.POEntry(
                msgid=text.msgid, msgctxt=text.msgctxt, msgid_plural=text.msgid_plural, flags=list(text.flags)
            )
            if text.msgid_plural:
                entry.msgstr_plural = dict.fromkeys(range(forms), "")
            catalogue.append(entry)
        entry.obsolete = False


def _tidy(catalogue: polib.POFile, code: str) -> None:
    """Give a catalogue a header that says what it is, and empty its guesses."""
    catalogue.header = "Texts of the interface. English is the source; see docs/ for how to translate."
    catalogue.metadata_is_fuzzy = []
    for name in VOLATILE:
        catalogue.metadata.pop(name, None)
    catalogue.metadata["Project-Id-Version"] = "imi"
    catalogue.metadata["Language"] = code
    catalogue.metadata.setdefault("Plural-Forms", PLURALS_UNKNOWN_TO_DJANGO.get(code, "nplurals=2; plural=(n != 1);"))
    for entry in catalogue:
        if entry.fuzzy:
            entry.flags.remove("fuzzy")
            entry.msgstr = ""
            entry.msgstr_plural = dict.fromkeys(entry.msgstr_plural, "")
        entry.previous_msgid = entry.previous_msgid_plural = entry.previous_msgctxt = None
    catalogue.sort(key=lambda entry: (entry.msgid, entry.msgctxt or ""))


def main() -> int:
    """Do what the first argument names."""
    if sys.argv[1:2] == ["extract"]:
        return extract(sys.argv[2:])
    print(f"{compile_changed()} catalogues compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
