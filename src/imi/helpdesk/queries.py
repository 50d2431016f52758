"""Reads of the help desk: always for a user, each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from imi.accounts.queries import Standing
from imi.administration import reasons
from imi.administration.reasons import Refused
from imi.database.prepared import prepared
from imi.directory.models import Access, Authority, CoordinatorLink
from imi.exchanges import definitions
from imi.exchanges.models import Participation
from imi.helpdesk import rights
from imi.helpdesk.models import Answer, Post, Thread

PAGE = 25
COUNTED = 100
ANSWERS_SHOWN = 200
State = Thread.State


# --- whom one may ask ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Desk:
    """A coordinator that somebody may ask: about a policy area, or (``area`` None) about the system in general."""

    coordinator: Authority
    area: str | None


def desks(who: Standing) -> list[Desk]:
    """Whom somebody may ask: the coordinators behind the own authority and the national one; two queries."""
    behind = [(one.area_id, one.coordinator) for one in _links(authority=who.authority_id, areas=sorted(who.roles))]
    national = [one for one in _national(country=who.country) if one.pk != who.authority_id]
    general = [Desk(one, None) for one in _once([*national, *(coordinator for _area, coordinator in behind)])]
    found = list(general)
    for area in sorted(who.roles):
        near = [coordinator for linked, coordinator in behind if linked == area]
        found += [Desk(one, area) for one in _once([*near, *national])]
    return found


def chain(thread: Thread) -> list[Authority]:
    """The other coordinators to whom a question may be handed over; three queries."""
    areas = None if thread.area_id is None else [thread.area_id]
    behind = [one.coordinator for one in _links(authority=thread.asking_id, areas=areas)]
    country = Authority.objects.values_list("country", flat=True).get(pk=thread.asking_id)
    others = _once([*behind, *_national(country=country)])
    return [one for one in others if one.pk not in (thread.answering_id, thread.asking_id)]


def _once(found: Iterable[Authority]) -> list[Authority]:
    return list({one.pk: one for one in found}.values())


@prepared()
def _links(authority: str, areas: list[str] | None) -> QuerySet[CoordinatorLink]:
    working = Access.objects.filter(authority=OuterRef("coordinator"), area=OuterRef("area"), suspended=False)
    links = CoordinatorLink.objects.filter(Exists(working), authority=authority, coordinator__active=True)
    if areas is not None:
        links = links.filter(area__in=areas)
    return links.select_related("coordinator").order_by("area", "coordinator__name", "pk")


@prepared()
def _national(country: str) -> QuerySet[Authority]:
    return Authority.objects.filter(kind=Authority.Kind.NATIONAL_COORDINATOR, country=country, active=True)


# --- threads ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of a list is wanted; empty means everything. ``area`` "-" means what belongs to no policy area."""

    state: str = ""
    area: str = ""
    kind: str = ""


GENERAL = "-"
LISTS = {"asked": rights.asked, "messages": rights.messages, "desk": rights.at_desk}
"""The lists of threads: whose they are, by name."""


def threads(who: Standing, listed: str, wanted: Wanted, page: int, size: int = PAGE) -> tuple[list[Thread], bool]:
    """A page of a list, what waits longest first, or, of what is settled or of everything, the latest first.

    Args:
        listed: one of :data:`LISTS`.

    Returns:
        The threads and whether there are more; one query.
    """
    rows = Thread.objects.filter(LISTS[listed](who))
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.area:
        rows = rows.filter(area=None if wanted.area == GENERAL else wanted.area)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    order = ("since", "pk") if wanted.state in (State.OPEN, State.ANSWERED) else ("-since", "-pk")
    first = (page - 1) * size
    found = list(
        rows.select_related("asking", "answering", "assignee", "asked_by").order_by(*order)[first:][: size + 1]
    )
    return found[:size], len(found) > size


def thread(who: Standing, thread_id: int) -> tuple[Thread, Post.Side]:
    """One thread and the side on which somebody stands in it; one query.

    Raises:
        Refused: ``who`` has no part in it.
    """
    found = (
        Thread.objects.select_related("asking", "answering", "assignee", "asked_by").filter(pk=thread_id).first()
        if thread_id < 2**63
        else None
    )
    side = rights.side_of(who, found) if found else None
    if found is None or side is None:
        raise Refused(reasons.NOT_FOUND)
    return found, side


def posts(of: Thread) -> list[Post]:
    """What was written and done in a thread, oldest first; one query."""
    return list(Post.objects.filter(thread=of).select_related("by_user", "by_authority").order_by("pk"))


def may_open(who: Standing, numbers: Iterable[str]) -> set[str]:
    """Of the numbers those of exchanges that somebody may open; one query."""
    wanted = [one for one in numbers if one]
    authorities = [who.authority_id, *sorted(who.linked)]
    if not wanted:
        return set()
    return set(_openable(numbers=wanted, authorities=authorities, areas=sorted(who.roles)))


@prepared()
def _openable(numbers: list[str], authorities: list[str], areas: list[str]) -> QuerySet[Any, str]:
    rows = Participation.objects.filter(authority__in=authorities, number__in=numbers, area__in=areas)
    return rows.values_list("number", flat=True)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many threads wait for somebody, counted up to :data:`COUNTED`, by list."""

    asked: int
    messages: int
    desk: int

    @property
    def total(self) -> int:
        """All together."""
        return self.asked + self.messages + self.desk

    @property
    def first(self) -> str:
        """The list to look at first: one that holds something, the desk before the others."""
        return "desk" if self.desk else "messages" if self.messages else "asked"


def waiting(who: Standing) -> Waiting:
    """What waits for somebody: own questions that were answered, messages to answer or read, questions to the desk.

    A question that a colleague has taken does not wait for the others; one query.
    """
    rows = _waiting(
        user=who.user_id,
        authority=who.authority_id,
        areas=[] if who.administrator else rights.areas(who),  # an administrator answers in all of them
        administrator=who.administrator,
        general=rights.answers_in_general(who),
    )
    found = {"asked": 0, "messages": 0, "desk": 0}
    for sort, answering in rows:
        if sort == Thread.Sort.MESSAGE:
            found["messages"] += 1
        else:
            found["desk" if answering == who.authority_id else "asked"] += 1
    return Waiting(**found)


@prepared()
def _waiting(
    user: int, authority: str, areas: list[str], administrator: bool, general: bool
) -> QuerySet[Any, tuple[str, str]]:
    mine = Q(assignee=user) | Q(assignee__isnull=True)
    within = rights.within(areas, administrator=administrator, general=general)
    reached = Q(answering=authority, state=State.OPEN) & mine & within
    replied = Q(asking=authority, state=State.ANSWERED) & (
        Q(sort=Thread.Sort.QUESTION, asked_by=user) | (Q(sort=Thread.Sort.MESSAGE) & within)
    )
    return Thread.objects.filter(reached | replied).values_list("sort", "answering_id")[:COUNTED]


# --- stepping in -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Addressees:
    """Whom a coordinator may write to about an exchange: authorities behind which it stands, coordinators abroad."""

    number: str
    area: str
    coordinated: tuple[Authority, ...]
    others: tuple[Authority, ...]


def addressees(who: Standing, number: str) -> Addressees | None:
    """Whom somebody may write to about an exchange as its coordinator; None for everybody else; one query.

    The parties are read off the lists, which hold only those who know of the exchange in its present state.
    """
    rows = list(_parties(number=number))
    own = [one for one in rows if one.authority_id == who.authority_id and one.direction == _COORDINATED]
    if not own or not rights.answers(who, own[0].area_id) or own[0].area_id not in who.roles:
        return None
    mine = {one.party for one in own}
    parties = definitions.compiled(own[0].definition_id).coordinated
    others = [one for one in rows if one.authority_id != who.authority_id]
    behind = [one.authority for one in others if one.party in {parties[party] for party in mine}]
    abroad = [one.authority for one in others if one.direction == _COORDINATED and one.party not in mine]
    return Addressees(number, own[0].area_id, tuple(_once(behind)), tuple(_once(abroad)))


_COORDINATED = Participation.Direction.COORDINATED.value


@prepared()
def _parties(number: str) -> QuerySet[Participation]:
    rows = Participation.objects.filter(number=number, authority__active=True)
    return rows.select_related("authority").order_by("authority__name", "pk")


# --- frequent answers ------------------------------------------------------------------------------------------------


def published(who: Standing) -> list[Answer]:
    """The frequent answers for somebody's authority, by coordinator and title; one query.

    They are those of its coordinators, of its country's national one and of the authority itself, in the policy areas
    to which it has access.
    """
    return _published(authority=who.authority_id, country=who.country, areas=sorted(who.roles))


@prepared()
def _published(authority: str, country: str, areas: list[str]) -> QuerySet[Answer]:
    link = CoordinatorLink.objects.filter(authority=authority, coordinator=OuterRef("coordinator"))
    # Not through the coordinators themselves: PostgreSQL would join all authorities to find the one that it is.
    national = Authority.objects.filter(kind=Authority.Kind.NATIONAL_COORDINATOR, country=country, active=True).values(
        "pk"
    )
    rows = Answer.objects.filter(Q(coordinator=authority) | Exists(link) | Q(coordinator__in=national))
    rows = rows.filter(Q(area__isnull=True) | Q(area__in=areas))
    return rows.select_related("coordinator").order_by("coordinator__name", "title", "pk")[:ANSWERS_SHOWN]


def answer(who: Standing, answer_id: int) -> Answer:
    """One frequent answer, to be changed or removed.

    Raises:
        Refused: ``who`` may not.
    """
    found = Answer.objects.filter(pk=answer_id).first() if answer_id < 2**63 else None
    if found is None or not rights.may_change(who, found):
        raise Refused(reasons.NOT_FOUND)
    return found
