"""The grid of policy areas and roles: drawn from what an authority can give, and read back from a form."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from imi.accounts.models import RoleGrant
from imi.administration.staff import Place, Roles
from imi.directory.collation import in_order
from imi.web import words

MEANINGS = {
    RoleGrant.Role.BASIC: _("Everybody: searches authorities and registers, sees the overview of the exchanges."),
    RoleGrant.Role.HANDLER: _("Writes, sends and answers requests, and sees all that is in them."),
    RoleGrant.Role.ALLOCATOR: _("Gives requests to the colleagues who are to handle them."),
    RoleGrant.Role.APPROVER: _("Approves requests and replies of coordinated authorities, and acts in referrals."),
    RoleGrant.Role.DATA_ADMINISTRATOR: _("Registers authorities, gives them access, and helps their administrators."),
}
"""What each role may do (guide for the first user, glossary)."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One role in one area; ``value`` is empty where the authority cannot give it."""

    value: str
    role: str
    label: str
    held: bool

    @property
    def id(self) -> str:
        """What a label refers to."""
        return "role-" + self.value.replace(":", "-")


@dataclass(frozen=True, slots=True)
class Row:
    """One area with a cell for each column."""

    area: str
    suspended: bool
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of areas, columns of roles."""

    headers: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def meanings(self) -> list[tuple[str, str]]:
        """The names of the roles in the grid with what they may do, the basic user's first."""
        shown = [
            role for role in MEANINGS if role == RoleGrant.Role.BASIC or str(words.ROLE_TITLES[role]) in self.headers
        ]
        return [(str(words.ROLE_TITLES[role]), str(MEANINGS[role])) for role in shown]


def grid(areas: Mapping[str, Collection[str]], held: Roles, lang: str, suspended: Collection[str] = ()) -> Grid:
    """Draw the grid.

    Args:
        areas: the roles that the authority can give in each area.
        held: the roles that the person has, or that a form asked for.
    """
    titles = words.area_titles(lang)
    columns = [role for role in words.ROLE_TITLES if any(role in possible for possible in areas.values())]
    rows = [
        Row(
            titles.get(area, area),
            area in suspended,
            tuple(_cell(area, role, possible, held, titles.get(area, area)) for role in columns),
        )
        for area, possible in areas.items()
    ]
    headers = tuple(str(words.ROLE_TITLES[role]) for role in columns)
    return Grid(headers, tuple(in_order(rows, lang, lambda row: row.area)))


def _cell(area: str, role: RoleGrant.Role, possible: Collection[str], held: Roles, title: str) -> Cell:
    name = str(words.ROLE_TITLES[role])
    value = f"{area}:{role.value}" if role in possible else ""
    return Cell(value, name, f"{name}, {title}", role.value in held.get(area, ()))


def roles_in(values: Iterable[str]) -> dict[str, frozenset[str]]:
    """The roles that the ticked cells of a form ask for, by area; whether they can be given is judged elsewhere."""
    found: dict[str, frozenset[str]] = {}
    for area, role in places_in(values):
        found[area] = found.get(area, frozenset()) | {role}
    return found


def places_in(values: Iterable[str]) -> set[Place]:
    """The cells that values of a form name."""
    parted = (value[:200].partition(":") for value in values)
    return {(area, role) for area, _colon, role in parted}


def named(places: Iterable[Place], lang: str) -> list[str]:
    """Roles with their areas, in words, in the order of the areas."""
    titles = words.area_titles(lang)
    roles = {role.value: str(title) for role, title in words.ROLE_TITLES.items()}
    texts = [f"{titles.get(area, area)}: {roles.get(role, role)}" for area, role in places]
    return in_order(texts, lang, str)


def summary(held: Roles, lang: str) -> list[tuple[str, str]]:
    """The areas in which somebody is more than a basic user, each with the names of the roles."""
    titles = words.area_titles(lang)
    lines = [(titles.get(area, area), ", ".join(words.role_titles(roles))) for area, roles in held.items() if roles]
    return in_order(lines, lang, lambda line: line[0])
