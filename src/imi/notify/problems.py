"""Reads of addresses that take no mail: always for somebody who can mend them, or whose they are.

Local data administrators see those of their authority and its users. The coordinator that validated an authority sees
its contact address, and those of its local data administrators, whose colleagues it does not help; so does the
national coordinator for its country.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BigIntegerField, CharField, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat, Lower

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration.mandates import mandate
from imi.database.prepared import prepared
from imi.directory.models import Authority
from imi.notify.models import MailProblem

SIZE = 25


@dataclass(frozen=True, slots=True)
class Problem:
    """Somebody's address that takes no mail; ``user`` and ``person`` are empty for an authority's own."""

    authority: str
    authority_name: str
    user: int | None
    person: str
    address: str
    since: datetime
    reason: str

    @property
    def why(self) -> str:
        """The reason in the reader's language."""
        return str(MailProblem.Reason(self.reason).label)


def listed(who: Standing, page: int = 1, size: int = SIZE) -> tuple[list[Problem], bool]:
    """A page of the addresses that ``who`` can have mended, latest first, and whether there are more; two queries."""
    authorities, people = _reach(who)
    if authorities is None:
        return [], False
    start = (page - 1) * size
    rows = _of_authorities(authorities).union(_of_people(people), all=True).order_by("-since", "address", "person")
    found = [Problem(*row) for row in rows[start : start + size + 1]]
    return found[:size], len(found) > size


def total(who: Standing, most: int = 100) -> int:
    """How many there are, counted up to ``most``; two queries."""
    return len(listed(who, size=most)[0])


def _reach(who: Standing) -> tuple[Q | None, Q]:
    """Which authorities and which people somebody can have mended; no authorities if none at all."""
    authorities, people = Q(pk__in=[]), Q(pk__in=[])
    if who.administrator:
        authorities |= Q(pk=who.authority_id)
        people |= Q(authority=who.authority_id)
    may = mandate(who)
    if may.administered:
        below = Q(country=who.country) if may.national else Q(validator=who.authority_id)
        authorities |= below
        administrators = Q(authority__country=who.country) if may.national else Q(authority__validator=who.authority_id)
        people |= administrators & Q(is_administrator=True)
    return (authorities if who.administrator or may.administered else None), people


def _marked() -> QuerySet[MailProblem]:
    return MailProblem.objects.filter(marked_at__isnull=False)


def _rows(found: QuerySet, **columns: Any) -> QuerySet[Any, tuple[Any, ...]]:
    """Owners of marked addresses with since when and why."""
    problem = _marked().filter(address=OuterRef("low"))
    dated = found.alias(low=Lower("email")).filter(low__in=_marked().values("address"))
    named = dated.annotate(
        **columns,
        address=F("email"),
        since=Subquery(problem.values("marked_at")[:1]),
        reason=Subquery(problem.values("reason")[:1]),
    )
    return named.values_list("place", "place_name", "number", "person", "address", "since", "reason")


def _of_authorities(condition: Q) -> QuerySet[Any, tuple[Any, ...]]:
    nobody = Value(None, output_field=BigIntegerField())
    unnamed = Value("", output_field=CharField())
    found = Authority.objects.filter(condition, active=True)
    return _rows(found, place=F("pk"), place_name=F("name"), number=nobody, person=unnamed)


def _of_people(condition: Q) -> QuerySet[Any, tuple[Any, ...]]:
    full = Concat("given_name", Value(" "), "family_name", output_field=CharField())
    found = User.objects.filter(condition, is_active=True, authority__active=True)
    return _rows(found, place=F("authority_id"), place_name=F("authority__name"), number=F("pk"), person=full)


def of_address(address: str) -> MailProblem | None:
    """What is known of an address, if it takes no mail; one query."""
    found: Sequence[MailProblem] = _of_address(address=address.lower())
    return next(iter(found), None)


@prepared()
def _of_address(address: str) -> QuerySet[MailProblem]:
    return MailProblem.objects.filter(address=address, marked_at__isnull=False)


def can_mend(who: Standing, address: str) -> bool:
    """Whether an address belongs to ``who`` or to somebody whose data ``who`` looks after."""
    if User.objects.filter(pk=who.user_id, email__iexact=address).exists():
        return True
    authorities, people = _reach(who)
    if authorities is None:
        return False
    return (
        Authority.objects.filter(authorities, active=True, email__iexact=address).exists()
        or User.objects.filter(people, is_active=True, email__iexact=address).exists()
    )
