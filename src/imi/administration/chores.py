"""What the worker does for the administration again and again: a bounded piece of work each time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count

from imi.administration import access, admissions, limits
from imi.administration.models import Admission
from imi.database.chore import Chore
from imi.directory.models import Authority, PolicyArea
from imi.directory.reference import coordinator_kinds

AT_ONCE = 50
_LATE = Chore("invitations that are over")
_BEHIND = Chore("new areas")
COUNTERS_KEPT = timedelta(days=2)


def expire_admissions(now: datetime) -> int:
    """End invitations that nobody has answered in time; how many."""
    late = Admission.objects.filter(state=Admission.State.INVITED, expires_at__lte=now)
    late = late.exclude(pk__in=_LATE.resting(now)).order_by("expires_at")
    return _LATE.each(late.values_list("pk", flat=True)[:AT_ONCE], admissions.expire, now)


def open_new_areas(now: datetime) -> int:
    """Give coordinators of all areas the areas that are new in the catalogue, national ones first; how many."""
    everywhere = [kind.id for kind in coordinator_kinds().values() if kind.areas == "all"]
    behind = Authority.objects.filter(active=True, coordinator_kind__in=everywhere).annotate(held=Count("accesses"))
    behind = behind.filter(held__lt=PolicyArea.objects.count()).exclude(pk__in=_BEHIND.resting(now))
    found = behind.order_by("-kind", "pk").values_list("pk", flat=True)[:AT_ONCE]
    return _BEHIND.each(found, lambda pk, at: len(access.open_new_areas(pk, at)), now)


def forget_counters(now: datetime) -> int:
    """Drop counters whose time is long over; how many."""
    return limits.forget(now - COUNTERS_KEPT)
