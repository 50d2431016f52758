"""The files of the repository, as these tests read them."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Return every file that is or would be committed; without git, every file outside hidden folders and ``var``."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        found = [ROOT / name for name in done.stdout.split("\0") if name]
    else:
        found = [file for file in ROOT.rglob("*") if not {".venv", "var", "__pycache__"}.intersection(file.parts)]
    return tuple(sorted(file for file in set(found) if file.is_file()))


def python_files(folder: str = "") -> list[Path]:
    """Return the Python files below a folder, the launcher included."""
    return [
        file
        for file in files()
        if file.is_relative_to(ROOT / folder) and (file.suffix == ".py" or file == ROOT / "imi")
    ]


def templates() -> list[Path]:
    """Return every template of the product."""
    return [file for file in files() if "templates" in file.parts and file.is_relative_to(ROOT / "src")]


def name(file: Path) -> str:
    """Return a file's path inside the repository."""
    return str(file.relative_to(ROOT))
