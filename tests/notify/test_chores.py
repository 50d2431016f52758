"""The worker's chores: what fails, or has to wait, keeps nobody else from being told."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from imi.accounts.actions import NewUser, load_users
from imi.accounts.models import User
from imi.exchanges.models import EventRecord, Telling
from imi.notify import actions, chores, post
from imi.notify.models import Notice, OutgoingMail
from tests.exchanges.conftest import AREA, World, catalogue, world  # noqa: F401 - fixtures

MORNING = datetime.fromisoformat("2026-05-05T09:00:00+00:00")


def test_a_telling_that_fails_rests_and_the_others_are_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    world.sent()
    now = timezone.now()
    first = Telling.objects.order_by("at", "pk")[0]
    whole = Telling.objects.count()
    tell = actions.tell

    def broken(pk: int, at: datetime) -> bool:
        if pk == first.pk:
            raise RuntimeError("poison")
        return tell(pk, at)

    monkeypatch.setattr(actions, "tell", broken)
    chores.tell_people(now)
    assert list(Telling.objects.filter(done_at__isnull=True).values_list("pk", flat=True)) == [first.pk]
    assert chores.tell_people(now) == 0, "it is not tried again at once"
    monkeypatch.setattr(actions, "tell", tell)
    assert chores.tell_people(now + chores.REST) == 1
    assert Telling.objects.filter(done_at__isnull=False).count() == whole


def _daily(world: World, name: str) -> int:  # noqa: F811
    made = load_users(
        [NewUser(name, "Daily", f"{name.lower()}@pt-works.example", "pt-works", "pt", {AREA: ("handler",)})]
    )
    User.objects.filter(pk=made[0].pk).update(mail_choice=User.Mail.DAILY)
    return made[0].pk


def _waiting(user: int, event: EventRecord, at: datetime) -> Notice:
    return Notice.objects.create(user_id=user, event=event, exchange_id=event.exchange_id, at=at, digest=True)


def test_many_who_wait_for_tomorrow_keep_nobody_from_the_mail_of_today(world: World) -> None:  # noqa: F811
    world.sent()
    event = EventRecord.objects.order_by("pk")[0]
    for number in range(chores.AT_ONCE):
        _waiting(_daily(world, f"Early{number}"), event, MORNING)
    last = _daily(world, "Last")
    _waiting(last, event, MORNING - timedelta(days=1))
    assert chores.post_digests(MORNING) == 1
    assert OutgoingMail.objects.get().recipient == "last@pt-works.example"


def test_news_that_came_in_while_the_mail_of_the_day_was_made_is_mailed_too(world: World) -> None:  # noqa: F811
    world.sent()
    first, second = EventRecord.objects.order_by("pk")[:2]
    user = _daily(world, "Late")
    _waiting(user, first, MORNING - timedelta(days=1))
    assert chores.post_digests(MORNING) == 1
    _waiting(user, second, MORNING - timedelta(hours=5))
    assert chores.post_digests(MORNING) == 1
    assert OutgoingMail.objects.count() == 2


def test_a_person_whose_mail_cannot_be_made_keeps_nobody_waiting(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.sent()
    event = EventRecord.objects.order_by("pk")[0]
    users = [_daily(world, name) for name in ("First", "Second")]
    for user in users:
        _waiting(user, event, MORNING - timedelta(days=1))
    make = actions.post_digest

    def broken(user: int, now: datetime) -> bool:
        if user == users[0]:
            raise RuntimeError("poison")
        return make(user, now)

    monkeypatch.setattr(actions, "post_digest", broken)
    chores.post_digests(MORNING)
    assert OutgoingMail.objects.get().recipient == "second@pt-works.example"


@pytest.mark.parametrize("address", ["no address", "a@b@c", "\u00e9@example.org\r\nBcc: x@example.org", ""])
def test_a_mail_that_cannot_be_written_is_given_up(db: None, address: str) -> None:
    now = timezone.now()
    mail = OutgoingMail.objects.create(
        key="k", recipient=address, language="en", subject="s", body="b", made_at=now, due_at=now
    )

    class Server:
        def send_message(self, message: Any) -> None:
            raise AssertionError("nothing to send")

        def close(self) -> None: ...

    original = post.smtplib.SMTP
    post.smtplib.SMTP = lambda *_args, **_more: Server()  # type: ignore[misc, assignment]
    try:
        assert post.send_due("127.0.0.1", 25) == 0
    finally:
        post.smtplib.SMTP = original  # type: ignore[misc]
    mail.refresh_from_db()
    assert mail.failed_at is not None
