"""What the worker does for the administration again and again: a bounded piece of work each time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count

from imi.administration import access, admissions, limits
from imi.administration.models import Admission
from imi.directory.models import Authority, PolicyArea
from imi.directory.reference import coordinator_kinds

AT_ONCE = 50
COUNTERS_KEPT = timedelta(days=2)


def expire_admissions(now: datetime) -> int:
    """End invitations that nobody has answered in time; how many."""
    late = Admission.objects.filter(state=Admission.State.INVITED, expires_at__lte=now).order_by("expires_at")
    return sum(admissions.expire(pk, now) for pk in late.values_list("pk", flat=True)[:AT_ONCE])


def open_new_areas(now: datetime) -> int:
    """Give coordinators of all areas the areas that are new in the catalogue, national ones first; how many."""
    everywhere = [kind.id for kind in coordinator_kinds().values() if kind.areas == "all"]
    behind = Authority.objects.filter(active=True, coordinator_kind__in=everywhere).annotate(held=Count("accesses"))
    behind = behind.filter(held__lt=PolicyArea.objects.count()).order_by("-kind", "pk")
    return sum(len(access.open_new_areas(pk, now)) for pk in behind.values_list("pk", flat=True)[:AT_ONCE])


def forget_counters(now: datetime) -> int:
    """Drop counters whose time is long over; how many."""
    return limits.forget(now - COUNTERS_KEPT)
