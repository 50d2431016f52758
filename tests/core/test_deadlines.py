"""Terms as Regulation (EEC, Euratom) No 1182/71 counts them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from imi.core.deadlines import add_months, end_of_day, is_overdue, last_day, recomputed, start_clock
from imi.core.notation import Unit

MAY_DAY = {date(2026, 5, 1): "May Day"}
EASTER = {date(2026, 4, 3): "Good Friday", date(2026, 4, 6): "Easter Monday"}


@pytest.mark.parametrize(
    ("start", "amount", "unit", "holidays", "due"),
    [
        # Article 3(1): the day of the event is not counted.
        ("2026-03-02", 1, "calendar_days", {}, "2026-03-03"),
        ("2026-03-02", 14, "calendar_days", {}, "2026-03-16"),
        # Article 3(4): a last day on a Saturday, Sunday or holiday moves to the next working day.
        ("2026-03-02", 5, "calendar_days", {}, "2026-03-09"),
        ("2026-03-02", 6, "calendar_days", {}, "2026-03-09"),
        ("2026-04-24", 7, "calendar_days", MAY_DAY, "2026-05-04"),
        ("2026-03-27", 7, "calendar_days", EASTER, "2026-04-07"),
        # Days off inside the term count.
        ("2026-04-02", 14, "calendar_days", EASTER, "2026-04-16"),
        # Article 3(2)(c): weeks end on the same day of the week, months on the same number.
        ("2026-03-04", 2, "weeks", {}, "2026-03-18"),
        ("2026-03-10", 1, "months", {}, "2026-04-10"),
        ("2026-01-30", 1, "months", {}, "2026-03-02"),
        ("2027-10-29", 4, "months", {}, "2028-02-29"),
        ("2026-12-31", 2, "months", {}, "2027-03-01"),
        ("2026-08-31", 1, "months", {}, "2026-09-30"),
        ("2026-11-16", 14, "months", {}, "2028-01-17"),
        # Article 2(2): working days leave out holidays, Saturdays and Sundays.
        ("2026-03-06", 2, "working_days", {}, "2026-03-10"),
        ("2026-03-06", 5, "working_days", {}, "2026-03-13"),
        ("2026-04-01", 3, "working_days", EASTER, "2026-04-08"),
        ("2026-04-30", 1, "working_days", MAY_DAY, "2026-05-04"),
        ("2026-03-07", 1, "working_days", {}, "2026-03-09"),
    ],
)
def test_last_day(start: str, amount: int, unit: Unit, holidays: dict[date, str], due: str) -> None:
    assert last_day(date.fromisoformat(start), amount, unit, holidays).last_day.isoformat() == due


def test_the_derivation_names_what_was_skipped() -> None:
    term = last_day(date(2026, 3, 27), 7, "calendar_days", EASTER)
    assert term.moved_from == date(2026, 4, 3)
    assert [name for _, name in term.skipped] == ["Good Friday", "", "", "Easter Monday"]
    working = last_day(date(2026, 4, 1), 3, "working_days", EASTER)
    assert working.moved_from is None
    assert [day.isoformat() for day, _ in working.skipped] == ["2026-04-03", "2026-04-04", "2026-04-05", "2026-04-06"]


def test_a_year_of_months() -> None:
    assert [add_months(date(2026, 1, 31), months).day for months in range(13)] == [
        31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("now", "timezone", "started"),
    [
        ("2026-03-02T23:30:00+00:00", "UTC", "2026-03-02"),
        ("2026-03-02T23:30:00+00:00", "Europe/Budapest", "2026-03-03"),
        ("2026-03-02T22:30:00+00:00", "Europe/Sofia", "2026-03-03"),
        ("2026-03-02T23:30:00+00:00", "Europe/Lisbon", "2026-03-02"),
        ("2026-03-03T00:30:00+00:00", "Atlantic/Azores", "2026-03-02"),
    ],
)
def test_the_day_begins_where_the_owing_authority_is(now: str, timezone: str, started: str) -> None:
    due = start_clock("reply", datetime.fromisoformat(now), 1, "calendar_days", "BB", timezone, {})
    assert due.started == started


def test_the_last_moment_follows_the_clocks() -> None:
    # On 29 March 2026 clocks go forward: the Sunday has 23 hours and the offset changes.
    assert end_of_day(date(2026, 3, 28), "Europe/Budapest").isoformat() == "2026-03-29T00:00:00+01:00"
    assert end_of_day(date(2026, 3, 29), "Europe/Budapest").isoformat() == "2026-03-30T00:00:00+02:00"


def test_overdue_begins_when_the_last_day_is_over() -> None:
    due = start_clock("reply", datetime(2026, 3, 2, 9, tzinfo=UTC), 1, "calendar_days", "BB", "Europe/Budapest", {})
    assert due.due == "2026-03-03"
    assert not is_overdue(due, datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC))
    assert is_overdue(due, datetime(2026, 3, 3, 23, tzinfo=UTC))


def test_recomputing_counts_from_the_first_start() -> None:
    due = start_clock("reply", datetime(2026, 3, 2, 23, 30, tzinfo=UTC), 7, "calendar_days", "BB", "Europe/Sofia", {})
    assert due.started == "2026-03-03"
    longer = recomputed(due, "Europe/Sofia", {}, 14)
    assert (longer.started, longer.due, longer.amount) == ("2026-03-03", "2026-03-17", 14)
    assert recomputed(due, "Europe/Sofia", {}) == due
