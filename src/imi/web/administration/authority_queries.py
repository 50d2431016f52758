"""Reads for coordinators: the authorities they coordinate, searched, filtered, sorted and a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from imi.accounts.models import User
from imi.administration.mandates import Mandate
from imi.database.prepared import prepared
from imi.directory.folding import query_tokens
from imi.directory.models import Access, Authority, AuthorityToken, CoordinatorLink

STATES = ("active", "suspended", "inactive")
ATTENTION = ("unconfirmed", "never")
SORTS = {"name": "sort_key", "confirm_by": "confirm_by"}
"""By what the list is sorted: the column of each choice."""
_WORDS = 4


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a coordinator looks for among its authorities."""

    text: str = ""
    area: str = ""
    state: str = ""
    attention: str = ""
    sort: str = "name"


@dataclass(frozen=True, slots=True)
class Line:
    """An authority in the list; ``never`` says that none of its users has ever signed in."""

    id: str
    name: str
    city: str
    email: str
    active: bool
    confirm_by: date
    suspended: bool
    never: bool
    sort_key: str


def coordinated(may: Mandate, wanted: Wanted, today: date, after: str = "", size: int = 25) -> list[Line]:
    """The authorities that a coordinator has to do with, the national one those of its country; one query.

    Args:
        after: marker of the last row of the page before, ``value|id``.
        size: how many.

    Raises:
        ValueError: the marker is none.
    """
    if not may.administered:
        return []
    rows = _rows(
        country=may.who.country,
        coordinator=None if may.national else may.who.authority_id,
        own=may.who.authority_id,
        words=[(word, word + "~") for word in query_tokens(wanted.text)[:_WORDS]],
        area=wanted.area or None,
        today=today if wanted.attention == "unconfirmed" else None,
        bound=_bound(after, wanted.sort),
        state=wanted.state,
        never=wanted.attention == "never",
        sort=SORTS[wanted.sort],
        size=size,
    )
    return [
        Line(pk, name, city, email, active, confirm_by, suspended, not seen, key)
        for pk, name, city, email, active, confirm_by, suspended, seen, key in rows
    ]


def marker(line: Line, sort: str) -> str:
    """The marker behind a row."""
    return f"{getattr(line, SORTS[sort])}|{line.id}"


def _bound(after: str, sort: str) -> tuple[Any, str] | None:
    value, _bar, pk = after.rpartition("|")
    if not pk:
        return None
    return (date.fromisoformat(value) if sort == "confirm_by" else value, pk)


@prepared("state", "never", "sort", "size")
def _rows(
    country: str,
    coordinator: str | None,
    own: str,
    words: list[tuple[str, str]],
    area: str | None,
    today: date | None,
    bound: tuple[Any, str] | None,
    state: str,
    never: bool,
    sort: str,
    size: int,
) -> QuerySet[Any, tuple[Any, ...]]:
    held = Access.objects.filter(authority=OuterRef("pk"))
    held = held if area is None else held.filter(area=area)
    # Somebody, and not whether anybody: for that PostgreSQL would first look through all users.
    people = User.objects.filter(authority=OuterRef("pk"), is_active=True, last_seen__isnull=False).values("pk")[:1]
    rows = Authority.objects.filter(country=country).exclude(pk=own)
    rows = rows.annotate(suspended=Exists(held.filter(suspended=True)), seen=Subquery(people))
    if coordinator is not None:
        links = CoordinatorLink.objects.filter(authority=OuterRef("pk"), coordinator=coordinator)
        given = Access.objects.filter(authority=OuterRef("pk"), coordinator=coordinator)
        rows = rows.filter(Q(validator=coordinator) | Exists(links) | Exists(given))
    for first, last in words:
        tokens = AuthorityToken.objects.filter(authority=OuterRef("pk"), token__gte=first, token__lt=last)
        rows = rows.filter(Exists(tokens))
    if area is not None:
        rows = rows.filter(Exists(held))
    if today is not None:
        rows = rows.filter(active=True, confirm_by__lt=today)
    if never:
        rows = rows.filter(active=True, seen__isnull=True)
    if state:
        rows = rows.filter(active=state != "inactive")
    if state == "suspended":
        rows = rows.filter(suspended=True)
    if bound is not None:
        rows = rows.filter(Q(**{f"{sort}__gt": bound[0]}) | Q(**{sort: bound[0], "pk__gt": bound[1]}))
    fields = ("pk", "name", "city", "email", "active", "confirm_by", "suspended", "seen", "sort_key")
    return rows.order_by(sort, "pk").values_list(*fields)[:size]


def areas_of(authorities: Iterable[str]) -> dict[str, list[tuple[str, bool]]]:
    """The areas of authorities, each with whether the access is suspended; one query."""
    found: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for pk, area, suspended in _areas(authorities=list(authorities)):
        found[pk].append((area, suspended))
    return found


@prepared()
def _areas(authorities: list[str]) -> QuerySet[Any, tuple[str, str, bool]]:
    rows = Access.objects.filter(authority__in=authorities).order_by("area")
    return rows.values_list("authority_id", "area_id", "suspended")


def accesses_of(authority: str) -> list[Access]:
    """The accesses of an authority with their access coordinators, by area; one query."""
    return _accesses(authority=authority)


@prepared()
def _accesses(authority: str) -> QuerySet[Access]:
    rows = Access.objects.filter(authority=authority).select_related("authority", "coordinator")
    return rows.order_by("area")


def request_coordinators(authority: str) -> dict[str, list[Authority]]:
    """The request coordinators of an authority, also those that cannot act, by area; one query."""
    found: dict[str, list[Authority]] = defaultdict(list)
    for link in _links(authority=authority):
        found[link.area_id].append(link.coordinator)
    return found


def coordinators_behind(authorities: Iterable[str]) -> dict[str, dict[str, list[str]]]:
    """The names of the request coordinators of authorities, by authority and area; one query."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pk, area, name in _names_behind(authorities=list(authorities)):
        found[pk][area].append(name)
    return found


@prepared()
def _names_behind(authorities: list[str]) -> QuerySet[Any, tuple[str, str, str]]:
    rows = CoordinatorLink.objects.filter(authority__in=authorities)
    rows = rows.order_by("authority", "area", "coordinator__sort_key", "coordinator")
    return rows.values_list("authority_id", "area_id", "coordinator__name")


@prepared()
def _links(authority: str) -> QuerySet[CoordinatorLink]:
    rows = CoordinatorLink.objects.filter(authority=authority).select_related("coordinator")
    return rows.order_by("area", "coordinator__sort_key", "coordinator")
