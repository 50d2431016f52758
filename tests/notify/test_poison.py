"""One row that cannot be worked on keeps no other of its chore waiting, whichever chore it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from imi.accounts import doors, outbox
from imi.accounts.models import AccountMail, Door, User
from imi.administration import access, admissions, cards, drafts
from imi.administration import chores as administration
from imi.administration.models import Admission, Dispatch, DraftOrder
from imi.database.chore import REST
from imi.directory.models import Access, Authority, AuthorityText
from imi.exchanges import tidying
from imi.helpdesk import actions as helpdesk
from imi.helpdesk import chores as desk
from imi.helpdesk.models import Post, Thread
from imi.notify import account_mail, administrative, chores, outreach, post
from imi.notify import helpdesk as telling
from imi.notify.models import OutgoingMail
from imi.outreach import chores as outreach_chores
from imi.outreach import plans, registrations
from imi.outreach.models import Note, Registration, ToDo
from imi.translation.work import Translating
from tests.administration.conftest import Country, country, ground
from tests.administration.country import CRAFTS, NOW, who
from tests.exchanges.conftest import World, catalogue
from tests.exchanges.conftest import world as bare_world
from tests.helpdesk.conftest import question, world
from tests.outreach.offers import published
from tests.outreach.test_plans import outline

__all__ = ["bare_world", "catalogue", "country", "ground", "world"]

pytestmark = pytest.mark.django_db
Break = Callable[..., None]


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Break:
    """Let a function of the product fail where its first argument is the given one; all else stays as it is."""

    def poison(module: Any, name: str, is_poisoned: Callable[[Any], bool]) -> None:
        works = getattr(module, name)

        def broken(first: Any, *args: Any, **named: Any) -> Any:
            if is_poisoned(first):
                raise RuntimeError("poison")
            return works(first, *args, **named)

        monkeypatch.setattr(module, name, broken)

    return poison


def test_a_post_of_the_help_desk_that_cannot_be_told(world: World, breaks: Break, monkeypatch: Any) -> None:
    first, second = (question(world).posts.get() for _time in range(2))
    with monkeypatch.context() as until:
        breaks(telling, "_readers", lambda one: one.pk == first.pk)
        assert telling.tell_of_posts(world.now) == 1
        assert set(Post.objects.filter(told_at=None)) == {first}, "what had been done of it is undone"
        assert telling.tell_of_posts(world.now) == 0
        until.undo()
    monkeypatch.undo()
    assert telling.tell_of_posts(world.now + REST) == 1
    assert second.told_at is None
    assert not Post.objects.filter(told_at=None).exists()


def test_a_thread_that_cannot_be_forgotten(world: World, breaks: Break, settings: Any) -> None:
    settings.IMI_KEEP_HELP_THREADS = 30
    stuck, gone = question(world), question(world)
    for thread in (stuck, gone):
        helpdesk.settle(world.people["asker"], thread.pk, 1, world.now)
    breaks(desk, "_forget", lambda pk: pk == stuck.pk)
    assert desk.forget_settled(world.now + timedelta(days=31)) == 1
    assert list(Thread.objects.all()) == [stuck]


def test_a_to_do_of_which_nobody_can_be_reminded(country: Country, breaks: Break) -> None:
    first, second = plans.announce(who(country.national), outline(), NOW).todos.order_by("due_on")
    breaks(plans, "remind", lambda pk: pk == first.pk)
    outreach_chores.remind_overdue(NOW + timedelta(days=100))
    assert list(ToDo.objects.filter(reminded_at=None)) == [first]
    assert Note.objects.filter(todo=second).exists()


def test_a_place_that_cannot_be_given_back(country: Country, breaks: Break) -> None:
    for event in (published(country.national), published(country.national, title="Друга")):
        registrations.register(who(country.masters), event.pk, NOW)
    User.objects.filter(pk=country.masters.pk).update(is_active=False)
    stuck = Registration.objects.order_by("event")[0]
    breaks(registrations, "give_back", lambda event: event == stuck.event_id)
    assert outreach_chores.free_places(NOW) == 1
    assert list(Registration.objects.exclude(state="withdrawn")) == [stuck]


def test_a_place_of_an_event_that_has_just_begun_is_no_fault(country: Country, monkeypatch: Any) -> None:
    """Between the look and the act the event begins: it is refused, and the others go on."""
    for event in (published(country.national), published(country.national, title="Друга")):
        registrations.register(who(country.masters), event.pk, NOW)
    User.objects.filter(pk=country.masters.pk).update(is_active=False)
    give_back = registrations.give_back

    def begun(event: int, user: int, now: datetime) -> None:
        first = event == Registration.objects.order_by("event").values_list("event", flat=True)[0]
        give_back(event, user, now + timedelta(days=100) if first else now)

    monkeypatch.setattr(registrations, "give_back", begun)
    assert outreach_chores.free_places(NOW) == 1


def test_a_note_of_which_no_mail_can_be_made(country: Country, breaks: Break) -> None:
    published(country.national)
    first = Note.objects.filter(due_at__isnull=False).order_by("due_at", "pk")[0]
    whole = Note.objects.filter(due_at__lte=NOW + timedelta(days=1)).count()
    breaks(outreach, "letter_of", lambda notes: first in notes)
    assert outreach.post_notes(NOW + timedelta(days=1)) == whole - 1
    assert outreach.post_notes(NOW + timedelta(days=1)) == 0
    assert list(Note.objects.filter(due_at__isnull=False, posted_at=None)) == [first]


def test_an_administrative_mail_that_cannot_be_written(country: Country, breaks: Break) -> None:
    Dispatch.objects.update(done_at=NOW)
    for address in ("first@guild.example", "second@guild.example"):
        admissions.invite(who(country.national), address, "bg", [CRAFTS], NOW)
    first = Dispatch.objects.filter(done_at=None).order_by("pk")[0]
    breaks(administrative, "letter_of", lambda told: told.pk == first.pk)
    administrative.post_administrative_mail(NOW)
    assert list(Dispatch.objects.filter(done_at=None)) == [first]
    assert OutgoingMail.objects.get().recipient == "second@guild.example"


def test_a_mail_about_an_account_that_cannot_be_written(country: Country, breaks: Break) -> None:
    AccountMail.objects.all().delete()
    for person in (country.masters, country.crafts):
        outbox.put(AccountMail.Kind.LOCKED, person, NOW)
    first = AccountMail.objects.order_by("at", "pk")[0]
    breaks(account_mail, "_letter", lambda told: told.pk == first.pk)
    assert account_mail.post_account_mail(NOW) == 1
    assert account_mail.post_account_mail(NOW) == 0
    assert list(AccountMail.objects.filter(posted_at=None)) == [first]


def test_a_closed_door_that_cannot_be_announced(country: Country, breaks: Break) -> None:
    AccountMail.objects.all().delete()
    for number, person in enumerate((country.masters, country.crafts)):
        closed = NOW - timedelta(hours=2 - number)
        moments = dict.fromkeys(("known_opens_at", "strange_opens_at", "last_at"), closed)
        Door.objects.create(key=f"door{number}", user=person, closed_at=closed, settled=True, **moments)
    breaks(doors, "_announce", lambda door: door.key == "door0")
    doors.announce(NOW)
    assert list(Door.objects.filter(told_at=None).values_list("key", flat=True)) == ["door0"]


def test_an_invitation_that_cannot_be_ended(country: Country, breaks: Break) -> None:
    first, second = (
        admissions.invite(who(country.national), f"{name}@b.example", "bg", [CRAFTS], NOW) for name in ("a", "c")
    )
    breaks(admissions, "expire", lambda pk: pk == first.pk)
    assert administration.expire_admissions(NOW + admissions.INVITATION_LASTS) == 1
    assert Admission.objects.get(pk=first.pk).state == "invited"
    assert Admission.objects.get(pk=second.pk).state == "expired"


def test_a_coordinator_that_cannot_be_given_a_new_area(country: Country, breaks: Break) -> None:
    Access.objects.filter(authority__kind=Authority.Kind.NATIONAL_COORDINATOR, area="schools").delete()
    first = Authority.objects.filter(kind=Authority.Kind.NATIONAL_COORDINATOR).order_by("pk")[0]
    breaks(access, "open_new_areas", lambda pk: pk == first.pk)
    assert administration.open_new_areas(NOW) > 0
    assert administration.open_new_areas(NOW) == 0
    behind = Authority.objects.filter(kind=Authority.Kind.NATIONAL_COORDINATOR).exclude(accesses__area="schools")
    assert list(behind) == [first]


def test_a_draft_that_cannot_be_put_onto_its_card(country: Country, breaks: Break) -> None:
    for person in (country.masters, country.crafts):
        AuthorityText.objects.filter(authority=person.authority_id).delete()
        cards.write_text(who(person), "en", "Chamber of guides", "", now=NOW)
        drafts.order(who(person), "en", NOW)
    Translating().all()
    stuck = country.of("masters")
    breaks(drafts, "_put", lambda authority: authority.pk == stuck.pk)
    assert drafts.collect(NOW) == 1
    assert DraftOrder.objects.get().authority_id == stuck.pk


def test_what_cannot_be_tidied_up(bare_world: World, breaks: Break) -> None:
    doors.knock(doors.key_of("nobody", None), None, False, timezone.now())
    breaks(tidying, "forget_submissions", bool)
    assert chores.tidy_up(timezone.now() + timedelta(days=2)) == 1


def test_a_mail_that_cannot_be_put_together(country: Country, breaks: Break, monkeypatch: Any) -> None:
    sent: list[Any] = []

    class Server:
        """Takes everything."""

        def send_message(self, message: Any, **_envelope: Any) -> None:
            sent.append(message["To"])

        def close(self) -> None: ...

    monkeypatch.setattr(post.smtplib, "SMTP", lambda *_args, **_more: Server())
    for name in ("first", "second"):
        OutgoingMail.objects.create(
            key=name, recipient=f"{name}@x.example", language="en", subject="s", body="b", made_at=NOW, due_at=NOW
        )
    breaks(post, "compose", lambda mail: mail.key == "first")
    assert post.send_due("127.0.0.1", 25) == 1
    assert sent == ["second@x.example"]
    waiting = OutgoingMail.objects.get(key="first")
    assert (waiting.attempts, waiting.failed_at, waiting.error) == (1, None, "RuntimeError: poison")
