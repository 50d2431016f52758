"""Mails about accounts: what they say, what they never say, and how long a secret lies anywhere."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from imi.accounts import doors, outbox
from imi.accounts.actions import issue_temporary_password
from imi.accounts.models import AccountMail, Session, User
from imi.accounts.session_store import SessionStore
from imi.notify import account_mail, actions, chores, post
from imi.notify.models import OutgoingMail
from tests.exchanges.conftest import World, catalogue, world  # noqa: F401 - fixtures

LANGUAGES = ["en", "hu", "bg", "lt", "pt"]
PASSWORD = re.compile(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b")


@pytest.fixture
def asker(world: World) -> User:  # noqa: F811
    return User.objects.select_related("authority").get(given_name="Asker")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a mail server would have got; it takes everything."""
    taken: list[Any] = []

    class Server:
        def __init__(self, *_args: object, **_named: object) -> None:
            pass

        def send_message(self, message: Any) -> None:
            taken.append(message)

        def close(self) -> None:
            pass

    monkeypatch.setattr(post.smtplib, "SMTP", Server)
    return taken


def test_a_temporary_password_is_mailed_and_then_nowhere(asker: User, sent: list[Any]) -> None:
    issue_temporary_password(None, asker)
    assert account_mail.post_account_mail(timezone.now()) == 1
    assert account_mail.post_account_mail(timezone.now()) == 0
    stored = str(list(OutgoingMail.objects.values())) + str(list(AccountMail.objects.values()))
    assert not PASSWORD.search(stored)
    post.send_due("mail.example", 25)
    (message,) = sent
    assert message["To"] == asker.email
    password = PASSWORD.findall(message.get_content())
    assert len(password) == 1
    assert User.objects.get(pk=asker.pk).check_password(password[0])
    assert AccountMail.objects.get().sealed == ""
    assert not PASSWORD.search(str(list(OutgoingMail.objects.values())))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", AccountMail.Kind.values)
def test_no_mail_names_the_user_or_leads_elsewhere(asker: User, sent: list[Any], kind: str, language: str) -> None:
    User.objects.filter(pk=asker.pk).update(language=language)
    asker.refresh_from_db()
    now = timezone.now()
    if "password" in kind:
        outbox.put_password(AccountMail.Kind(kind), asker, "abcd-efgh-2345", now, now + timedelta(days=3))
    else:
        AccountMail.objects.create(kind=kind, user=asker, at=now)
    account_mail.post_account_mail(now)
    post.send_due("mail.example", 25)
    (message,) = sent
    body = message.get_content()
    for secret in (asker.username, asker.given_name, asker.family_name, asker.authority.name):
        assert secret.lower() not in f"{message['Subject']} {body}".lower()
    assert set(re.findall(r"https?://[^/\s]+", body)) <= {settings.IMI_URL}
    assert message["Content-Language"] == language
    assert ("abcd-efgh-2345" in body) == ("password" in kind)
    assert account_mail.MARK not in body


def test_a_newer_password_takes_the_place_of_one_that_still_waits(asker: User, sent: list[Any]) -> None:
    for _ in range(2):
        issue_temporary_password(None, asker)
        account_mail.post_account_mail(timezone.now())
    post.send_due("mail.example", 25)
    assert len(sent) == 1
    assert User.objects.get(pk=asker.pk).check_password(PASSWORD.findall(sent[0].get_content())[0])


def test_a_password_that_is_no_longer_good_is_erased_and_not_sent(asker: User, sent: list[Any]) -> None:
    issue_temporary_password(None, asker)
    account_mail.post_account_mail(timezone.now())
    account_mail.post_account_mail(timezone.now() + timedelta(days=15))
    assert AccountMail.objects.get().sealed == ""
    post.send_due("mail.example", 25)
    assert sent == []
    assert OutgoingMail.objects.get().failed_at is not None


def test_a_mail_that_is_refused_for_good_keeps_no_secret(asker: User) -> None:
    issue_temporary_password(None, asker)
    account_mail.post_account_mail(timezone.now())
    mail = OutgoingMail.objects.get()
    actions.mark_failed(mail, "not now", timezone.now(), timedelta(minutes=1))
    assert AccountMail.objects.get().sealed
    actions.mark_failed(mail, "never", timezone.now(), None)
    assert AccountMail.objects.get().sealed == ""


def test_an_address_cannot_bring_a_header_of_its_own(asker: User, sent: list[Any]) -> None:
    User.objects.filter(pk=asker.pk).update(email="a@b.example\nBcc: evil@x.example")
    issue_temporary_password(None, asker)
    account_mail.post_account_mail(timezone.now())
    post.send_due("mail.example", 25)
    assert sent == []
    assert AccountMail.objects.get().sealed == ""


def test_the_worker_forgets_sessions_and_doors_that_nobody_uses(asker: User) -> None:
    SessionStore().create()
    doors.knock(doors.key_of("nobody", None), None, False, timezone.now())
    later = timezone.now() + timedelta(days=2)
    assert chores.tidy_up(later) == 2
    assert not Session.objects.exists()
