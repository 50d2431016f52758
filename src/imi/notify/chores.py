"""What the worker does again and again. Each chore does a bounded piece of work and says how much it did."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings

from imi.accounts.models import User
from imi.exchanges import actions as exchanges
from imi.exchanges.models import Telling, Timer
from imi.notify import actions, post, sink
from imi.notify.models import Notice

AT_ONCE = 50
LEASE = timedelta(minutes=2)
_servers: dict[str, int] = {}


def tell_people(now: datetime) -> int:
    """Turn tellings of the log into notices and mails."""
    open_ones = Telling.objects.filter(done_at__isnull=True).order_by("at", "pk").values_list("pk", flat=True)
    return sum(actions.tell(pk, now) for pk in open_ones[:AT_ONCE])


def send_mail(now: datetime) -> int:
    """Send the mails that are due: to the configured server, in training to our own when none is configured."""
    if settings.IMI_SMTP_CONFIGURED:
        return post.send_due(settings.EMAIL_HOST, settings.EMAIL_PORT)
    if settings.IMI_TRAINING:
        if "sink" not in _servers:
            _servers["sink"] = sink.start().port
        return post.send_due("127.0.0.1", _servers["sink"])
    return 0


def fire_timers(now: datetime) -> int:
    """Send reminders and compute deadlines anew. A timer is leased first, so that two workers do not meet on it."""
    fired = 0
    due = Timer.objects.filter(at__lte=now).order_by("at").values_list("pk", "at")
    for pk, at in due[:AT_ONCE]:
        if Timer.objects.filter(pk=pk, at=at).update(at=now + LEASE):
            fired += exchanges.fire(pk, now)
    return fired


def post_digests(now: datetime) -> int:
    """Make the daily mails at six in the morning of the reader's country, each of them once a day."""
    waiting = Notice.objects.filter(digest=True).values_list("user", flat=True).distinct()[:AT_ONCE]
    users = User.objects.filter(pk__in=list(waiting)).select_related("authority__country")
    made = 0
    for user in users:
        local = now.astimezone(ZoneInfo(user.authority.country.timezone))
        if local.hour >= actions.DIGEST_HOUR and _waited_over_night(user.pk, local):
            made += actions.post_digest(user.pk, now)
    return made


def _waited_over_night(user_id: int, local: datetime) -> bool:
    """Whether something was told before this morning's digest hour and has not been mailed yet."""
    morning = local.replace(hour=actions.DIGEST_HOUR, minute=0, second=0, microsecond=0)
    return Notice.objects.filter(user=user_id, digest=True, at__lt=morning).exists()
