"""What the worker does for the help desk again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from imi.database.chore import Chore
from imi.helpdesk.models import Thread

AT_ONCE = 200
_SETTLED = Chore("settled threads")


def forget_settled(now: datetime) -> int:
    """Remove threads that have been settled for ``IMI_KEEP_HELP_THREADS`` days, with all that was written; how many.

    They name people and may name an exchange, and serve nobody any more; what is worth keeping was published.
    """
    old = _old(now).exclude(pk__in=_SETTLED.resting(now)).order_by("settled_at")
    return _SETTLED.each(old.values_list("pk", flat=True)[:AT_ONCE], _forget, now)


def _old(now: datetime) -> QuerySet[Thread]:
    return Thread.objects.filter(settled_at__lte=now - timedelta(days=settings.IMI_KEEP_HELP_THREADS))


@transaction.atomic
def _forget(thread_id: int, now: datetime) -> bool:
    """Remove a thread, unless it was opened again meanwhile."""
    return bool(_old(now).filter(pk=thread_id).delete()[0])
