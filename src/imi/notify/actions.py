"""From the log to notices and mails, each in one transaction, so that a killed worker loses and doubles nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from imi.accounts import outbox
from imi.accounts.models import User
from imi.accounts.queries import HANDLER, colleagues
from imi.database.prepared import prepared
from imi.directory.models import Access
from imi.exchanges.models import Allocation, EventRecord, Telling
from imi.notify import letters
from imi.notify.models import Notice, OutgoingMail, ReceivedMail

MAILBOX = "mailbox"
DIGEST_HOUR = 6
KEPT_TRAINING_MAIL = 5_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told: a person, or an authority's contact address."""

    email: str
    language: str
    user: User | None = None


@transaction.atomic
def tell(telling_id: int, now: datetime) -> bool:
    """Turn one telling into notices and mails.

    Returns:
        False if another worker had done it.
    """
    if not Telling.objects.filter(pk=telling_id, done_at__isnull=True).update(done_at=now):
        return False
    telling = Telling.objects.select_related("event__exchange").get(pk=telling_id)
    event = telling.event
    for reader in _readers(telling):
        if reader.user is None or (_notice(event, reader.user, now) and reader.user.mail_choice == User.Mail.IMMEDIATE):
            _mail(event, reader, now)
    return True


def _readers(telling: Telling) -> Iterable[Reader]:
    """Everybody concerned but the person who did it; of an allocated exchange only the chosen handlers.

    An authority that has no access to the area any more is not told, nor are people who have left.
    """
    authority, exchange = telling.authority_id, telling.event.exchange
    if telling.role == MAILBOX:
        accessible = Access.objects.filter(area=exchange.area_id, suspended=False, authority__active=True)
        box = accessible.filter(authority=authority).values_list("authority__email", "authority__languages").first()
        if box is not None and box[0]:
            yield Reader(box[0], (box[1] or ["en"])[0])
        return
    chosen: set[int] = set()
    if telling.role == HANDLER:
        allocated = Allocation.objects.filter(exchange=exchange, authority=authority)
        chosen = set(allocated.values_list("user", flat=True))
    for user in colleagues([authority], exchange.area_id, [telling.role])[authority]:
        if str(user.pk) != telling.event.user and (not chosen or user.pk in chosen):
            yield Reader(user.email, user.language, user)


def _notice(event: EventRecord, user: User, now: datetime) -> bool:
    """Tell a person inside the system; False if that fact was told already in another capacity."""
    _stored, made = Notice.objects.get_or_create(
        event=event,
        user=user,
        defaults={
            "exchange_id": event.exchange_id,
            "at": now,
            "digest": user.mail_choice == User.Mail.DAILY,
        },
    )
    return made


def _mail(event: EventRecord, reader: Reader, now: datetime) -> None:
    letter = letters.letter(event, event.exchange.number, reader.language)
    post(f"event:{event.pk}:{reader.email.lower()}", reader, letter, now)


def post(fact: str, reader: Reader, letter: letters.Letter, now: datetime) -> bool:
    """Put a mail into the outbox, once for each fact and address."""
    letter = letters.harmless(letter)
    _stored, made = OutgoingMail.objects.get_or_create(
        key=hashlib.sha256(fact.encode()).hexdigest(),
        defaults={
            "recipient": reader.email,
            "language": reader.language,
            "subject": letter.subject,
            "body": letter.body,
            "made_at": now,
            "due_at": now,
        },
    )
    return made


@transaction.atomic
def post_digest(user_id: int, now: datetime) -> bool:
    """Put the daily mail of one person into the outbox, if something is new.

    Returns:
        Whether a mail was made.
    """
    pending = list(
        Notice.objects.select_for_update(of=("self",))  # not the exchanges: people act on these meanwhile
        .filter(user=user_id, digest=True)
        .select_related("event", "exchange", "post__thread", "post__by_authority")
        .order_by("at", "pk")
    )
    unread = [notice for notice in pending if notice.read_at is None]
    Notice.objects.filter(pk__in=[notice.pk for notice in pending]).update(digest=False)
    user = User.objects.filter(pk=user_id, is_active=True, authority__active=True).first()
    if not unread or user is None:
        return False
    told = [
        letters.news(one.event, one.exchange.number if one.exchange else "", one.post, user.language) for one in unread
    ]
    letter = letters.digest(told, user.language)
    reader = Reader(user.email, user.language, user)
    return post(f"digest:{user_id}:{unread[-1].pk}", reader, letter, now)


def mark_read(user_id: int, number: str | None = None, now: datetime | None = None) -> int:
    """Mark a person's notices as read: all of them, or those about one exchange.

    Every page of an exchange asks for it, and most find nothing: only where there is something it costs a write.

    Returns:
        How many were unread.
    """
    if number is not None and not _unread(user=user_id, number=number):
        return 0
    unread = Notice.objects.filter(user=user_id, read_at__isnull=True)
    if number is not None:
        unread = unread.filter(exchange__number=number)
    return unread.update(read_at=now or timezone.now())


def mark_thread_read(user_id: int, thread: int, now: datetime | None = None) -> int:
    """Mark a person's notices about a thread of the help desk as read; how many were unread."""
    unread = Notice.objects.filter(user=user_id, read_at__isnull=True, post__thread=thread)
    return unread.update(read_at=now or timezone.now())


@prepared()
def _unread(user: int, number: str) -> QuerySet[Notice, int]:
    unread = Notice.objects.filter(user=user, read_at__isnull=True, exchange__number=number)
    return unread.values_list("pk", flat=True)[:1]


def receive(message_id: str, recipient: str, subject: str, body: str) -> None:
    """Keep a mail that the training world's mail server took in."""
    newest = ReceivedMail.objects.create(
        message_id=message_id[:200],
        recipient=recipient[:254],
        subject=subject[:300],
        body=body,
        received_at=timezone.now(),
    )
    ReceivedMail.objects.filter(pk__lt=newest.pk - KEPT_TRAINING_MAIL).delete()


def claim_mail(now: datetime, lease: timedelta) -> OutgoingMail | None:
    """Take the next mail that is due, for ``lease``; nobody else gets it meanwhile.

    A worker that dies with a mail in hand gives it back when the lease ends.
    """
    due = OutgoingMail.objects.filter(sent_at__isnull=True, failed_at__isnull=True, due_at__lte=now).order_by("due_at")
    for mail in due[:20]:
        free = OutgoingMail.objects.filter(
            pk=mail.pk, sent_at__isnull=True, failed_at__isnull=True, attempts=mail.attempts, due_at=mail.due_at
        )
        if free.update(due_at=now + lease, attempts=mail.attempts + 1):
            mail.attempts += 1
            return mail
    return None


def mark_sent(mail: OutgoingMail, now: datetime) -> None:
    """Note that the mail server took a mail; a secret that it carried is erased."""
    OutgoingMail.objects.filter(pk=mail.pk).update(sent_at=now, error="")
    if mail.account_mail_id is not None:
        outbox.erase(mail.account_mail_id)


def mark_failed(mail: OutgoingMail, error: str, now: datetime, again_in: timedelta | None) -> None:
    """Note that a mail did not go out: try again later, or give up.

    Args:
        again_in: None if the mail server refused for good.
    """
    change = {"due_at": now + again_in} if again_in is not None else {"failed_at": now}
    OutgoingMail.objects.filter(pk=mail.pk).update(error=error[:300], **change)
    if again_in is None and mail.account_mail_id is not None:
        outbox.erase(mail.account_mail_id)
