"""Reads of the administration: always for a user, each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing
from imi.administration import reasons, rights
from imi.administration.dependence import dependents
from imi.administration.mandates import Mandate, mandate
from imi.administration.models import Act, Admission, Correction, Delegation
from imi.administration.reasons import Refused, demand
from imi.database.prepared import prepared
from imi.directory.models import Access, Authority, AuthorityLink, CoordinatorLink
from imi.exchanges.models import Tally, Task

PAGE = 25
DATA_ADMINISTRATOR = RoleGrant.Role.DATA_ADMINISTRATOR.value


# --- the record of acts ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActPage:
    """A page of acts, latest first; ``before`` is the id from which the next page goes on, None at the end."""

    acts: Sequence[Act]
    before: int | None


def history_of_authority(who: Standing, authority: str, before: int | None = None, size: int = PAGE) -> ActPage:
    """What was done to an authority, for its administrators and the data administrators of its coordinators.

    Raises:
        Refused: ``who`` is neither.
    """
    if not (who.administrator and who.authority_id == authority) and not coordinates(who, authority):
        raise Refused(reasons.NOT_FOUND)
    return _page(_acts_of_authority(authority=authority, before=before, size=size + 1), size)


def history_of_person(who: Standing, user: int, before: int | None = None, size: int = PAGE) -> ActPage:
    """What was done to a person, for that person, the administrators of the authority and its coordinators.

    Raises:
        Refused: ``who`` is none of them.
    """
    if who.user_id != user:
        authority = User.objects.filter(pk=user).values_list("authority", flat=True).first()
        administers = who.administrator and who.authority_id == authority
        if authority is None or (not administers and not coordinates(who, authority)):
            raise Refused(reasons.NOT_FOUND)
    return _page(_acts_of_person(user=user, before=before, size=size + 1), size)


def coordinates(who: Standing, authority: str) -> bool:
    """Whether ``who`` is a data administrator of a coordinator of the authority; one query.

    That is its coordinator in the area in which ``who`` is one, its validating or its country's national coordinator.
    """
    areas = sorted(who.areas_with(DATA_ADMINISTRATOR))
    return bool(areas) and bool(_coordinated(authority=authority, coordinator=who.authority_id, areas=areas))


@prepared()
def _coordinated(authority: str, coordinator: str, areas: list[str]) -> QuerySet[Any, str]:
    link = CoordinatorLink.objects.filter(authority=OuterRef("pk"), coordinator=coordinator, area__in=areas)
    access = Access.objects.filter(authority=OuterRef("pk"), coordinator=coordinator, area__in=areas)
    national = Authority.objects.filter(
        pk=coordinator, kind=Authority.Kind.NATIONAL_COORDINATOR, country=OuterRef("country")
    )
    found = Authority.objects.filter(
        Q(validator=coordinator) | Exists(link) | Exists(access) | Exists(national), pk=authority
    ).exclude(pk=coordinator)
    return found.values_list("pk", flat=True)


@prepared("size")
def _acts_of_authority(authority: str, before: int | None, size: int) -> QuerySet[Act]:
    rows = Act.objects.filter(authority=authority)
    rows = rows if before is None else rows.filter(pk__lt=before)
    return rows.select_related("by_user", "by_authority", "user", "admission").order_by("-pk")[:size]


@prepared("size")
def _acts_of_person(user: int, before: int | None, size: int) -> QuerySet[Act]:
    rows = Act.objects.filter(user=user)
    rows = rows if before is None else rows.filter(pk__lt=before)
    return rows.select_related("by_user", "by_authority", "user", "admission").order_by("-pk")[:size]


def _page(found: list[Act], size: int) -> ActPage:
    return ActPage(found[:size], found[size - 1].pk if len(found) > size else None)


# --- admissions ------------------------------------------------------------------------------------------------------


def admissions(who: Standing, states: Sequence[str], before: int | None = None, size: int = PAGE) -> list[Admission]:
    """The admissions that a coordinator decides on, latest first; one query.

    The national coordinator lists those of all coordinators of its country.
    """
    may = mandate(who)
    if not may.administered:
        return []
    coordinator = None if may.national else who.authority_id
    return _admissions(country=who.country, coordinator=coordinator, states=list(states), before=before, size=size)


@prepared("size")
def _admissions(
    country: str, coordinator: str | None, states: list[str], before: int | None, size: int
) -> QuerySet[Admission]:
    rows = Admission.objects.filter(country=country, state__in=states)
    rows = rows if coordinator is None else rows.filter(coordinator=coordinator)
    rows = rows if before is None else rows.filter(pk__lt=before)
    return rows.select_related("coordinator", "authority").order_by("-pk")[:size]


def admission(who: Standing, admission_id: int) -> Admission:
    """One admission as its coordinator reads it before deciding.

    Raises:
        Refused: ``who`` has nothing to do with it.
    """
    found = Admission.objects.select_related("coordinator", "authority").filter(pk=admission_id).first()
    if found is None or rights.to_withdraw(mandate(who), found) is not None:
        raise Refused(reasons.NOT_FOUND)
    return found


# --- before something is taken away ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenExchanges:
    """How many open exchanges an authority lists in a state."""

    area: str
    direction: str
    state: str
    total: int


@dataclass(frozen=True, slots=True)
class Consequences:
    """What suspending an access or deactivating an authority touches; ``dependents`` have to be handed over first."""

    exchanges: tuple[OpenExchanges, ...]
    tasks: int
    users: int
    links: int
    stand_ins: tuple[str, ...]
    dependents: tuple[str, ...]


def consequences(who: Standing, authority_id: str, area: str | None = None) -> Consequences:
    """What happens if the authority is suspended in ``area``, or deactivated altogether; a fixed number of queries.

    Raises:
        Refused: ``who`` may not do it anyway.
    """
    authority = Authority.objects.filter(pk=authority_id).first()
    if authority is None:
        raise Refused(reasons.NOT_FOUND)
    may = mandate(who)
    if area is None:
        demand(rights.to_govern(may, authority))
    else:
        access = Access.objects.select_related("authority").filter(authority=authority, area=area).first()
        demand(reasons.NO_ACCESS if access is None else rights.to_govern_access(may, access))
    return Consequences(
        exchanges=tuple(OpenExchanges(*row) for row in _open_exchanges(authority=authority_id, area=area)),
        tasks=_count(_tasks(authority=authority_id, area=area)),
        users=_count(_users(authority=authority_id)),
        links=_count(_links(authority=authority_id)),
        stand_ins=tuple(_stand_ins(authority=authority_id, area=area)),
        dependents=tuple(dependents(authority_id, area)),
    )


def _count(rows: Sequence[int]) -> int:
    return sum(rows)


@prepared()
def _open_exchanges(authority: str, area: str | None) -> QuerySet[Any, tuple[str, str, str, int]]:
    rows = Tally.objects.filter(authority=authority, phase="open", total__gt=0)
    rows = rows if area is None else rows.filter(area=area)
    summed = rows.values("area_id", "direction", "state").annotate(sum=Sum("total")).order_by("area_id", "direction")
    return summed.values_list("area_id", "direction", "state", "sum")


@prepared()
def _tasks(authority: str, area: str | None) -> QuerySet[Any, int]:
    rows = Task.objects.filter(authority=authority)
    rows = rows if area is None else rows.filter(area=area)
    return rows.values("area_id").annotate(count=Count("pk")).values_list("count", flat=True)


@prepared()
def _users(authority: str) -> QuerySet[Any, int]:
    rows = User.objects.filter(authority=authority, is_active=True)
    return rows.values("authority_id").annotate(count=Count("pk")).values_list("count", flat=True)


@prepared()
def _links(authority: str) -> QuerySet[Any, int]:
    rows = AuthorityLink.objects.filter(Q(authority=authority) | Q(linked=authority))
    return rows.values("authority_id").annotate(count=Count("pk")).values_list("count", flat=True)


@prepared()
def _stand_ins(authority: str, area: str | None) -> QuerySet[Any, str]:
    rows = CoordinatorLink.objects.filter(authority=authority)
    rows = rows if area is None else rows.filter(area=area)
    return rows.order_by("coordinator__name").values_list("coordinator__name", flat=True).distinct()


# --- the coordinator's desk ------------------------------------------------------------------------------------------


def left_behind(who: Standing, size: int = PAGE) -> list[Task]:
    """Tasks of authorities that cannot act any more, for their request coordinators; the most pressing first.

    The tasks stay where they are and come back with the access; meanwhile a coordinator sees them and does what its
    own part in the exchange allows, such as passing a request on. One query, and a second one where there are such
    authorities: that is asked of the accesses first, which are few, and not of all open tasks.
    """
    areas = sorted(who.roles)
    if not areas or not _powerless(country=who.country, coordinator=who.authority_id, areas=areas):
        return []
    return _left_behind(coordinator=who.authority_id, areas=areas, size=size)


@prepared()
def _powerless(country: str, coordinator: str, areas: list[str]) -> QuerySet[Any, str]:
    """Coordinated authorities that cannot act: suspended in an area or not active, of which there are few."""
    links = CoordinatorLink.objects.filter(authority=OuterRef("authority"), coordinator=coordinator)
    suspended = Access.objects.filter(Exists(links.filter(area=OuterRef("area"))), suspended=True, area__in=areas)
    of_inactive = CoordinatorLink.objects.filter(authority=OuterRef("pk"), coordinator=coordinator, area__in=areas)
    inactive = Authority.objects.filter(Exists(of_inactive), country=country, active=False)
    found = suspended.values_list("authority_id", flat=True)
    return found.union(inactive.values_list("pk", flat=True), all=True)[:1]


@prepared("size")
def _left_behind(coordinator: str, areas: list[str], size: int) -> QuerySet[Task]:
    links = CoordinatorLink.objects.filter(
        authority=OuterRef("authority"), area=OuterRef("area"), coordinator=coordinator
    )
    working = Access.objects.filter(
        authority=OuterRef("authority"), area=OuterRef("area"), suspended=False, authority__active=True
    )
    rows = Task.objects.filter(Exists(links), ~Exists(working), area__in=areas)
    return rows.select_related("exchange", "authority").order_by("due_at", "since", "pk")[:size]


def unconfirmed(who: Standing, today: date, after: str = "", size: int = PAGE) -> list[Authority]:
    """The authorities validated or coordinated by ``who``'s that have not confirmed their data in time, oldest first.

    Args:
        after: page marker, ``date|id`` of the last row shown.
    """
    may: Mandate = mandate(who)
    if not may.administered:
        return []
    coordinator = None if may.national else who.authority_id
    day, _bar, pk = after.partition("|")
    bound = (date.fromisoformat(day), pk) if pk else None
    return _unconfirmed(country=who.country, coordinator=coordinator, today=today, bound=bound, size=size)


@prepared("size")
def _unconfirmed(
    country: str, coordinator: str | None, today: date, bound: tuple[date, str] | None, size: int
) -> QuerySet[Authority]:
    rows = Authority.objects.filter(country=country, active=True, confirm_by__lt=today)
    if coordinator is not None:
        links = CoordinatorLink.objects.filter(authority=OuterRef("pk"), coordinator=coordinator)
        rows = rows.filter(Q(validator=coordinator) | Exists(links))
    if bound is not None:
        rows = rows.filter(Q(confirm_by__gt=bound[0]) | Q(confirm_by=bound[0], pk__gt=bound[1]))
    return rows.order_by("confirm_by", "pk")[:size]


def delegations(who: Standing) -> list[Delegation]:
    """The tasks that the national coordinator of the country has delegated, for its coordinators; one query."""
    return _delegations(country=who.country)


@prepared()
def _delegations(country: str) -> QuerySet[Delegation]:
    rows = Delegation.objects.filter(holder__country=country).select_related("holder")
    return rows.order_by("holder__sort_key", "holder", "task", "pk")


def corrections(who: Standing, state: str = Correction.State.OPEN, size: int = PAGE) -> list[Correction]:
    """The corrections that others propose for the card of ``who``'s authority; for its administrators."""
    demand(rights.to_administer(who, who.authority_id))
    return _corrections(authority=who.authority_id, state=str(state), size=size)


@prepared("size")
def _corrections(authority: str, state: str, size: int) -> QuerySet[Correction]:
    rows = Correction.objects.filter(authority=authority, state=state)
    return rows.select_related("by_user", "by_authority").order_by("-pk")[:size]


# --- who is to be told -----------------------------------------------------------------------------------------------


def administrators(authority: str) -> list[User]:
    """The local data administrators of an authority, also of one that has just been deactivated."""
    return _administrators(authority=authority)


@prepared()
def _administrators(authority: str) -> QuerySet[User]:
    return User.objects.filter(authority=authority, is_active=True, is_administrator=True).order_by("pk")


def data_administrators(coordinator: str, area: str | None = None) -> list[User]:
    """The data administrators of a coordinator: in one area, or in any."""
    return _data_administrators(coordinator=coordinator, area=area)


@prepared()
def _data_administrators(coordinator: str, area: str | None) -> QuerySet[User]:
    grants = RoleGrant.objects.filter(user=OuterRef("pk"), role=DATA_ADMINISTRATOR)
    grants = grants if area is None else grants.filter(area=area)
    rows = User.objects.filter(Exists(grants), authority=coordinator, authority__active=True, is_active=True)
    return rows.order_by("pk")
