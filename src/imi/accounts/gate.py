"""The one gate behind every way of proving who one is: into a session, to a second factor, or to setting one up.

Every way in ends in :func:`proceed` or, for the classic dialogue, in :func:`go_on`; the second step is
:mod:`imi.accounts.second_step`. Sessions that run come back to it at the first click after their person became an
administrator (:func:`is_owed`, :func:`step_back`).
"""

from __future__ import annotations

import enum
from datetime import timedelta
from typing import Any

from django.contrib.auth import login, logout
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import devices, doors, factors, history, sessions
from imi.accounts.history import Fault, How
from imi.accounts.models import Credentials, SignIn, User
from imi.accounts.queries import Standing
from imi.accounts.session_store import ADDRESS, DEVICE, OPENED, OUTSIDE, PROVED

By = SignIn.By

BACKEND = "imi.accounts.backends.SessionBackend"

SET_UP_WITHIN = timedelta(minutes=30)
"""How long somebody who must have a second factor may take to set one up."""

TWO_FACTORS = "two_factors"
"""Key of the session under which stands that its person has proved two factors, or needs to prove none."""

CARRIED = "carried"
"""Key of what a person's browser carries into the next session of the same person: {"user": ..., "sealed": ...}."""

ARRIVED = "arrived_from_outside"
"""Key under which a session holds an identity from outside that is to be linked once the person has signed in."""

PUT_BACK = "put_back"
"""Key under which a browser holds whose session was put back before the gate: {"user": ...}."""


class Way(enum.StrEnum):
    """Where a first proof has led: into a session, to the second factor, or to setting one up."""

    IN = "in"
    SECOND = "second"
    SET_UP = "set_up"


def proceed(request: HttpRequest, user: User, *, two_factors: bool, by: By, service: str = "") -> Way:
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
        by: how it was proved.
        service: the id of the identity provider, if it was there.

    Raises:
        PermissionDenied: the user or the authority is not active.
    """
    if not user.may_enter:
        raise PermissionDenied
    way = _way(user, two_factors)
    version = Credentials.objects.filter(pk=user.pk).values_list("version", flat=True).first() or 0
    now, known = timezone.now(), devices.is_known(request, user.pk, version)
    # It took no place at a door, so it pays for no answer.
    fault = None if way == Way.IN else Fault.NO_SECOND
    answered = {"answered_at": now, "second_at": now}
    attempt = history.note(request, user.pk, now, How(by, service), known=known, fault=fault, **answered)
    if way == Way.IN:  # a lock of the password stays: this was another way in
        open_session(request, user, two_factors=two_factors)
    else:
        _hold(request, step_of(attempt, version, doors.key_of("", user.pk), known), way)
    return way


def step_of(attempt: SignIn, version: int, door: str, known: bool) -> dict[str, Any]:
    """Return what a session keeps of an attempt between two steps.

    Args:
        version: that of the credentials with which it was begun; another one ends it.
        door: the key of the door at which it took a place.
        known: on which side.
    """
    return {"attempt": attempt.pk, "user": attempt.user_id or 0, "version": version, "door": door, "known": known}


def go_on(request: HttpRequest, user: User, step: dict[str, Any]) -> None:
    """Go on after the classic dialogue, as :func:`proceed` does after any other proof.

    Args:
        step: the attempt, its door, and the version of the credentials.
    """
    way = _way(user, two_factors=False)
    if way == Way.IN:
        enter(request, user, step)
    else:
        history.note_fault(step["attempt"], Fault.NO_SECOND)
        _hold(request, step, way)


def _way(user: User, two_factors: bool) -> Way:
    if two_factors:
        return Way.IN
    if factors.usable(user.pk):
        return Way.SECOND
    return Way.SET_UP if factors.must_have(user) else Way.IN


def _hold(request: HttpRequest, step: dict[str, Any], way: Way) -> None:
    """Keep a first proof until the second one comes."""
    within = doors.ANSWER_WITHIN if way == Way.SECOND else SET_UP_WITHIN
    kept = {name: step[name] for name in ("attempt", "user", "version", "door", "known")}
    request.session.cycle_key()
    request.session[PROVED] = {**kept, "way": way.value, "until": (timezone.now() + within).timestamp()}
    if way == Way.SET_UP:
        doors.passed(step["door"], step["known"])  # nothing is left to be guessed


# --- in --------------------------------------------------------------------------------------------------------------


def enter(request: HttpRequest, user: User, step: dict[str, Any], second: SignIn.Second | None = None) -> None:
    """Note the success of an attempt, give all places at its door back, and open the session.

    Args:
        second: the second factor that was given or set up.
    """
    with transaction.atomic():
        doors.passed(step["door"], step["known"])
        history.note_success(step["attempt"], second)
    open_session(request, user, two_factors=second is not None)
    request.session.update(step.get("before", {}))


def open_session(request: HttpRequest, user: User, *, two_factors: bool) -> None:
    """Begin a session of ``user`` under a new id; ways of proving who one is go through :func:`proceed`.

    Args:
        two_factors: whether two factors were proved, so that none is asked for when the person comes to administer.
    """
    held = {key: request.session[key] for key in (OUTSIDE, ARRIVED, CARRIED) if key in request.session}
    # What belongs to somebody else is left behind.
    mine = {key: one for key, one in held.items() if key == ARRIVED or one.get("user", user.pk) == user.pk}
    request.session.flush()
    login(request, user, backend=BACKEND)
    sessions.begin(request.session)
    request.session.update(mine)
    request.session[TWO_FACTORS] = two_factors
    request.session[ADDRESS], request.session[DEVICE] = devices.address(request), devices.device(request)
    User.objects.filter(pk=user.pk).update(last_seen=timezone.now())


def remember_device(request: HttpRequest, response: Any, user: User) -> None:
    """Have the browser of somebody who has just signed in be a known device from now on."""
    version = Credentials.objects.filter(pk=user.pk).values_list("version", flat=True).first()
    if version is not None:
        devices.remember(request, response, user.pk, version)


def sign_out(request: HttpRequest) -> None:
    """End the session and forget all that it held."""
    logout(request)


# --- back before the gate --------------------------------------------------------------------------------------------


def is_owed(request: HttpRequest, who: Standing) -> bool:
    """Return whether the person of a running session administers by now and has proved no second factor in it.

    It is asked with every request, behind the one reading of what the person may do, and asks the database nothing.
    """
    return not request.session.get(TWO_FACTORS) and factors.must_administrator(who)


def step_back(request: HttpRequest, user: User) -> Way | None:
    """Put a person whose session is no longer enough back before the gate; what was typed goes along.

    The session that runs is the first proof for whoever has a factor to give. To set a first one up it has to be a
    fresh one, as for every change of what one signs in with (:mod:`imi.accounts.proving`): else whoever finds a session
    open would have a factor of their own in it. The session was interrupted: it lasts no longer for that, and what was
    not proved in it for a while is no fresh proof afterwards.

    Returns:
        What comes next; None when the session has ended and the person signs in anew.
    """
    fresh = sessions.is_fresh(request.session)
    held = {key: request.session[key] for key in (OUTSIDE, CARRIED) if key in request.session}
    held[PUT_BACK] = {"user": user.pk}
    before = {key: request.session.get(key, 0) for key in (OPENED, sessions.PROVED_AT)}
    logout(request)
    request.session.update(held)
    if not fresh and not factors.usable(user.pk):
        return None
    way = proceed(request, user, two_factors=False, by=By.SESSION)
    if way == Way.IN:
        request.session.update(before)
    else:
        request.session[PROVED] = {**request.session[PROVED], "before": before}
    return way


def way_of_put_back(request: HttpRequest) -> Way | None:
    """Return where the person of a session that was put back goes on; None when none was or it is too late."""
    step = request.session.get(PROVED, {})
    here = put_back(request) and step.get("user") == put_back(request)
    return Way(step["way"]) if here and step["until"] > timezone.now().timestamp() else None


def put_back(request: HttpRequest) -> int:
    """Return whose session was put back in this browser, 0 if nobody's was."""
    return int(request.session.get(PUT_BACK, {}).get("user", 0))
