"""Notes down whom to tell of what, in the transaction of the act; :mod:`imi.notify.outreach` writes the mails.

A note is stored once for each fact and person. Its mail is due at once, or at six in the morning for those who want
one mail a day; those who want none get the notice only.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.utils import timezone

from imi.accounts.models import User
from imi.directory.models import Country
from imi.outreach.models import Note

MORNING = 6
AT_ONCE = 1_000


def tell(people: QuerySet[User], kind: str, fact: str, now: datetime, but: int | None = None, **about: Any) -> int:
    """Tell people something.

    Args:
        people: whom.
        kind: one of ``Note.Kind``.
        fact: names what is told, so that nobody is told twice.
        but: who did it and need not be told.
        about: the event, plan, to-do or request, by the names of the columns.

    Returns:
        How many are told.
    """
    found = people.exclude(pk=but) if but is not None else people
    mornings = _mornings(now)
    rows = found.distinct().values_list("pk", "mail_choice", "authority__country__timezone")
    notes = [
        Note(user_id=pk, kind=kind, key=f"{fact}:{pk}", at=now, due_at=_due(choice, now, mornings[zone]), **about)
        for pk, choice, zone in rows
    ]
    Note.objects.bulk_create(notes, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(notes)


def tell_some(users: Iterable[int], kind: str, fact: str, now: datetime, **about: Any) -> int:
    """Tell single people, by their ids; who has left is not told."""
    return tell(User.objects.filter(pk__in=list(users), is_active=True), kind, fact, now, **about)


def _due(choice: str, now: datetime, morning: datetime) -> datetime | None:
    if choice == User.Mail.NONE:
        return None
    return now if choice == User.Mail.IMMEDIATE else morning


def _mornings(now: datetime) -> dict[str, datetime]:
    """The next morning in each time zone."""
    found = {}
    for zone in Country.objects.values_list("timezone", flat=True).distinct():
        local = now.astimezone(ZoneInfo(zone))
        today = local.replace(hour=MORNING, minute=0, second=0, microsecond=0)
        found[zone] = today if local < today else today + timedelta(days=1)
    return found


def mark_read(user: int, now: datetime | None = None, **about: Any) -> None:
    """Mark what a person was told as read: all, or what is about one thing; writes only where there is something."""
    unread = Note.objects.filter(Q(**about), user=user, read_at__isnull=True)
    if not about or unread.exists():
        unread.update(read_at=now or timezone.now())
