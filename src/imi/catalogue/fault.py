"""A fault in a definition file: where it is, which rule it breaks and how to cure it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Path_ = tuple[str | int, ...]
Severity = Literal["error", "note"]


@dataclass(frozen=True, order=True)
class Fault:
    """One finding of the loader or the checker. A note does not hinder publication, an error does."""

    file: str
    line: int
    column: int
    rule: str
    message: str
    cure: str
    severity: Severity = "error"

    def __str__(self) -> str:
        """Give the form that editors and continuous integration understand: ``file:line:column: rule: message``."""
        mark = "" if self.severity == "error" else " (note)"
        return f"{self.file}:{self.line}:{self.column}: {self.rule}{mark}: {self.message} {self.cure}".rstrip()


class CatalogueError(Exception):
    """The files of a folder cannot be used; ``faults`` says why."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


def shown(path: Path, root: Path) -> str:
    """Return ``path`` as people write it: relative to the folder above ``root``, if it lies there."""
    try:
        return path.resolve().relative_to(root.resolve().parent).as_posix()
    except ValueError:
        return path.as_posix()
