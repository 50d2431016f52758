"""The picture of the days ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from imi.exchanges.lists import Awaiting
from imi.web.outlook import DAYS, HEIGHT, columns

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def task(day: date | None, at: datetime | None = None) -> Awaiting:
    """A task that is due at the end of a day."""
    ends = at or (datetime(day.year, day.month, day.day, 22, 0, tzinfo=UTC) if day else None)
    return Awaiting("2026-000001", "", "", "reply", "", "", NOW, ends, day, "reply", None)


def test_nothing_is_drawn_where_nothing_has_a_deadline() -> None:
    assert columns([], NOW) == []
    assert columns([task(None)], NOW) == []


def test_each_day_has_its_bar_and_the_rest_stands_before_and_after() -> None:
    today = NOW.date()
    late = task(today - timedelta(days=3))
    found = columns([late, task(today), task(today + timedelta(days=7)), task(today + timedelta(days=7))], NOW)
    assert len(found) == 1 + DAYS
    assert (found[0].count, found[0].tone, found[0].day) == (1, "late", None)
    assert (found[1].day, found[1].count, found[1].tone) == (today, 1, "soon")
    assert (found[8].count, found[8].tone, found[8].height) == (2, "ok", HEIGHT)
    assert [one.day.weekday() for one in found if one.day and one.weekend] == [5, 6, 5, 6]
    assert all(one.top + one.height == HEIGHT for one in found)


def test_what_lies_beyond_the_days_shown_is_one_bar() -> None:
    found = columns([task(NOW.date() + timedelta(days=DAYS))], NOW)
    assert (found[-1].count, found[-1].day) == (1, None)
    assert sum(one.count for one in found) == 1
