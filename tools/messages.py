"""Keeps the translation catalogues: ``compile`` makes the binary ones, ``extract`` reads new texts from the sources."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polib

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

    The languages are those that have a catalogue, and ``new`` ones; any other language is shown in English. Guesses
    ("fuzzy" entries) are emptied: a text that has changed is shown in English until a person has translated it.
    """
    languages = sorted({folder.name for folder in (ROOT / "locale").iterdir()} | set(new))
    for code in languages:
        (ROOT / "locale" / code / "LC_MESSAGES").mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "imi.site", "makemessages", "--no-wrap", "--no-location"]
    done = subprocess.run([*command, *(f"--locale={code}" for code in languages)], cwd=ROOT / "src", check=False)
    for code in languages:
        _tidy(ROOT / "locale" / code / "LC_MESSAGES" / "django.po", code)
    return done.returncode


def _tidy(file: Path, code: str) -> None:
    """Give a catalogue a header that says what it is, and empty its guesses."""
    catalogue = polib.pofile(str(file), wrapwidth=0)
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
    catalogue.save(str(file))


def main() -> int:
    """Do what the first argument names."""
    if sys.argv[1:2] == ["extract"]:
        return extract(sys.argv[2:])
    print(f"{compile_changed()} catalogues compiled")
    return 0


if __name__ == "__main__":
    sys.exit(main())
