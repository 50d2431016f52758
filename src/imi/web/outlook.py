"""A picture of the days ahead: how many of a person's tasks are due on each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from imi.exchanges.lists import Awaiting
from imi.web.rows import SOON_DAYS

DAYS = 14
HEIGHT = 48
LEAST = 6
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Column:
    """One bar: a day, or everything before or after the days shown; ``height`` and ``top`` in units of the drawing."""

    count: int
    tone: str
    height: int
    top: int
    day: date | None = None
    label: str = ""
    weekend: bool = False


def columns(tasks: Sequence[Awaiting], now: datetime) -> list[Column]:
    """What is late, what is due on each of the next two weeks' days, and what is due later.

    Args:
        tasks: what awaits a person; what has no deadline is left out.
        now: the present moment.

    Returns:
        Nothing where nothing has a deadline.
    """
    today = localtime(now).date()
    shown = [today + timedelta(days=step) for step in range(DAYS)]
    due: Counter[date] = Counter()
    late = later = 0
    for task in tasks:
        if task.due_at is None or task.due_date is None:
            continue
        if task.due_at < now:
            late += 1
        elif task.due_date > shown[-1]:
            later += 1
        else:
            due[task.due_date] += 1
    most = max([late, later, *due.values()])
    if most == 0:
        return []
    found = [_column(late, most, "late", label=_("Late"))] if late else []
    for day in shown:
        tone = "soon" if (day - today).days <= SOON_DAYS else "ok"
        found.append(_column(due[day], most, tone, day=day))
    if later:
        found.append(_column(later, most, "ok", label=_("Later")))
    return found


def _column(count: int, most: int, tone: str, day: date | None = None, label: str = "") -> Column:
    height = max(LEAST, HEIGHT * count // most) if count else 0
    weekend = day is not None and day.weekday() >= SATURDAY
    return Column(count, tone, height, HEIGHT - height, day, label, weekend)
