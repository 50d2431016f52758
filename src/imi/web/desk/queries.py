"""Reads of the coordinators' desk, always for a user: what the user's authority coordinates in the user's areas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Sum

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.database.prepared import prepared
from imi.directory.models import Authority, CoordinatorLink, Register
from imi.exchanges.models import Participation, Task
from imi.web.desk.indicators import Sums
from imi.web.desk.models import Figure

SIZE = 25


def lying(
    who: Standing, state: str = "", of: str = "", actions: Iterable[str] = (), page: int = 1, size: int = SIZE
) -> tuple[list[Participation], bool]:
    """A page of the open coordinated exchanges, those in which nothing has happened for longest first; one query.

    Args:
        state: only those in this state; empty for all.
        of: only those of this authority; empty for all.
        actions: only those in which one of these is awaited of that authority; none for all.

    Returns:
        The exchanges, and whether there are more.
    """
    first = (page - 1) * size
    found = _lying(
        authority=who.authority_id,
        areas=sorted(who.roles),
        state=state or None,
        of=of or None,
        actions=sorted(actions) if of and actions else None,
        first=first,
        last=first + size + 1,
    )
    return list(found[:size]), len(found) > size


@prepared("first", "last")
def _lying(
    authority: str,
    areas: list[str],
    state: str | None,
    of: str | None,
    actions: list[str] | None,
    first: int,
    last: int,
) -> QuerySet[Participation]:
    rows = Participation.objects.filter(authority=authority, area__in=areas, direction="coordinated", phase="open")
    if state is not None:
        rows = rows.filter(state=state)
    if of is not None and actions is not None:
        # From the few tasks of one authority to their exchanges, and not the other way round.
        rows = rows.filter(exchange__in=Task.objects.filter(authority=of, action__in=actions).values("exchange"))
    elif of is not None:
        rows = rows.filter(exchange__in=_sides(of).values("exchange"))
    return rows.select_related("counterpart").order_by("updated_at", "pk")[first:last]


def _sides(authority: str) -> QuerySet[Participation]:
    return Participation.objects.filter(authority=authority, phase="open", direction__in=("sent", "received"))


def _link(coordinator: str, areas: list[str], authority: str = "pk") -> QuerySet[CoordinatorLink]:
    return CoordinatorLink.objects.filter(authority=OuterRef(authority), area__in=areas, coordinator=coordinator)


@dataclass(frozen=True, slots=True)
class Asleep:
    """An authority in which nobody has ever signed in, and since when somebody could have."""

    pk: str
    name: str
    email: str
    since: datetime | None


def never_signed_in(who: Standing, size: int = SIZE) -> list[Asleep]:
    """Coordinated authorities without a user who ever signed in, those registered longest ago first; one query."""
    found = _never_signed_in(country=who.country, coordinator=who.authority_id, areas=sorted(who.roles), size=size)
    return [Asleep(*row) for row in found]


@prepared("size")
def _never_signed_in(country: str, coordinator: str, areas: list[str], size: int) -> QuerySet[Any, tuple[Any, ...]]:
    active = User.objects.filter(authority=OuterRef("pk"), is_active=True)
    first = active.order_by("registered_at").values("registered_at")[:1]
    # That nobody was seen is asked before the links: where IMI is used it is so of few.
    found = Authority.objects.filter(~Exists(active.filter(last_seen__isnull=False)), country=country, active=True)
    found = found.filter(Exists(_link(coordinator, areas)))
    dated = found.annotate(since=Subquery(first)).order_by("since", "pk")
    return dated.values_list("pk", "name", "email", "since")[:size]


def outdated_registers(who: Standing, before: date, size: int = SIZE) -> list[Register]:
    """Registers of coordinated authorities that nobody has looked through since ``before``; one query."""
    return _outdated(coordinator=who.authority_id, areas=sorted(who.roles), before=before, size=size)


@prepared("size")
def _outdated(coordinator: str, areas: list[str], before: date, size: int) -> QuerySet[Register]:
    found = Register.objects.filter(Exists(_link(coordinator, areas, "authority")), authority__active=True)
    found = found.filter(Q(reviewed_on__lt=before) | Q(reviewed_on__isnull=True))
    return found.select_related("authority").order_by(F("reviewed_on").asc(nulls_first=True), "pk")[:size]


def coordinated(who: Standing, page: int, size: int = SIZE) -> tuple[list[Authority], bool]:
    """A page of the coordinated authorities by name, and whether there are more; one query."""
    start = (page - 1) * size
    coordinator, areas = who.authority_id, sorted(who.roles)
    found = _coordinated(country=who.country, coordinator=coordinator, areas=areas, start=start, stop=start + size + 1)
    return list(found[:size]), len(found) > size


@prepared("start", "stop")
def _coordinated(country: str, coordinator: str, areas: list[str], start: int, stop: int) -> QuerySet[Authority]:
    # Coordinators coordinate in their own country: in the order of its index the first of them are soon found.
    found = Authority.objects.filter(Exists(_link(coordinator, areas)), country=country, active=True)
    return found.order_by("sort_key", "pk")[start:stop]


def coordinates(who: Standing) -> bool:
    """Whether the user's authority coordinates any other in the user's areas; one query."""
    return bool(coordinated(who, page=1, size=1)[0])


def figures(who: Standing, authorities: Iterable[str], since: date) -> dict[str, dict[str, Sums]]:
    """The figures of coordinated authorities since a month, by authority and measure; one query."""
    areas = sorted(who.roles)
    rows = _figures(coordinator=who.authority_id, areas=areas, authorities=list(authorities), since=since)
    found: dict[str, dict[str, Sums]] = defaultdict(dict)
    for authority, measure, *sums in rows:
        found[authority][measure] = Sums(*sums)
    return found


@prepared()
def _figures(
    coordinator: str, areas: list[str], authorities: list[str], since: date
) -> QuerySet[Any, tuple[str, str, int, int, int]]:
    link = CoordinatorLink.objects.filter(
        authority=OuterRef("authority"), area=OuterRef("area"), coordinator=coordinator
    )
    rows = Figure.objects.filter(
        Exists(link), authority__in=authorities, coordinated=False, area__in=areas, month__gte=since
    )
    return _summed(rows.values("authority", "measure")).values_list("authority", "measure", "all", "well", "long")


def own_figures(who: Standing, since: date) -> dict[str, Sums]:
    """The sums of everything that the user's authority coordinates since a month, by measure; one query."""
    rows = _own_figures(coordinator=who.authority_id, areas=sorted(who.roles), since=since)
    return {measure: Sums(*sums) for measure, *sums in rows}


@prepared()
def _own_figures(coordinator: str, areas: list[str], since: date) -> QuerySet[Any, tuple[str, int, int, int]]:
    rows = Figure.objects.filter(authority=coordinator, coordinated=True, area__in=areas, month__gte=since)
    return _summed(rows.values("measure")).values_list("measure", "all", "well", "long")


def _summed(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    return rows.annotate(all=Sum("total"), well=Sum("good"), long=Sum("days"))
