"""The record of attempts to sign in: what a person sees of the own ones, and how long they are kept."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest

from imi.accounts import devices
from imi.accounts.models import SignIn
from imi.database.prepared import prepared

LATEST = 20


def note(
    request: HttpRequest, owner: int | None, now: datetime, *, known: bool, ok: bool = False, **answers: datetime
) -> SignIn:
    """Write an attempt down, as failed until it has led into a session.

    Args:
        owner: under whose name it was made; None for a name that nobody has.
        known: whether it came from a device on which the owner has signed in before.
        ok: whether it has led in already.
        answers: ``answered_at`` and ``second_at`` of what needs no answer any more.
    """
    address = devices.address(request)
    return SignIn.objects.create(
        user_id=owner,
        at=now,
        ok=ok,
        known_device=known,
        address=address,
        network=devices.network(address),
        device=devices.device(request),
        **answers,
    )


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
