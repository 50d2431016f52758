"""Signing in, in steps: who one is and the password, three characters of the code, and then the gate.

``begin`` → ``answer`` is the classic dialogue of the sources. It ends in :mod:`imi.accounts.gate`, as every way of
proving who one is does.

Nothing tells one failure from another: the second step is asked whether or not the password was right, whether or not
anybody has the name, whether or not the user is locked or active, with the same text, the same statements and the same
hash computed; one answer comes at the end. The one exception proves itself: the right temporary password leads to
choosing one's own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import codes, credentials, devices, doors, gate, hashing, history, strength
from imi.accounts.history import Fault, How
from imi.accounts.models import Credentials, SignIn, User
from imi.database.prepared import prepared

CHOOSE_WITHIN = timedelta(minutes=30)
"""How long somebody who used a temporary password up may take to choose an own one and a code."""


_ASKED, _CHOOSING = "sign_in", "first_sign_in"
_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class Begun:
    """What comes after user name and password: a wait of some seconds, choosing one's own, or the code."""

    wait: int = 0
    choosing: bool = False


# --- the first step --------------------------------------------------------------------------------------------------


def begin(request: HttpRequest, username: str, password: str) -> Begun:
    """Take user name and password, and say what comes next; never whether they were right.

    Raises:
        Busy: too many sign in at this moment; nothing was counted.
    """
    now = timezone.now()
    name = _plain(username)
    with hashing.place():
        held = _by_name.first(name=name)
        owner, version = (held.pk, held.version) if held else (None, 0)
        key = doors.key_of(name, owner)
        known = devices.is_known(request, owner or 0, version)
        network = devices.network(devices.address(request))
        if doors.is_crowded(network, now) and not known:
            return Begun(wait=doors.CROWDED_WAIT_SECONDS)
        knock = doors.knock(key, owner, known, now)
        if knock.wait:
            return Begun(wait=knock.wait)
        right = _is_right(held, password, knock.may_look, now)
    temporary = held is not None and held.temporary_until is not None and right
    how = How(SignIn.By.TEMPORARY if temporary else SignIn.By.PASSWORD)
    attempt = history.note(request, owner, now, how, known=known, fault=_not_yet(knock))
    # Under another key: whoever planted a session in this browser is left behind with the old one.
    request.session.cycle_key()
    request.session.pop(_CHOOSING, None)
    step = gate.step_of(attempt, version, key, known)
    if held is not None and temporary and credentials.use_temporary(held, now):
        request.session.pop(_ASKED, None)
        request.session[_CHOOSING] = {**step, "until": (now + CHOOSE_WITHIN).timestamp(), "password": ""}
        return Begun(choosing=True)
    right = right and held is not None and not held.temporary_until
    _ask(request, step, held, name, right, now)
    return Begun()


def _ask(
    request: HttpRequest, step: dict[str, Any], held: Credentials | None, name: str, right: bool, now: datetime
) -> None:
    """Ask this browser for three characters of the code: the owner's places, or those of a name that nobody has."""
    drawn = codes.places_for(name)
    until = (now + doors.ANSWER_WITHIN).timestamp()
    asked = {"places": (held.positions if held else "") or drawn, "right": right, "until": until}
    request.session[_ASKED] = {**step, **asked}


def _plain(username: str) -> str:
    """Return a user name as it is stored; PostgreSQL refuses to look for control characters, and no name has any."""
    name = username.strip().lower()[:_NAME_LENGTH]
    return name if name.isprintable() else ""


@prepared()
def _by_name(name: str) -> QuerySet[Credentials, Credentials]:
    return Credentials.objects.select_related("user__authority").filter(user__username=name)


@prepared()
def _by_user(user: int) -> QuerySet[Credentials, Credentials]:
    return Credentials.objects.select_related("user__authority").filter(user=user)


def _is_right(held: Credentials | None, password: str, may_look: bool, now: datetime) -> bool:
    """Whether this is the password; one hash is computed in every case."""
    if held is None or not may_look or not held.user.may_enter or _is_over(held, now):
        hashing.matches(password, "")
        return False
    # A temporary password is copied from a mail, often with a space at the end.
    secret = password.strip() if held.temporary_until else password
    return hashing.matches(secret, held.user.password, _keep(held.user))


def _is_over(held: Credentials, now: datetime) -> bool:
    """Whether the password is a temporary one that was used or whose time is over."""
    return held.temporary_until is not None and (held.temporary_used_at is not None or held.temporary_until <= now)


def _keep(user: User) -> Callable[[str], None]:
    """Return what stores the right password anew when the cost of hashing has been raised since."""

    def store(password: str) -> None:
        User.objects.filter(pk=user.pk, password=user.password).update(password=hashing.hashed(password))

    return store


def _not_yet(knock: doors.Knock) -> Fault:
    """Why an attempt has not led in that has just been begun."""
    return Fault.UNFINISHED if knock.may_look else Fault.LOCKED


def ask_code(request: HttpRequest, user: User, service: str) -> Begun:
    """Ask the code of somebody who has proved by an identity from outside, and by that alone, who he or she is.

    It is an attempt as from a known device: only whoever has the identity can make one, so no stranger can shut this
    side, and five wrong answers lock the user.

    Args:
        service: the id of the provider of the identity.
    """
    now = timezone.now()
    held = Credentials.objects.get(pk=user.pk)
    key = doors.key_of(user.username, user.pk)
    knock = doors.knock(key, user.pk, known=True, now=now)
    if knock.wait:
        return Begun(wait=knock.wait)
    how = How(SignIn.By.OUTSIDE, service, SignIn.Second.CODE)
    attempt = history.note(request, user.pk, now, how, known=True, fault=_not_yet(knock))
    request.session.pop(_CHOOSING, None)
    right = knock.may_look and bool(held.sealed_code)
    _ask(request, gate.step_of(attempt, held.version, key, True), held, user.username, right, now)
    return Begun()


# --- the second step -------------------------------------------------------------------------------------------------


def places_asked(request: HttpRequest) -> tuple[int, ...]:
    """Return the places of the code that this browser is asked for; none when it is not, or no longer."""
    asked = request.session.get(_ASKED)
    if asked is None or asked["until"] < timezone.now().timestamp():
        return ()
    return tuple(map(int, asked["places"].split()))


def answer(request: HttpRequest, characters: str) -> User | None:
    """Take the characters asked and go on (:mod:`imi.accounts.gate`) if everything was right.

    An attempt is answered once: a second answer, sent at the same moment or later, is wrong.

    Returns:
        The user, who is in unless a second factor is wanted; or None without a hint at what was wrong.
    """
    now = timezone.now()
    asked = request.session.pop(_ASKED, None)
    if asked is None or asked["until"] < now.timestamp():
        return None
    first = history.take_answer(asked["attempt"], now)
    held = _by_user.first(user=asked["user"])
    stored, owner, version = (held.sealed_code, held.pk, held.version) if held else ("", 0, 0)
    matching = codes.verifies(stored, owner, version, asked["places"], characters)
    unchanged = held is not None and (version, held.positions) == (asked["version"], asked["places"])
    right = first and asked["right"] and unchanged and held is not None and held.user.may_enter
    if not (right and matching and held is not None and _settle(held, asked)):
        doors.failed(asked["door"], asked["known"], right, now)
        return None
    gate.go_on(request, held.user, asked)
    return held.user


def _settle(held: Credentials, asked: dict[str, Any]) -> bool:
    """Ask for other places next time; False if the same places were answered meanwhile."""
    same = Credentials.objects.filter(pk=held.pk, version=held.version, positions=held.positions)
    return bool(same.update(positions=codes.draw(other_than=held.positions)))


# --- the first sign-in -----------------------------------------------------------------------------------------------


def choosing(request: HttpRequest) -> Credentials | None:
    """Return the credentials of whoever used a temporary password up in this browser and has still to choose."""
    step = request.session.get(_CHOOSING)
    if step is None or step["until"] < timezone.now().timestamp():
        return None
    held = _by_user.first(user=step["user"])
    if held is None or held.version != step["version"] or not held.user.may_enter:
        return None
    return held


def has_chosen_password(request: HttpRequest) -> bool:
    """Return whether the own password is chosen and only the code is left."""
    return bool(request.session.get(_CHOOSING, {}).get("password"))


def choose_password(request: HttpRequest, held: Credentials, password: str) -> list[strength.Fault]:
    """Take the own password of somebody who is :func:`choosing`; nothing is stored with the user yet.

    Returns:
        What is wrong with it; nothing if it was taken.

    Raises:
        Busy: too many passwords are being hashed at this moment.
    """
    faults = credentials.faults_of_password(held.user, password)
    if not faults:
        with hashing.place():
            stored = hashing.hashed(password)
        request.session[_CHOOSING] = {**request.session[_CHOOSING], "password": stored}
    return faults


def choose_code(request: HttpRequest, held: Credentials, code: str) -> list[strength.Fault]:
    """Take the security code of somebody who is :func:`choosing`, and sign in with the new credentials.

    Returns:
        What is wrong with it; nothing if it was taken.
    """
    faults = credentials.faults_of_code(held.user, code)
    if faults:
        return faults
    step = request.session.pop(_CHOOSING)
    if credentials.keep_own(held, step["password"], code, timezone.now()):
        held.user.refresh_from_db(fields=["password"])
        gate.go_on(request, held.user, {**step, "version": held.version + 1})
    return []
