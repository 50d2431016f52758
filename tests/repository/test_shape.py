"""Small files, no catch-all modules, nothing that belongs to one machine."""

from __future__ import annotations

import re

from tests.repository.sources import ROOT, files, name, python_files

LONGEST_FILE = 500
# The folder of one particular workplace must not get into what everybody clones.
ONE_MACHINE = re.compile("/" + r"(?:work|tmp/common|root|home/\w+)/")
TEXT = {".py", ".html", ".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".json", ".css", ".po", ".sh", ""}


def test_no_python_file_is_longer_than_a_person_can_hold_in_mind() -> None:
    written = [file for file in python_files() if "migrations" not in file.parts]  # migrations are generated
    lengths = {name(file): len(file.read_bytes().splitlines()) for file in written}
    long = {path: length for path, length in lengths.items() if length > LONGEST_FILE}
    assert not long


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "misc", "common"}
    assert not [name(file) for file in python_files() if file.stem in drawers or drawers.intersection(file.parts)]


def test_requirements_hold_hashes_and_no_address() -> None:
    for kind in ("run", "test"):
        text = (ROOT / "requirements" / f"{kind}.txt").read_text()
        pins = re.findall(r"^[\w.\[\],-]+==.*?(?=^\S|\Z)", text, re.MULTILINE | re.DOTALL)
        assert pins
        assert all("--hash=sha256:" in pin for pin in pins)
        settings = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        assert not re.search(r"https?://|index-url|find-links|trusted-host", "\n".join(settings))
        assert "://" not in text


def test_no_file_names_a_folder_of_one_machine() -> None:
    exempt = {"tests/repository/test_shape.py"}
    named = []
    for file in files():
        if file.suffix not in TEXT or name(file) in exempt or file.stat().st_size > 2_000_000:
            continue
        if ONE_MACHINE.search(file.read_text(encoding="utf-8", errors="replace")):
            named.append(name(file))
    assert not named


def test_every_package_says_what_it_is_for() -> None:
    silent = [
        name(file)
        for file in python_files("src")
        if file.name == "__init__.py"
        and "migrations" not in file.parts
        and not file.read_text().lstrip().startswith('"""')
    ]
    assert not [path for path in silent if "/management/" not in path]
