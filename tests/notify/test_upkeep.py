"""What the worker keeps in order by itself: old records go, coming holidays come, an update is waited for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from imi.accounts.models import SignIn
from imi.directory.actions import load_countries, load_holidays
from imi.directory.models import Country, Holiday
from imi.exchanges import actions as exchanges
from imi.exchanges import calendar_ahead, definitions, tidying
from imi.exchanges.models import EventRecord, Exchange, PublishedDefinition, Submission, Telling, Timer
from imi.notify import chores
from tests.exchanges.conftest import World, catalogue  # noqa: F401 - a fixture
from tests.exchanges.conftest import lone_world as world  # noqa: F401

NOON = datetime.fromisoformat("2026-05-05T12:00:00+00:00")


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """What a test publishes is known to no other."""
    yield
    definitions.forget()


def until_done(now: datetime) -> list[int]:
    """Tidy up as often as the worker does; how much was done each time."""
    done = [chores.tidy_up(now)]
    while done[-1]:
        done.append(chores.tidy_up(now))
    return done


def _submissions(world: World, count: int, at: datetime) -> None:  # noqa: F811
    user = world.people["asker"].user_id
    Submission.objects.bulk_create(
        Submission(key=f"{at:%j}-{number}", user_id=user, digest="", number="2026-1", seq=1, at=at)
        for number in range(count)
    )


def test_keys_of_forms_are_forgotten_after_thirty_days_in_parts(
    world: World,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chores, "ROWS_AT_ONCE", 20)
    _submissions(world, 50, NOON - timedelta(days=30, seconds=1))
    _submissions(world, 5, NOON - timedelta(days=29))
    assert until_done(NOON) == [20, 20, 10, 0]
    assert Submission.objects.count() == 5


def test_a_form_sent_again_within_thirty_days_still_has_one_effect(world: World) -> None:  # noqa: F811
    number = world.sent()
    assert isinstance(world.act("answerer", number, "accept", days=5, key="once"), exchanges.Done)
    until_done(world.now + tidying.REPEATABLE - timedelta(hours=1))
    again = world.act("answerer", number, "accept", days=5, key="once")
    assert isinstance(again, exchanges.Done)
    assert again.repeated


def test_records_of_signing_in_are_forgotten_when_the_setting_says(
    world: World,  # noqa: F811
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(chores, "ROWS_AT_ONCE", 2)
    settings.IMI_KEEP_SIGN_INS = 100
    for days in (300, 200, 101, 99, 0):
        SignIn.objects.create(at=NOON - timedelta(days=days), ok=False)
    assert until_done(NOON) == [2, 1, 0]
    assert {(NOON - one.at).days for one in SignIn.objects.all()} == {99, 0}


def test_records_of_signing_in_are_kept_for_half_a_year_by_default(settings: Any) -> None:
    assert settings.IMI_KEEP_SIGN_INS == 180


def test_with_nothing_left_the_database_is_left_in_peace_for_an_hour(db: None, django_assert_num_queries: Any) -> None:
    assert chores.tidy_up(NOON) == 0
    with django_assert_num_queries(0):
        assert chores.tidy_up(NOON + timedelta(minutes=59)) == 0
    SignIn.objects.create(at=NOON - timedelta(days=999), ok=False)
    assert chores.tidy_up(NOON + chores.PAUSE) == 1


# --- holidays --------------------------------------------------------------------------------------------------------


def test_the_calendar_is_extended_when_less_than_400_days_of_it_are_left(db: None) -> None:
    load_countries()
    load_holidays([2026, 2027])
    assert calendar_ahead.known_until() == date(2027, 12, 31)
    early = datetime.fromisoformat("2026-11-26T12:00:00+00:00")
    assert chores.look_ahead(early) == 0
    assert not Holiday.objects.filter(date__year__gt=2027).exists()
    late = early + timedelta(days=1)
    assert chores.look_ahead(late) == Country.objects.count()
    assert calendar_ahead.known_until() == date(2029, 12, 31)
    assert chores.look_ahead(late + chores.PAUSE) == 0


def test_a_country_without_holidays_counts_as_no_calendar(db: None) -> None:
    load_countries()
    assert calendar_ahead.known_until() is None
    load_holidays([2026, 2027, 2028])
    Holiday.objects.filter(country="PT").delete()
    assert calendar_ahead.known_until() is None
    assert chores.look_ahead(NOON)
    assert calendar_ahead.known_until() == date(2029, 12, 31)


def test_a_holiday_announced_by_hand_says_nothing_of_its_year(db: None) -> None:
    load_countries()
    load_holidays([2026])
    for country in Country.objects.all():
        Holiday.objects.create(
            country=country, date=date(2030, 1, 2), name="Once", source=Holiday.Source.ANNOUNCED, added_at=NOON
        )
    assert calendar_ahead.known_until() == date(2026, 12, 31)


def test_deadlines_beyond_the_known_calendar_are_computed_anew(world: World) -> None:  # noqa: F811
    load_holidays([2025])
    world.at(days=50)  # ten days from then are the first of May, a public holiday
    number = world.accepted()
    due = exchanges.state_of(Exchange.objects.get(number=number)).deadlines["reply"].due
    assert not Timer.objects.filter(deadline="").exists()
    assert chores.look_ahead(world.now)
    assert list(Timer.objects.filter(deadline="").values_list("exchange__number", flat=True)) == [number]
    while chores.fire_timers(world.now):
        pass
    assert EventRecord.objects.filter(exchange__number=number, kind="moved").count() == 1
    assert exchanges.state_of(Exchange.objects.get(number=number)).deadlines["reply"].due > due


def test_without_countries_there_is_nothing_to_load(db: None) -> None:
    assert chores.look_ahead(NOON) == 0


# --- an update is under way ------------------------------------------------------------------------------------------


def test_what_only_a_newer_program_understands_keeps_no_other_waiting(world: World) -> None:  # noqa: F811
    waiting, other = world.sent(), world.sent()
    row = Exchange.objects.get(number=waiting)
    newer = PublishedDefinition.objects.get(pk=row.definition_id)
    newer.pk, newer.current, newer.body = "f" * 64, False, {**newer.body, "form": 99}
    newer.save(force_insert=True)
    Exchange.objects.filter(pk=row.pk).update(definition=newer.pk)
    EventRecord.objects.filter(exchange=row).update(definition=newer.pk)
    now = timezone.now()
    assert chores.tell_people(now) > 0
    left = Telling.objects.filter(done_at__isnull=True).values_list("event__exchange__number", flat=True)
    assert set(left) == {waiting}
    assert other not in left
    assert chores.tell_people(now) == 0
