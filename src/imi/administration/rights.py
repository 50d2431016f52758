"""Who may do which administrative act on which authority: each question answers None, or the reason against it.

Sources: the permission matrix of the guide for the first user (local data administrator, data administrator), the
Spanish national coordinator's questions and answers (validating, access and request coordinators), Regulation (EU) No
1024/2012, Art. 6 (the national coordinator, who may do what it could have delegated).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from imi.accounts.queries import Standing
from imi.administration import reasons
from imi.administration.mandates import GRANT_ACCESS, REGISTER, VALIDATE, Mandate
from imi.administration.models import Admission
from imi.administration.reasons import Reason
from imi.directory.models import Access, Authority

# --- as a coordinator's data administrator ---------------------------------------------------------------------------


def _task(mandate: Mandate, task: str, area: str, regions: Collection[str]) -> Reason | None:
    """What speaks against a coordinator's task in one area."""
    if area not in mandate.coordinates:
        return reasons.NO_COORDINATOR
    if area not in mandate.administered:
        return reasons.NO_DATA_ADMINISTRATOR
    return None if mandate.has(task, area, regions) else reasons.NO_MANDATE


def _task_anywhere(mandate: Mandate, task: str, regions: Collection[str]) -> Reason | None:
    """What speaks against a coordinator's task that is not done in one area alone."""
    if not mandate.coordinates:
        return reasons.NO_COORDINATOR
    found = [_task(mandate, task, area, regions) for area in sorted(mandate.administered)]
    if not found:
        return reasons.NO_DATA_ADMINISTRATOR
    return None if None in found else found[0]


def to_register(mandate: Mandate, country: str, areas: Iterable[str], regions: Collection[str]) -> Reason | None:
    """Register an authority of ``country`` with access to ``areas``."""
    if country != mandate.who.country:
        return reasons.OTHER_COUNTRY
    return _task_anywhere(mandate, REGISTER, regions) or to_give_areas(mandate, areas, regions)


def to_give_areas(mandate: Mandate, areas: Iterable[str], regions: Collection[str]) -> Reason | None:
    """Give an authority of the own country access to ``areas``."""
    found = (_task(mandate, GRANT_ACCESS, area, regions) for area in areas)
    return next((reason for reason in found if reason is not None), None)


def to_register_coordinator(mandate: Mandate, country: str, kind_areas: str, areas: Collection[str]) -> Reason | None:
    """Register a coordinator: the national one any, an area coordinator delegated ones for its own areas."""
    if country != mandate.who.country:
        return reasons.OTHER_COUNTRY
    if mandate.national:
        return None if mandate.administered else reasons.NO_DATA_ADMINISTRATOR
    if kind_areas != "chosen":
        return reasons.NOT_NATIONAL
    return to_register(mandate, country, areas, ())


def to_decide(mandate: Mandate, admission: Admission, regions: Collection[str]) -> Reason | None:
    """Validate or refuse an admission: the coordinator that invited or was asked, or the national one."""
    if admission.country_id != mandate.who.country:
        return reasons.OTHER_COUNTRY
    if admission.coordinator_id != mandate.who.authority_id and not mandate.national:
        return reasons.NOT_VALIDATOR
    return _task_anywhere(mandate, VALIDATE, regions)


def to_withdraw(mandate: Mandate, admission: Admission) -> Reason | None:
    """Take an invitation back, have its link mailed once more, read it: its coordinator, or the national one."""
    if admission.country_id != mandate.who.country:
        return reasons.OTHER_COUNTRY
    if admission.coordinator_id != mandate.who.authority_id and not mandate.national:
        return reasons.NOT_VALIDATOR
    return None if mandate.administered else reasons.NO_DATA_ADMINISTRATOR


def to_govern(mandate: Mandate, authority: Authority) -> Reason | None:
    """Change the official name, hand over, deactivate: the validating coordinator or the national one."""
    if authority.country_id != mandate.who.country:
        return reasons.OTHER_COUNTRY
    if authority.pk == mandate.who.authority_id:
        return reasons.ITSELF
    if authority.kind == Authority.Kind.NATIONAL_COORDINATOR:
        return reasons.NATIONAL
    if authority.validator_id != mandate.who.authority_id and not mandate.national:
        return reasons.NOT_VALIDATOR
    return None if mandate.administered else reasons.NO_DATA_ADMINISTRATOR


def to_grant(mandate: Mandate, authority: Authority, area: str, regions: Collection[str]) -> Reason | None:
    """Give an authority access to an area."""
    if authority.country_id != mandate.who.country:
        return reasons.OTHER_COUNTRY
    if authority.pk == mandate.who.authority_id:
        return reasons.ITSELF
    return _task(mandate, GRANT_ACCESS, area, regions)


def to_govern_access(mandate: Mandate, access: Access) -> Reason | None:
    """Suspend, resume, choose coordinators: the access coordinator or the national one."""
    if access.authority.country_id != mandate.who.country:
        return reasons.OTHER_COUNTRY
    if access.authority_id == mandate.who.authority_id:
        return reasons.ITSELF
    if access.authority.kind == Authority.Kind.NATIONAL_COORDINATOR:
        return reasons.NATIONAL
    if access.coordinator_id != mandate.who.authority_id and not mandate.national:
        return reasons.NOT_ACCESS_COORDINATOR
    return None if access.area_id in mandate.administered else reasons.NO_DATA_ADMINISTRATOR


def to_delegate(mandate: Mandate, holder: Authority) -> Reason | None:
    """Give a coordinator's task to another coordinator, or take it back."""
    if not mandate.national:
        return reasons.NOT_NATIONAL
    if holder.country_id != mandate.who.country:
        return reasons.OTHER_COUNTRY
    if holder.pk == mandate.who.authority_id:
        return reasons.ITSELF
    if holder.kind == Authority.Kind.COMPETENT:
        return reasons.NOT_COORDINATING.about(authority=holder.name)
    return None if mandate.administered else reasons.NO_DATA_ADMINISTRATOR


# --- as a local data administrator -----------------------------------------------------------------------------------


def to_administer(who: Standing, authority: str) -> Reason | None:
    """Edit the card, the settings and the links of the own authority, confirm its data, decide on corrections."""
    return None if who.administrator and who.authority_id == authority else reasons.NO_ADMINISTRATOR


def to_link(who: Standing, authority: str, other: Authority) -> Reason | None:
    """Let another authority see the overview: only the local data administrator, only within the country."""
    if other.pk == authority:
        return reasons.ITSELF
    if other.country_id != who.country:
        return reasons.OTHER_COUNTRY
    return to_administer(who, authority)


# --- as anybody signed in --------------------------------------------------------------------------------------------


def to_propose(who: Standing) -> Reason | None:
    """Propose a correction of any authority's card."""
    return None if who.roles or who.administrator else reasons.INACTIVE
