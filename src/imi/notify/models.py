"""Shape of notices and mail."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy

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
    place; the secret stays sealed with ``account_mail`` until it is sent. ``probe`` is a test mail, which goes out even
    to an address that takes no mail. ``bounced_at`` says when it was counted that the mail did not arrive, once.
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
    probe = models.BooleanField(default=False)
    bounced_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="mail_due",
                condition=models.Q(sent_at__isnull=True, failed_at__isnull=True),
            ),
        ]


class MailProblem(models.Model):
    """An address at which mail did not arrive; from ``marked_at`` on it is sent nothing but test and account mails.

    ``address`` is in lower case. It belongs to whoever has it now: a person or an authority that gets another address
    has the problem no longer. ``failures`` counts mails lost for a reason that may pass, since ``counted_from``. What
    was sent before ``cleared_at`` counts no more.
    """

    class Reason(models.TextChoices):
        """Why, in short words; nothing of what the other server wrote is kept."""

        NO_MAILBOX = "no_mailbox", gettext_lazy("There is no such mailbox.")
        NO_SERVER = "no_server", gettext_lazy("No mail server takes mail for this domain.")
        CLOSED = "closed", gettext_lazy("The mailbox is closed.")
        FULL = "full", gettext_lazy("The mailbox has been full several times.")
        REFUSED = "refused", gettext_lazy("The mail server there has refused several mails.")
        UNREACHABLE = "unreachable", gettext_lazy("The mail server there could not be reached several times.")

    address = models.EmailField(unique=True)
    reason = models.CharField(max_length=11, choices=Reason.choices)
    status = models.CharField(max_length=12, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    counted_from = models.DateTimeField()
    last_at = models.DateTimeField()
    marked_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["last_at"], name="mail_problem_oldest"),
            models.Index(fields=["-marked_at"], name="mail_problem_marked", condition=Q(marked_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.reason} since {self.marked_at}"


class ReceivedMail(models.Model):
    """A mail that the training world's own mail server took in, for its mailbox page."""

    message_id = models.CharField(max_length=200, db_index=True)
    recipient = models.EmailField()
    subject = models.CharField(max_length=300)
    body = models.TextField()
    received_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-received_at", "-id"], name="received_mail_latest")]
