"""A chore: one row that fails keeps no other waiting, rests longer each time, and is tried again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from imi.database.chore import LONGEST_REST, MOST_RESTING, REST, Chore

NOW = datetime.fromisoformat("2026-05-05T09:00:00+00:00")


class Older(OperationalError):
    """Looks like a database that is away, but concerns one row only."""


class Rows:
    """Rows of which some cannot be handled."""

    def __init__(self, *poisoned: Any, error: type[Exception] = RuntimeError) -> None:
        self.poisoned, self.error = set(poisoned), error
        self.tried: list[Any] = []

    def handle(self, row: Any, now: datetime) -> bool:
        self.tried.append(row)
        if row in self.poisoned:
            raise self.error("poison")
        return True


def test_the_others_are_handled_and_the_fault_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    chore, rows = Chore("letters"), Rows(1)
    with caplog.at_level(logging.ERROR, "imi.worker"):
        assert chore.each([1, 2, 3], rows.handle, NOW) == 2
    assert rows.tried == [1, 2, 3]
    (record,) = caplog.records
    assert (record.message, record.chore, record.id, record.attempt) == ("chore_failed", "letters", 1, 1)  # type: ignore[attr-defined]
    assert record.exc_info is not None


def test_what_failed_rests_longer_each_time() -> None:
    chore, rows = Chore("letters"), Rows(1)
    now, waits = NOW, []
    for _attempt in range(8):
        chore.each([1], rows.handle, now)
        assert chore.resting(now) == [1]
        begun = now
        while chore.resting(now):
            chore.each([1], rows.handle, now)
            now += timedelta(minutes=1)
        waits.append(now - begun)
    assert waits[:3] == [REST, 2 * REST, 4 * REST]
    assert waits[-1] == LONGEST_REST
    assert len(rows.tried) == 8, "and is not tried meanwhile"


def test_what_works_again_is_handled_and_begins_anew() -> None:
    chore, rows = Chore("letters"), Rows(1)
    chore.each([1], rows.handle, NOW)
    rows.poisoned.clear()
    assert chore.each([1], rows.handle, NOW + REST) == 1
    rows.poisoned.add(1)
    chore.each([1], rows.handle, NOW + REST)
    assert chore.resting(NOW + 2 * REST - timedelta(seconds=1)) == [1]
    assert chore.resting(NOW + 2 * REST) == []


def test_a_database_that_is_away_is_away_for_all() -> None:
    chore, rows = Chore("letters"), Rows(1, error=OperationalError)
    with pytest.raises(OperationalError):
        chore.each([1, 2], rows.handle, NOW)
    assert rows.tried == [1]
    assert chore.resting(NOW) == []


@pytest.mark.django_db
def test_a_row_that_the_database_itself_refuses_keeps_nothing_behind_it_waiting() -> None:
    """Both databases say with the same error that they are away and that they will not do something."""
    chore, done = Chore("letters"), []

    def handle(row: int, now: datetime) -> bool:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT " + ", ".join(["1"] * (40_000 if row == 1 else 1)))
        done.append(row)
        return True

    with pytest.raises(OperationalError):
        chore.each([1, 2, 3], handle, NOW)
    assert chore.each([1, 2, 3], handle, NOW + timedelta(seconds=5)) == 2
    assert done == [2, 3]
    assert chore.resting(NOW + timedelta(seconds=5)) == [1]


def test_a_row_at_which_the_database_went_away_once_is_like_any_other_afterwards() -> None:
    chore, rows = Chore("letters"), Rows(1, error=OperationalError)
    for _time in range(3):
        rows.poisoned.add(1)
        with pytest.raises(OperationalError):
            chore.each([1, 2], rows.handle, NOW)
        rows.poisoned.clear()
        assert chore.each([1, 2], rows.handle, NOW) == 2


@pytest.mark.parametrize("error", [KeyError, Older])
def test_what_is_no_fault_rests_without_being_logged(caplog: pytest.LogCaptureFixture, error: Any) -> None:
    chore, rows = Chore("letters", quiet=(LookupError, Older)), Rows(1, error=error)
    chore.each([1, 2], rows.handle, NOW)
    assert chore.resting(NOW) == [1]
    assert not caplog.records


def test_where_everything_fails_the_memory_is_bounded() -> None:
    chore, rows = Chore("letters"), Rows(*range(MOST_RESTING + 50))
    chore.each(range(MOST_RESTING + 50), rows.handle, NOW)
    assert len(chore.resting(NOW)) == len(rows.tried) == MOST_RESTING


def test_rows_that_nobody_asks_for_any_more_are_forgotten() -> None:
    chore, rows = Chore("letters"), Rows(1, 2)
    chore.each([1], rows.handle, NOW)
    chore.each([2], rows.handle, NOW + 5 * LONGEST_REST)
    assert list(chore._failed) == [2]


def test_a_pause_ends() -> None:
    chore = Chore("letters")
    assert not chore.pauses(NOW)
    chore.pause(NOW + REST)
    assert chore.pauses(NOW)
    assert not chore.pauses(NOW + REST)
    chore.pause(NOW + REST)
    Chore.forget_all()
    assert not chore.pauses(NOW)


def test_a_clock_that_was_ahead_and_is_put_right_keeps_nothing_waiting() -> None:
    chore, rows, ahead = Chore("letters"), Rows(1), NOW + timedelta(days=365)
    chore.each([1], rows.handle, ahead)
    chore.pause(ahead + timedelta(days=1))
    rows.poisoned.clear()
    assert not chore.pauses(NOW)
    assert chore.resting(NOW) == []
    assert chore.each([1], rows.handle, NOW) == 1
    chore.pause(NOW + timedelta(days=1))
    assert chore.pauses(NOW)
