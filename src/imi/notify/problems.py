"""Reads of addresses that take no mail: always for somebody who can mend them, or whose they are.

Local data administrators see those of their authority and its users. The coordinator that validated an authority sees
its contact address, and those of its local data administrators, whose colleagues it does not help; so does the
national coordinator for its country.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, cast

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Lower
from django.db.models.lookups import Exact, In

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration.mandates import mandate
from imi.database.prepared import prepared
from imi.directory.models import Authority
from imi.notify.models import MailProblem

SIZE = 25
LOW = Lower("email")
"""The address of an authority or a person as marks have it; both tables have an index over it."""


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
    reach = _reach(who)
    if reach is None:
        return [], False
    start = (page - 1) * size
    found = _owned(**reach, start=start, stop=start + size + 1)
    shown = {one.address: one for one in found[:size]}
    owners: list[Authority | User] = []
    if shown:
        owners += _authorities_at(**reach, addresses=list(shown))
        owners += _people_at(**reach, addresses=list(shown))
    # Marks are in the small letters of Python. PostgreSQL also takes an address for marked that differs in these.
    problems = [_problem(one, shown[one.email.lower()]) for one in owners if one.email.lower() in shown]
    places = {address: place for place, address in enumerate(shown)}
    problems.sort(key=lambda one: (places[one.address.lower()], one.person))
    return problems, len(found) > size


def total(who: Standing, most: int = 100) -> int:
    """How many there are, counted up to ``most``; four queries."""
    return len(listed(who, size=most)[0])


class Reach(TypedDict):
    """Whose addresses somebody can have mended; None where there are none of that kind.

    Attributes:
        own: the authority that the person administers; its address and those of all its users.
        validator: who validated the authorities; their addresses and those of their administrators.
        country: the country of the authorities, in the same way.
    """

    own: str | None
    validator: str | None
    country: str | None


def _reach(who: Standing) -> Reach | None:
    may = mandate(who)
    if not who.administrator and not may.administered:
        return None
    return Reach(
        own=who.authority_id if who.administrator else None,
        validator=who.authority_id if may.administered and not may.national else None,
        country=who.country if may.administered and may.national else None,
    )


@prepared("start", "stop")
def _owned(own: str | None, validator: str | None, country: str | None, start: int, stop: int) -> QuerySet[MailProblem]:
    # From the marked addresses, which are few, to their owners, and not the other way round. SQLite uses an index over
    # an expression only when it is compared with another one; compared with the column it would go through all users.
    marked = Exact(LOW, Lower(OuterRef("address")))
    owned = Q(Exists(_authorities(own, validator, country).filter(marked)))
    owned |= Q(Exists(_people(own, validator, country).filter(marked)))
    found = MailProblem.objects.filter(owned, marked_at__isnull=False)
    return found.order_by("-marked_at", "address")[start:stop]


@prepared()
def _authorities_at(
    own: str | None, validator: str | None, country: str | None, addresses: list[str]
) -> QuerySet[Authority]:
    return _authorities(own, validator, country).filter(In(LOW, addresses))


@prepared()
def _people_at(own: str | None, validator: str | None, country: str | None, addresses: list[str]) -> QuerySet[User]:
    return _people(own, validator, country).filter(In(LOW, addresses)).select_related("authority")


def _problem(owner: Authority | User, problem: MailProblem) -> Problem:
    person = owner if isinstance(owner, User) else None
    authority = owner.authority if isinstance(owner, User) else owner
    return Problem(
        authority=authority.pk,
        authority_name=authority.name,
        user=person.pk if person else None,
        person=person.get_full_name() if person else "",
        address=owner.email,
        since=cast("datetime", problem.marked_at),  # only marked ones are asked for
        reason=problem.reason,
    )


def _authorities(own: str | None, validator: str | None, country: str | None) -> QuerySet[Authority]:
    reached = Q(pk__in=[])
    if own is not None:
        reached |= Q(pk=own)
    if validator is not None:
        reached |= Q(validator=validator)
    if country is not None:
        reached |= Q(country=country)
    return Authority.objects.filter(reached, active=True)


def _people(own: str | None, validator: str | None, country: str | None) -> QuerySet[User]:
    reached = Q(pk__in=[])
    if own is not None:
        reached |= Q(authority=own)
    if validator is not None:
        reached |= Q(authority__validator=validator, is_administrator=True)
    if country is not None:
        reached |= Q(authority__country=country, is_administrator=True)
    return User.objects.filter(reached, is_active=True, authority__active=True)


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
    reach = _reach(who)
    if reach is None:
        return False
    owners = (_authorities(**reach), _people(**reach))
    return any(found.filter(Exact(LOW, address.lower())).exists() for found in owners)
