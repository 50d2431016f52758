"""Writes of the training world beside building it: becoming one of its people."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from imi.accounts.actions import open_session
from imi.accounts.models import User
from imi.training.models import Impersonation, Persona

PLAYS = "training_plays"
"""Key of the session under which the present impersonation is kept."""


def become(
    user: User, request: HttpRequest | None = None, counterparts: bool = True, now: datetime | None = None
) -> Impersonation:
    """Let a visitor play a person of the training world; whom the same browser played before is left.

    Args:
        user: the person.
        request: the visitor's request, in whose session the person is signed in; None only notes who is played.
        counterparts: whether scripted counterparts shall answer this person.

    Raises:
        PermissionDenied: this is no training installation, or the user is not one of its invented people.
    """
    if not settings.IMI_TRAINING or not Persona.objects.filter(user=user).exists():
        raise PermissionDenied
    with transaction.atomic():
        if request is not None:
            leave(request, now)
        played = Impersonation.objects.create(user=user, at=now or timezone.now(), counterparts=counterparts)
    if request is not None:
        open_session(request, user, two_factors=True)  # nobody has proved anything, and nobody is asked to
        request.session[PLAYS] = played.pk
    return played


def leave(request: HttpRequest, now: datetime | None = None) -> None:
    """Note that the visitor no longer plays a person; signing out is another matter."""
    played = request.session.get(PLAYS)
    if played is not None:
        Impersonation.objects.filter(pk=played, ended_at=None).update(ended_at=now or timezone.now())


def set_counterparts(request: HttpRequest, wanted: bool) -> None:
    """Switch scripted counterparts on or off for the person whom the visitor plays."""
    played = request.session.get(PLAYS)
    if played is not None:
        Impersonation.objects.filter(pk=played).update(counterparts=wanted)
