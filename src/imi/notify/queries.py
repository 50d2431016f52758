"""Reading notices and the training world's mail."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from imi.accounts.queries import Standing
from imi.database.prepared import prepared
from imi.notify.models import Notice, OutgoingMail, ReceivedMail
from imi.outreach.models import Note

PAGE = 50
UNREAD_COUNTED = 100


def unread_count(user_id: int) -> int:
    """How many notices a person has not read, counted up to :data:`UNREAD_COUNTED`."""
    return len(_unread(user=user_id))


@prepared()
def _unread(user: int) -> QuerySet[Any, int]:
    """Notices of exchanges, and notes of events and the like: one union, for every page asks."""
    of_exchanges = Notice.objects.filter(user=user, read_at__isnull=True).values_list("pk", flat=True)
    others = Note.objects.filter(user=user, read_at__isnull=True).values_list("pk", flat=True)
    return of_exchanges.union(others, all=True)[:UNREAD_COUNTED]


def notices(who: Standing, before: int | None = None, size: int = PAGE) -> list[Notice]:
    """A person's notices, latest first.

    Args:
        before: only those older than the notice with this id, for the next page.
    """
    return _latest(user=who.user_id, before=before, size=size)


@prepared("size")
def _latest(user: int, before: int | None, size: int) -> QuerySet[Notice]:
    found = Notice.objects.filter(user=user)
    if before is not None:
        found = found.filter(pk__lt=before)
    return found.select_related("event", "exchange", "post__thread", "post__by_authority").order_by("-pk")[:size]


def mailbox(recipient: str = "", before: int | None = None, size: int = PAGE) -> list[ReceivedMail]:
    """The mails of the training world, latest first.

    Args:
        recipient: only those to this address.
        before: only those older than the mail with this id, for the next page.
    """
    found = ReceivedMail.objects.all()
    if recipient:
        found = found.filter(recipient__iexact=recipient)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:size])


def waiting_mails() -> int:
    """How many mails wait to be sent, counted up to 1,000."""
    return OutgoingMail.objects.filter(sent_at__isnull=True, failed_at__isnull=True)[:1000].count()
