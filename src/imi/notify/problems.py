"""Reads of addresses that take no mail: always for somebody who can mend them, or whose they are.

Local data administrators see those of their authority and its users. The coordinator that validated an authority sees
its contact address, and those of its local data administrators, whose colleagues it does not help; so does the
national coordinator for its country.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

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
    """A page of the addresses that ``who`` can have mended, latest first, and whether there are more; four queries.

    An address that several have is one of the page, and stands there for each of them.
    """
    authorities, people = _reach(who)
    if authorities is None:
        return [], False
    start = (page - 1) * size
    # From the marked addresses, which are few, to their owners, and not the other way round.
    owned = Exists(_of_address(_authorities(authorities))) | Exists(_of_address(_people(people)))
    found = list(_marked().filter(owned).order_by("-marked_at", "address")[start : start + size + 1])
    shown = {one.address: one for one in found[:size]}
    owners = [*_rows(_authorities(authorities), shown), *_rows(_people(people), shown)]
    places = {address: place for place, address in enumerate(shown)}
    owners.sort(key=lambda one: (places[one.address.lower()], one.person))
    return owners, len(found) > size


def total(who: Standing, most: int = 100) -> int:
    """How many there are, counted up to ``most``; four queries."""
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


def _of_address(owners: QuerySet[Any]) -> QuerySet[Any]:
    """Those of the owners who have the address of the marked row around."""
    return owners.filter(low=OuterRef("address"))


def _rows(owners: QuerySet[Any], shown: Mapping[str, MailProblem]) -> Iterator[Problem]:
    """The owners of these addresses with since when and why."""
    for owner in owners.filter(low__in=list(shown)) if shown else ():
        problem = shown[owner.email.lower()]
        person = owner if isinstance(owner, User) else None
        authority = owner.authority if isinstance(owner, User) else owner
        yield Problem(
            authority=authority.pk,
            authority_name=authority.name,
            user=person.pk if person else None,
            person=person.get_full_name() if person else "",
            address=owner.email,
            since=cast("datetime", problem.marked_at),  # only marked ones are asked for
            reason=problem.reason,
        )


def _authorities(condition: Q) -> QuerySet[Authority]:
    return Authority.objects.filter(condition, active=True).annotate(low=Lower("email"))


def _people(condition: Q) -> QuerySet[User]:
    found = User.objects.filter(condition, is_active=True, authority__active=True).annotate(low=Lower("email"))
    return found.select_related("authority")


def of_address(address: str) -> MailProblem | None:
    """What is known of an address, if it takes no mail; one query."""
    return _marked_at.first(address=address.lower())


@prepared()
def _marked_at(address: str) -> QuerySet[MailProblem]:
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
