"""Reading notices and the training world's mail."""

from __future__ import annotations

from imi.accounts.queries import Standing
from imi.notify.models import Notice, OutgoingMail, ReceivedMail

PAGE = 50


def unread_count(user_id: int) -> int:
    """How many notices a person has not read, counted up to 100."""
    return Notice.objects.filter(user=user_id, read_at__isnull=True)[:100].count()


def notices(who: Standing, before: int | None = None, size: int = PAGE) -> list[Notice]:
    """A person's notices, latest first.

    Args:
        before: only those older than the notice with this id, for the next page.
    """
    found = Notice.objects.filter(user=who.user_id)
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.select_related("event", "exchange").order_by("-pk")[:size])


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
