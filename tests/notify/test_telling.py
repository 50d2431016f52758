"""Who is told what: nothing twice, no content, each in the own language, and real SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.utils import timezone

from imi.accounts.models import User
from imi.directory.models import Access
from imi.exchanges.models import Telling
from imi.notify import actions, chores, post, queries, sink
from imi.notify.models import Notice, OutgoingMail
from tests.exchanges.conftest import AREA, World, catalogue  # noqa: F401 - a fixture
from tests.exchanges.conftest import lone_world as world  # noqa: F401


class Server:
    """A mail server that keeps what it gets, and misbehaves on demand."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.answers: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, options: Any) -> str:
        if "refused" in address:
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.got.append(envelope)
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[Server, int]]:
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=sink._free_port())
    controller.start()
    yield handler, controller.port
    controller.stop()


def tell_all() -> int:
    return chores.tell_people(timezone.now())


def test_a_new_request_is_mailed_to_handlers_and_the_contact_address(world: World) -> None:  # noqa: F811
    world.sent()
    tell_all()
    assert set(OutgoingMail.objects.values_list("recipient", flat=True)) == {
        "answerer@pt-works.example",
        "answermate@pt-works.example",
        "office@pt-works.example",
        "askcoord@hu-coord.example",
    }


def test_mails_carry_a_link_and_nothing_of_the_case(world: World) -> None:  # noqa: F811
    number = world.sent(justification="SECRET-REASON", reference="SECRET-FILE")
    tell_all()
    for mail in OutgoingMail.objects.all():
        assert f"/requests/{number}/" in mail.body
        assert "SECRET" not in mail.subject + mail.body
        assert "Sample" not in mail.subject + mail.body


def test_telling_again_tells_nobody_twice(world: World) -> None:  # noqa: F811
    world.sent()
    tell_all()
    before = (Notice.objects.count(), OutgoingMail.objects.count())
    Telling.objects.update(done_at=None)
    tell_all()
    assert (Notice.objects.count(), OutgoingMail.objects.count()) == before


def test_whoever_acted_is_not_told(world: World) -> None:  # noqa: F811
    number = world.accepted()
    tell_all()
    own = Notice.objects.filter(user=world.people["answerer"].user_id, event__name="accept")
    assert not own.exists()
    assert Notice.objects.filter(user=world.people["asker"].user_id, exchange__number=number).exists()


def test_choice_none_gets_notices_only_and_daily_one_mail(world: World) -> None:  # noqa: F811
    User.objects.filter(pk=world.people["answerer"].user_id).update(mail_choice="daily")
    User.objects.filter(pk=world.people["answermate"].user_id).update(mail_choice="none")
    first, second = world.sent(), world.sent()
    tell_all()
    addresses = set(OutgoingMail.objects.values_list("recipient", flat=True))
    assert not {"answerer@pt-works.example", "answermate@pt-works.example"} & addresses
    assert Notice.objects.filter(user=world.people["answermate"].user_id).count() == 2
    tomorrow = timezone.now().replace(hour=12) + timedelta(days=1)
    assert chores.post_digests(tomorrow) == 1
    assert chores.post_digests(tomorrow) == 0
    mail = OutgoingMail.objects.get(recipient="answerer@pt-works.example")
    assert first in mail.body
    assert second in mail.body


def test_what_was_read_meanwhile_is_not_in_the_digest(world: World) -> None:  # noqa: F811
    who = world.people["answerer"]
    User.objects.filter(pk=who.user_id).update(mail_choice="daily")
    number = world.sent()
    tell_all()
    assert actions.mark_read(who.user_id, number) == 1
    assert chores.post_digests(timezone.now().replace(hour=12) + timedelta(days=2)) == 0
    assert queries.unread_count(who.user_id) == 0


@pytest.mark.django_db(transaction=True)
def test_mail_goes_over_smtp_with_a_stable_message_id(world: World, server: tuple[Server, int]) -> None:  # noqa: F811
    handler, port = server
    world.sent()
    tell_all()
    assert post.send_due("127.0.0.1", port) == 4
    assert post.send_due("127.0.0.1", port) == 0
    keys = set(OutgoingMail.objects.values_list("key", flat=True))
    for envelope in handler.got:
        message = envelope.content.decode()
        assert any(f"Message-ID: <{key}@" in message.replace("\r\n ", " ") for key in keys)


@pytest.mark.django_db(transaction=True)
def test_a_refused_address_is_given_up_and_others_go_out(world: World, server: tuple[Server, int]) -> None:  # noqa: F811
    _handler, port = server
    world.sent()
    tell_all()
    OutgoingMail.objects.filter(recipient__startswith="office").update(recipient="refused@pt-works.example")
    assert post.send_due("127.0.0.1", port) == 3
    failed = OutgoingMail.objects.get(recipient="refused@pt-works.example")
    assert failed.failed_at is not None
    assert "550" in failed.error


@pytest.mark.django_db(transaction=True)
def test_a_passing_fault_is_tried_again_later(world: World, server: tuple[Server, int]) -> None:  # noqa: F811
    handler, port = server
    handler.answers = ["451 later"]
    world.sent()
    tell_all()
    assert post.send_due("127.0.0.1", port) == 3
    waiting = OutgoingMail.objects.get(sent_at__isnull=True)
    assert waiting.failed_at is None
    assert waiting.due_at > timezone.now()
    OutgoingMail.objects.filter(pk=waiting.pk).update(due_at=timezone.now())
    assert post.send_due("127.0.0.1", port) == 1


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_away_loses_nothing(world: World) -> None:  # noqa: F811
    world.sent()
    tell_all()
    assert post.send_due("127.0.0.1", sink._free_port()) == 0
    assert OutgoingMail.objects.filter(sent_at__isnull=True, failed_at__isnull=True).count() == 4


@pytest.mark.django_db(transaction=True)
def test_the_training_server_keeps_mail_for_the_mailbox_page(world: World) -> None:  # noqa: F811
    number = world.sent()
    tell_all()
    controller = sink.start()
    try:
        assert post.send_due("127.0.0.1", controller.port) == 4
    finally:
        controller.stop()
    mails = queries.mailbox("answerer@pt-works.example")
    assert len(mails) == 1
    assert number in mails[0].subject


def test_an_authority_whose_access_was_suspended_is_not_told(world: World) -> None:  # noqa: F811
    world.sent()
    Access.objects.filter(authority="pt-works", area=AREA).update(suspended=True)
    tell_all()
    assert not Notice.objects.filter(user__authority="pt-works").exists()
    assert not OutgoingMail.objects.filter(recipient__endswith="@pt-works.example").exists()


def test_who_has_left_gets_no_daily_mail(world: World) -> None:  # noqa: F811
    User.objects.filter(pk=world.people["answerer"].user_id).update(mail_choice="daily")
    world.sent()
    tell_all()
    User.objects.filter(pk=world.people["answerer"].user_id).update(is_active=False)
    assert chores.post_digests(timezone.now().replace(hour=12) + timedelta(days=2)) == 0
    assert not OutgoingMail.objects.filter(recipient="answerer@pt-works.example").exists()
    assert not Notice.objects.filter(digest=True).exists()
