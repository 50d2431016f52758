"""The engine is generic: no policy area, procedure or country is named in code or templates."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from babel import Locale

from tests.repository.sources import ROOT, name, python_files, templates

# The training world is data about make-believe authorities, kept beside the code that reads it.
DATA = [ROOT / "src" / "imi" / "training" / "world"]
COUNTRIES = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "EL",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IS",
    "IT",
    "LI",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "NO",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]


def identifiers() -> set[str]:
    """Return the ids of every area and procedure, from the files that define them."""
    found: set[str] = set()
    for file in (ROOT / "procedures").glob("*/*.yaml"):
        area = file.parent.name
        if area in {"lifecycles", "calendars"}:
            continue
        found |= {area, f"{area}/{file.stem}"}
        if file.stem not in {"area", "questions"}:
            found.add(file.stem)
    return found


def country_names() -> list[str]:
    """Return the countries' English names."""
    territories = Locale("en").territories
    return [territories[code] for code in COUNTRIES if code in territories]


def literals(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the strings of a Python file that are not documentation."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def product() -> list[Path]:
    """Return the Python files of the product."""
    return [file for file in python_files("src") if not any(file.is_relative_to(folder) for folder in DATA)]


def test_no_code_names_an_area_a_procedure_or_a_country() -> None:
    ids = identifiers()
    countries = re.compile(r"\b(" + "|".join(map(re.escape, country_names())) + r")\b")
    named = [
        f"{name(file)}:{line}: {text[:60]!r}"
        for file in product()
        for line, text in literals(file)
        if text in ids or text in COUNTRIES or countries.search(text)
    ]
    assert not named, "\n".join(named)


def test_no_template_names_an_area_a_procedure_or_a_country() -> None:
    words = [*identifiers(), *COUNTRIES]
    quoted = re.compile(r"""["'](""" + "|".join(map(re.escape, sorted(words))) + r""")["']""")
    countries = re.compile(r"\b(" + "|".join(map(re.escape, country_names())) + r")\b")
    named = [
        f"{name(file)}:{number}: {line.strip()[:80]}"
        for file in templates()
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if quoted.search(line) or countries.search(line)
    ]
    assert not named, "\n".join(named)
