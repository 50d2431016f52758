"""Time: reminders once, deadlines moved by a new holiday told once."""

from __future__ import annotations

from datetime import date, timedelta

from imi.directory.actions import add_holiday
from imi.exchanges import actions
from imi.exchanges.models import EventRecord, Exchange, Telling, Timer
from imi.notify import chores

from .conftest import World


def test_reminders_are_sent_when_due_and_once(world: World) -> None:
    number = world.sent()
    assert chores.fire_timers(world.now) == 0
    late = world.now + timedelta(days=9)
    assert chores.fire_timers(late) == 2
    assert chores.fire_timers(late) == 0
    reminders = EventRecord.objects.filter(exchange__number=number, kind="reminder")
    assert sorted(one.changes["days"] for one in reminders) == [-2, 1]
    told = Telling.objects.filter(event__in=reminders).values_list("authority_id", "role")
    assert ("pt-coord", "handler") in set(told)


def test_an_accepted_request_is_not_reminded_of_acceptance(world: World) -> None:
    number = world.accepted()
    chores.fire_timers(world.now + timedelta(days=30))
    names = set(EventRecord.objects.filter(exchange__number=number, kind="reminder").values_list("name", flat=True))
    assert names == {"reply"}


def test_a_new_holiday_moves_running_deadlines_and_tells_once(world: World) -> None:
    number = world.accepted()
    state = actions.state_of(_row(number))
    due = state.deadlines["reply"].due_date
    add_holiday("PT", due, "New day off")
    assert actions.recompute_deadlines("PT", world.now) == 1
    assert chores.fire_timers(world.now) == 1
    moved = actions.state_of(_row(number)).deadlines["reply"]
    assert moved.due_date > due
    assert (due.isoformat(), "New day off") in moved.skipped
    assert actions.recompute_deadlines("PT", world.now) == 1
    assert chores.fire_timers(world.now) == 0
    assert EventRecord.objects.filter(exchange__number=number, kind="moved").count() == 1


def test_a_holiday_elsewhere_moves_nothing(world: World) -> None:
    number = world.accepted()
    due = actions.state_of(_row(number)).deadlines["reply"].due_date
    add_holiday("HU", due, "Elsewhere")
    actions.recompute_deadlines("HU", world.now)
    chores.fire_timers(world.now)
    assert actions.state_of(_row(number)).deadlines["reply"].due_date == due


def test_timers_of_a_closed_request_are_gone(world: World) -> None:
    number = world.answered()
    world.act("asker", number, "close", timeliness="good", effort="good")
    assert not Timer.objects.filter(exchange__number=number).exists()


def test_the_holiday_of_the_definition_is_the_responders(world: World) -> None:
    add_holiday("PT", date(2026, 3, 9), "Local day")
    number = world.sent()
    due = actions.state_of(_row(number)).deadlines["acceptance"]
    assert (due.moved_from, due.due) == ("2026-03-09", "2026-03-10")


def _row(number: str) -> Exchange:
    return Exchange.objects.get(number=number)
