"""Reads of the web application that no single application below it can answer, always for a user."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import HANDLER, Standing
from imi.database.prepared import prepared
from imi.directory.models import Authority, AuthorityText, CoordinatorLink
from imi.directory.queries import authorities_by_id, informal_titles
from imi.exchanges.models import Allocation, Participation, Tally, Task
from imi.web.models import SavedFilter


@dataclass(frozen=True, slots=True)
class Person:
    """A colleague to choose."""

    id: int
    name: str


def allocatable(who: Standing) -> list[Person]:
    """The request handlers of the user's authority in the areas in which the user allocates; one query."""
    return _handlers(who, who.areas_with("allocator"))


def handlers(who: Standing) -> list[Person]:
    """The request handlers of the user's authority in any area of the user; one query."""
    return _handlers(who, who.roles)


def _handlers(who: Standing, areas: Iterable[str]) -> list[Person]:
    found = _with_role(authority=who.authority_id, areas=sorted(areas), role=HANDLER)
    return [Person(pk, f"{given} {family}") for pk, given, family in found]


@prepared()
def _with_role(authority: str, areas: list[str], role: str) -> QuerySet[User, tuple[int, str, str]]:
    granted = RoleGrant.objects.filter(user=OuterRef("pk"), role=role, area__in=areas)
    users = User.objects.filter(Exists(granted), authority=authority, is_active=True)
    return users.order_by("family_name", "given_name", "pk").values_list("pk", "given_name", "family_name")[:200]


def saved_filters(who: Standing) -> list[SavedFilter]:
    """The user's saved filters, by name; one query."""
    return _saved_filters(user=who.user_id)


@prepared()
def _saved_filters(user: int) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(user=user)


def tasks_of(rows: Iterable[Participation]) -> dict[int, list[Task]]:
    """What the listed exchanges wait for, by exchange; one query.

    Whose turn it is belongs to the overview, which everybody sees who lists the exchange.
    """
    found: dict[int, list[Task]] = defaultdict(list)
    for task in _tasks(exchanges=[row.exchange_id for row in rows]):
        found[task.exchange_id].append(task)
    return found


@prepared()
def _tasks(exchanges: list[int]) -> QuerySet[Task]:
    return Task.objects.filter(exchange__in=exchanges).order_by("pk")


def holders(rows: Iterable[Participation]) -> dict[tuple[int, str], str]:
    """Which authority holds each party of the listed exchanges, by exchange and party; one query."""
    found = _holders(exchanges=[row.exchange_id for row in rows])
    return {(exchange, party): authority for exchange, party, authority in found}


@prepared()
def _holders(exchanges: list[int]) -> QuerySet[Participation, tuple[int, str, str]]:
    parts = Participation.objects.filter(exchange__in=exchanges).order_by("-pk")
    return parts.values_list("exchange_id", "party", "authority_id")


def is_mine(who: Standing, task: Task) -> bool:
    """Whether a task awaits the user: by role, or because the exchange was allocated to the user."""
    if task.user_id is not None:
        return task.user_id == who.user_id
    return task.authority_id == who.authority_id and task.role in who.roles_in(task.area_id)


def handled_by(who: Standing, rows: Iterable[Participation]) -> dict[int, list[str]]:
    """Which colleagues the listed exchanges were allocated to, by exchange; one query."""
    found: dict[int, list[str]] = defaultdict(list)
    chosen = _chosen(exchanges=[row.exchange_id for row in rows], authority=who.authority_id)
    for exchange, given, family in chosen:
        found[exchange].append(f"{given} {family}")
    return found


@prepared()
def _chosen(exchanges: list[int], authority: str) -> QuerySet[Allocation, tuple[int, str, str]]:
    chosen = Allocation.objects.filter(exchange__in=exchanges, authority=authority)
    ordered = chosen.order_by("user__family_name", "pk")
    return ordered.values_list("exchange_id", "user__given_name", "user__family_name")


def titles(authorities: Iterable[str], lang: str) -> dict[str, str]:
    """The informal titles of authorities in a language, by id; two queries."""
    return informal_titles(authorities_by_id(authorities), lang)


# --- for coordinators ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many open exchanges of a coordinated authority are in each state, by direction, area and state."""

    authority: str
    counts: Mapping[tuple[str, str, str], int]


def backlogs(who: Standing, size: int = 10) -> list[Backlog]:
    """The open exchanges of the authorities that the user's authority coordinates, the longest backlogs first.

    Two queries over the tallies, however many exchanges there are. Of each authority only the areas are counted in
    which the user's authority coordinates it and the user has a role.
    """
    own, areas = who.authority_id, sorted(who.roles)
    longest = _longest(own, areas, size)
    counts: dict[str, dict[tuple[str, str, str], int]] = {one: {} for one in longest}
    for authority, direction, area, state, total in _open_of(coordinator=own, areas=areas, authorities=longest):
        counts[authority][direction, area, state] = total
    return [Backlog(authority, found) for authority, found in counts.items()]


def _open(coordinator: str, areas: list[str]) -> QuerySet[Tally]:
    link = CoordinatorLink.objects.filter(
        authority=OuterRef("authority"), area=OuterRef("area"), coordinator=coordinator
    )
    coordinated = CoordinatorLink.objects.filter(coordinator=coordinator).values("authority")
    return Tally.objects.filter(
        Exists(link),
        authority__in=coordinated,  # leads the database to the few authorities before it looks at any tally
        area__in=areas,
        phase="open",
        direction__in=("sent", "received"),
        total__gt=0,
    )


# From the links of the coordinator to the tallies and not the other way round, nor through all links in the order of
# the groups: CROSS JOIN and a group that no index has in order tell SQLite so.
LONGEST = """
SELECT link.authority_id || '' FROM directory_coordinatorlink AS link CROSS JOIN exchanges_tally AS tally
WHERE link.coordinator_id = %s AND link.area_id IN (AREAS)
AND tally.authority_id = link.authority_id AND tally.area_id = link.area_id
AND tally.phase = 'open' AND tally.direction IN ('sent', 'received') AND tally.total > 0
GROUP BY 1 ORDER BY SUM(tally.total) DESC, 1 LIMIT %s OFFSET %s
"""


def longest_backlogs(who: Standing, first: int, size: int) -> list[str]:
    """The authorities coordinated by the user's that have open exchanges, those with most first; one query."""
    return _longest(who.authority_id, sorted(who.roles), size, first)


def _longest(coordinator: str, areas: list[str], size: int, first: int = 0) -> list[str]:
    if not areas:
        return []
    with connection.cursor() as cursor:
        cursor.execute(LONGEST.replace("AREAS", ", ".join(["%s"] * len(areas))), [coordinator, *areas, size, first])
        return [authority for (authority,) in cursor.fetchall()]


@prepared()
def _open_of(
    coordinator: str, areas: list[str], authorities: list[str]
) -> QuerySet[Any, tuple[str, str, str, str, int]]:
    found = _open(coordinator, areas).filter(authority__in=authorities)
    return found.values_list("authority_id", "direction", "area_id", "state", "total")


def longest_untouched(who: Standing, authorities: Iterable[str]) -> dict[str, datetime]:
    """When something last happened in that open exchange of each authority in which nothing has happened for longest.

    One query, answered by the end of an index for each authority. Only areas in which the user's authority coordinates
    it and the user has a role are looked at.
    """
    found = _untouched(coordinator=who.authority_id, areas=sorted(who.roles), authorities=list(authorities))
    return {pk: at for pk, at in found if at is not None}


@prepared()
def _untouched(
    coordinator: str, areas: list[str], authorities: list[str]
) -> QuerySet[Any, tuple[str, datetime | None]]:
    link = CoordinatorLink.objects.filter(
        authority=OuterRef("authority"), area=OuterRef("area"), coordinator=coordinator
    )
    oldest = Participation.objects.filter(
        Exists(link), authority=OuterRef("pk"), area__in=areas, phase="open", direction__in=("sent", "received")
    ).order_by("updated_at", "pk")
    asked = Authority.objects.filter(pk__in=authorities).annotate(at=Subquery(oldest.values("updated_at")[:1]))
    return asked.values_list("pk", "at")


def counterparts(who: Standing, numbers: Iterable[str]) -> dict[str, Authority]:
    """The other side of exchanges of the user's authority, by number; one query."""
    parts = _parts(authority=who.authority_id, numbers=list(numbers))
    return {part.number: part.counterpart for part in parts if part.counterpart is not None}


@prepared()
def _parts(authority: str, numbers: list[str]) -> QuerySet[Participation]:
    return Participation.objects.filter(authority=authority, number__in=numbers).select_related("counterpart")


def coordinators_of(authority: str) -> dict[str, list[Authority]]:
    """The coordinators of an authority, by area; one query."""
    found: dict[str, list[Authority]] = defaultdict(list)
    links = CoordinatorLink.objects.filter(authority=authority, coordinator__active=True)
    for link in links.select_related("coordinator").order_by("area", "coordinator__sort_key", "coordinator"):
        found[link.area_id].append(link.coordinator)
    return found


def help_desks(country: str | None = None) -> list[Authority]:
    """The national coordinators, who run the help desks; of one country or of all."""
    desks = Authority.objects.filter(kind=Authority.Kind.NATIONAL_COORDINATOR, active=True)
    return list((desks.filter(country=country) if country else desks).order_by("country"))


# --- for the training world ------------------------------------------------------------------------------------------


def playable() -> QuerySet[User]:
    """The invented people of a training world, whom anybody may become; never a real person."""
    return User.objects.filter(persona__isnull=False, is_active=True, authority__active=True)


def people(words: str, country: str = "", before: int = 0, size: int = 30) -> tuple[list[User], bool]:
    """The people of a training world whose name, authority or town has all the words; and whether there are more."""
    found = playable().select_related("authority")
    if country:
        found = found.filter(authority__country=country)
    for word in words.split()[:6]:
        found = found.filter(
            Q(given_name__icontains=word)
            | Q(family_name__icontains=word)
            | Q(authority__name__icontains=word)
            | Q(authority__city__icontains=word)
            | Q(authority__in=AuthorityText.objects.filter(informal__icontains=word).values("authority"))
        )
    ordered = found.order_by("authority__country", "authority__name", "family_name", "pk")
    rows = list(ordered[before : before + size + 1])
    return rows[:size], len(rows) > size


def roles_of(users: Iterable[User]) -> dict[int, set[str]]:
    """The roles of people in any area, by id; one query."""
    found: dict[int, set[str]] = defaultdict(set)
    for user, role in RoleGrant.objects.filter(user__in=list(users)).values_list("user_id", "role"):
        found[user].add(role)
    return found
