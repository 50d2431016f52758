"""What the worker does for outreach."""

from __future__ import annotations

from datetime import datetime, timedelta

from imi.administration.reasons import Refused
from imi.database.chore import Chore
from imi.outreach import plans, registrations
from imi.outreach.models import Registration, ToDo

AT_ONCE = 50
PAUSE = timedelta(minutes=10)
_OVERDUE = Chore("overdue to-dos")
_PLACES = Chore("places of people who have left", quiet=(Refused,))  # the event begins, or the place is given back


def remind_overdue(now: datetime) -> int:
    """Remind of to-dos whose day is over; how many people are told."""
    overdue = ToDo.objects.filter(due_on__lt=now.date(), reminded_at=None, plan__withdrawn_at=None)
    found = overdue.exclude(pk__in=_OVERDUE.resting(now)).order_by("due_on", "pk")
    return _OVERDUE.each(found.values_list("pk", flat=True)[:AT_ONCE], plans.remind, now)


def free_places(now: datetime) -> int:
    """Give the places of people who have left to those who wait; how many were freed.

    Once nothing is left it pauses, for finding that out costs a look at all places of the events to come.
    """
    if _PLACES.pauses(now):
        return 0
    held = Registration.objects.filter(user__is_active=False, event__starts_at__gt=now)
    held = held.exclude(state=Registration.State.WITHDRAWN).exclude(pk__in=_PLACES.resting(now))
    found = list(held.values_list("pk", flat=True)[:AT_ONCE])
    if not found:
        _PLACES.pause(now + PAUSE)
    return _PLACES.each(found, _free, now)


def _free(registration_id: int, now: datetime) -> bool:
    event, user = Registration.objects.values_list("event", "user").get(pk=registration_id)
    registrations.give_back(event, user, now)
    return True
