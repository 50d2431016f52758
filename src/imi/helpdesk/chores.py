"""What the worker does for the help desk again and again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from imi.helpdesk.models import Thread

AT_ONCE = 200


def forget_settled(now: datetime) -> int:
    """Remove threads that have been settled for ``IMI_KEEP_HELP_THREADS`` days, with all that was written; how many.

    They name people and may name an exchange, and serve nobody any more; what is worth keeping was published.
    """
    over = now - timedelta(days=settings.IMI_KEEP_HELP_THREADS)
    old = list(
        Thread.objects.filter(settled_at__lte=over).order_by("settled_at").values_list("pk", flat=True)[:AT_ONCE]
    )
    # Compared once more: what was opened again meanwhile stays.
    Thread.objects.filter(pk__in=old, settled_at__lte=over).delete()
    return len(old)
