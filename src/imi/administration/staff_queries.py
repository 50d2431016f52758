"""Reads of the users of an authority: its list, what is amiss with it, and whom a coordinator may help."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from imi.accounts import doors
from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import BASIC, DATA_ADMINISTRATOR, HANDLER, Standing
from imi.administration import staff_rights
from imi.administration.reasons import demand
from imi.administration.registering import every_role
from imi.administration.rights import to_administer
from imi.core.compiled import Compiled
from imi.database.prepared import prepared
from imi.directory.models import Access, Authority, CoordinatorLink
from imi.exchanges import definitions

UNSEEN_DAYS = 90
"""After so many days without signing in, the list asks whether the person is still there."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A user of an authority, as the list of its users shows it."""

    id: int
    given_name: str
    family_name: str
    email: str
    administrator: bool
    last_seen: datetime | None

    @property
    def name(self) -> str:
        """The name as it is written to others."""
        return f"{self.given_name} {self.family_name}"

    @property
    def sorted_by(self) -> str:
        """The name as a list is sorted by it."""
        return f"{self.family_name} {self.given_name}"

    def long_unseen(self, now: datetime) -> bool:
        """Whether the person has signed in before, but not lately."""
        return self.last_seen is not None and self.last_seen < now - timedelta(days=UNSEEN_DAYS)


@dataclass(frozen=True, slots=True)
class Staff:
    """The users of an authority, its areas with the roles it can give, and the roles needed there that nobody holds."""

    colleagues: tuple[Colleague, ...]
    areas: Mapping[str, tuple[str, ...]]
    suspended: frozenset[str]
    unheld: Mapping[str, tuple[str, ...]]


def staff_of(who: Standing) -> Staff:
    """The users of the own authority, in no order; four queries.

    Raises:
        Refused: ``who`` is no local data administrator.
    """
    demand(to_administer(who, who.authority_id))
    colleagues = tuple(Colleague(*row) for row in _colleagues(authority=who.authority_id))
    accesses = _accesses(authority=who.authority_id)
    held, allocating = set(_held(authority=who.authority_id)), _allocating()
    unheld = {}
    for area, role, settings, _suspended in accesses:
        allocates = any(settings.get(one, default) for one, default in allocating.get(area, {}).items())
        missing = tuple(one for one in needed(role, allocates) if (area, one) not in held)
        if missing:
            unheld[area] = missing
    areas = {area: tuple(one for one in every_role(role) if one != BASIC) for area, role, *_rest in accesses}
    return Staff(colleagues, areas, frozenset(area for area, *_rest, gone in accesses if gone), unheld)


@prepared()
def _colleagues(authority: str) -> QuerySet[Any, tuple[Any, ...]]:
    rows = User.objects.filter(authority=authority, is_active=True)
    return rows.values_list("pk", "given_name", "family_name", "email", "is_administrator", "last_seen")


@prepared()
def _accesses(authority: str) -> QuerySet[Any, tuple[Any, ...]]:
    rows = Access.objects.filter(authority=authority).order_by("area")
    return rows.values_list("area_id", "role", "settings", "suspended")


@prepared()
def _held(authority: str) -> QuerySet[Any, tuple[str, str]]:
    rows = RoleGrant.objects.filter(user__authority=authority, user__is_active=True)
    return rows.order_by("area_id", "role").values_list("area_id", "role").distinct()


def roles_of_many(users: Collection[int]) -> dict[int, dict[str, frozenset[str]]]:
    """The roles of users beyond that of a basic user, by area; one query."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for user, area, role in _grants(users=sorted(users)) if users else ():
        if role != BASIC:
            found[user][area].add(role)
    return {user: {area: frozenset(roles) for area, roles in areas.items()} for user, areas in found.items()}


@prepared()
def _grants(users: list[int]) -> QuerySet[Any, tuple[int, str, str]]:
    return RoleGrant.objects.filter(user__in=users).values_list("user_id", "area_id", "role")


def locked(users: Collection[int]) -> set[int]:
    """Those of the users who are locked; one query."""
    return doors.locked(users) if users else set()


# --- which roles an authority needs ----------------------------------------------------------------------------------


def needed(role: str, allocates: bool) -> tuple[str, ...]:
    """The roles in an area that somebody of an authority should hold, in the order in which they are given.

    Requests need a handler, coordinating needs whoever approves and administers; an allocator is needed where a
    setting that allows allocating is on (guide for the first user: "larger authorities may decide to").

    Args:
        role: the authority's own in the area.
        allocates: whether it has switched allocating on there.
    """
    wanted = {HANDLER}
    if role == Access.Role.COORDINATOR:
        wanted |= {RoleGrant.Role.APPROVER.value, DATA_ADMINISTRATOR}
    if allocates:
        wanted.add(RoleGrant.Role.ALLOCATOR.value)
    return tuple(one for one in every_role(role) if one in wanted)


def _allocating() -> dict[str, dict[str, bool]]:
    """The settings that allow allocating in each area, with their defaults; one query."""
    found: dict[str, dict[str, bool]] = defaultdict(dict)
    for stored in definitions.offered():
        found[stored.area_id] |= _of_definition(definitions.compiled(stored.hash))
    return found


def _of_definition(compiled: Compiled) -> dict[str, bool]:
    actions = (action.id for action in compiled.lifecycle.actions if action.effects.allocate)
    conditions = (entry.condition for action in actions for entry in compiled.guards[action])
    names = {name.partition(".")[2] for condition in conditions if condition is not None for name in condition.names}
    return {name: default for name, default in compiled.settings.items() if name in names}


# --- whom a coordinator helps ----------------------------------------------------------------------------------------


def administrators_of(who: Standing, authority_id: str) -> list[User]:
    """The local data administrators of an authority behind which the own one stands as coordinator, by name.

    Raises:
        Refused: ``who`` is no data administrator of such a coordinator.
    """
    demand(staff_rights.to_help(who, authority_id))
    return _administrators(authority=authority_id)


@prepared()
def _administrators(authority: str) -> QuerySet[User]:
    rows = User.objects.filter(authority=authority, is_active=True, is_administrator=True)
    return rows.order_by("family_name", "given_name", "pk")


def helped(who: Standing) -> list[tuple[str, str]]:
    """Id and name of the active authorities whose local data administrators ``who`` may help; two queries."""
    areas = sorted(who.areas_with(DATA_ADMINISTRATOR))
    if not areas:
        return []
    validated = set(_validated(coordinator=who.authority_id))
    return sorted(validated | set(_coordinated(coordinator=who.authority_id, areas=areas)))


@prepared()
def _validated(coordinator: str) -> QuerySet[Any, tuple[str, str]]:
    rows = Authority.objects.filter(validator=coordinator, active=True)
    return rows.values_list("pk", "name")


@prepared()
def _coordinated(coordinator: str, areas: list[str]) -> QuerySet[Any, tuple[str, str]]:
    links = CoordinatorLink.objects.filter(coordinator=coordinator, area__in=areas, authority__active=True)
    return links.order_by("authority_id").values_list("authority_id", "authority__name").distinct()
