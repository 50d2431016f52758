"""How a country is organised: its coordinators one below the other, and how many authorities each looks after.

Source: Regulation (EU) No 1024/2012, Art. 6(1) to (3): who the coordinators are and which tasks each of them has is
made known to all. The number of queries depends neither on coordinators nor on authorities, which are counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, QuerySet, Value

from imi.administration.mandates import Given
from imi.administration.models import Delegation
from imi.database.prepared import prepared
from imi.directory.models import Access, Authority, AuthorityRegion, CoordinatorLink
from imi.directory.reference import CoordinatorKind, coordinator_kinds

MOST = 200
"""How many coordinators of a country are drawn."""

PAGE = 25


@dataclass(slots=True)
class Desk:
    """A coordinator in the drawing, with those that it has registered below it.

    ``areas`` are those that it coordinates, ``behind`` how many authorities it looks after in each; ``total`` counts an
    authority once, in however many areas.
    """

    authority: Authority
    kind: CoordinatorKind | None
    areas: list[str] = field(default_factory=list)
    regions: list[str] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    behind: dict[str, int] = field(default_factory=dict)
    total: int = 0
    below: list[Desk] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Organisation:
    """The coordinators of a country: those at the top, how many there are, and how many competent authorities."""

    tops: list[Desk]
    coordinators: int
    authorities: int
    left_out: int

    def desks(self) -> Iterator[Desk]:
        """All of them, each before those below it."""
        waiting = self.tops[::-1]
        while waiting:
            desk = waiting.pop()
            yield desk
            waiting += desk.below[::-1]


def organisation(country: str) -> Organisation:
    """Return how a country is organised; six queries, for an unknown country nothing."""
    found = _coordinators(country=country, size=MOST)
    desks = {one.pk: Desk(one, coordinator_kinds().get(one.coordinator_kind)) for one in found}
    for pk, what, area, one, two in _details(country=country):
        if pk in desks:
            _add(desks[pk], what, area, one, two)
    _count_behind(desks, country)
    numbers: dict[str, int] = dict(_numbers(country=country))
    authorities = numbers.pop("", 0)
    coordinators = sum(numbers.values())
    return Organisation(_placed(desks), coordinators, authorities, coordinators - len(desks))


def given_to(authority: str) -> list[Given]:
    """Return the single tasks that were delegated to an authority; one query."""
    return [Given(task, area or "", region) for task, area, region in _given(authority=authority)]


def coordinated_by(coordinator: str, page: int, size: int = PAGE) -> tuple[list[Authority], bool]:
    """Return a page of the competent authorities that a coordinator looks after, and whether there are more."""
    start = (page - 1) * size
    found = _coordinated(coordinator=coordinator, start=start, stop=start + size + 1)
    return found[:size], len(found) > size


def _add(desk: Desk, what: str, area: str | None, one: str, two: str) -> None:
    if what == "access":
        desk.areas.append(area or "")
    elif what == "region":
        desk.regions.append(one)
    else:
        desk.given.append(Given(one, area or "", two))


def _count_behind(desks: Mapping[str, Desk], country: str) -> None:
    """Say how many competent authorities stand behind each coordinator, in each area and in all; three queries."""
    others: dict[str, set[str]] = defaultdict(set)
    uncounted: Counter[tuple[str, str]] = Counter()
    for pk, area, authority in _not_competent(country=country):
        others[pk].add(authority)
        uncounted[pk, area] += 1
    for pk, area, number in _behind(coordinators=list(desks)):
        if number > uncounted[pk, area]:
            desks[pk].behind[area] = number - uncounted[pk, area]
    for pk, number in _behind_in_all(coordinators=list(desks)):
        desks[pk].total = number - len(others[pk])


def _placed(desks: Mapping[str, Desk]) -> list[Desk]:
    """Put each coordinator below the one that registered it, else below the national one; return those at the top."""
    national = next((d for d in desks.values() if d.authority.kind == Authority.Kind.NATIONAL_COORDINATOR), None)
    tops = []
    for pk, desk in desks.items():
        above = desks.get(desk.authority.validator_id or "", national)
        if desk is national or above is None or _stands_below(above, pk, desks):
            tops.append(desk)
        else:
            above.below.append(desk)
    return tops


def _stands_below(desk: Desk, pk: str, desks: Mapping[str, Desk]) -> bool:
    """Whether a coordinator was registered, over however many others, by ``pk``; two may have validated each other."""
    seen: set[str] = set()
    here: str | None = desk.authority.pk
    while here is not None and here in desks and here not in seen:
        if here == pk:
            return True
        seen.add(here)
        here = desks[here].authority.validator_id
    return False


# --- rows ------------------------------------------------------------------------------------------------------------


@prepared("size")
def _coordinators(country: str, size: int) -> QuerySet[Authority]:
    rows = Authority.objects.filter(country=country, active=True, coordinator_kind__gt="")
    return rows.order_by("-kind", "sort_key", "pk")[:size]


@prepared()
def _details(country: str) -> QuerySet[Any, tuple[str, str, str | None, str, str]]:
    """Areas, regions and delegated tasks of all coordinators of a country together."""

    def rows(found: QuerySet, owner: str, what: str, area: Any, one: Any, two: Any) -> QuerySet:
        # Only coordinators have a kind; said so, the database reads them off an index and not the whole country.
        coordinating = {f"{owner}__country": country, f"{owner}__active": True, f"{owner}__coordinator_kind__gt": ""}
        own = found.filter(**coordinating)
        columns = {"pk_": F(f"{owner}_id"), "what": _text(what), "in_area": area, "one": one, "two": two}
        return own.annotate(**columns).values_list("pk_", "what", "in_area", "one", "two")

    none = _text("")
    held = Access.objects.filter(role=Access.Role.COORDINATOR, suspended=False)
    return rows(held, "authority", "access", F("area_id"), none, none).union(
        rows(AuthorityRegion.objects.all(), "authority", "region", none, F("code"), none),
        rows(Delegation.objects.all(), "holder", "given", F("area_id"), F("task"), F("region")),
        all=True,
    )


def _text(value: str) -> Value:
    return Value(value, output_field=CharField())


@prepared()
def _behind(coordinators: list[str]) -> QuerySet[Any, tuple[str, str, int]]:
    """How many stand behind each coordinator in each area, whoever they are: counted in an index alone."""
    links = CoordinatorLink.objects.filter(coordinator__in=coordinators)
    counted = links.values("coordinator_id", "area_id").annotate(number=Count("*"))
    return counted.order_by().values_list("coordinator_id", "area_id", "number")


@prepared()
def _behind_in_all(coordinators: list[str]) -> QuerySet[Any, tuple[str, int]]:
    links = CoordinatorLink.objects.filter(coordinator__in=coordinators)
    counted = links.values("coordinator_id").annotate(number=Count("authority_id", distinct=True))
    return counted.order_by().values_list("coordinator_id", "number")


@prepared()
def _not_competent(country: str) -> QuerySet[Any, tuple[str, str, str]]:
    """Coordinator, area and authority of the links that do not count: of coordinators, and of what is not active."""
    # A union, because each of its parts goes through an index of its own.
    inactive = CoordinatorLink.objects.filter(authority__country=country, authority__active=False)
    above = CoordinatorLink.objects.filter(
        authority__country=country, authority__active=True, authority__coordinator_kind__gt=""
    )
    columns = ("coordinator_id", "area_id", "authority_id")
    return inactive.values_list(*columns).union(above.values_list(*columns), all=True)


@prepared()
def _numbers(country: str) -> QuerySet[Any, tuple[str, int]]:
    counted = Authority.objects.filter(country=country, active=True).values("coordinator_kind")
    return counted.annotate(number=Count("*")).order_by().values_list("coordinator_kind", "number")


@prepared("start", "stop")
def _coordinated(coordinator: str, start: int, stop: int) -> QuerySet[Authority]:
    link = CoordinatorLink.objects.filter(authority=OuterRef("pk"), coordinator=coordinator)
    rows = Authority.objects.filter(Exists(link), active=True, coordinator_kind="")
    return rows.order_by("sort_key", "pk")[start:stop]


@prepared()
def _given(authority: str) -> QuerySet[Any, tuple[str, str | None, str]]:
    rows = Delegation.objects.filter(holder=authority).order_by("task", "area", "region")
    return rows.values_list("task", "area_id", "region")
