"""A month of events as a calendar: weeks from Monday, as in every country that takes part."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.dates import WEEKDAYS

from imi.notify.outreach_words import local
from imi.outreach.events import YEARS
from imi.outreach.models import Event


@dataclass(frozen=True, slots=True)
class Entry:
    """An event on one of its days."""

    event: Event
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; ``inside``: of the month that is shown."""

    day: date
    inside: bool
    today: bool
    entries: tuple[Entry, ...]


def read(text: str, now: datetime, zone: str) -> date:
    """The first day of a month written as ``2026-11``; the present month for anything else."""
    present = local(now, zone).date().replace(day=1)
    try:
        chosen = date.fromisoformat(f"{text}-01")
    except ValueError:
        return present
    return chosen if chosen.year in YEARS else present


def span(first: date, zone: str) -> tuple[datetime, datetime]:
    """From the beginning to the end of the weeks that a month touches."""
    days = _days(first)
    here = ZoneInfo(zone)
    return (
        datetime.combine(days[0], time(), tzinfo=here),
        datetime.combine(days[-1] + timedelta(days=1), time(), tzinfo=here),
    )


def weeks(first: date, events: Iterable[Event], zone: str, now: datetime) -> list[list[Day]]:
    """The weeks of a month with their events, on the days of the reader's country."""
    by_day: dict[date, list[Entry]] = {}
    for event in events:
        starts, ends = local(event.starts_at, zone), local(event.ends_at, zone)
        day = starts.date()
        while day <= ends.date() and (day - starts.date()).days < 31:
            by_day.setdefault(day, []).append(Entry(event, starts if day == starts.date() else None))
            day += timedelta(days=1)
    today = local(now, zone).date()
    drawn = [Day(day, day.month == first.month, day == today, tuple(by_day.get(day, ()))) for day in _days(first)]
    return [drawn[start : start + 7] for start in range(0, len(drawn), 7)]


def _days(first: date) -> list[date]:
    return list(calendar.Calendar(calendar.MONDAY).itermonthdates(first.year, first.month))


def day_names() -> list[str]:
    """The days of the week, in the page's language."""
    return [str(WEEKDAYS[number]) for number in range(7)]


def address(first: date, step: int) -> str:
    """The address of the month before or after; empty where the calendar ends."""
    number = first.year * 12 + first.month - 1 + step
    year, month = divmod(number, 12)
    return f"{reverse('outreach:month')}?month={year:04}-{month + 1:02}" if year in YEARS else ""
