"""Sizes, dates and amounts as the reader's language writes them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

KILOBYTE = 1024
CLOCK = "H:i"


def size_text(size: int) -> str:
    """A number of bytes for people."""
    if size < KILOBYTE * KILOBYTE:
        return _("%(number)s kB") % {"number": number_format(max(1, round(size / KILOBYTE)))}
    return _("%(number)s MB") % {"number": number_format(round(size / KILOBYTE / KILOBYTE, 1), 1)}


def day_text(day: str | date) -> str:
    """A day with the word for the month, which no two languages read differently; what is no day stays as it is."""
    try:
        value = date.fromisoformat(day) if isinstance(day, str) else day
    except ValueError:
        return str(day)
    return date_format(value, "DATE_FORMAT")


def moment_text(moment: str | datetime) -> str:
    """A moment in the reader's time zone; not every language has a format of its own for day and hour together."""
    value = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    local = timezone.localtime(value)
    return f"{date_format(local, 'DATE_FORMAT')} {date_format(local, CLOCK)}"


def clock_text(moment: datetime) -> str:
    """The time of day of a moment."""
    return date_format(timezone.localtime(moment), CLOCK)


def amount_text(amount: object, currency: object) -> str:
    """An amount of money."""
    try:
        value = Decimal(str(amount))
    except InvalidOperation:
        return f"{amount} {currency}"
    return f"{number_format(value, use_l10n=True)} {currency}"
