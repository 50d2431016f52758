"""Counts how often something is asked for, in the database, so that all web nodes count together.

Keys are digests under the installation's secret: the table says nothing of who asked.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.db.models import Case, F, Q, Value, When

from imi.administration.models import Throttle


def take(purpose: str, who: str, most: int, within: timedelta, now: datetime) -> bool:
    """Take one of the places that somebody has in a span of time.

    One conditional update decides, so that any number of processes give no place twice.

    Returns:
        Whether there was one left.
    """
    key = hmac.new(settings.SECRET_KEY.encode(), f"{purpose}:{who}".encode(), hashlib.sha256).hexdigest()
    Throttle.objects.bulk_create([Throttle(key=key, since=now, total=0)], ignore_conflicts=True)
    over = Q(since__lte=now - within)
    free = Throttle.objects.filter(over | Q(total__lt=most), pk=key)
    begun = When(over, then=Value(1))
    since = Case(When(over, then=Value(now)), default=F("since"))
    return bool(free.update(total=Case(begun, default=F("total") + 1), since=since))


def network(address: str) -> str:
    """The network of an address as one counts it: 256 addresses of IPv4, a site's 65,536 networks of IPv6."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{parsed}/{24 if parsed.version == 4 else 48}", strict=False))


def forget(before: datetime) -> int:
    """Drop counters that began before a moment; how many."""
    return Throttle.objects.filter(since__lt=before).delete()[0]
