"""What is told of the help desk: once, to the right people, without anything of what was written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.utils import translation

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing
from imi.administration import admissions
from imi.directory.models import Access, Authority
from imi.helpdesk import actions as helpdesk
from imi.helpdesk.models import Post
from imi.notify import actions, post, queries
from imi.notify.helpdesk import tell_of, tell_of_posts
from imi.notify.models import Notice, OutgoingMail
from imi.web import news
from tests.exchanges.conftest import AREA, World, catalogue
from tests.exchanges.conftest import world as bare_world
from tests.helpdesk.conftest import message, now_of, question, world

__all__ = ["bare_world", "catalogue", "world"]

pytestmark = pytest.mark.django_db


def in_english(who: Standing) -> Standing:
    return replace(who, language="en")


def told(world: World) -> set[str]:
    """Who gets a notice of what has happened since; each has a mail, too."""
    Notice.objects.all().delete()
    OutgoingMail.objects.all().delete()
    tell_of_posts(world.now)
    people = {one.user_id: name for name, one in world.people.items()}
    mails = set(OutgoingMail.objects.values_list("recipient", flat=True))
    assert mails == set(Notice.objects.values_list("user__email", flat=True))
    return {people[one] for one in Notice.objects.values_list("user", flat=True)}


def test_each_turn_is_told_to_the_other_side(world: World) -> None:
    thread = question(world)
    assert told(world) == {"askcoord", "askdata"}
    helpdesk.take(world.people["askcoord"], thread.pk, 1)
    assert told(world) == set()
    helpdesk.write(world.people["askdata"], thread.pk, "Below.", 2)
    assert told(world) == {"asker"}
    helpdesk.write(world.people["asker"], thread.pk, "Where?", 3)
    assert told(world) == {"askcoord"}
    helpdesk.hand_over(world.people["askcoord"], thread.pk, "hu-nat", 4)
    assert told(world) == {"nati"}
    helpdesk.settle(world.people["nati"], thread.pk, 5)
    assert told(world) == {"asker"}
    helpdesk.write(world.people["asker"], thread.pk, "No.", 6)
    told(world)
    helpdesk.settle(world.people["asker"], thread.pk, 7)
    assert told(world) == set()


def test_a_message_reaches_those_who_answer_for_the_authority(world: World) -> None:
    thread = message(world, world.sent())
    assert told(world) == {"answerer", "answermate"}
    helpdesk.write(world.people["answerer"], thread.pk, "Soon.", 1)
    assert told(world) == {"answercoord"}


def test_where_nobody_is_left_the_administrators_are_told(world: World) -> None:
    thread = question(world)
    User.objects.filter(pk=world.people["asker"].user_id).update(is_active=False)
    helpdesk.write(world.people["askcoord"], thread.pk, "Below.", 1)
    Post.objects.filter(side="asking").update(told_at=world.now)
    assert told(world) == {"chief"}
    RoleGrant.objects.filter(user__authority="pt-works", area=AREA).exclude(role="basic").delete()
    message(world, world.sent())
    assert told(world) == {"worksboss"}


def test_an_authority_that_cannot_act_is_not_told(world: World) -> None:
    question(world)
    Authority.objects.filter(pk="hu-coord").update(active=False)
    assert told(world) == set()
    Authority.objects.filter(pk="hu-coord").update(active=True)
    question(world)
    Access.objects.filter(authority="hu-coord", area=AREA).update(suspended=True)
    assert told(world) == set()


def test_mails_and_notices_hold_nothing_of_what_was_written(world: World) -> None:
    question(world, subject="kanari-targy", text="kanari-szoveg")
    tell_of_posts(world.now)
    for mail in OutgoingMail.objects.all():
        assert "kanari" not in mail.subject + mail.body
        assert "Hu-Trade" in mail.subject
        assert "/helpdesk/" in mail.body
    (line,) = news.lines(queries.notices(world.people["askcoord"]), in_english(world.people["askcoord"]))
    assert line.number == "kanari-targy"  # inside, where its reader may read it
    assert line.text == "you have a question from Hu-Trade"


def test_nothing_is_told_twice(world: World) -> None:
    question(world)
    post = Post.objects.get()
    assert tell_of(post.pk, world.now)
    assert not tell_of(post.pk, world.now)
    assert tell_of_posts(world.now) == 0
    assert Notice.objects.count() == OutgoingMail.objects.count() == 2


def test_the_choice_of_mail_holds_here_too(world: World) -> None:
    User.objects.filter(pk=world.people["askcoord"].user_id).update(mail_choice="daily")
    User.objects.filter(pk=world.people["askdata"].user_id).update(mail_choice="none")
    question(world)
    tell_of_posts(world.now)
    assert not OutgoingMail.objects.exists()
    assert Notice.objects.count() == 2
    assert actions.post_digest(world.people["askcoord"].user_id, world.now)
    mail = OutgoingMail.objects.get()
    assert "Hu-Trade" in mail.body
    assert "/helpdesk/" in mail.body


def test_opening_a_thread_marks_its_notices_as_read(world: World) -> None:
    thread = question(world)
    tell_of_posts(world.now)
    who = world.people["askcoord"].user_id
    assert queries.unread_count(who) == 1
    assert actions.mark_thread_read(who, thread.pk) == 1
    assert queries.unread_count(who) == 0


@pytest.mark.parametrize("choice", ["immediate", "daily"])
def test_a_name_cannot_stand_for_the_link_of_a_registration(world: World, choice: str) -> None:
    User.objects.filter(pk=world.people["askcoord"].user_id).update(mail_choice=choice)
    admission = admissions.invite(world.people["nati"], "office@guild.example", "hu", [], world.now)
    Authority.objects.filter(pk="hu-trade").update(name=f"Trade \ue010{admission.pk}\ue011\ue000")
    question(world)
    tell_of_posts(world.now)
    actions.post_digest(world.people["askcoord"].user_id, world.now)
    mail = OutgoingMail.objects.get(recipient="askcoord@hu-coord.example")
    content = post.compose(mail).as_bytes().decode()
    assert "Trade" in post.compose(mail).get_body().get_content()
    assert "/join/" not in content


def test_a_long_name_of_several_lines_fits_the_subject_of_a_mail(world: World) -> None:
    Authority.objects.filter(pk="hu-trade").update(name=f"Trade\u2028{'x' * 290}")
    question(world)
    tell_of_posts(world.now)
    for mail in OutgoingMail.objects.all():
        assert len(mail.subject) <= 300
        assert "Trade x" in post.compose(mail)["Subject"]


def test_a_notice_names_no_question_in_which_its_reader_has_no_part_any_more(world: World) -> None:
    question(world, subject="kanari-targy")
    tell_of_posts(world.now)
    RoleGrant.objects.filter(user=world.people["askcoord"].user_id).exclude(role="basic").delete()
    now = in_english(now_of(world, "askcoord"))
    with translation.override("en"):
        (line,) = news.lines(queries.notices(now), now)
    assert (line.number, line.text) == ("Help desk", "you have a question from Hu-Trade")
