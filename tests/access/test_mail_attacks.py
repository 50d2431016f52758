"""Attacks on mails by what people type (S-27): headers smuggled in, secrets fetched, mails kept from arriving."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import SMTP

import pytest
from django.conf import settings
from django.utils import timezone

from imi.accounts.actions import issue_temporary_password
from imi.accounts.models import User
from imi.administration import access, admissions, cards
from imi.administration.models import Admission
from imi.notify import account_mail, administrative, post
from imi.notify.models import OutgoingMail
from tests.administration.conftest import Country, country, ground
from tests.administration.country import CRAFTS, NOW, STEPS, fill_in, open_form, who

__all__ = ["country", "ground"]

pytestmark = pytest.mark.django_db

HEADERS = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Type",
    "Content-Transfer-Encoding",
    "MIME-Version",
    "Content-Language",
}
NASTY = [
    "Chamber\r\nBcc: everybody@evil.example",
    "Chamber\nSubject: other\n\nAnother body",
    "Chamber\r\n.\r\nMAIL FROM:<x@evil.example>",
    "=?utf-8?q?Chamber=0D=0ABcc:_x@evil.example?=",
    "Chamber\u2028Bcc: x@evil.example\x85Bcc: x@evil.example\x0bBcc: x@evil.example",
    "x" * 290,
    "\u202egnul\u2066\u200b\ufeff",
    "Сhаmbеr",  # Cyrillic letters that look like Latin ones
    f"Chamber {account_mail.MARK}",
    "Chamber \ue0101\ue011 \ue0102\ue011",
    "%(link)s %(password)s %s %d {0} {{ 7*7 }}",
]


def mails() -> list[OutgoingMail]:
    """All mails that are due, made into rows."""
    while administrative.post_administrative_mail(NOW) + account_mail.post_account_mail(timezone.now()):
        pass
    return list(OutgoingMail.objects.order_by("pk"))


def check(mail: OutgoingMail, links: int) -> None:
    """A mail as it goes over the wire: our headers once each, one recipient, no long lines, so many links to forms."""
    raw = post.compose(mail).as_bytes(policy=SMTP)
    head, _blank, _body = raw.partition(b"\r\n\r\n")
    names = re.findall(rb"^([A-Za-z-]+):", head, re.MULTILINE)
    assert sorted(name.decode() for name in names) == sorted(HEADERS)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert b"\n.\r" not in raw.replace(b"\r\n..", b"")
    message = message_from_bytes(raw, policy=SMTP)
    assert message["To"] == mail.recipient
    assert message["From"] == settings.DEFAULT_FROM_EMAIL
    assert not message.defects
    content = message.get_content()
    assert len(re.findall("/join/", content)) == links, content


@pytest.mark.parametrize("typed", NASTY)
def test_what_an_applicant_types_does_no_harm_in_any_mail(country: Country, typed: str) -> None:
    """From the invitation to the refusal: each mail arrives, once, with nothing in it but words."""
    chief = who(country.national)
    admission = admissions.invite(chief, "office@new.example", "bg", [CRAFTS], NOW)
    for mail in (before := mails()):
        check(mail, links=int(mail.recipient == "office@new.example"))
    opened, key = open_form(admission)
    fill_in(opened, key, authority={"name": typed, "informal": typed})
    admissions.submit(admission.pk, key, NOW)
    admissions.refuse(chief, admission.pk, typed, NOW)
    new = mails()[len(before) :]
    assert {mail.recipient for mail in new} == {"office@new.example", country.national.email}
    for mail in new:
        check(mail, links=0)


@pytest.mark.parametrize("typed", NASTY)
def test_what_a_coordinator_types_does_no_harm_in_any_mail(country: Country, typed: str) -> None:
    chief, masters = who(country.national), country.of("masters")
    cards.rename(chief, masters.pk, typed, NOW)
    access.suspend(chief, masters.pk, CRAFTS, typed, NOW)
    before = {mail.pk for mail in mails() if mail.recipient != country.masters.email}
    issue_temporary_password(None, User.objects.get(pk=country.masters.pk))
    new = [mail for mail in mails() if mail.pk not in before]
    assert len(new) >= 2
    for mail in new:
        check(mail, links=0)


@pytest.mark.parametrize(
    "address",
    [
        "a@b.example\r\nBcc: x@evil.example",
        "a@b.example, x@evil.example",
        '"a@b.example\nBcc: x"@evil.example',
        "a@b.example%0aBcc:x@evil.example",
        "<a@b.example>",
    ],
)
def test_no_address_with_more_in_it_is_taken(country: Country, address: str) -> None:
    with pytest.raises(ValueError, match="email"):
        admissions.invite(who(country.national), address, "bg", [CRAFTS], NOW)
    with pytest.raises(ValueError, match="email"):
        admissions.request("BG", address, "bg", [CRAFTS], "192.0.2.7", NOW)
    assert not Admission.objects.exists()


def test_nobody_who_types_the_mark_of_a_secret_gets_one(country: Country) -> None:
    """The marks that stand for a password and for a link come from us alone."""
    admission = admissions.invite(who(country.national), "office@new.example", "bg", [CRAFTS], NOW)
    other = admissions.invite(who(country.national), "other@new.example", "bg", [CRAFTS], NOW)
    opened, key = open_form(admission)
    name = f"{account_mail.MARK} \ue010{other.pk}\ue011 {STEPS['authority']['name']}"
    fill_in(opened, key, authority={"name": name})
    admissions.submit(admission.pk, key, NOW)
    for mail in mails():
        if mail.recipient == country.national.email:
            assert "/join/" not in str(post.compose(mail).get_content())
