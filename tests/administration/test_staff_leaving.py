"""Removing a user: what is taken over, by whom, and what is left of the person."""

from __future__ import annotations

from typing import Any

import pytest

from imi.accounts.models import OutsideIdentity, RoleGrant, Session, User
from imi.accounts.queries import Standing, standing
from imi.administration import staff, staff_leaving
from imi.administration.forms import Person
from imi.administration.models import Act
from imi.administration.reasons import Refused
from imi.core.evolve import replay
from imi.directory.models import Access
from imi.exchanges import actions, definitions, lists
from imi.exchanges.models import Allocation, Draft, EventRecord, Exchange, Task
from imi.exchanges.record import history, verify
from tests.exchanges.conftest import AREA, NOW, World, catalogue, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def user(world: World, name: str) -> User:  # noqa: F811
    return User.objects.select_related("authority").get(pk=world.people[name].user_id)


def who(world: World, name: str) -> Standing:  # noqa: F811
    return standing(user(world, name))


@pytest.fixture
def chief(world: World) -> Standing:  # noqa: F811
    """The local data administrator of the answering authority, who handles nothing."""
    made = Person("Chefe", "Santos", "chefe@pt-works.example", "pt")
    User.objects.filter(pk=world.people["answermate"].user_id).update(is_administrator=True)
    user = staff.register(who(world, "answermate"), made, {}, True, NOW)
    return standing(User.objects.select_related("authority").get(pk=user.pk))


@pytest.fixture
def allocated(world: World) -> str:  # noqa: F811
    """A request that only the answerer may handle."""
    Access.objects.filter(authority="pt-works", area=AREA).update(settings={"uses_allocation": True})
    number = world.accepted()
    done = world.act("answermate", number, "allocate", handlers=[str(world.people["answerer"].user_id)])
    assert isinstance(done, actions.Done), done
    return number


def leave(chief: Standing, person: int, successor: int | None) -> staff_leaving.Leaving:
    return staff_leaving.remove(chief, person, successor, staff_leaving.preview(chief, person).mark, NOW)


def code(act: Any) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason.code


def test_the_preview_says_what_is_taken_over(world: World, chief: Standing, allocated: str) -> None:  # noqa: F811
    answerer = world.people["answerer"].user_id
    leaving = staff_leaving.preview(chief, answerer)
    assert leaving.allocated == {AREA: 1}
    assert leaving.tasks == Task.objects.filter(user=answerer).count() == 1
    assert leaving.needs_successor
    assert leaving.inherited == {AREA: {"handler"}}, "the colleague allocates and handles, too"


def test_a_successor_takes_over_allocated_exchanges_with_their_tasks(
    world: World,  # noqa: F811
    chief: Standing,
    allocated: str,
) -> None:
    answerer, mate = world.people["answerer"].user_id, world.people["answermate"].user_id
    assert [one.number for one in lists.tasks(who(world, "answermate"), NOW).tasks] == []
    leave(chief, answerer, mate)
    assert list(Allocation.objects.values_list("exchange__number", "user")) == [(allocated, mate)]
    assert not Task.objects.filter(user=answerer).exists()
    assert [one.number for one in lists.tasks(who(world, "answermate"), NOW).tasks] == [allocated]
    done = world.act("answermate", allocated, "reply", answers="some", remark="Taken over.")
    assert isinstance(done, actions.Done), done


def test_the_log_tells_it_and_still_verifies(world: World, chief: Standing, allocated: str) -> None:  # noqa: F811
    before = Exchange.objects.get(number=allocated)
    leave(chief, world.people["answerer"].user_id, world.people["answermate"].user_id)
    row = Exchange.objects.get(number=allocated)
    event = EventRecord.objects.filter(exchange=row).latest("seq")
    assert (event.kind, event.role, event.user) == ("replaced", "administrator", str(chief.user_id))
    assert (row.state, row.seq, row.updated_at) == (before.state, before.seq + 1, before.updated_at)
    assert list(verify([row])) == []
    compiled = definitions.compiled(row.definition_id)
    assert replay(compiled, row.number, history(row)) == actions.state_of(row)


def test_a_successor_who_handled_nothing_gets_the_role(world: World, chief: Standing, allocated: str) -> None:  # noqa: F811
    leave(chief, world.people["answerer"].user_id, chief.user_id)
    assert staff.roles_of(chief.user_id) == {AREA: {"handler"}}
    acts = Act.objects.filter(kind__in=["user.removed", "user.took_over"]).order_by("pk")
    assert [(one.kind, one.user_id) for one in acts] == [
        ("user.removed", world.people["answerer"].user_id),
        ("user.took_over", chief.user_id),
    ]
    assert acts[0].details == {
        "successor": chief.user_id,
        "allocated": {AREA: 1},
        "drafts": 0,
        "roles": {AREA: ["handler"]},
        "administrator": False,
    }


def test_drafts_and_roles_that_nobody_else_holds_are_taken_over(world: World, chief: Standing) -> None:  # noqa: F811
    number = world.accepted()
    kept = actions.save_draft(who(world, "answerer"), number, "reply", {"remark": "So far"}, now=NOW)
    assert isinstance(kept, actions.DraftSaved), kept
    answerer, mate = world.people["answerer"].user_id, world.people["answermate"].user_id
    leave(chief, mate, answerer)
    leaving = leave(chief, answerer, chief.user_id)
    assert leaving.drafts == 1
    assert leaving.alone == {(AREA, "handler"), (AREA, "allocator")}
    assert Draft.objects.get().user_id == chief.user_id
    assert staff.roles_of(chief.user_id) == {AREA: {"handler", "allocator"}}


def test_somebody_has_to_take_over_where_something_is_left(world: World, chief: Standing, allocated: str) -> None:  # noqa: F811
    answerer, stranger = world.people["answerer"].user_id, world.people["other"].user_id
    assert code(lambda: leave(chief, answerer, None)) == "needs_successor"
    assert code(lambda: leave(chief, answerer, stranger)) == "no_colleague"
    assert code(lambda: leave(chief, answerer, answerer)) == "no_colleague"
    assert User.objects.get(pk=answerer).is_active
    assert Allocation.objects.get().user_id == answerer


def test_whoever_has_nothing_leaves_without_a_successor(world: World, chief: Standing) -> None:  # noqa: F811
    answerer = world.people["answerer"].user_id
    assert not staff_leaving.preview(chief, answerer).needs_successor
    leave(chief, answerer, None)
    assert not User.objects.get(pk=answerer).is_active


def test_something_else_than_was_shown_is_not_taken_over(world: World, chief: Standing) -> None:  # noqa: F811
    answerer, mate = world.people["answerer"].user_id, world.people["answermate"].user_id
    seen = staff_leaving.preview(chief, answerer).mark
    RoleGrant.objects.filter(user=mate).delete()
    assert code(lambda: staff_leaving.remove(chief, answerer, mate, seen, NOW)) == "overtaken"


def test_the_last_local_data_administrator_cannot_be_removed(world: World, chief: Standing) -> None:  # noqa: F811
    mate = world.people["answermate"].user_id
    stale = who(world, "answermate")
    leave(chief, mate, None)
    assert code(lambda: staff_leaving.remove(stale, chief.user_id, None, "x", NOW)) == "no_administrator"
    assert User.objects.filter(authority="pt-works", is_administrator=True, is_active=True).count() == 1


def test_what_is_left_of_a_removed_person(world: World, chief: Standing) -> None:  # noqa: F811
    answerer = user(world, "answerer")
    Session.objects.create(digest="x", user=answerer, data="", expires_at=NOW)
    OutsideIdentity.objects.create(user=answerer, issuer="https://one.example", subject="s", made_at=NOW)
    leave(chief, answerer.pk, None)
    gone = User.objects.select_related("authority").get(pk=answerer.pk)
    assert (gone.given_name, gone.is_active, gone.has_usable_password()) == ("Answerer", False, False)
    assert not Session.objects.filter(user=gone).exists()
    assert not OutsideIdentity.objects.exists()
    assert not RoleGrant.objects.filter(user=gone).exists()
    assert standing(gone).roles == {}
    back = Person("Answerer", "Test", answerer.email, "pt")
    again = staff.register(chief, back, {}, now=NOW)
    assert again.username != gone.username
    assert code(lambda: staff.person_of(chief, gone.pk)) == "gone"


def test_who_handles_no_longer_gives_allocated_exchanges_back(world: World, chief: Standing, allocated: str) -> None:  # noqa: F811
    answerer = world.people["answerer"].user_id
    given = {AREA: frozenset({"allocator"})}
    assert staff.set_roles(chief, answerer, given, False, staff.mark_of_roles(answerer), now=NOW) == 1
    assert not Allocation.objects.exists()
    assert [one.number for one in lists.tasks(who(world, "answermate"), NOW).tasks] == [allocated]


def test_a_finished_exchange_stays_as_it_was(world: World, chief: Standing, allocated: str) -> None:  # noqa: F811
    world.act("answerer", allocated, "reply", answers="some", remark="It is so.")
    done = world.act("asker", allocated, "close", timeliness="good", effort="good")
    assert isinstance(done, actions.Done), done
    before = EventRecord.objects.count()
    assert staff_leaving.preview(chief, world.people["answerer"].user_id).allocated == {}
    leave(chief, world.people["answerer"].user_id, None)
    assert EventRecord.objects.count() == before
