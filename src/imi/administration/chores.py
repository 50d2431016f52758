"""What the worker does for the administration again and again: a bounded piece of work each time."""

from __future__ import annotations

from datetime import datetime, timedelta

from imi.administration import admissions, limits
from imi.administration.models import Admission

AT_ONCE = 50
COUNTERS_KEPT = timedelta(days=2)


def expire_admissions(now: datetime) -> int:
    """End invitations that nobody has answered in time; how many."""
    late = Admission.objects.filter(state=Admission.State.INVITED, expires_at__lte=now).order_by("expires_at")
    return sum(admissions.expire(pk, now) for pk in late.values_list("pk", flat=True)[:AT_ONCE])


def forget_counters(now: datetime) -> int:
    """Drop counters whose time is long over; how many."""
    return limits.forget(now - COUNTERS_KEPT)
