"""What the worker does for outreach."""

from __future__ import annotations

from datetime import datetime

from imi.outreach import plans
from imi.outreach.models import ToDo

AT_ONCE = 50


def remind_overdue(now: datetime) -> int:
    """Remind of to-dos whose day is over; how many were looked at."""
    overdue = ToDo.objects.filter(due_on__lt=now.date(), reminded_at=None, plan__withdrawn_at=None)
    found = list(overdue.order_by("due_on", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for todo in found:
        plans.remind(todo, now)
    return len(found)
