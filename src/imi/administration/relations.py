"""Links between authorities, their settings in an area, and the delegation of a coordinator's tasks.

Sources: the guide for the first user (linked authorities, allocation, steps 14 and 15), Regulation (EU) No 1024/2012,
Art. 6(2) (the national coordinator may hand tasks to other coordinators).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import reasons, rights
from imi.administration.access import locked_authority
from imi.administration.acts import Author, record
from imi.administration.mandates import mandate
from imi.administration.models import Delegation
from imi.administration.reasons import Refused, demand
from imi.administration.switches import switches
from imi.directory.models import Access, Authority, AuthorityLink
from imi.directory.reference import coordinator_tasks, regions

# --- links -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def link(who: Standing, other_id: str, now: datetime | None = None) -> None:
    """Let another authority of the same country see the overview of the own exchanges.

    Raises:
        Refused: ``who`` is no local data administrator, or the other authority does not fit or is linked already.
    """
    now = now or timezone.now()
    other = Authority.objects.filter(pk=other_id).first()
    if other is None:
        raise Refused(reasons.NOT_FOUND)
    demand(rights.to_link(who, who.authority_id, other))
    if not other.active:
        raise Refused(reasons.INACTIVE)
    _made, is_new = AuthorityLink.objects.get_or_create(authority_id=who.authority_id, linked=other)
    if not is_new:
        raise Refused(reasons.ALREADY)
    record("link.made", Author.of(who), authority=who.authority_id, details={"after": other_id}, now=now)


@transaction.atomic
def unlink(who: Standing, other_id: str, now: datetime | None = None) -> None:
    """Take the overview away again.

    Raises:
        Refused: ``who`` is no local data administrator, or there is no such link.
    """
    now = now or timezone.now()
    demand(rights.to_administer(who, who.authority_id))
    if not AuthorityLink.objects.filter(authority=who.authority_id, linked=other_id).delete()[0]:
        raise Refused(reasons.NOT_FOUND)
    record("link.removed", Author.of(who), authority=who.authority_id, details={"before": other_id}, now=now)


# --- settings --------------------------------------------------------------------------------------------------------


@transaction.atomic
def change_settings(who: Standing, area: str, chosen: Mapping[str, bool], now: datetime | None = None) -> None:
    """Switch settings of the own authority in an area on or off; those that are not named stay.

    Raises:
        Refused: ``who`` is no local data administrator, the authority has no access, or a setting is not its own.
    """
    now = now or timezone.now()
    demand(rights.to_administer(who, who.authority_id))
    access = Access.objects.select_for_update().filter(authority=who.authority_id, area=area, suspended=False).first()
    if access is None:
        raise Refused(reasons.NO_ACCESS)
    known = switches(area)
    for setting in chosen:
        if setting not in known:
            raise Refused(reasons.UNKNOWN_SETTING)
        if known[setting].of_coordinators and access.role != Access.Role.COORDINATOR:
            raise Refused(reasons.COORDINATORS_SETTING)
    before = {name: access.settings.get(name, known[name].default) for name in chosen}
    changed = {name: bool(value) for name, value in chosen.items() if before[name] != bool(value)}
    if not changed:
        return
    Access.objects.filter(pk=access.pk).update(settings={**access.settings, **changed})
    details = {"before": {name: before[name] for name in changed}, "after": changed}
    by, authority = Author.of(who), who.authority_id
    record("access.settings_changed", by, authority=authority, area=area, details=details, now=now)


# --- delegation ------------------------------------------------------------------------------------------------------


@transaction.atomic
def delegate(
    who: Standing, holder_id: str, task: str, area: str | None = None, region: str = "", now: datetime | None = None
) -> Delegation:
    """Give a coordinator one of the national coordinator's tasks: in one area or all, in one region or the country.

    Raises:
        Refused: ``who`` is not of the national coordinator, or the task, the area, the region or the holder do not fit.
    """
    now = now or timezone.now()
    holder = locked_authority(holder_id)
    demand(rights.to_delegate(mandate(who), holder))
    if not holder.active:
        raise Refused(reasons.INACTIVE)
    if task not in coordinator_tasks():
        raise Refused(reasons.UNKNOWN_TASK)
    if region and (region not in regions() or not region.startswith(holder.country_id)):
        raise Refused(reasons.UNKNOWN_REGION)
    coordinates = Access.objects.filter(authority=holder, role=Access.Role.COORDINATOR)
    if area is not None and not coordinates.filter(area=area).exists():
        raise Refused(reasons.NOT_COORDINATING.about(authority=holder.name))
    given = {"holder": holder, "task": task, "area_id": area, "region": region}
    if Delegation.objects.filter(**given).exists():
        raise Refused(reasons.ALREADY)
    made = Delegation.objects.create(**given, made_at=now)
    details = {"task": task, "region": region}
    record("delegation.made", Author.of(who), authority=holder_id, area=area, details=details, now=now)
    return made


@transaction.atomic
def withdraw_delegation(who: Standing, delegation_id: int, now: datetime | None = None) -> None:
    """Take a delegated task back; what was done under it stays.

    Raises:
        Refused: ``who`` is not of the national coordinator, or there is no such delegation.
    """
    now = now or timezone.now()
    given = Delegation.objects.select_related("holder").filter(pk=delegation_id).first()
    if given is None:
        raise Refused(reasons.NOT_FOUND)
    demand(rights.to_delegate(mandate(who), given.holder))
    given.delete()
    details = {"task": given.task, "region": given.region}
    by = Author.of(who)
    record("delegation.withdrawn", by, authority=given.holder_id, area=given.area_id, details=details, now=now)
