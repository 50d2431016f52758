"""Gives authorities access to policy areas, suspends and resumes it; deactivates and reactivates authorities.

Nothing is left behind without somebody: whoever others depend on (as validating, access or only request coordinator)
has to hand over first, and the tasks of an authority that cannot act any more show at its request coordinators
(:func:`imi.administration.queries.left_behind`). Sources: relations of the Spanish national coordinator's questions
and answers, the chapters on suspending and deactivating of the guides for access managers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.accounts.sessions import end_sessions
from imi.administration import outbox, reasons, rights
from imi.administration.acts import SYSTEM, Author, record
from imi.administration.dependence import (
    able,
    coordinated,
    coordinators_with,
    demand_coordinators,
    demand_nobody_depends,
    hold,
)
from imi.administration.mandates import VALIDATE, mandate
from imi.administration.reasons import Refused, demand
from imi.directory.models import Access, Authority, AuthorityRegion, CoordinatorLink, PolicyArea
from imi.exchanges.models import Task

# --- access to an area -----------------------------------------------------------------------------------------------


@transaction.atomic
def grant(
    who: Standing, authority_id: str, area: str, coordinators: Collection[str], now: datetime | None = None
) -> Access:
    """Give an authority access to an area; ``who``'s authority becomes its access coordinator there.

    Args:
        coordinators: its request coordinators in the area, at least one.

    Raises:
        Refused: ``who`` may not, the authority is inactive or has access already, or the coordinators do not fit.
    """
    now = now or timezone.now()
    authority = locked_authority(authority_id)
    demand(rights.to_grant(mandate(who), authority, area, regions_of(authority_id)))
    if not authority.active:
        raise Refused(reasons.INACTIVE)
    if Access.objects.filter(authority=authority, area=area).exists():
        raise Refused(reasons.HAS_ACCESS)
    chosen = tuple(dict.fromkeys(coordinators))
    demand_coordinators(authority.country_id, {area: chosen}, authority.pk)
    access = Access.objects.create(
        authority=authority, area_id=area, role=Access.Role.AUTHORITY, coordinator_id=who.authority_id
    )
    CoordinatorLink.objects.bulk_create(
        CoordinatorLink(authority=authority, area_id=area, coordinator_id=one) for one in chosen
    )
    details = {"role": access.role, "request_coordinators": list(chosen)}
    record("access.granted", Author.of(who), authority=authority.pk, area=area, details=details, now=now)
    outbox.tell_administrators("access_granted", authority.pk, now, area)
    return access


@transaction.atomic
def suspend(who: Standing, authority_id: str, area: str, reason: str, now: datetime | None = None) -> Access:
    """Take an authority's access to an area away until it is resumed; its exchanges stay as they are.

    Raises:
        Refused: ``who`` may not, there is no reason, others depend on the authority in the area, or it is so already.
    """
    now = now or timezone.now()
    access = _locked_access(authority_id, area)
    demand(rights.to_govern_access(mandate(who), access))
    if not reason.strip():
        raise Refused(reasons.NEEDS_REASON)
    if access.suspended:
        raise Refused(reasons.SUSPENDED)
    demand_nobody_depends(authority_id, area)
    Access.objects.filter(pk=access.pk).update(suspended=True)
    access.suspended = True
    details = {"reason": reason.strip()}
    record("access.suspended", Author.of(who), authority=authority_id, area=area, details=details, now=now)
    outbox.tell_administrators("access_suspended", authority_id, now, area)
    _tell_stand_ins(authority_id, [area], now)
    return access


@transaction.atomic
def resume(who: Standing, authority_id: str, area: str, now: datetime | None = None) -> Access:
    """Give a suspended access back.

    Raises:
        Refused: ``who`` may not, or the access is not suspended.
    """
    now = now or timezone.now()
    access = _locked_access(authority_id, area)
    demand(rights.to_govern_access(mandate(who), access))
    if not access.suspended:
        raise Refused(reasons.NOT_SUSPENDED)
    Access.objects.filter(pk=access.pk).update(suspended=False)
    access.suspended = False
    record("access.resumed", Author.of(who), authority=authority_id, area=area, now=now)
    outbox.tell_administrators("access_resumed", authority_id, now, area)
    return access


@transaction.atomic
def hand_over_access(who: Standing, authority_id: str, area: str, to: str, now: datetime | None = None) -> None:
    """Make another coordinator of the area the authority's access coordinator there.

    Raises:
        Refused: ``who`` may not, or the other one does not coordinate the area.
    """
    now = now or timezone.now()
    access = _locked_access(authority_id, area)
    demand(rights.to_govern_access(mandate(who), access))
    if access.coordinator_id == to:
        raise Refused(reasons.ALREADY)
    demand_coordinators(access.authority.country_id, {area: (to,)}, authority_id)
    details = {"before": access.coordinator_id, "after": to}
    Access.objects.filter(pk=access.pk).update(coordinator=to)
    record("access.coordinator_changed", Author.of(who), authority=authority_id, area=area, details=details, now=now)


@transaction.atomic
def add_request_coordinator(
    who: Standing, authority_id: str, area: str, coordinator: str, now: datetime | None = None
) -> None:
    """Link one more request coordinator; "more may be added any time".

    Raises:
        Refused: ``who`` may not, or the other one does not coordinate the area or is linked already.
    """
    now = now or timezone.now()
    access = _locked_access(authority_id, area)
    demand(rights.to_govern_access(mandate(who), access))
    demand_coordinators(access.authority.country_id, {area: (coordinator,)}, authority_id)
    link = {"authority_id": authority_id, "area_id": area, "coordinator_id": coordinator}
    if CoordinatorLink.objects.filter(**link).exists():
        raise Refused(reasons.ALREADY)
    CoordinatorLink.objects.create(**link)
    details = {"after": coordinator}
    by = Author.of(who)
    record("access.request_coordinator_added", by, authority=authority_id, area=area, details=details, now=now)


@transaction.atomic
def remove_request_coordinator(
    who: Standing, authority_id: str, area: str, coordinator: str, now: datetime | None = None
) -> None:
    """Unlink a request coordinator, but never the last one that can act.

    Raises:
        Refused: ``who`` may not, it is not linked, or no other one would be left.
    """
    now = now or timezone.now()
    access = _locked_access(authority_id, area)
    demand(rights.to_govern_access(mandate(who), access))
    links = CoordinatorLink.objects.filter(authority=authority_id, area=area)
    if not links.filter(coordinator=coordinator).exists():
        raise Refused(reasons.NOT_FOUND)
    if not links.exclude(coordinator=coordinator).filter(able()).exists():
        raise Refused(reasons.NEEDS_REQUEST_COORDINATOR)
    links.filter(coordinator=coordinator).delete()
    details = {"before": coordinator}
    by = Author.of(who)
    record("access.request_coordinator_removed", by, authority=authority_id, area=area, details=details, now=now)


@transaction.atomic
def open_new_areas(coordinator_id: str, now: datetime) -> list[str]:
    """Give a coordinator whose kind coordinates all areas those that have come into the catalogue since.

    Its local data administrators then decide who does what there.

    Returns:
        The areas.
    """
    coordinator = locked_authority(coordinator_id)
    held = Access.objects.filter(authority=coordinator)
    opened = list(PolicyArea.objects.exclude(pk__in=held.values("area")).order_by("pk").values_list("pk", flat=True))
    above = coordinator.validator_id
    for area in opened:
        Access.objects.create(authority=coordinator, area_id=area, role=Access.Role.COORDINATOR, coordinator_id=above)
        if above is not None:
            CoordinatorLink.objects.create(authority=coordinator, area_id=area, coordinator_id=above)
        details = {"role": Access.Role.COORDINATOR.value, "request_coordinators": [above] if above else []}
        record("access.granted", SYSTEM, authority=coordinator.pk, area=area, details=details, now=now)
        outbox.tell_administrators("access_granted", coordinator.pk, now, area)
    return opened


# --- the authority as a whole ----------------------------------------------------------------------------------------


@transaction.atomic
def deactivate(who: Standing, authority_id: str, reason: str, now: datetime | None = None) -> Authority:
    """Take an authority out of use. Its users have no rights and no session from the next click on.

    Raises:
        Refused: ``who`` may not, there is no reason, others depend on the authority, or it is so already.
    """
    now = now or timezone.now()
    authority = locked_authority(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    if not reason.strip():
        raise Refused(reasons.NEEDS_REASON)
    if not authority.active:
        raise Refused(reasons.INACTIVE)
    areas = list(Access.objects.filter(authority=authority).values_list("area_id", flat=True))
    demand_nobody_depends(authority_id)
    Authority.objects.filter(pk=authority_id).update(active=False)
    authority.active = False
    end_sessions(User.objects.filter(authority=authority).values_list("pk", flat=True))
    details = {"reason": reason.strip()}
    record("authority.deactivated", Author.of(who), authority=authority_id, details=details, now=now)
    outbox.tell_administrators("deactivated", authority_id, now)
    _tell_stand_ins(authority_id, areas, now)
    return authority


@transaction.atomic
def reactivate(who: Standing, authority_id: str, now: datetime | None = None) -> Authority:
    """Take an authority back into use, with the accesses and users that it had.

    Raises:
        Refused: ``who`` may not, it is active, it has no local data administrator any more, or a coordinator behind it
            cannot act any more.
    """
    now = now or timezone.now()
    authority = locked_authority(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    if authority.active:
        raise Refused(reasons.ACTIVE)
    if not User.objects.filter(authority=authority, is_active=True, is_administrator=True).exists():
        raise Refused(reasons.NEEDS_ADMINISTRATOR)
    _mend_relations(authority, who)
    Authority.objects.filter(pk=authority_id).update(active=True)
    authority.active = True
    record("authority.reactivated", Author.of(who), authority=authority_id, now=now)
    outbox.tell_administrators("reactivated", authority_id, now)
    return authority


@transaction.atomic
def hand_over_validation(who: Standing, authority_id: str, to: str, now: datetime | None = None) -> None:
    """Make another coordinator the validating one: it then changes the official name and helps the administrators.

    Raises:
        Refused: ``who`` may not, or the other one is no coordinator of the country that validates.
    """
    now = now or timezone.now()
    authority = locked_authority(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    if authority.validator_id == to:
        raise Refused(reasons.ALREADY)
    if to not in coordinators_with(authority.country_id, VALIDATE) or to == authority_id:
        raise Refused(reasons.NO_MANDATE)
    details = {"before": authority.validator_id, "after": to}
    Authority.objects.filter(pk=authority_id).update(validator=to)
    record("authority.validator_changed", Author.of(who), authority=authority_id, details=details, now=now)


# --- what keeps it whole ---------------------------------------------------------------------------------------------


def locked_authority(authority_id: str) -> Authority:
    """The authority, with its country held and itself locked until the end of the transaction.

    Raises:
        Refused: there is none.
    """
    country = Authority.objects.filter(pk=authority_id).values_list("country", flat=True).first()
    if country is None:
        raise Refused(reasons.NOT_FOUND)
    hold(country)
    return Authority.objects.select_for_update().get(pk=authority_id)


def _locked_access(authority_id: str, area: str) -> Access:
    authority = locked_authority(authority_id)
    found = Access.objects.filter(authority=authority, area=area).first()
    if found is None:
        raise Refused(reasons.NO_ACCESS)
    found.authority = authority
    return found


def regions_of(authority_id: str) -> list[str]:
    """The codes of the regions that an authority is competent for."""
    return list(AuthorityRegion.objects.filter(authority=authority_id).values_list("code", flat=True))


def _mend_relations(authority: Authority, who: Standing) -> None:
    """Put ``who``'s authority in the place of coordinators that have gone while an authority was out of use.

    Raises:
        Refused: it does not coordinate an area in which nobody else is left.
    """
    if authority.validator_id is None or not Authority.objects.filter(pk=authority.validator_id, active=True).exists():
        Authority.objects.filter(pk=authority.pk).update(validator=who.authority_id)
    orphans = Access.objects.filter(authority=authority).annotate(behind=coordinated(), above=able())
    for access in orphans.exclude(behind=True, above=True):
        demand_coordinators(authority.country_id, {access.area_id: (who.authority_id,)}, authority.pk)
        if not access.behind:
            CoordinatorLink.objects.get_or_create(
                authority=authority, area_id=access.area_id, coordinator_id=who.authority_id
            )
        if not access.above:
            Access.objects.filter(pk=access.pk).update(coordinator=who.authority_id)


def _tell_stand_ins(authority_id: str, areas: Iterable[str], now: datetime) -> None:
    """Tell the request coordinators of areas in which tasks wait for somebody who cannot do them any more."""
    waiting = set(Task.objects.filter(authority=authority_id, area__in=areas).values_list("area_id", flat=True))
    links = CoordinatorLink.objects.filter(authority=authority_id, area__in=waiting).order_by("area_id", "coordinator")
    for area, coordinator in links.values_list("area_id", "coordinator_id"):
        outbox.tell_data_administrators("tasks_left", coordinator, now, about=authority_id, area=area)
