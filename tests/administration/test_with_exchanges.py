"""What administrative acts do to exchanges that are running: settings, consequences, tasks that are left behind."""

from __future__ import annotations

from typing import Any

import pytest

from imi.accounts.actions import set_roles
from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing, standing
from imi.administration import access, queries, relations
from imi.administration.models import Act, Dispatch
from imi.administration.reasons import Refused
from imi.administration.switches import switches
from imi.directory.models import Access, Authority
from imi.exchanges import actions, lists
from tests.exchanges.conftest import AREA, NOW, World, catalogue, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def chief(world: World) -> Standing:  # noqa: F811
    """The coordinator of the answering side, which granted its authorities their access and validated them."""
    coordinator = world.people["answercoord"]
    user = User.objects.get(pk=coordinator.user_id)
    set_roles(user, {AREA: [*RoleGrant.Role.values]})
    Authority.objects.filter(country="PT").exclude(pk="pt-coord").update(validator="pt-coord")
    Access.objects.filter(authority__in=["pt-works", "pt-other"], area=AREA).update(coordinator="pt-coord")
    return standing(user)


def test_consequences_count_open_exchanges_by_state(world: World, chief: Standing) -> None:  # noqa: F811
    world.sent()
    world.accepted()
    found = queries.consequences(chief, "pt-works", AREA)
    assert {(one.direction, one.state, one.total) for one in found.exchanges} == {
        ("received", "sent", 1),
        ("received", "accepted", 1),
    }
    assert found.tasks == 2
    assert found.users == 2
    assert found.stand_ins == ("Pt-Coord",)


def test_tasks_of_an_authority_that_cannot_act_show_at_its_coordinator(
    world: World,  # noqa: F811
    chief: Standing,
    django_assert_num_queries: Any,
) -> None:
    number = world.sent()
    with django_assert_num_queries(1):
        assert queries.left_behind(chief) == []
    access.suspend(chief, "pt-works", AREA, "Transferred to another body.", NOW)
    with django_assert_num_queries(2):
        found = queries.left_behind(chief)
    assert {(task.exchange.number, task.action) for task in found} == {(number, "accept")}
    assert Dispatch.objects.filter(kind="tasks_left", authority="pt-coord", about="pt-works").count() == 1
    done = actions.act(chief, number, "forward", {"target": "pt-other", "comment": "Closed."}, None, "k", now=NOW)
    assert isinstance(done, actions.Done), done
    assert queries.left_behind(chief) == []
    assert [task.number for task in lists.tasks(world.people["other"], NOW).tasks] == [number]


def test_tasks_come_back_with_the_access(world: World, chief: Standing) -> None:  # noqa: F811
    number = world.sent()
    access.suspend(chief, "pt-works", AREA, "x", NOW)
    answerer = User.objects.select_related("authority").get(pk=world.people["answerer"].user_id)
    assert lists.tasks(standing(answerer), NOW).tasks == []
    access.resume(chief, "pt-works", AREA, NOW)
    assert queries.left_behind(chief) == []
    assert [task.number for task in lists.tasks(standing(answerer), NOW).tasks] == [number]


def test_tasks_of_a_deactivated_authority_show_at_its_coordinator(world: World, chief: Standing) -> None:  # noqa: F811
    number = world.sent()
    access.deactivate(chief, "pt-works", "Dissolved.", NOW)
    assert {task.exchange.number for task in queries.left_behind(chief)} == {number}
    assert queries.left_behind(world.people["askcoord"]) == []


# --- settings --------------------------------------------------------------------------------------------------------


def administrator(world: World, name: str) -> Standing:  # noqa: F811
    user = User.objects.select_related("authority").get(pk=world.people[name].user_id)
    User.objects.filter(pk=user.pk).update(is_administrator=True)
    user.is_administrator = True
    return standing(user)


def test_the_lifecycle_says_which_settings_there_are_and_whose(world: World) -> None:  # noqa: F811
    known = switches(AREA)
    assert {name for name, switch in known.items() if switch.of_coordinators} == {
        "approve_requests",
        "approve_replies",
        "takes_referrals",
    }
    assert not known["uses_allocation"].of_coordinators
    assert known["takes_referrals"].default


def test_an_authority_changes_its_own_settings(world: World) -> None:  # noqa: F811
    who = administrator(world, "answerer")
    relations.change_settings(who, AREA, {"uses_allocation": True}, NOW)
    assert Access.objects.get(authority="pt-works", area=AREA).settings == {"uses_allocation": True}
    assert Act.objects.get(kind="access.settings_changed").details == {
        "before": {"uses_allocation": False},
        "after": {"uses_allocation": True},
    }
    relations.change_settings(who, AREA, {"uses_allocation": True}, NOW)
    assert Act.objects.filter(kind="access.settings_changed").count() == 1
    number = world.sent()
    assert {task.number for task in lists.tasks(world.people["answerer"], NOW).tasks} == {number}


@pytest.mark.parametrize(
    ("name", "area", "setting", "expected"),
    [
        ("answermate", AREA, "uses_allocation", "no_administrator"),
        ("answerer", AREA, "approve_requests", "coordinators_setting"),
        ("answerer", AREA, "nothing", "unknown_setting"),
        ("answerer", "professional-qualifications", "uses_allocation", "no_access"),
    ],
)
def test_which_settings_are_not_changed(world: World, name: str, area: str, setting: str, expected: str) -> None:  # noqa: F811
    who = world.people[name] if name == "answermate" else administrator(world, name)
    with pytest.raises(Refused) as refused:
        relations.change_settings(who, area, {setting: True}, NOW)
    assert refused.value.reason.code == expected


def test_a_coordinator_may_leave_referrals_and_approve(world: World) -> None:  # noqa: F811
    relations.change_settings(
        administrator(world, "answercoord"), AREA, {"takes_referrals": False, "approve_replies": True}, NOW
    )
    assert Access.objects.get(authority="pt-coord", area=AREA).settings == {
        "takes_referrals": False,
        "approve_replies": True,
    }
