"""Terms: from a start and a length to a last day, with the derivation that explains it.

Counting follows Regulation (EEC, Euratom) No 1182/71: the day of the event is not counted (Art. 3(1)); a term in
weeks or months ends on the day of the same name or number, or on the last day of a shorter month (Art. 3(2)(c)); one
that would end on a public holiday, a Saturday or a Sunday ends with the next working day (Art. 3(4)); working days
are all days other than these (Art. 2(2)).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from imi.core.exchange import Due
from imi.core.notation import Unit

SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Term:
    """A computed last day.

    ``skipped`` are the days that did not count, with the holiday's name or "" for a weekend; ``moved_from`` is set
    when the computed last day was a day off.
    """

    last_day: date
    skipped: tuple[tuple[date, str], ...] = ()
    moved_from: date | None = None


def last_day(start: date, amount: int, unit: Unit, holidays: Mapping[date, str]) -> Term:
    """The last day of a term.

    Args:
        start: the day of the event that starts the clock; it is not counted.
        amount: length of the term, in ``unit``; at least 0.
        unit: calendar days, working days, weeks or months.
        holidays: public holidays of the country that owes the act, by date.
    """
    if unit == "working_days":
        return _working_days(start, amount, holidays)
    return _next_working_day(_plain(start, amount, unit), holidays)


def _plain(start: date, amount: int, unit: Unit) -> date:
    match unit:
        case "calendar_days" | "working_days":
            return start + timedelta(days=amount)
        case "weeks":
            return start + timedelta(weeks=amount)
        case "months":
            return add_months(start, amount)
    assert_never(unit)


def add_months(start: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    index = start.year * 12 + start.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def _working_days(start: date, amount: int, holidays: Mapping[date, str]) -> Term:
    day, left, skipped = start, amount, []
    while left > 0:
        day += timedelta(days=1)
        if _is_off(day, holidays):
            skipped.append((day, holidays.get(day, "")))
        else:
            left -= 1
    return Term(day, tuple(skipped))


def _next_working_day(day: date, holidays: Mapping[date, str]) -> Term:
    computed, skipped = day, []
    while _is_off(day, holidays):
        skipped.append((day, holidays.get(day, "")))
        day += timedelta(days=1)
    return Term(day, tuple(skipped), computed if skipped else None)


def _is_off(day: date, holidays: Mapping[date, str]) -> bool:
    return day.weekday() >= SATURDAY or day in holidays


def end_of_day(day: date, timezone: str) -> datetime:
    """The last moment of ``day`` in ``timezone``, as an aware instant (the first of the next day, exclusive)."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=ZoneInfo(timezone))


def start_clock(
    name: str, now: datetime, amount: int, unit: Unit, country: str, timezone: str, holidays: Mapping[date, str]
) -> Due:
    """A running deadline, with its derivation.

    Args:
        name: id of the deadline.
        now: instant of the event that starts the clock.
        amount: length of the term, in ``unit``.
        country: whose holidays count; ``timezone`` and ``holidays`` are that country's.
    """
    started = now.astimezone(ZoneInfo(timezone)).date()
    term = last_day(started, amount, unit, holidays)
    return _due(name, term, started, amount, unit, country, timezone)


def recomputed(due: Due, timezone: str, holidays: Mapping[date, str], amount: int | None = None) -> Due:
    """The same deadline, counted from the same day, under today's holiday calendar.

    Args:
        amount: its new length, where it is extended.
    """
    started = date.fromisoformat(due.started)
    length = due.amount if amount is None else amount
    term = last_day(started, length, due.unit, holidays)
    return replace(_due(due.id, term, started, length, due.unit, due.country, timezone), met=due.met)


def _due(name: str, term: Term, started: date, amount: int, unit: Unit, country: str, timezone: str) -> Due:
    return Due(
        id=name,
        due=term.last_day.isoformat(),
        due_at=end_of_day(term.last_day, timezone).isoformat(),
        started=started.isoformat(),
        amount=amount,
        unit=unit,
        country=country,
        skipped=tuple((day.isoformat(), name) for day, name in term.skipped),
        moved_from=term.moved_from.isoformat() if term.moved_from else None,
    )


def is_overdue(due: Due, now: datetime) -> bool:
    """Whether the deadline runs and its last day is over."""
    return due.met is None and now >= due.due_instant
