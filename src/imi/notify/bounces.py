"""Mail that does not arrive: its address is marked, and those who can mend it are told.

A mail leaves under an envelope sender of its own (``bounce+TOKEN@domain``), whose token is signed: only who has got
the mail, or a server on its way, can send something back that counts, so nobody makes somebody else's address look
dead. Each mail counts once. Sources: RFC 5321 (4.4, the reverse-path), RFC 3464, RFC 3463.
"""

from __future__ import annotations

import logging
import re
import smtplib
from base64 import b32encode
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from imi.accounts.models import User
from imi.administration import outbox
from imi.administration.acts import SYSTEM, Author, record
from imi.directory.models import Authority
from imi.notify import reports
from imi.notify.models import MailProblem, OutgoingMail
from imi.notify.reports import Report, Verdict

TOKEN_LASTS = timedelta(days=14)
"""Servers try for five days (RFC 5321, 4.5.4.1); what comes later than this counts no more."""

MOST_LOST = 3
"""As many mails lost in :data:`COUNTED_FOR` for a reason that may pass are as good as a dead address."""

COUNTED_FOR = timedelta(days=30)
KEPT = timedelta(days=180)
_TOKEN = re.compile(r"([0-9]{1,19})-([0-9]{1,6})-([a-z2-7]{26})")
_SALT = "imi.notify.bounces"
log = logging.getLogger("imi.worker")


# --- the envelope sender ---------------------------------------------------------------------------------------------


def envelope(mail: OutgoingMail, now: datetime) -> dict[str, Any]:
    """The envelope of a mail for ``smtplib``: empty where no address for returned mail is configured."""
    if not settings.IMI_BOUNCE_ADDRESS:
        return {}
    return {"from_addr": return_address(mail.pk, now)}


def return_address(mail_id: int, now: datetime) -> str:
    """Where reports about a mail come back to. Lower case only: some servers change the case of an address."""
    local, _at, domain = settings.IMI_BOUNCE_ADDRESS.rpartition("@")
    day = (now.date() - datetime(2020, 1, 1, tzinfo=UTC).date()).days
    return f"{local}+{mail_id}-{day}-{_signature(mail_id, day)}@{domain}"


def _signature(mail_id: int, day: int) -> str:
    digest = salted_hmac(_SALT, f"{mail_id}-{day}", algorithm="sha256").digest()
    return b32encode(digest[:16]).decode().rstrip("=").lower()


def mail_of(address: str, now: datetime) -> int | None:
    """The id of the mail that a return address was made for; None if we never made it or it is too old.

    It asks no database, so that a listener can refuse strangers at no cost.
    """
    local, _at, domain = settings.IMI_BOUNCE_ADDRESS.lower().rpartition("@")
    given, _at, host = address.strip("<> ").lower().rpartition("@")
    begin = f"{local}+"
    found = _TOKEN.fullmatch(given[len(begin) :]) if domain and host == domain and given.startswith(begin) else None
    if found is None:
        return None
    mail_id, day = int(found[1]), int(found[2])
    made = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=day)
    if not constant_time_compare(found[3], _signature(mail_id, day)) or now - made > TOKEN_LASTS + timedelta(days=1):
        return None
    return mail_id


# --- what comes back -------------------------------------------------------------------------------------------------


def take(raw: bytes, address: str, now: datetime | None = None) -> Verdict:
    """Take a report that came to a return address; what is malformed or forged changes nothing and is logged.

    Returns:
        What it said about the mail.
    """
    now = now or timezone.now()
    mail_id = mail_of(address, now)
    mail = OutgoingMail.objects.filter(pk=mail_id).first() if mail_id is not None else None
    if mail is None or len(raw) > reports.LARGEST:
        log.info("bounce_ignored", extra={"why": "no valid token" if mail is None else "too large"})
        return Verdict.NOTHING
    try:
        report = reports.read(raw, f"{mail.key}@{settings.IMI_MAIL_DOMAIN}")
    except Exception:  # Python's parser raises many kinds at mail that is none; it is a stranger's input
        log.warning("bounce_unreadable", extra={"mail": mail.pk}, exc_info=True)
        return Verdict.NOTHING
    log.info("bounce_taken", extra={"mail": mail.pk, "verdict": report.verdict.value, "status": report.status})
    apply(mail, report, now)
    return report.verdict


def refused(mail: OutgoingMail, error: Exception, now: datetime) -> None:
    """Count a mail that our own server did not take for its recipient, or not for days.

    What the server says against us (5.7: may not relay) or against the mail is nothing against the address.
    """
    if not isinstance(error, smtplib.SMTPRecipientsRefused):
        return
    code, text = next(iter(error.recipients.values()), (0, b""))
    status = reports.in_reply(f"{code} {text.decode('utf-8', 'replace')}")
    if not status.startswith(("5.7.", "4.7.")):
        apply(mail, reports.judge(status), now)


@transaction.atomic
def apply(mail: OutgoingMail, report: Report, now: datetime) -> None:
    """Draw the consequences of what became of a mail, once for each mail."""
    if report.verdict is Verdict.NOTHING:
        return
    if report.verdict is Verdict.ARRIVED:
        if mail.probe:
            clear(mail.recipient, SYSTEM, now)
        return
    if not OutgoingMail.objects.filter(pk=mail.pk, bounced_at=None).update(bounced_at=now):
        return
    problem = _held(mail.recipient, report, now)
    if problem.cleared_at is not None and mail.made_at <= problem.cleared_at:
        return
    if now - problem.counted_from > COUNTED_FOR and problem.marked_at is None:
        problem.failures, problem.counted_from = 0, now
    problem.failures += 1
    problem.last_at, problem.reason, problem.status = now, report.reason, report.status
    begins = problem.marked_at is None and (report.verdict is Verdict.DEAD or problem.failures >= MOST_LOST)
    if begins:
        problem.marked_at = now
    problem.save()
    if begins:
        _tell("mail.undeliverable", problem, SYSTEM, now)


def _held(address: str, report: Report, now: datetime) -> MailProblem:
    """The row of an address, held until the end of the transaction."""
    found = {"reason": report.reason, "counted_from": now, "last_at": now}
    MailProblem.objects.get_or_create(address=address.lower(), defaults=found)
    return MailProblem.objects.select_for_update().get(address=address.lower())


@transaction.atomic
def clear(address: str, by: Author, now: datetime) -> bool:
    """Say that mail arrives at an address again; False if it was not marked."""
    problem = MailProblem.objects.select_for_update().filter(address=address.lower(), marked_at__isnull=False).first()
    if problem is None:
        return False
    problem.marked_at, problem.cleared_at, problem.failures, problem.counted_from = None, now, 0, now
    problem.save()
    _tell("mail.arrives", problem, by, now)
    return True


def _tell(kind: str, problem: MailProblem, by: Author, now: datetime) -> None:
    """Record it for everybody who has the address, and tell those who can mend it: never the address itself."""
    details = {"mail": problem.reason, "status": problem.status}
    begins = kind == "mail.undeliverable"
    people = list(User.objects.select_related("authority").filter(email__iexact=problem.address, is_active=True))
    concerned = {person.authority_id: person.authority for person in people}
    for person in people:
        record(kind, by, authority=person.authority_id, user=person.pk, details=details, now=now)
    for authority in Authority.objects.filter(email__iexact=problem.address, active=True):
        record(kind, by, authority=authority.pk, details=details, now=now)
        concerned[authority.pk] = authority
    helped = {person.authority_id for person in people if not person.is_administrator}
    for pk, authority in concerned.items():
        if begins:
            outbox.tell_administrators("mail_undeliverable", pk, now)
        of_authority = authority.email.lower() == problem.address
        if begins and authority.validator_id and (of_authority or pk not in helped):
            outbox.tell_data_administrators("mail_undeliverable", authority.validator_id, now, about=pk)


def withheld(mail: OutgoingMail) -> bool:
    """Whether a mail is not sent because its address takes none; test mails and mails about accounts are.

    So are those to addresses that are nobody's yet, such as invitations: nobody could clear their mark.
    """
    if mail.probe or mail.account_mail_id is not None:
        return False
    marked = MailProblem.objects.filter(address=mail.recipient.lower(), marked_at__isnull=False)
    return marked.exists() and marked.filter(_has_owner()).exists()


def _has_owner() -> Q:
    """The condition that somebody has an address now."""
    people = User.objects.annotate(low=Lower("email")).filter(low=Lower(OuterRef("address")), is_active=True)
    authorities = Authority.objects.annotate(low=Lower("email")).filter(low=Lower(OuterRef("address")), active=True)
    return Q(Exists(people)) | Q(Exists(authorities))


def forget_old(now: datetime, most: int = 500) -> int:
    """Forget what was counted long ago, unless it is a mark on an address that somebody has; returns how many."""
    over = Q(marked_at=None) | ~_has_owner()
    old = MailProblem.objects.filter(over, last_at__lt=now - KEPT).order_by("last_at")
    return MailProblem.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:most])).delete()[0]
