"""The holidays of the years to come: known before a deadline needs them."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Max, Q

from imi.directory.actions import load_holidays
from imi.directory.models import Country, Holiday
from imi.exchanges.actions import recompute_deadlines
from imi.exchanges.facts import CALENDAR_AFTER
from imi.exchanges.models import Participation


def known_until() -> date | None:
    """The last day up to which the public holidays of every country are known; None where one has none at all.

    Holidays are loaded by whole years, so a year that has one has all of them.
    """
    loaded = Max("holidays__date", filter=Q(holidays__source=Holiday.Source.CALENDAR))
    latest = list(Country.objects.annotate(latest=loaded).values_list("latest", flat=True))
    known = [day for day in latest if day is not None]
    return date(min(known).year, 12, 31) if latest and len(known) == len(latest) else None


def reaches(until: date | None, today: date) -> bool:
    """Whether a calendar known so far suffices: as far as decisions look ahead."""
    return until is not None and until - today >= CALENDAR_AFTER


@transaction.atomic
def extend(now: datetime) -> int:
    """Load the holidays of the years to come, once those that are known do not reach far enough.

    Deadlines that end beyond what was known are computed anew, and the parties told once of those that move. Where
    nothing was known there is no such deadline: a country comes with its holidays, or before its first authority.

    Returns:
        How many countries have got more holidays; none where there was nothing to do.
    """
    until = known_until()
    if reaches(until, now.date()):
        return 0
    load_holidays(range(now.year - 1, now.year + 4))
    if until is not None:
        _recompute_beyond(until, now)
    return Country.objects.count()


def _recompute_beyond(until: date, now: datetime) -> None:
    """Have deadlines that end after a day computed anew; few countries have one so far ahead."""
    beyond = Participation.objects.filter(due_date__gt=until).order_by()
    for country in beyond.values_list("authority__country", flat=True).distinct():
        recompute_deadlines(country, now)
