"""Removes a user, whose work a colleague takes over in the same transaction, as one act.

Nothing is orphaned: allocated exchanges, drafts, and roles that nobody else holds go to the colleague; what these are
is shown before it is confirmed. The row stays, because the records of exchanges and acts name it, but without mail
address, roles and credentials. Sources: the checklists for new users (whoever leaves is deleted; a deputy at every
authority), the guide for the first user (roles per area, allocation).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.accounts import sessions
from imi.accounts import users as accounts
from imi.accounts.models import AccountMail, Credentials, Door, OutsideIdentity, RoleGrant, User
from imi.accounts.queries import Standing
from imi.administration import reasons, staff, staff_rights
from imi.administration.acts import Author, record
from imi.administration.reasons import Refused, demand
from imi.exchanges.models import Draft, Task


@dataclass(frozen=True, slots=True)
class Leaving:
    """What is a user's, and so goes to whoever takes over.

    ``allocated`` counts unfinished exchanges by area; ``inherited`` are the roles that the successor gets: those that
    nobody else holds, and that of a handler where something allocated is taken over.
    """

    person: User
    allocated: Mapping[str, int]
    tasks: int
    drafts: int
    alone: frozenset[staff.Place]
    inherited: Mapping[str, frozenset[str]]

    @property
    def needs_successor(self) -> bool:
        """Whether there is something that somebody has to take over."""
        return bool(self.allocated or self.drafts or self.alone)

    @property
    def mark(self) -> str:
        """By which a confirmation is recognised that was given of something else."""
        inherited = {area: sorted(roles) for area, roles in self.inherited.items()}
        return staff.fingerprint(self.person.pk, sorted(self.allocated), bool(self.drafts), inherited)


def preview(who: Standing, user_id: int) -> Leaving:
    """What happens if a user is removed; a fixed number of queries.

    Raises:
        Refused: ``who`` may not remove the user, or it is the last local data administrator.
    """
    person = User.objects.select_related("authority").filter(pk=user_id).first()
    if person is None:
        raise Refused(reasons.NOT_FOUND)
    demand(staff_rights.to_remove(who, person))
    if person.is_administrator:
        staff.demand_other_administrator(person)
    allocated = Counter(area for _number, area in staff.allocated_to(person.pk))
    alone = staff.held_alone(person)
    return Leaving(
        person=person,
        allocated=dict(sorted(allocated.items())),
        tasks=Task.objects.filter(user=person).count(),
        drafts=Draft.objects.filter(user=person).count(),
        alone=alone,
        inherited=_inherited(staff.roles_of(person.pk), allocated, alone),
    )


def _inherited(
    held: Mapping[str, frozenset[str]], allocated: Mapping[str, int], alone: frozenset[staff.Place]
) -> dict[str, frozenset[str]]:
    """The roles of the leaver that go to the successor, by area."""
    found: dict[str, frozenset[str]] = {}
    for area, roles in sorted(held.items()):
        given = frozenset(role for role in roles if (area, role) in alone)
        if area in allocated:
            given |= roles & staff.HANDLING
        if given:
            found[area] = given
    return found


@transaction.atomic
def remove(who: Standing, user_id: int, successor_id: int | None, seen: str, now: datetime | None = None) -> Leaving:
    """Remove a user; the sessions end at once, and the user name is never given again.

    Args:
        successor_id: the colleague who takes over; None if there is nothing to take over.
        seen: the :attr:`Leaving.mark` of what was shown.

    Returns:
        What was handed over.

    Raises:
        Refused: ``who`` may not, the person is the last local data administrator, nobody was chosen to take over, or
            something else is to be taken over than was shown.
    """
    now = now or timezone.now()
    present = staff.held(who)
    leaving = preview(present, user_id)
    if leaving.mark != seen:
        raise Refused(reasons.OVERTAKEN)
    successor = _successor(leaving.person, successor_id)
    if successor is None and leaving.needs_successor:
        raise Refused(staff_rights.NEEDS_SUCCESSOR)
    if successor is not None:
        _take_over(present, leaving, successor, now)
    staff.demand_nothing_allocated(leaving.person)
    _close(leaving.person)
    details = {
        "successor": successor.pk if successor else None,
        "allocated": dict(leaving.allocated),
        "drafts": leaving.drafts,
        "roles": {area: sorted(roles) for area, roles in leaving.inherited.items()},
        "administrator": leaving.person.is_administrator,
    }
    by, authority = Author.of(present), present.authority_id
    record("user.removed", by, authority=authority, user=user_id, details=details, now=now)
    if successor is not None:
        taken = {"from": user_id, "roles": details["roles"], "allocated": details["allocated"]}
        record("user.took_over", by, authority=authority, user=successor.pk, details=taken, now=now)
    return leaving


def _successor(person: User, successor_id: int | None) -> User | None:
    """The colleague who takes over.

    Raises:
        Refused: it is no active colleague of the leaver.
    """
    if successor_id is None:
        return None
    colleagues = User.objects.filter(authority=person.authority_id, is_active=True).exclude(pk=person.pk)
    found = colleagues.filter(pk=successor_id).first()
    if found is None:
        raise Refused(staff_rights.NO_COLLEAGUE)
    return found


def _take_over(who: Standing, leaving: Leaving, successor: User, now: datetime) -> None:
    """Give the successor what is the leaver's: exchanges first, in which others may be working at this moment."""
    staff.hand_over_allocated(who, leaving.person.pk, successor.pk, now)
    Draft.objects.filter(user=leaving.person).update(user=successor)
    if leaving.inherited:
        held = staff.roles_of(successor.pk)
        areas = held.keys() | leaving.inherited.keys()
        nothing: frozenset[str] = frozenset()
        merged = {area: held.get(area, nothing) | leaving.inherited.get(area, nothing) for area in areas}
        accounts.set_roles(successor, merged)


def _close(person: User) -> None:
    """End a user's access for good. The mail address is free again: the person may come back, at any authority."""
    sessions.end_sessions([person.pk])
    Door.objects.filter(user=person).delete()
    RoleGrant.objects.filter(user=person).delete()
    AccountMail.objects.filter(user=person, posted_at=None).delete()
    OutsideIdentity.objects.filter(user=person).delete()
    Credentials.objects.filter(user=person).update(
        sealed_code="", positions="", temporary_until=None, temporary_used_at=None
    )
    person.set_unusable_password()
    User.objects.filter(pk=person.pk).update(
        is_active=False,
        is_administrator=False,
        password=person.password,
        email=f"user-{person.pk}@removed.invalid",  # RFC 2606: such an address reaches nobody
    )
