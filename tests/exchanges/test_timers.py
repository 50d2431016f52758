"""Time: reminders once, deadlines moved by a new holiday told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from imi.core.decide import recalculate
from imi.directory.actions import add_holiday
from imi.exchanges import actions, definitions
from imi.exchanges.facts import facts_for
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
    call_command("add_holiday", "PT", due.isoformat(), "New day off", stdout=StringIO())
    assert chores.fire_timers(timezone.now()) >= 1
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


def test_a_timer_whose_deadline_was_extended_while_a_worker_held_it_waits(world: World) -> None:
    number = world.accepted()
    timer = Timer.objects.filter(exchange__number=number, deadline="reply").order_by("at")[0]
    late = timer.at + timedelta(minutes=1)
    Timer.objects.filter(pk=timer.pk).update(at=late + chores.LEASE)
    world.act("answerer", number, "propose_extension", days=60, reason="Archives.")
    world.act("asker", number, "agree_extension")
    assert actions.fire(timer.pk, late) is False
    assert not EventRecord.objects.filter(exchange__number=number, kind="reminder").exists()
    assert Timer.objects.get(pk=timer.pk).at > late + timedelta(days=1)


def test_a_timer_that_fails_does_not_keep_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = world.sent(), world.sent()
    handle = actions.fire
    poisoned = set(Timer.objects.filter(exchange__number=broken).values_list("pk", flat=True))

    def fire(pk: int, now: datetime) -> bool:
        if pk in poisoned:
            raise RuntimeError("poison")
        return handle(pk, now)

    monkeypatch.setattr(actions, "fire", fire)
    late = world.now + timedelta(days=9)
    chores.fire_timers(late)
    assert EventRecord.objects.filter(exchange__number=sound, kind="reminder").count() == 2
    assert chores.fire_timers(late) == 0, "what failed rests for a while"


def test_a_deadline_that_began_long_ago_keeps_its_holidays(world: World) -> None:
    number = world.accepted()
    due = actions.state_of(_row(number)).deadlines["reply"]
    add_holiday("PT", due.due_date, "Bridge")
    actions.recompute_deadlines("PT", world.now)
    assert chores.fire_timers(world.now) == 1
    moved = actions.state_of(_row(number)).deadlines["reply"]
    years_later = world.now + timedelta(days=900)
    add_holiday("PT", years_later.date(), "Elsewhere in time")
    actions.recompute_deadlines("PT", years_later)
    chores.fire_timers(years_later)
    assert actions.state_of(_row(number)).deadlines["reply"].due == moved.due


def test_deadlines_of_a_closed_exchange_stay(world: World) -> None:
    number = world.answered()
    world.act("asker", number, "close", timeliness="good", effort="good")
    row = _row(number)
    state = actions.state_of(row)
    due = replace(state.deadlines["reply"], met=None)
    state = replace(state, deadlines={"reply": due})
    add_holiday("PT", due.due_date, "New day off")
    compiled = definitions.compiled(row.definition_id)
    assert state.closed_at
    assert recalculate(compiled, state, facts_for(compiled, state, "", world.now)) is None
