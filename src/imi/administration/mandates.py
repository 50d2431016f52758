"""What a coordinator may do by its kind and by delegation (Regulation (EU) No 1024/2012, Art. 6(1) and (2))."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, Q, QuerySet, Value

from imi.accounts.models import RoleGrant
from imi.accounts.queries import Standing
from imi.administration.models import Delegation
from imi.database.prepared import prepared
from imi.directory.models import Access, Authority, AuthorityRegion
from imi.directory.reference import CoordinatorKind, coordinator_kinds

REGISTER, VALIDATE, GRANT_ACCESS = "register", "validate", "grant_access"
MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Given:
    """A delegated task; without area in all areas, without region in the whole country."""

    task: str
    area: str
    region: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """What somebody's authority may do for others, and what of it the person may do as data administrator.

    ``kind`` is None for an authority that coordinates nobody; ``coordinates`` are the areas of its coordinating.
    """

    who: Standing
    national: bool
    kind: CoordinatorKind | None
    coordinates: frozenset[str]
    regions: frozenset[str]
    given: tuple[Given, ...]

    @property
    def administered(self) -> frozenset[str]:
        """The areas that the authority coordinates and in which the person is data administrator."""
        return self.coordinates & self.who.areas_with(RoleGrant.Role.DATA_ADMINISTRATOR.value)

    def has(self, task: str, area: str, regions: Collection[str]) -> bool:
        """Whether the authority has a task in an area for an authority competent for ``regions`` (none: everywhere)."""
        if self.kind is None or area not in self.coordinates:
            return False
        if task in self.kind.tasks and (self.kind.territory != "region" or within(regions, self.regions)):
            return True
        return any(
            one.task == task and one.area in ("", area) and (not one.region or within(regions, {one.region}))
            for one in self.given
        )


def within(regions: Collection[str], territory: Iterable[str]) -> bool:
    """Whether regions lie in a territory; codes of the parts of a region begin with its own."""
    held = tuple(territory)
    return bool(regions) and all(any(code.startswith(one) for one in held) for code in regions)


def mandate(who: Standing) -> Mandate:
    """What ``who`` may do for other authorities; one query."""
    national, kind = False, None
    coordinates: set[str] = set()
    regions: set[str] = set()
    given: list[Given] = []
    for what, one, two, three in _mandate_rows(authority=who.authority_id):
        match what:
            case "kind":
                national, kind = one == Authority.Kind.NATIONAL_COORDINATOR, coordinator_kinds().get(two)
            case "access":
                coordinates.add(one)
            case "region":
                regions.add(one)
            case _:
                given.append(Given(one, two or "", three))
    return Mandate(who, national, kind, frozenset(coordinates), frozenset(regions), tuple(given))


@prepared()
def _mandate_rows(authority: str) -> QuerySet[Any, tuple[str, str, str, str]]:
    """Kind, accesses, regions and delegations together: one union instead of four questions for every act."""

    def rows(found: QuerySet, what: str, *fields: str) -> QuerySet:
        text = CharField()
        named = [F(name) for name in fields] + [Value("", output_field=text)] * (3 - len(fields))
        columns = dict(zip(("one", "two", "three"), named, strict=True))
        return found.annotate(what=Value(what, output_field=text), **columns).values_list("what", "one", "two", "three")

    active = Authority.objects.filter(pk=authority, active=True)
    accesses = Access.objects.filter(
        Q(authority=authority, role=Access.Role.COORDINATOR, suspended=False, authority__active=True)
    )
    regions = AuthorityRegion.objects.filter(authority=authority)
    delegations = Delegation.objects.filter(holder=authority)
    return rows(active, "kind", "kind", "coordinator_kind").union(
        rows(accesses, "access", "area_id"),
        rows(regions, "region", "code"),
        rows(delegations, "given", "task", "area_id", "region"),
        all=True,
    )
