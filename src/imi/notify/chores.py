"""What the worker does again and again. Each chore does a bounded piece of work and says how much it did.

What fails is logged and rests for a while, so that it keeps nothing behind it waiting (:mod:`imi.database.chore`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q

from imi.accounts.actions import forget_sign_ins
from imi.accounts.doors import forget_strangers
from imi.accounts.session_store import forget_expired
from imi.database import statistics
from imi.database.chore import REST, Chore
from imi.directory.models import Country
from imi.exchanges import actions as exchanges
from imi.exchanges import calendar_ahead, tidying
from imi.exchanges.definitions import ProgramIsOlder
from imi.exchanges.models import Telling, Timer
from imi.files import actions as files
from imi.notify import actions, bounce_server, bounces, post, sink
from imi.notify.models import Notice

AT_ONCE = 50
ROWS_AT_ONCE = 500
LEASE = REST
PAUSE = timedelta(hours=1)
DAY = timedelta(days=1)
# What only a newer program understands rests too, and is no fault: the others need not wait for the update.
_TELLINGS = Chore("tell", quiet=(ProgramIsOlder,))
_TIMERS = Chore("fire", quiet=(ProgramIsOlder,))
_DIGESTS = Chore("digest", quiet=(ProgramIsOlder,))
_FILES = Chore("files")
_TIDYING = Chore("tidy")
_BOUNCES = Chore("bounces")
_CALENDAR = Chore("calendar")
_STATISTICS = Chore("statistics")
_servers: dict[str, int] = {}
log = logging.getLogger("imi.worker")


def tell_people(now: datetime) -> int:
    """Turn tellings of the log into notices and mails."""
    waiting = Telling.objects.filter(done_at__isnull=True).exclude(pk__in=_TELLINGS.resting(now))
    found = waiting.order_by("at", "pk").values_list("pk", flat=True)[:AT_ONCE]
    return _TELLINGS.each(found, actions.tell, now)


def send_mail(now: datetime) -> int:
    """Send the mails that are due: to the configured server, in training to our own when none is configured."""
    if settings.IMI_SMTP_CONFIGURED:
        return post.send_due(settings.EMAIL_HOST, settings.EMAIL_PORT)
    if settings.IMI_TRAINING:
        if "sink" not in _servers:
            _servers["sink"] = sink.start().port
        return post.send_due("127.0.0.1", _servers["sink"])
    return 0


def listen_for_bounces(now: datetime) -> int:
    """See to it that reports about mail that did not arrive are taken, where the operator wants it."""
    if not (settings.IMI_BOUNCE_ADDRESS and settings.IMI_BOUNCE_HOST) or "bounces" in _servers:
        return 0
    if _BOUNCES.pauses(now):
        return 0
    try:
        bounce_server.start(settings.IMI_BOUNCE_HOST, settings.IMI_BOUNCE_PORT)
    except OSError as error:  # another worker has it, or the address is not this machine's
        log.warning("bounces_not_taken", extra={"why": str(error)})
        _BOUNCES.pause(now + PAUSE)
        return 0
    _servers["bounces"] = settings.IMI_BOUNCE_PORT
    return 0


def fire_timers(now: datetime) -> int:
    """Send reminders and compute deadlines anew. A timer is leased first, so that two workers do not meet on it."""
    waiting = Timer.objects.filter(at__lte=now).exclude(pk__in=_TIMERS.resting(now))
    due = waiting.order_by("at").values_list("pk", "at")[:AT_ONCE]
    # What fails keeps its lease and rests at least as long.
    held = (pk for pk, at in due if Timer.objects.filter(pk=pk, at=at).update(at=now + LEASE))
    return _TIMERS.each(held, exchanges.fire, now)


def post_digests(now: datetime) -> int:
    """Make the daily mails at six in the morning of the reader's country."""
    mornings = list(_mornings(now))
    if not mornings:
        return 0
    over_night = Q()
    for zone, morning in mornings:
        over_night |= Q(user__authority__country__timezone=zone, at__lt=morning)
    waiting = Notice.objects.filter(over_night, digest=True, at__lt=max(morning for _zone, morning in mornings))
    users = waiting.exclude(user__in=_DIGESTS.resting(now)).values_list("user", flat=True).distinct()
    return _DIGESTS.each(users[:AT_ONCE], actions.post_digest, now)


def _mornings(now: datetime) -> Iterator[tuple[str, datetime]]:
    """The time zones in which it is past the digest hour, with that hour of today."""
    for zone in Country.objects.values_list("timezone", flat=True).distinct():
        local = now.astimezone(ZoneInfo(zone))
        if local.hour >= actions.DIGEST_HOUR:
            yield zone, local.replace(hour=actions.DIGEST_HOUR, minute=0, second=0, microsecond=0)


def remove_files(now: datetime) -> int:
    """Remove files that were uploaded for forms which were never sent, and which no draft names any more."""
    found = tidying.unnamed_files(now, AT_ONCE, but=_FILES.resting(now))
    return _FILES.each(found, files.remove_loose, now)


def tidy_up(now: datetime) -> int:
    """Forget what has served its purpose: keys of forms sent long ago, records of signing in, sessions that are over.

    Once nothing is left it pauses, for finding that out costs a look at many rows.
    """
    if _TIDYING.pauses(now):
        return 0
    sign_ins_since = now - timedelta(days=settings.IMI_KEEP_SIGN_INS)
    corners: dict[str, Callable[[], int]] = {
        "submissions": lambda: tidying.forget_submissions(now, ROWS_AT_ONCE),
        "sign-ins": lambda: forget_sign_ins(sign_ins_since, ROWS_AT_ONCE),
        "sessions": lambda: forget_expired(now, ROWS_AT_ONCE),
        "strangers": lambda: forget_strangers(now, ROWS_AT_ONCE),
        "returned mail": lambda: bounces.forget_old(now, ROWS_AT_ONCE),
    }
    done = _TIDYING.each(corners, lambda corner, _at: corners[corner](), now)
    if not done:
        _TIDYING.pause(now + PAUSE)
    return done


def look_ahead(now: datetime) -> int:
    """Load the public holidays of the years to come, in time for the deadlines that need them."""
    if _CALENDAR.pauses(now):
        return 0
    _CALENDAR.pause(now + PAUSE)
    return calendar_ahead.extend(now)


def count_rows(now: datetime) -> int:
    """Once a day, have a database that does not do so by itself count its rows, so that it searches the short way."""
    if not statistics.counts_itself() and not _STATISTICS.pauses(now):
        _STATISTICS.pause(now + DAY)
        statistics.count_all()
    return 0
