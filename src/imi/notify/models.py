"""Shape of notices and mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from imi.exchanges.models import EventRecord, Exchange
from imi.helpdesk.models import Post


class Notice(models.Model):
    """Something a person is told inside the system; ``digest`` while it waits for the daily mail.

    It is about an event of an exchange, or about a ``post`` of the help desk.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notices", db_index=False)
    event = models.ForeignKey(EventRecord, models.CASCADE, null=True, related_name="notices", db_index=False)
    exchange = models.ForeignKey(Exchange, models.CASCADE, null=True, related_name="notices", db_index=False)
    post = models.ForeignKey(Post, models.CASCADE, null=True, related_name="notices", db_index=False)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    digest = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "user"], name="notice_once"),
            models.UniqueConstraint(
                fields=["post", "user"], condition=models.Q(post__isnull=False), name="notice_of_post_once"
            ),
            models.CheckConstraint(
                condition=models.Q(event__isnull=False, exchange__isnull=False, post=None)
                | models.Q(event=None, exchange=None, post__isnull=False),
                name="notice_about_one_thing",
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-at", "-id"], name="notice_latest"),
            models.Index(fields=["user"], name="notice_unread", condition=models.Q(read_at__isnull=True)),
            models.Index(fields=["at", "user"], name="notice_digest", condition=models.Q(digest=True)),
        ]


class OutgoingMail(models.Model):
    """A mail to be sent: claimed by lease, marked one by one.

    ``key`` names the fact and the recipient, so that the same fact is never mailed twice; the Message-ID is made of
    it, so that the one copy too many after a crash can be recognised. A mail that carries a secret has a mark in its
    place; the secret stays sealed with ``account_mail`` until it is sent.
    """

    key = models.CharField(max_length=64, unique=True)
    recipient = models.EmailField()
    language = models.CharField(max_length=5)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)
    account_mail = models.ForeignKey("accounts.AccountMail", models.CASCADE, null=True, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="mail_due",
                condition=models.Q(sent_at__isnull=True, failed_at__isnull=True),
            ),
        ]


class ReceivedMail(models.Model):
    """A mail that the training world's own mail server took in, for its mailbox page."""

    message_id = models.CharField(max_length=200, db_index=True)
    recipient = models.EmailField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-received_at", "-id"], name="received_mail_latest")]
