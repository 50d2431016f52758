"""Comparing definitions that lie in files, in the catalogue, or among stored versions."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from imi.catalogue.fault import CatalogueError
from imi.catalogue.load import Folder, Joined, read_folder
from imi.core.definition import Definition
from imi.core.diff import WEIGHTS, Change, diff, heaviest

__all__ = ["CompareError", "definition", "described", "diff", "exit_code"]

_CODES = {None: 0, "wording": 0, "safe": 0, "mapping": 3, "forbidden": 4}
_MEANING = {
    "wording": "Wording only: no new legal version.",
    "safe": "Safe: a new version for new exchanges.",
    "mapping": "Needs a mapping: say what takes the place of what is gone.",
    "forbidden": "Forbidden: use new ids instead.",
}


class CompareError(ValueError):
    """What is to be compared cannot be found or read."""


def definition(name: str, folder: Path, versions: Path | None = None) -> Definition:
    """Find a definition.

    Args:
        name: ``area/procedure`` in ``folder``; the path of a procedure's file (its area and lifecycle are looked for
            in the folders around it); the path of a stored definition (``.json``); or a hash, or its beginning.
        folder: the folder of procedures.
        versions: folder of stored definitions, ``<hash>.json``.

    Raises:
        CompareError: there is nothing of that name, or more than one.
        CatalogueError: the files have faults.
    """
    path = Path(name)
    if path.suffix == ".json" and path.is_file():
        return stored(path)
    if path.suffix in (".yaml", ".yml") and path.is_file():
        return _find(read_folder(path.resolve().parent.parent), f"{path.resolve().parent.name}/{path.stem}")
    if versions is not None:
        found = sorted(versions.glob(f"{name}*.json")) if name.isalnum() else []
        if len(found) == 1:
            return stored(found[0])
        if len(found) > 1:
            raise CompareError(f"{len(found)} stored versions begin with {name!r}.")
    return _find(read_folder(folder), name)


def stored(path: Path) -> Definition:
    """Read a stored definition.

    Raises:
        CompareError: it is none.
    """
    try:
        return Definition.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise CompareError(f"{path} is no stored definition: {str(error).splitlines()[0]}") from error


def _find(folder: Folder, name: str) -> Definition:
    joined: dict[str, Joined] = {one.definition.id: one for one in folder.joined()}
    if name in joined:
        return joined[name].definition
    if folder.faults:
        raise CatalogueError(folder.faults)
    raise CompareError(f"There is no file, procedure or stored version {name!r}.")


def described(changes: list[Change]) -> Iterator[str]:
    """The changes in words, the gravest first, and what they mean together."""
    for weight in reversed(WEIGHTS):
        own = [change for change in changes if change.weight == weight]
        if own:
            yield _MEANING[weight]
        for change in own:
            yield f"  {change.what:8} {change.key}{_values(change)}"
            if weight in ("mapping", "forbidden"):
                yield f"           {change.why}"
    worst = heaviest(changes)
    yield "No difference." if worst is None else f"{len(changes)} differences; the gravest: {worst}."


def _values(change: Change) -> str:
    if change.what != "changed" or (change.before is None and change.after is None):
        return ""
    return f": {_short(change.before)} -> {_short(change.after)}"


def _short(value: object) -> str:
    return textwrap.shorten(repr(value), 60, placeholder="…")


def exit_code(changes: list[Change]) -> int:
    """Return the code with which ``diff`` ends."""
    return _CODES[heaviest(changes)]
