"""The second step of signing in: a code of an app, a recovery code or a passkey, or setting one of these up.

Each answer takes a place at the person's door as an attempt with a password does (:mod:`imi.accounts.doors`): the first
one is paid by the attempt itself, each further one knocks again. So codes cannot be guessed in whatever number of
browsers at once, and waits and locks are the same. Nobody comes here without the right first proof.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import doors, factors, gate, history, outbox, passkeys, recovery, totp
from imi.accounts.gate import Way
from imi.accounts.models import AccountMail, Credentials, Factor, SignIn, User
from imi.accounts.session_store import PROVED

Proof = Callable[[User, datetime], SignIn.Second | None]
"""What takes an answer, uses it up, and says which factor it was; None when it was wrong."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who has proved once who it is, and what comes next."""

    user: User
    way: Way
    step: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an answer: in; a wait of some seconds; over, to begin again; or none of these: wrong."""

    entered: bool = False
    wait: int = 0
    over: bool = False


def waiting(request: HttpRequest) -> Waiting | None:
    """Return whose first proof waits in this browser; None when there is none, or its time is over."""
    step = request.session.get(PROVED)
    if step is None or step["until"] < timezone.now().timestamp():
        return None
    held = Credentials.objects.select_related("user__authority").filter(user=step["user"]).first()
    if held is None or held.version != step["version"]:
        return None
    return Waiting(held.user, Way(step["way"]), step) if held.user.may_enter else None


def answer_code(request: HttpRequest, typed: str) -> Answer:
    """Take a code of an app or a recovery code."""
    return _answer(request, lambda user, now: take_code(user, typed, now))


def passkey_question(request: HttpRequest, user: User, *, verified: bool = False) -> str:
    """Return what the browser is asked for one of a person's passkeys, as JSON; empty for somebody who has none.

    Args:
        verified: as for :func:`imi.accounts.passkeys.question`.
    """
    have = [one for one in factors.usable(user.pk) if one.kind == Factor.Kind.PASSKEY]
    return passkeys.question(request, have, verified=verified) if have else ""


def answer_passkey(request: HttpRequest, given: str) -> Answer:
    """Take a passkey of the person's."""

    def proof(user: User, now: datetime) -> SignIn.Second | None:
        right = passkeys.accept(request, given, now, verified=False, user=user) is not None
        return SignIn.Second.PASSKEY if right else None

    return _answer(request, proof)


def take_code(user: User, typed: str, now: datetime) -> SignIn.Second | None:
    """Use a present code of an app or an unused recovery code up; which of them it was, None if neither."""
    if Factor.Kind.TOTP in settings.IMI_SECOND_FACTORS and totp.accept(user.pk, typed, now):
        return SignIn.Second.APP
    if not recovery.use(user.pk, typed, now):
        return None
    outbox.put(AccountMail.Kind.RECOVERY_USED, user, now)
    return SignIn.Second.RECOVERY


def _answer(request: HttpRequest, proof: Proof) -> Answer:
    found, now = waiting(request), timezone.now()
    if found is None or found.way != Way.SECOND:
        request.session.pop(PROVED, None)
        return Answer(over=True)
    step = found.step
    paid = SignIn.objects.filter(pk=step["attempt"], second_at=None).update(second_at=now)
    if not paid:
        knock = doors.knock(step["door"], found.user.pk, step["known"], now)
        if knock.wait:
            return Answer(wait=knock.wait)
        if not knock.may_look:
            history.note_fault(step["attempt"], history.Fault.LOCKED)
            request.session.pop(PROVED)
            return Answer(over=True)
    with transaction.atomic():
        second = proof(found.user, now)
    if second is None:
        history.note_fault(step["attempt"], history.Fault.SECOND)
        doors.failed(step["door"], step["known"], True, now)
        return Answer()
    gate.enter(request, found.user, step, second)
    return Answer(entered=True)


def finish_set_up(request: HttpRequest) -> User | None:
    """Open the session of somebody who has just set up the factor that was wanted; None if its time was over."""
    found = waiting(request)
    if found is None or found.way != Way.SET_UP or not factors.usable(found.user.pk):
        return None
    gate.enter(request, found.user, found.step, SignIn.Second.SET_UP)
    return found.user
