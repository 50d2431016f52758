"""Proving once more who one is, before something is changed that the account hangs on.

A session left open, or stolen, must not be enough to take the account over. Signing in proves it for ten minutes;
afterwards the password is asked for again, with a code where the person has a second factor, or a passkey that verifies
its owner. Wrong answers count at the person's door like wrong attempts to sign in.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import devices, doors, factors, hashing, passkeys, second_step, sessions
from imi.accounts.models import Credentials, User
from imi.accounts.sessions import PROVED_AT


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of it: right; a wait of some seconds; shut, the session must end; or none of these: wrong."""

    right: bool = False
    wait: int = 0
    shut: bool = False


def is_fresh(request: HttpRequest) -> bool:
    """Return whether the person of this session has proved who it is in the last minutes."""
    return sessions.is_fresh(request.session)


def by_password(request: HttpRequest, user: User, password: str, code: str) -> Proof:
    """Take the password and, from somebody who has a second factor, a code of an app or a recovery code.

    Raises:
        Busy: too many passwords are being hashed at this moment.
    """

    def check(now: datetime) -> bool:
        right = _matches(user.password, password)
        return right and (not factors.usable(user.pk) or second_step.take_code(user, code, now) is not None)

    return _noted(request, _tried(request, user, check))


def by_passkey(request: HttpRequest, user: User, answer: str) -> Proof:
    """Take a passkey that verified its owner."""
    right = passkeys.accept(request, answer, timezone.now(), verified=True, user=user) is not None
    return _noted(request, Proof(right=right))


def password_is_right(request: HttpRequest, user: User, password: str) -> Proof:
    """Take the present password alone, to change it.

    Raises:
        Busy: too many passwords are being hashed at this moment.
    """
    return _tried(request, user, lambda _now: _matches(user.password, password))


def passkey_question(request: HttpRequest, user: User) -> str:
    """Return what the browser is asked for a passkey, as JSON; empty for somebody who has none."""
    return second_step.passkey_question(request, user, verified=True)


def has_password(user: User) -> bool:
    """Return whether a person has an own password; a temporary one does not count, and opens nothing here."""
    own = Credentials.objects.filter(pk=user.pk, temporary_until=None, chosen_at__isnull=False)
    return user.has_usable_password() and own.exists()


def _matches(stored: str, password: str) -> bool:
    with hashing.place():
        return hashing.matches(password, stored)


def _tried(request: HttpRequest, user: User, check: Callable[[datetime], bool]) -> Proof:
    now, door = timezone.now(), doors.key_of("", user.pk)
    version = Credentials.objects.filter(pk=user.pk).values_list("version", flat=True).first() or 0
    known = devices.is_known(request, user.pk, version)
    knock = doors.knock(door, user.pk, known, now)
    if knock.wait:
        return Proof(wait=knock.wait)
    if not knock.may_look:
        return Proof(shut=True)
    if not (has_password(user) and check(now)):
        doors.failed(door, known, False, now)
        return Proof()
    doors.passed(door, known)
    return Proof(right=True)


def _noted(request: HttpRequest, proof: Proof) -> Proof:
    if proof.right:
        request.session[PROVED_AT] = int(time.time())
    return proof
