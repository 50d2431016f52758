"""Signing in with a passkey alone: the device has the key and has verified its owner, which are two factors.

Nothing of it can be guessed, so it takes no place at a door, and strangers who have shut one lock nobody out here. A
lock of the password stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import devices, doors, gate, history, passkeys
from imi.accounts.history import Fault, How
from imi.accounts.models import Factor, SignIn, User


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of it: the user who is in, a wait of some seconds, or neither: refused."""

    user: User | None = None
    wait: int = 0


def is_on() -> bool:
    """Return whether passkeys are switched on in this installation."""
    return Factor.Kind.PASSKEY.value in settings.IMI_SECOND_FACTORS


def question(request: HttpRequest) -> str:
    """Return what the browser is asked, as JSON."""
    return passkeys.question(request, None, verified=True)


def answer(request: HttpRequest, given: str) -> Entry:
    """Take the browser's answer and open the session of the passkey's owner."""
    now = timezone.now()
    if doors.is_crowded(devices.network(devices.address(request)), now):
        return Entry(wait=doors.CROWDED_WAIT_SECONDS)
    user = passkeys.accept(request, given, now, verified=True)
    if user is None or not user.may_enter:
        how, owner = How(SignIn.By.PASSKEY), user.pk if user else None
        history.note(request, owner, now, how, known=False, fault=Fault.FIRST, answered_at=now)
        return Entry()
    gate.proceed(request, user, two_factors=True, by=SignIn.By.PASSKEY)
    return Entry(user=user)
