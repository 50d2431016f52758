"""Signing in, in steps: who one is and the password, three characters of the code, and then a session.

``begin`` → ``answer`` → :func:`proceed` is the classic dialogue of the sources. Every way of proving who one is ends in
:func:`proceed`, which opens the session or asks for a second factor first (:mod:`imi.accounts.second_step`).

Nothing tells one failure from another: the second step is asked whether or not the password was right, whether or not
anybody has the name, whether or not the user is locked or active, with the same text, the same statements and the same
hash computed; one answer comes at the end. The one exception proves itself: the right temporary password leads to
choosing one's own.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from imi.accounts import codes, credentials, devices, doors, factors, hashing, sessions
from imi.accounts.models import Credentials, SignIn, User
from imi.accounts.session_store import ADDRESS, DEVICE, OUTSIDE
from imi.accounts.strength import Fault
from imi.database.prepared import prepared

BACKEND = "imi.accounts.backends.SessionBackend"
CHOOSE_WITHIN = timedelta(minutes=30)
"""How long somebody who used a temporary password up may take to choose an own one and a code."""

SET_UP_WITHIN = timedelta(minutes=30)
"""How long somebody who must have a second factor may take to set one up."""

PROVED = "second_step"
"""Key of the session under which a first proof waits for the second one."""

CARRIED = "carried"
"""Key of what a person's browser carries into the next session of the same person: {"user": ..., "sealed": ...}."""

_ASKED, _CHOOSING = "sign_in", "first_sign_in"
_NAME_LENGTH = 40

ARRIVED = "arrived_from_outside"
"""Key under which a session holds an identity from outside that is to be linked once the person has signed in."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What comes after user name and password: a wait of some seconds, choosing one's own, or the code."""

    wait: int = 0
    choosing: bool = False


class Way(enum.StrEnum):
    """Where a first proof has led: into a session, to the second factor, or to setting one up."""

    IN = "in"
    SECOND = "second"
    SET_UP = "set_up"


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
    attempt = _note_attempt(request, owner, now, known=known)
    # Under another key: whoever planted a session in this browser is left behind with the old one.
    request.session.cycle_key()
    request.session.pop(_CHOOSING, None)
    step = {"attempt": attempt.pk, "user": owner or 0, "version": version, "door": key, "known": known}
    if held is not None and held.temporary_until and right and credentials.use_temporary(held, now):
        request.session.pop(_ASKED, None)
        request.session[_CHOOSING] = {**step, "until": (now + CHOOSE_WITHIN).timestamp(), "password": ""}
        return Begun(choosing=True)
    places = codes.places_for(name)
    until = (now + doors.ANSWER_WITHIN).timestamp()
    right = right and held is not None and not held.temporary_until
    asked = (held.positions if held else "") or places
    request.session[_ASKED] = {**step, "places": asked, "right": right, "until": until}
    return Begun()


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
    if held is None or not may_look or not _may_enter(held.user) or _is_over(held, now):
        hashing.matches(password, "")
        return False
    # A temporary password is copied from a mail, often with a space at the end.
    secret = password.strip() if held.temporary_until else password
    return hashing.matches(secret, held.user.password, _keep(held.user))


def _is_over(held: Credentials, now: datetime) -> bool:
    """Whether the password is a temporary one that was used or whose time is over."""
    return held.temporary_until is not None and (held.temporary_used_at is not None or held.temporary_until <= now)


def _may_enter(user: User) -> bool:
    return user.is_active and user.authority.active


def _keep(user: User) -> Callable[[str], None]:
    """Return what stores the right password anew when the cost of hashing has been raised since."""

    def store(password: str) -> None:
        User.objects.filter(pk=user.pk, password=user.password).update(password=hashing.hashed(password))

    return store


def _note_attempt(
    request: HttpRequest, owner: int | None, now: datetime, *, known: bool, ok: bool = False, **answers: datetime
) -> SignIn:
    address = devices.address(request)
    return SignIn.objects.create(
        user_id=owner,
        at=now,
        ok=ok,
        known_device=known,
        address=address,
        network=devices.network(address),
        device=_device(request),
        **answers,
    )


def _device(request: HttpRequest) -> str:
    return devices.name(request.META.get("HTTP_USER_AGENT", ""))


def ask_code(request: HttpRequest, user: User) -> Begun:
    """Ask the code of somebody who has proved by an identity from outside, and by that alone, who he or she is.

    It is an attempt as from a known device: only whoever has the identity can make one, so no stranger can shut this
    side, and five wrong answers lock the user.
    """
    now = timezone.now()
    held = Credentials.objects.get(pk=user.pk)
    key = doors.key_of(user.username, user.pk)
    knock = doors.knock(key, user.pk, known=True, now=now)
    if knock.wait:
        return Begun(wait=knock.wait)
    attempt = _note_attempt(request, user.pk, now, known=True)
    request.session.pop(_CHOOSING, None)
    step = {"attempt": attempt.pk, "user": user.pk, "version": held.version, "door": key, "known": True}
    until = (now + doors.ANSWER_WITHIN).timestamp()
    right = knock.may_look and bool(held.sealed_code)
    asked = held.positions or codes.places_for(user.username)
    request.session[_ASKED] = {**step, "places": asked, "right": right, "until": until}
    return Begun()


# --- the second step -------------------------------------------------------------------------------------------------


def places_asked(request: HttpRequest) -> tuple[int, ...]:
    """Return the places of the code that this browser is asked for; none when it is not, or no longer."""
    asked = request.session.get(_ASKED)
    if asked is None or asked["until"] < timezone.now().timestamp():
        return ()
    return tuple(map(int, asked["places"].split()))


def answer(request: HttpRequest, characters: str) -> User | None:
    """Take the characters asked and go on (:func:`proceed`) if everything was right.

    An attempt is answered once: a second answer, sent at the same moment or later, is wrong.

    Returns:
        The user, who is in unless a second factor is wanted; or None without a hint at what was wrong.
    """
    now = timezone.now()
    asked = request.session.pop(_ASKED, None)
    if asked is None or asked["until"] < now.timestamp():
        return None
    first = SignIn.objects.filter(pk=asked["attempt"], answered_at=None).update(answered_at=now)
    held = _by_user.first(user=asked["user"])
    stored, owner, version = (held.sealed_code, held.pk, held.version) if held else ("", 0, 0)
    matching = codes.verifies(stored, owner, version, asked["places"], characters)
    unchanged = held is not None and (version, held.positions) == (asked["version"], asked["places"])
    right = bool(first) and asked["right"] and unchanged and held is not None and _may_enter(held.user)
    if not (right and matching and held is not None and _settle(held, asked)):
        doors.failed(asked["door"], asked["known"], right, now)
        return None
    _go_on(request, held.user, asked)
    return held.user


def _settle(held: Credentials, asked: dict[str, Any]) -> bool:
    """Ask for other places next time; False if the same places were answered meanwhile."""
    same = Credentials.objects.filter(pk=held.pk, version=held.version, positions=held.positions)
    return bool(same.update(positions=codes.draw(other_than=held.positions)))


# --- after the first proof -------------------------------------------------------------------------------------------


def proceed(request: HttpRequest, user: User, *, two_factors: bool) -> Way:
    """Go on with somebody who has proved once who it is, by whatever means: open the session, or ask for more.

    For every way in beside the classic dialogue, which ends here too. The attempt is written into the person's history.
    A person who has a second factor is asked for it; who must have one (:func:`imi.accounts.factors.must_have`) and has
    none sets one up first. Until then nobody is signed in. The page that comes next is
    :func:`imi.web.signing.steps.onward`.

    Args:
        request: the browser's request; what its session held is forgotten.
        user: who has proved it.
        two_factors: whether that proof was of two factors already, such as an outside identity with that assurance or
            a passkey that verified its owner; then no further one is asked for.

    Raises:
        PermissionDenied: the user or the authority is not active.
    """
    if not _may_enter(user):
        raise PermissionDenied
    way = _way(user, two_factors)
    version = Credentials.objects.filter(pk=user.pk).values_list("version", flat=True).first() or 0
    now, known = timezone.now(), devices.is_known(request, user.pk, version)
    # It took no place at a door, so it pays for no answer.
    attempt = _note_attempt(request, user.pk, now, known=known, ok=way == Way.IN, answered_at=now, second_at=now)
    if way == Way.IN:  # a lock of the password stays: this was another way in
        open_session(request, user)
    else:
        door = doors.key_of("", user.pk)
        step = {"attempt": attempt.pk, "user": user.pk, "version": version, "door": door, "known": known}
        _hold(request, step, way)
    return way


def _go_on(request: HttpRequest, user: User, step: dict[str, Any]) -> None:
    """Go on after the classic dialogue."""
    way = _way(user, two_factors=False)
    if way == Way.IN:
        enter(request, user, step)
    else:
        _hold(request, step, way)


def _hold(request: HttpRequest, step: dict[str, Any], way: Way) -> None:
    """Keep a first proof until the second one comes."""
    within = doors.ANSWER_WITHIN if way == Way.SECOND else SET_UP_WITHIN
    kept = {name: step[name] for name in ("attempt", "user", "version", "door", "known")}
    request.session.cycle_key()
    request.session[PROVED] = {**kept, "way": way.value, "until": (timezone.now() + within).timestamp()}
    if way == Way.SET_UP:
        doors.passed(step["door"], step["known"])  # nothing is left to be guessed


def _way(user: User, two_factors: bool) -> Way:
    if two_factors:
        return Way.IN
    if factors.usable(user.pk):
        return Way.SECOND
    return Way.SET_UP if factors.must_have(user) else Way.IN


def enter(request: HttpRequest, user: User, step: dict[str, Any]) -> None:
    """Note the success of an attempt, give all places at its door back, and open the session."""
    with transaction.atomic():
        doors.passed(step["door"], step["known"])
        SignIn.objects.filter(pk=step["attempt"]).update(ok=True, answered_at=timezone.now())
    open_session(request, user)


# --- the first sign-in -----------------------------------------------------------------------------------------------


def choosing(request: HttpRequest) -> Credentials | None:
    """Return the credentials of whoever used a temporary password up in this browser and has still to choose."""
    step = request.session.get(_CHOOSING)
    if step is None or step["until"] < timezone.now().timestamp():
        return None
    held = _by_user.first(user=step["user"])
    if held is None or held.version != step["version"] or not _may_enter(held.user):
        return None
    return held


def has_chosen_password(request: HttpRequest) -> bool:
    """Return whether the own password is chosen and only the code is left."""
    return bool(request.session.get(_CHOOSING, {}).get("password"))


def choose_password(request: HttpRequest, held: Credentials, password: str) -> list[Fault]:
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


def choose_code(request: HttpRequest, held: Credentials, code: str) -> list[Fault]:
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
        _go_on(request, held.user, {**step, "version": held.version + 1})
    return []


# --- sessions --------------------------------------------------------------------------------------------------------


def open_session(request: HttpRequest, user: User) -> None:
    """Begin a session of ``user`` under a new id; ways of proving who one is go through :func:`proceed`."""
    carried = {key: request.session[key] for key in (OUTSIDE, ARRIVED, CARRIED) if key in request.session}
    request.session.flush()
    login(request, user, backend=BACKEND)
    # What belongs to somebody else is left behind.
    mine = {key: held for key, held in carried.items() if key == ARRIVED or held.get("user", user.pk) == user.pk}
    request.session.update(mine)
    sessions.begin(request.session)
    request.session[ADDRESS], request.session[DEVICE] = devices.address(request), _device(request)
    User.objects.filter(pk=user.pk).update(last_seen=timezone.now())


def remember_device(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Have the browser of somebody who has just signed in be a known device from now on."""
    version = Credentials.objects.filter(pk=user.pk).values_list("version", flat=True).first()
    if version is not None:
        devices.remember(request, response, user.pk, version)


def sign_out(request: HttpRequest) -> None:
    """End the session and forget all that it held."""
    logout(request)
