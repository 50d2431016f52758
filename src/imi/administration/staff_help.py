"""Helps users who cannot sign in: forgotten user names, lost passwords, locks, sessions left open elsewhere.

Source: "Lost password and user name" of the guide for the first user: the local data administrator looks the user name
up and has a new password made; a lone local data administrator is helped by the coordinator behind the authority.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.accounts import doors, sessions
from imi.accounts.credentials import issue_temporary_password, remove_factors
from imi.accounts.hashing import Busy
from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import reasons, staff, staff_rights
from imi.administration.acts import OPERATOR, Author, record
from imi.administration.reasons import Refused, demand


def _found(user_id: int) -> User:
    person = User.objects.select_related("authority").filter(pk=user_id).first()
    if person is None:
        raise Refused(reasons.NOT_FOUND)
    return person


def _note(kind: str, by: Author, person: User, now: datetime | None, **details: int) -> None:
    at = now or timezone.now()
    record(kind, by, authority=person.authority_id, user=person.pk, details=details, now=at)


@transaction.atomic
def reset(who: Standing, user_id: int, now: datetime | None = None) -> User:
    """Have a new temporary password mailed; the user name stays. Password, code, second factors, lock and sessions end.

    Raises:
        Refused: ``who`` may not, or too many passwords are being made at this moment.
    """
    person = _found(user_id)
    demand(staff_rights.to_reset(who, person))
    try:
        removed = issue_temporary_password(who, person, now)
    except Busy as busy:
        raise Refused(staff_rights.BUSY) from busy
    _note_reset(Author.of(who), person, now, removed)
    return person


@transaction.atomic
def reset_by_operator(person: User, now: datetime | None = None) -> None:
    """Have a new temporary password mailed to somebody whom no administrator can help.

    Raises:
        Busy: too many passwords are being made at this moment.
    """
    _note_reset(OPERATOR, person, now, issue_temporary_password(None, person, now))


@transaction.atomic
def remove_factors_by_operator(person: User, now: datetime | None = None) -> int:
    """Remove all second factors of somebody whom no administrator can help; returns how many there were."""
    removed = remove_factors(person, now or timezone.now())
    if removed:
        _note("user.factors_removed", OPERATOR, person, now, factors=removed)
    return removed


def _note_reset(by: Author, person: User, now: datetime | None, removed: int) -> None:
    _note("user.reset", by, person, now)
    if removed:
        _note("user.factors_removed", by, person, now, factors=removed)


@transaction.atomic
def tell_name(who: Standing, user_id: int, now: datetime | None = None) -> User:
    """Look up a forgotten user name, to be told in person, by telephone or by post.

    Raises:
        Refused: ``who`` may not.
    """
    person = _found(user_id)
    demand(staff_rights.to_tell_name(who, person))
    _note("user.name_told", Author.of(who), person, now)
    return person


@transaction.atomic
def unlock(who: Standing, user_id: int, now: datetime | None = None) -> User:
    """Give a locked user all attempts back, with the password and the code as they are.

    Raises:
        Refused: ``who`` may not, or the user is not locked.
    """
    person = staff.person_of(who, user_id)
    if person.pk not in doors.locked([person.pk]):
        raise Refused(staff_rights.NOT_LOCKED)
    doors.unlock(person)
    _note("user.unlocked", Author.of(who), person, now)
    return person


@transaction.atomic
def end_sessions(who: Standing, user_id: int, now: datetime | None = None) -> User:
    """End all sessions of a user at once, such as one left open on another's machine.

    Raises:
        Refused: ``who`` may not.
    """
    person = staff.person_of(who, user_id)
    sessions.end_sessions([person.pk])
    _note("user.sessions_ended", Author.of(who), person, now)
    return person
