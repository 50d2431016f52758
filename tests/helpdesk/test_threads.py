"""Questions and messages: who may ask, read, answer, take, hand over and settle; what is refused, and why."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import standing
from imi.administration.reasons import Invalid, Refused
from imi.directory.models import Access, Authority, CoordinatorLink
from imi.helpdesk import actions, chores, queries, rights
from imi.helpdesk.models import Answer, Post, Thread
from imi.helpdesk.queries import LISTS, Wanted
from tests.exchanges.conftest import AREA, World
from tests.helpdesk.conftest import OTHER_AREA, fresh, message, now_of, question

pytestmark = pytest.mark.django_db


def refused(code: str, act, *given, **named) -> None:
    with pytest.raises(Refused) as caught:
        act(*given, **named)
    assert caught.value.reason.code == code


# --- asking ----------------------------------------------------------------------------------------------------------


def test_whom_one_may_ask(world: World) -> None:
    found = [(one.coordinator.pk, one.area) for one in queries.desks(world.people["asker"])]
    assert found == [
        ("hu-nat", None),
        ("hu-coord", None),
        ("hu-nat", OTHER_AREA),
        ("hu-coord", AREA),
        ("hu-nat", AREA),
    ]
    assert [(one.coordinator.pk, one.area) for one in queries.desks(world.people["nati"])] == []


def test_a_coordinator_that_cannot_act_is_not_offered(world: World) -> None:
    Access.objects.filter(authority="hu-coord", area=AREA).update(suspended=True)
    assert "hu-coord" not in {one.coordinator.pk for one in queries.desks(world.people["asker"])}
    Access.objects.update(suspended=False)
    Authority.objects.filter(pk="hu-coord").update(active=False)
    assert "hu-coord" not in {one.coordinator.pk for one in queries.desks(world.people["asker"])}


@pytest.mark.parametrize(
    ("desk", "area"),
    [("pt-coord", AREA), ("pt-nat", None), ("hu-coord", OTHER_AREA), ("hu-trade", AREA), ("nobody", None)],
)
def test_nobody_else_is_asked(world: World, desk: str, area: str | None) -> None:
    refused("no_desk", question, world, desk=desk, area=area)
    assert not Thread.objects.exists()


def test_a_number_is_of_an_exchange_one_may_open(world: World) -> None:
    number = world.sent()
    assert question(world, number=number).number == number
    with pytest.raises(Invalid) as caught:
        question(world, "other", desk="pt-coord", number=number)
    assert list(caught.value.errors) == ["number"]
    with pytest.raises(Invalid):
        question(world, number="2031-000404")


@pytest.mark.parametrize("given", [{"text": " \x00 "}, {"subject": ""}, {"kind": "other"}, {"text": "x" * 4001}])
def test_what_is_missing_or_too_long_is_said(world: World, given: dict[str, str]) -> None:
    with pytest.raises(Invalid) as caught:
        question(world, **given)
    assert list(caught.value.errors) == list(given)


def test_the_same_form_has_one_effect(world: World) -> None:
    first = question(world, key="same")
    assert question(world, key="same") == first
    assert Post.objects.count() == 1


def test_nobody_floods_the_desk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "BEGUN_A_DAY", 2)
    question(world)
    question(world)
    refused("too_often", question, world)


# --- who sees it -----------------------------------------------------------------------------------------------------

SIDES = {
    "in_area": {"asker": "asking", "chief": "asking", "askcoord": "answering", "askdata": "answering"},
    "in_general": {"asker": "asking", "chief": "asking", "nati": "answering"},
    "from_abroad": {"askcoord": "asking", "askdata": "asking", "answercoord": "answering"},
    "to_own": {
        "answercoord": "asking",
        "answerer": "answering",
        "answermate": "answering",
        "worksboss": "answering",
    },
}


def threads_of_all_sorts(world: World) -> dict[str, Thread]:
    number = world.sent()
    return {
        "in_area": question(world),
        "in_general": question(world, desk="hu-nat", area=None),
        "from_abroad": message(world, number, "askcoord", "pt-coord"),
        "to_own": message(world, number),
    }


def test_every_person_stands_on_the_right_side_of_every_thread(world: World) -> None:
    found = threads_of_all_sorts(world)
    for name in world.people:
        who = now_of(world, name)
        for sort, thread in found.items():
            expected = SIDES[sort].get(name, "")
            assert (rights.side_of(who, fresh(thread)) or "") == expected, (name, sort)
            if expected:
                assert queries.thread(who, thread.pk)[1] == expected
            else:
                refused("not_found", queries.thread, who, thread.pk)
                refused("not_found", actions.write, who, thread.pk, "I am curious.", 1)
                refused("not_found", actions.settle, who, thread.pk, 1)


def test_lists_hold_what_one_stands_on_a_side_of(world: World) -> None:
    threads_of_all_sorts(world)
    every = list(Thread.objects.all())
    for name in world.people:
        who = now_of(world, name)
        listed = {one for part in LISTS for one in queries.threads(who, part, Wanted(), 1)[0]}
        assert listed == {one for one in every if rights.side_of(who, one)}, name


def test_what_a_person_who_left_has_asked_stays_with_the_authority(world: World) -> None:
    thread = question(world)
    User.objects.filter(pk=world.people["asker"].user_id).update(is_active=False)
    assert rights.side_of(now_of(world, "asker"), thread) is None
    actions.write(now_of(world, "chief"), thread.pk, "I go on with it.", 1)
    RoleGrant.objects.filter(user=world.people["askdata"].user_id).delete()
    assert rights.side_of(now_of(world, "askdata"), thread) is None


def test_numbers_are_links_only_for_those_who_may_open_them(world: World) -> None:
    number = world.sent()
    assert queries.may_open(world.people["asker"], [number]) == {number}
    assert queries.may_open(world.people["onlooker"], [number]) == {number}
    assert queries.may_open(world.people["nati"], [number]) == set()
    assert queries.may_open(world.people["other"], [number, ""]) == set()


# --- how it goes on --------------------------------------------------------------------------------------------------


def test_a_question_is_taken_answered_settled_and_opened_again(world: World) -> None:
    thread = question(world)
    actions.take(world.people["askcoord"], thread.pk, 1, world.now)
    assert fresh(thread).assignee_id == world.people["askcoord"].user_id
    actions.write(world.people["askdata"], thread.pk, "Below the state.", 2, world.now)
    assert fresh(thread).state == "answered"
    actions.settle(world.people["asker"], thread.pk, 3, world.now)
    settled = fresh(thread)
    assert (settled.state, settled.settled_at) == ("settled", world.now)
    refused("thread_settled", actions.write, world.people["askcoord"], thread.pk, "One more thing.", 4)
    refused("thread_settled", actions.settle, world.people["askcoord"], thread.pk, 4)
    refused("thread_settled", actions.take, world.people["askcoord"], thread.pk, 4)
    actions.write(world.people["asker"], thread.pk, "It is not there.", 4, world.now)
    again = fresh(thread)
    assert (again.state, again.settled_at) == ("open", None)
    assert [one.did for one in queries.posts(again)] == ["wrote", "took", "wrote", "settled", "reopened"]


def test_who_has_not_read_the_latest_does_not_answer(world: World) -> None:
    thread = question(world)
    actions.write(world.people["asker"], thread.pk, "And one more.", 1)
    for act in (
        lambda: actions.write(world.people["askcoord"], thread.pk, "Late.", 1),
        lambda: actions.settle(world.people["askcoord"], thread.pk, 1),
        lambda: actions.take(world.people["askcoord"], thread.pk, 1),
        lambda: actions.hand_over(world.people["askcoord"], thread.pk, "hu-nat", 1),
    ):
        refused("overtaken", act)


def test_a_question_goes_up_the_chain_and_its_history_with_it(world: World) -> None:
    thread = question(world)
    actions.take(world.people["askcoord"], thread.pk, 1)
    refused("no_desk", actions.hand_over, world.people["askcoord"], thread.pk, "pt-nat", 2)
    refused("no_desk", actions.hand_over, world.people["askcoord"], thread.pk, "hu-coord", 2)
    actions.hand_over(world.people["askcoord"], thread.pk, "hu-nat", 2)
    handed = fresh(thread)
    assert (handed.answering_id, handed.assignee_id, handed.state) == ("hu-nat", None, "open")
    refused("not_found", queries.thread, world.people["askcoord"], thread.pk)
    assert len(queries.posts(queries.thread(world.people["nati"], thread.pk)[0])) == 3
    actions.hand_over(world.people["nati"], thread.pk, "hu-coord", 3)
    assert fresh(thread).answering_id == "hu-coord"


def test_only_the_desk_takes_and_hands_over(world: World) -> None:
    thread = question(world)
    refused("not_the_desk", actions.take, world.people["asker"], thread.pk, 1)
    refused("not_the_desk", actions.hand_over, world.people["asker"], thread.pk, "hu-nat", 1)
    refused("not_the_desk", actions.publish, world.people["asker"], thread.pk, "hu", "Title", "Text")


# --- stepping in -----------------------------------------------------------------------------------------------------


def test_a_coordinator_writes_to_its_authority_and_abroad(world: World) -> None:
    found = queries.addressees(world.people["answercoord"], world.sent())
    assert found is not None
    assert [one.pk for one in found.coordinated] == ["pt-works"]
    assert [one.pk for one in found.others] == ["hu-coord"]


def test_nobody_else_steps_in(world: World) -> None:
    number = world.sent()
    for name in world.people.keys() - {"askcoord", "askdata", "answercoord"}:
        assert queries.addressees(now_of(world, name), number) is None, name
        refused("no_coordinator_here", message, world, number, name)
    refused("no_coordinator_here", message, world, "2031-000404")


def test_only_those_who_take_part_are_written_to(world: World) -> None:
    number = world.sent()
    for other in ("hu-trade", "pt-other", "pt-coord", "pt-nat", "nobody"):
        refused("not_addressable", message, world, number, to=other)


def test_who_does_not_know_of_an_exchange_yet_is_not_written_to(world: World) -> None:
    Access.objects.filter(authority="hu-coord", area=AREA).update(settings={"approve_requests": True})
    found = queries.addressees(world.people["askcoord"], world.sent())
    assert found is not None
    assert [one.pk for one in found.coordinated] == ["hu-trade"]
    assert found.others == ()


def test_a_message_is_answered_by_the_other_side_and_never_published(world: World) -> None:
    thread = message(world, world.sent())
    assert rights.side_of(world.people["answerer"], thread) == "answering"
    actions.write(world.people["answerer"], thread.pk, "We are on it.", 1)
    assert fresh(thread).state == "answered"
    actions.write(world.people["answercoord"], thread.pk, "Thank you.", 2)
    refused("no_question", actions.hand_over, world.people["answerer"], thread.pk, "pt-nat", 3)
    actions.settle(world.people["answerer"], thread.pk, 3)
    refused("no_question", actions.publish, world.people["answerer"], thread.pk, "pt", "Title", "Text")


# --- frequent answers ------------------------------------------------------------------------------------------------


def settled(world: World) -> Thread:
    thread = question(world)
    actions.write(world.people["askcoord"], thread.pk, "Below the state.", 1)
    actions.settle(world.people["askcoord"], thread.pk, 2)
    return thread


def test_an_answer_is_published_for_the_authorities_behind_the_coordinator(world: World) -> None:
    thread = question(world)
    refused("thread_not_settled", actions.publish, world.people["askcoord"], thread.pk, "hu", "Title", "Text")
    actions.publish(world.people["askcoord"], settled(world).pk, "hu", "Where is the button?", "Below the state.")
    readers = {name for name in world.people if queries.published(now_of(world, name))}
    # The coordinator's own people and those of hu-trade and hu-linked; not who has no access to the area.
    assert readers == {
        "asker",
        "askermate",
        "reader",
        "otherarea",
        "onlooker",
        "chief",
        "askcoord",
        "askdata",
        "coordreader",
    }
    CoordinatorLink.objects.filter(authority="hu-trade").delete()
    assert not queries.published(world.people["asker"])


def test_only_the_coordinators_people_change_and_remove_it(world: World) -> None:
    made = actions.publish(world.people["askcoord"], settled(world).pk, "hu", "Title", "Text")
    for name in world.people.keys() - {"askcoord", "askdata"}:
        who = now_of(world, name)
        refused("not_found", actions.change_answer, who, made.pk, "hu", "Mine", "Mine", 1)
        refused("not_found", actions.remove_answer, who, made.pk)
    actions.change_answer(world.people["askdata"], made.pk, "en", "Better", "Text", 1)
    refused("overtaken", actions.change_answer, world.people["askcoord"], made.pk, "hu", "Old", "Text", 1)
    assert Answer.objects.get().title == "Better"
    actions.remove_answer(world.people["askcoord"], made.pk)
    assert not Answer.objects.exists()


# --- counting and forgetting -----------------------------------------------------------------------------------------


def test_what_waits_is_counted_for_each_list(world: World) -> None:
    number = world.sent()
    thread = question(world)
    message(world, number, "askcoord", "pt-coord")
    assert queries.waiting(world.people["askcoord"]).desk == 1
    assert queries.waiting(world.people["answercoord"]).messages == 1
    assert queries.waiting(world.people["asker"]).total == 0
    assert queries.waiting(world.people["coordreader"]).total == 0
    actions.take(world.people["askcoord"], thread.pk, 1)
    assert queries.waiting(world.people["askdata"]).desk == 0
    actions.write(world.people["askcoord"], thread.pk, "Here.", 2)
    assert queries.waiting(world.people["asker"]).asked == 1
    assert queries.waiting(world.people["chief"]).asked == 0
    assert queries.waiting(world.people["askcoord"]).total == 0


def test_what_waits_is_the_same_that_the_lists_hold(world: World) -> None:
    threads_of_all_sorts(world)
    for name in world.people:
        who = now_of(world, name)
        reached = [one for part in ("desk", "messages") for one in queries.threads(who, part, Wanted("open"), 1)[0]]
        assert queries.waiting(who).total == len([one for one in reached if one.answering_id == who.authority_id]), name


def test_lists_take_one_query_and_come_in_pages(world: World) -> None:
    for _ in range(4):
        question(world)
    with CaptureQueriesContext(connection) as captured:
        found, more = queries.threads(world.people["askcoord"], "desk", Wanted(state="open"), 1, size=3)
        assert [one.asking.name for one in found] == ["Hu-Trade"] * 3
    assert len(captured) == 1
    assert more
    rest, none = queries.threads(world.people["askcoord"], "desk", Wanted(state="open"), 2, size=3)
    assert len(rest) == 1
    assert not none
    assert not queries.threads(world.people["askcoord"], "desk", Wanted(area="-"), 1)[0]
    assert not queries.threads(world.people["askcoord"], "desk", Wanted(kind="legal"), 1)[0]


def test_what_was_settled_long_ago_is_forgotten(world: World, settings) -> None:
    settings.IMI_KEEP_HELP_THREADS = 30
    kept, gone = question(world), question(world)
    actions.settle(world.people["asker"], gone.pk, 1, world.now)
    assert chores.forget_settled(world.now + timedelta(days=29)) == 0
    assert chores.forget_settled(world.now + timedelta(days=30)) == 1
    assert list(Thread.objects.all()) == [kept]
    assert not Post.objects.filter(thread=gone.pk).exists()


@pytest.mark.parametrize("role", ["handler", "data_administrator"])
def test_what_waits_is_told_to_local_data_administrators_with_roles_too(world: World, role: str) -> None:
    """As the first user of an authority has them; an area of their own changes nothing for them."""
    administrator = User.objects.get(pk=world.people["chief"].user_id)
    before = queries.waiting(standing(administrator))
    RoleGrant.objects.create(user=administrator, area_id=AREA, role=role)
    assert queries.waiting(standing(administrator)) == before


def test_nobody_floods_the_other_side_of_a_thread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "WRITTEN_A_DAY", 2)
    thread = question(world)
    for version in (1, 2):
        actions.write(world.people["asker"], thread.pk, "Hello?", version, world.now)
    with pytest.raises(Refused) as caught:
        actions.write(world.people["asker"], thread.pk, "Hello?", 3, world.now)
    assert caught.value.reason.code == "too_often"
    actions.write(world.people["askcoord"], thread.pk, "Yes.", 3, world.now)


def test_a_key_that_somebody_else_has_used_is_refused(world: World) -> None:
    question(world, key="the-same")
    with pytest.raises(Refused) as caught:
        question(world, name="askcoord", desk="hu-nat", key="the-same")
    assert caught.value.reason.code == "overtaken"
    assert Thread.objects.count() == 1


@pytest.mark.parametrize(("text", "said"), [(" ", "This is missing."), ("x" * 4001, "This is too long.")])
def test_what_is_wrong_with_a_text_is_said_in_words_of_its_own(world: World, text: str, said: str) -> None:
    with pytest.raises(Invalid) as caught:
        question(world, text=text)
    assert caught.value.errors == {"text": [said]}
