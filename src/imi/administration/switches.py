"""The settings that an authority has in a policy area, as the lifecycles of the area's procedures declare them."""

from __future__ import annotations

from dataclasses import dataclass

from imi.core.compiled import Compiled
from imi.exchanges import definitions


@dataclass(frozen=True, slots=True)
class Switch:
    """A setting with its default; ``of_coordinators`` says that only a coordinator's part in an exchange reads it."""

    id: str
    default: bool
    of_coordinators: bool


def switches(area: str) -> dict[str, Switch]:
    """The settings of an area by id, those of all its current procedures."""
    found: dict[str, Switch] = {}
    for stored in definitions.offered():
        if stored.area_id == area:
            found |= {one.id: one for one in _declared(definitions.compiled(stored.hash))}
    return found


def _declared(compiled: Compiled) -> list[Switch]:
    readers: dict[str, set[str]] = {}
    for condition in compiled.conditions.values():
        for name in condition.names:
            party, _dot, setting = name.partition(".")
            if party in compiled.parties and setting in compiled.settings:
                readers.setdefault(setting, set()).add(party)
    coordinating = compiled.coordinated.keys()
    return [
        Switch(setting, default, bool(readers.get(setting)) and readers[setting] <= coordinating)
        for setting, default in compiled.settings.items()
    ]
