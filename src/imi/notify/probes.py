"""Test mails: sent to an address that took no mail, with a link that says that this one arrived.

That our mail server took a mail says nothing: it may come back an hour later. Whoever opens the link has got it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import limits, reasons
from imi.administration.acts import APPLICANT
from imi.administration.reasons import Refused
from imi.directory.models import Authority
from imi.notify import bounces, problems
from imi.notify.models import OutgoingMail

MARK = "\ue020"
"""Stands in a stored test mail where its link goes when it is sent; a private character that no text contains."""

A_DAY = 5
LINK_LASTS = timedelta(days=7)
_SALT = "imi.notify.probes"


@transaction.atomic
def send(who: Standing, address: str, now: datetime) -> OutgoingMail:
    """Have a test mail sent to an address that takes no mail.

    Raises:
        Refused: it is marked no longer, it is nobody's whose data ``who`` looks after, or five were sent today.
    """
    if problems.of_address(address) is None or not problems.can_mend(who, address):
        raise Refused(reasons.NOT_FOUND)
    if not limits.take("test-mail", address.lower(), A_DAY, timedelta(days=1), now):
        raise Refused(reasons.TOO_OFTEN)
    language = _language_of(address, who.language)
    with override(language):
        subject, body = _words()
    return OutgoingMail.objects.create(
        key=hashlib.sha256(f"test:{address.lower()}:{now.isoformat()}".encode()).hexdigest(),
        recipient=address,
        language=language,
        subject=subject,
        body=body,
        made_at=now,
        due_at=now,
        probe=True,
    )


def _language_of(address: str, otherwise: str) -> str:
    """The language of whoever has the address."""
    person = User.objects.filter(email__iexact=address, is_active=True).values_list("language", flat=True).first()
    if person is not None:
        return person
    languages = Authority.objects.filter(email__iexact=address, active=True).values_list("languages", flat=True).first()
    spoken = dict(settings.LANGUAGES)
    return next((code for code in languages or () if code in spoken), otherwise)


def _words() -> tuple[str, str]:
    return _("IMI: test mail"), _(
        "Earlier mails of the Internal Market Information System to this address did not arrive.\n\n"
        "If you read this one, open the link, and mail is sent to this address again: %(link)s\n\n"
        "The link works for %(days)s days."
    ) % {"link": MARK, "days": LINK_LASTS.days}


def with_link(body: str, mail: OutgoingMail) -> str:
    """Return the body of a mail as it is sent, with the link of a test mail in the place of its mark."""
    if not mail.probe or MARK not in body:
        return body
    return body.replace(MARK, f"{settings.IMI_URL}/mail-arrived/{signing.dumps(mail.pk, salt=_SALT)}")


def mail_of(token: str) -> OutgoingMail | None:
    """The test mail that a link came with; None if we never sent it or it is too old."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=LINK_LASTS)
    except signing.BadSignature:
        return None
    return OutgoingMail.objects.filter(pk=pk, probe=True).first() if isinstance(pk, int) else None


def arrived(token: str, now: datetime) -> bool:
    """Say that a test mail has arrived, as whoever followed its link does; False for a link that is over."""
    mail = mail_of(token)
    if mail is None:
        return False
    bounces.clear(mail.recipient, APPLICANT, now)
    return True
