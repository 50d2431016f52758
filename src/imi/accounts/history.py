"""The record of attempts to sign in: what a person sees of the own ones, and how long they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import devices
from imi.accounts.models import SignIn
from imi.database.prepared import prepared

LATEST = 20

Fault = SignIn.Fault


@dataclass(frozen=True, slots=True)
class How:
    """By which means somebody signs in: how it began, at which provider, and what is asked then, if that is known."""

    by: SignIn.By
    service: str = ""
    second: SignIn.Second | None = None


def note(
    request: HttpRequest,
    owner: int | None,
    now: datetime,
    how: How,
    *,
    known: bool,
    fault: Fault | None,
    **answers: datetime,
) -> SignIn:
    """Write an attempt down.

    Args:
        owner: under whose name it was made; None for a name that nobody has.
        how: by which means.
        known: whether it came from a device on which the owner has signed in before.
        fault: why it has not led in, or not yet; None when it has.
        answers: ``answered_at`` and ``second_at`` of what needs no answer any more.
    """
    address = devices.address(request)
    return SignIn.objects.create(
        user_id=owner,
        at=now,
        ok=fault is None,
        by=how.by,
        service=how.service,
        second=how.second or "",
        fault=fault or "",
        known_device=known,
        address=address,
        network=devices.network(address),
        device=devices.device(request),
        **answers,
    )


def take_answer(attempt: int, now: datetime) -> bool:
    """Take the answer to an attempt, as a wrong one until it has led in; False if it was answered before."""
    open_ = SignIn.objects.filter(pk=attempt, answered_at=None)
    locked = When(fault=Fault.LOCKED, then=Value(Fault.LOCKED.value))
    fault = Case(locked, default=Value(Fault.FIRST.value), output_field=CharField())
    return bool(open_.update(answered_at=now, fault=fault))


def note_fault(attempt: int, fault: Fault) -> None:
    """Note why an attempt has not led in; one that has is left as it is."""
    SignIn.objects.filter(pk=attempt, ok=False).update(fault=fault)


def note_success(attempt: int, second: SignIn.Second | None) -> None:
    """Note that an attempt has led in, and by which second factor if one was asked."""
    named = {"second": second} if second else {}
    SignIn.objects.filter(pk=attempt).update(ok=True, answered_at=timezone.now(), fault="", **named)


def latest(user_id: int) -> list[SignIn]:
    """Return the last attempts to sign in under a user's name, latest first."""
    return _latest(user=user_id)


def previous(user_id: int) -> SignIn | None:
    """Return the last successful sign-in before the present one."""
    return _previous.first(user=user_id, ok=True)


@prepared()
def _latest(user: int) -> QuerySet[SignIn, SignIn]:
    return SignIn.objects.filter(user=user).order_by("-at", "-pk")[:LATEST]


@prepared()
def _previous(user: int, ok: bool) -> QuerySet[SignIn, SignIn]:
    return SignIn.objects.filter(user=user, ok=ok).order_by("-at", "-pk")[1:2]


def forget_sign_ins(before: datetime, most: int) -> int:
    """Forget attempts to sign in that were made before a moment, the oldest first.

    They are told apart without an index by time: rows are numbered in the order in which they were made.

    Args:
        most: how many at most.

    Returns:
        How many were forgotten.
    """
    oldest = SignIn.objects.order_by("pk").values_list("pk", "at")[:most]
    old = [pk for pk, at in oldest if at < before]
    return SignIn.objects.filter(pk__in=old).delete()[0] if old else 0
