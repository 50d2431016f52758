"""What the worker does for outreach."""

from __future__ import annotations

from datetime import datetime, timedelta

from imi.outreach import plans, registrations
from imi.outreach.models import Registration, ToDo

AT_ONCE = 50
PAUSE = timedelta(minutes=10)
_rest_until: dict[str, datetime] = {}


def forget() -> None:
    """Pause no more; for tests."""
    _rest_until.clear()


def remind_overdue(now: datetime) -> int:
    """Remind of to-dos whose day is over; how many were looked at."""
    overdue = ToDo.objects.filter(due_on__lt=now.date(), reminded_at=None, plan__withdrawn_at=None)
    found = list(overdue.order_by("due_on", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for todo in found:
        plans.remind(todo, now)
    return len(found)


def free_places(now: datetime) -> int:
    """Give the places of people who have left to those who wait; how many were freed.

    Once nothing is left it pauses, for finding that out costs a look at all places of the events to come.
    """
    if _rest_until.get("places", now) > now:
        return 0
    held = Registration.objects.filter(user__is_active=False, event__starts_at__gt=now)
    found = list(held.exclude(state=Registration.State.WITHDRAWN).values_list("event", "user")[:AT_ONCE])
    for event, user in found:
        registrations.give_back(event, user, now)
    if not found:
        _rest_until["places"] = now + PAUSE
    return len(found)
