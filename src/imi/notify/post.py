"""Sending: a real SMTP conversation for each mail, marked one by one.

Exactly once over SMTP is impossible: a crash between the server's answer and our mark cannot be closed. So a mail is
never lost, at most sent once more, and then recognisable by its Message-ID.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from imi.notify import account_mail, actions, administrative, bounces, outreach, probes
from imi.notify.models import OutgoingMail

LEASE = timedelta(seconds=60)
# Waits between attempts; together a little more than four days, as mail servers do (RFC 5321, 4.5.4.1).
LADDER = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440, 1440, 1440, 1440))
AT_ONCE = 50
log = logging.getLogger("imi.worker")


def compose(mail: OutgoingMail) -> EmailMessage:
    """The message of a mail.

    Raises:
        ValueError: the address or subject would break the headers, or a secret is no longer good.
    """
    message = EmailMessage()
    message["From"] = settings.DEFAULT_FROM_EMAIL
    message["To"] = _address(mail.recipient)
    message["Subject"] = " ".join(mail.subject.splitlines())
    message["Date"] = format_datetime(mail.made_at)
    message["Message-ID"] = f"<{mail.key}@{settings.IMI_MAIL_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(probes.with_link(administrative.with_link(account_mail.with_secret(mail)), mail))
    message["Content-Language"] = mail.language  # afterwards: setting the content drops what described an earlier one
    outreach.attach_calendar(message, mail)
    return message


def _address(recipient: str) -> str:
    try:
        return str(Address(addr_spec=recipient))
    except (MessageError, IndexError) as error:  # what Python's parser says of some that are none
        raise ValueError(f"not an address: {recipient[:80]!r}") from error


def send_due(host: str, port: int, most: int = AT_ONCE) -> int:
    """Send the mails that are due, over one connection.

    Returns:
        How many the mail server took. A server that does not answer, or a mail that it refuses or that cannot be put
        together, is tried again later.
    """
    sent = 0
    connection: smtplib.SMTP | None = None
    try:
        for _turn in range(most):
            mail = actions.claim_mail(timezone.now(), LEASE)
            if mail is None:
                break
            if bounces.withheld(mail):
                actions.mark_failed(mail, "withheld: the address takes no mail", timezone.now(), None)
                continue
            message = _composed(mail)
            if message is None:
                continue
            try:
                connection = connection or smtplib.SMTP(host, port, timeout=settings.EMAIL_TIMEOUT)
                connection.send_message(message, **bounces.envelope(mail, timezone.now()))
            except (OSError, smtplib.SMTPException, ValueError) as error:
                _put_back(mail, error, timezone.now())
                if not isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError)):
                    return sent
                continue
            actions.mark_sent(mail, timezone.now())
            sent += 1
    finally:
        if connection is not None:
            connection.close()
    return sent


def _composed(mail: OutgoingMail) -> EmailMessage | None:
    """The message of a mail; None if it could not be put together, which is logged and keeps no other waiting."""
    try:
        return compose(mail)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if not isinstance(error, ValueError):
            log.exception("chore_failed", extra={"chore": "mail", "id": mail.pk, "attempt": mail.attempts})
        _put_back(mail, error, timezone.now())
        return None


def _put_back(mail: OutgoingMail, error: Exception, now: datetime) -> None:
    gone = isinstance(error, ValueError) or _refused_for_good(error) or mail.attempts > len(LADDER)
    again_in = None if gone else LADDER[mail.attempts - 1]
    actions.mark_failed(mail, f"{type(error).__name__}: {error}", now, again_in)
    if gone:
        bounces.refused(mail, error, now)


def _refused_for_good(error: Exception) -> bool:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _text in error.recipients.values())
        case smtplib.SMTPResponseException():
            return error.smtp_code >= 500 and isinstance(error, smtplib.SMTPDataError)
        case _:
            return False
