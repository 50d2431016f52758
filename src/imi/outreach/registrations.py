"""Places at events: taken, given back, and passed on to whoever waits; never more than there are.

Each act holds the event's row, so that two who want the last place come one after the other; a constraint of the
database stands behind that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.mandates import mandate
from imi.administration.reasons import Refused, demand
from imi.outreach import notes, reach, reasons, rights
from imi.outreach.models import Event, Note, Registration

WAITING, REGISTERED, WITHDRAWN = (
    Registration.State.WAITING,
    Registration.State.REGISTERED,
    Registration.State.WITHDRAWN,
)


@transaction.atomic
def register(who: Standing, event_id: int, now: datetime | None = None) -> Registration:
    """Take a place, or the last one in the queue when all are taken.

    Raises:
        Refused: ``who`` is not invited, is registered already, or it is too late.
    """
    now = now or timezone.now()
    event = _invited(who, event_id)
    if event.state != Event.State.PUBLISHED:
        raise Refused(reasons.NOT_PUBLISHED)
    if event.register_until < now:
        raise Refused(reasons.TOO_LATE)
    known = Registration.objects.filter(event=event, user=who.user_id).first()
    if known is not None and known.state != WITHDRAWN:
        raise Refused(reasons.REGISTERED)
    free = event.places is None or event.taken < event.places
    made = known or Registration(event=event, user_id=who.user_id)
    made.state, made.at = REGISTERED if free else WAITING, now
    made.save()
    if free:
        _count(event, 1)
    return made


def withdraw(who: Standing, event_id: int, now: datetime | None = None) -> None:
    """Give the own place back.

    Raises:
        Refused: ``who`` is not registered, or the event has begun.
    """
    give_back(event_id, who.user_id, now or timezone.now())


@transaction.atomic
def give_back(event_id: int, user_id: int, now: datetime) -> None:
    """Give a person's place back; whoever has waited longest gets it and is told.

    Raises:
        Refused: the person is not registered, or the event has begun.
    """
    event = Event.objects.select_for_update().filter(pk=event_id).first()
    known = Registration.objects.filter(event=event_id, user=user_id).exclude(state=WITHDRAWN).first()
    if event is None or known is None:
        raise Refused(reasons.NOT_REGISTERED)
    if event.starts_at <= now:
        raise Refused(reasons.IS_OVER)
    held, known.state = known.state == REGISTERED, WITHDRAWN
    known.save(update_fields=["state"])
    if held:
        _count(event, -1)
        move_up(event, now)


def move_up(event: Event, now: datetime) -> None:
    """Give free places to those who wait, first come, first served, and tell them; call it with the event held."""
    waiting = Registration.objects.filter(event=event, state=WAITING).order_by("at", "pk")
    free = waiting.count() if event.places is None else max(0, event.places - event.taken)
    lucky = list(waiting[:free])
    if not lucky or event.state != Event.State.PUBLISHED:
        return
    Registration.objects.filter(pk__in=[one.pk for one in lucky]).update(state=REGISTERED)
    _count(event, len(lucky))
    for one in lucky:
        fact = f"event:{event.pk}:moved_up:{one.pk}:{one.at.isoformat()}"
        notes.tell_some([one.user_id], Note.Kind.MOVED_UP, fact, now, event=event)


def _count(event: Event, more: int) -> None:
    event.taken += more
    event.save(update_fields=["taken"])


def _invited(who: Standing, event_id: int) -> Event:
    """An event to which somebody is invited, held until the transaction ends."""
    event = Event.objects.select_for_update().filter(reach.events_for(who), pk=event_id).first()
    if event is None:
        raise Refused(administration.NOT_FOUND)
    return event


@transaction.atomic
def mark_attendance(
    who: Standing, event_id: int, shown: Iterable[int], present: Iterable[int], now: datetime | None = None
) -> None:
    """Note who was there.

    Args:
        shown: the registrations that the organiser was asked about.
        present: those who came.

    Raises:
        Refused: ``who`` is no organiser, or the event has not begun.
    """
    now = now or timezone.now()
    event = Event.objects.filter(pk=event_id, host=who.authority_id).first()
    if event is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_change(mandate(who), event.host_id, event.areas.values_list("pk", flat=True)))
    if event.starts_at > now:
        raise Refused(reasons.NOT_BEGUN)
    came: Mapping[bool, list[int]] = {True: [], False: []}
    there = set(present)
    for pk in shown:
        came[pk in there].append(pk)
    own = Registration.objects.filter(event=event, state=REGISTERED)
    for attended, pks in came.items():
        own.filter(pk__in=pks).update(attended=attended)
