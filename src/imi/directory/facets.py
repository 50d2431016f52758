"""What an authority must be to be found at all, whatever the words: country, region, area, role and the like.

Facets: the search of the directory (country, policy area, role, region, profession, activity, language).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from imi.database.prepared import prepared
from imi.directory.models import Access, Authority, AuthorityConcept, AuthorityRegion, Concept
from imi.directory.reference import coordinator_kinds, countries, regions

PROFESSIONS = "isco"
"""Scheme of professions: the International Standard Classification of Occupations."""

ACTIVITIES = "nace"
"""Scheme of economic activities: the statistical classification of the European Communities."""

COORDINATOR, AUTHORITY = "coordinator", "authority"
"""Roles beside the single kinds of coordinators: any coordinator, and whatever coordinates nobody."""

LEVELS = ("parent", "parent__parent", "parent__parent__parent")
"""The ways up from a concept; classifications have four levels at most."""

COUNTS_KEPT = 60
"""For how many seconds a web server remembers how many authorities there are of a kind."""

MOST_REGIONS = 100
"""Of so many regions of a country one can still choose from a list."""

_CODE = re.compile(r"[A-Za-z0-9._-]{1,63}")
_MIDDLE = 4  # letters of the code of a region that has both a larger and smaller ones (NUTS 2)
_COUNTRY = 2  # letters of the country at the beginning of a region's code


def roles() -> tuple[str, ...]:
    """Return what may be asked for as role: any coordinator, each kind of them, and competent authorities."""
    return (COORDINATOR, *coordinator_kinds(), AUTHORITY)


def all_regions_of(country: str) -> list[tuple[str, str]]:
    """Return code and native name of all regions of a country, large ones before their parts."""
    if country not in countries():
        return []
    return [(code, name) for code, name in regions().items() if code.startswith(country)]


def regions_of(country: str, chosen: str = "") -> list[tuple[str, str]]:
    """Return the regions of a country among which one chooses, as :func:`all_regions_of` does.

    Of a country with very many the smallest are left out, but for those around the chosen one: who looks for one of
    them chooses the region that it lies in first.
    """
    found = all_regions_of(country)
    if len(found) <= MOST_REGIONS:
        return found
    around = chosen[:_MIDDLE] if len(chosen) >= _MIDDLE else None
    return [(code, name) for code, name in found if len(code) <= _MIDDLE or code[:_MIDDLE] == around]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an authority must be; None and nothing where it does not matter.

    ``region`` finds those competent there: for the region, for what it lies in, for a part of it, or for the whole
    country. ``role`` is one of :func:`roles`.
    """

    country: str | None = None
    area: str | None = None
    profession: str | None = None
    activity: str | None = None
    language: str | None = None
    exclude: Collection[str] = ()
    region: str | None = None
    role: str | None = None

    def possible(self) -> bool:
        """Say whether the codes look like codes at all; they may come from an address that somebody typed."""
        codes = (self.country, self.area, self.profession, self.activity, self.language, *self.exclude)
        if self.role is not None and self.role not in roles():
            return False
        if self.region is not None and self.region not in regions():
            return False
        return all(_CODE.fullmatch(code) for code in codes if code is not None)

    def condition(self) -> Q:
        """Return the condition on the authority."""
        condition = Q(active=True)
        if self.country is not None:
            condition &= Q(country=self.country)
        if self.area is not None:
            access = Access.objects.filter(authority=OuterRef("pk"), area=self.area, suspended=False)
            condition &= Q(Exists(access))
        for scheme, code in ((PROFESSIONS, self.profession), (ACTIVITIES, self.activity)):
            if code is not None:
                # Not one by one: the few that are tagged are found through the index of concepts.
                condition &= Q(pk__in=AuthorityConcept.objects.filter(_kin(scheme, code)).values("authority"))
        if self.language is not None:
            # A list of short codes: as text it is found on both databases alike.
            condition &= Q(languages__icontains=f'"{self.language}"')
        if self.region is not None:
            condition &= _competent_in(self.region)
        if self.role is not None:
            condition &= _in_role(self.role)
        if self.exclude:
            condition &= ~Q(pk__in=list(self.exclude))
        return condition

    def of_rows(self) -> Q:
        """Return the condition on rows that belong to an authority.

        What narrows is asked of the authorities and not of each row, of which there are many more.
        """
        if self == Wanted():
            # Those that are not active are few: asked once, and not of each row.
            return ~Q(authority__in=Authority.objects.filter(active=False).values("pk"))
        return Q(authority__in=Authority.objects.filter(self.condition()).values("pk"))


def _competent_in(region: str) -> Q:
    """Return the condition that an authority is competent in a region; codes of parts begin with the whole's."""
    around = [region[:length] for length in range(_COUNTRY + 1, len(region) + 1)]
    own = AuthorityRegion.objects.filter(authority=OuterRef("pk"))
    fitting = own.filter(Q(code__in=around) | Q(code__gte=region, code__lt=region + "~"))
    return Q(country=region[:_COUNTRY]) & (Q(Exists(fitting)) | ~Q(Exists(own)))


def _in_role(role: str) -> Q:
    if role == COORDINATOR:
        return ~Q(coordinator_kind="")
    return Q(coordinator_kind="" if role == AUTHORITY else role)


def _kin(scheme: str, code: str) -> Q:
    """Return the condition that a tag is this concept, one it is part of, or a part of it."""
    parts = Q(code=code) | Q(parent__code=code) | Q(parent__parent__code=code) | Q(parent__parent__parent__code=code)
    own = Concept.objects.filter(scheme=scheme, code=code)
    # One list of a few concepts, so that the index over them is used; a condition for each way up would read all tags.
    family = Concept.objects.filter(parts, scheme=scheme).values("pk").union(*(own.values(up) for up in LEVELS))
    return Q(concept__in=family)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of what was found there are in each country and in each role."""

    countries: Counter[str]
    roles: Counter[str]

    @property
    def total(self) -> int:
        """How many were found."""
        return self.countries.total()


def counted(wanted: Wanted) -> Counts:
    """Count the authorities that are wanted, in one query; for a minute after it, in none.

    Everybody sees the same authorities, and to count those of an area means to look at every one of them. Only what is
    a column of the authority is counted: areas, concepts, regions and languages would each need a query of its own
    over all rows that belong to what was found.
    """
    key = f"directory-counts-{sha256(repr(wanted).encode()).hexdigest()}"
    found: Counts | None = cache.get(key)
    if found is None:
        found = _added_up(_grouped(Authority.objects.filter(wanted.condition())))
        cache.set(key, found, COUNTS_KEPT)
    return found


def counted_among(ids: Sequence[str]) -> Counts:
    """Count these authorities in the same way; one query."""
    return _added_up(_grouped_among(ids=list(ids)))


@prepared()
def _grouped_among(ids: list[str]) -> QuerySet[Any, tuple[str, str, int]]:
    return _grouped(Authority.objects.filter(pk__in=ids))


def _grouped(found: QuerySet[Authority]) -> QuerySet[Any, tuple[str, str, int]]:
    rows: QuerySet[Any, Any] = found.order_by().values("country_id", "coordinator_kind").annotate(count=Count("*"))
    return rows.values_list("country_id", "coordinator_kind", "count")


def _added_up(rows: Iterable[tuple[str, str, int]]) -> Counts:
    counts = Counts(Counter(), Counter())
    for country, kind, number in rows:
        counts.countries[country] += number
        counts.roles[kind or AUTHORITY] += number
        if kind:
            counts.roles[COORDINATOR] += number
    return counts
