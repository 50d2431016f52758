"""Dates and times are written in every language as they are in Europe: never the month before the day."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format

AFTERNOON = datetime(2026, 11, 3, 14, 5)  # noqa: DTZ001 - it is only written
TWELVE_HOURS = {"el"}  # in Greek the hours are counted to twelve, says Django
# Of Maltese nothing is compiled yet, and then Django asks for no formats either.
LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "mt"]


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", ["DATE_FORMAT", "DATETIME_FORMAT", "SHORT_DATE_FORMAT", "SHORT_DATETIME_FORMAT"])
def test_the_day_comes_before_the_month_and_hours_are_counted_to_24(language: str, name: str) -> None:
    with translation.override(language):
        written = date_format(AFTERNOON, name)
    found = numbers(written)
    day, year = found.index(3), found.index(2026)
    if 11 in found:
        assert found.index(11) == 1, written
    assert {day, year} <= {0, 1, 2}, written
    assert day == 0 or year == 0, written
    if name.endswith("DATETIME_FORMAT"):
        assert found[-2:] == [2 if language in TWELVE_HOURS else 14, 5], written
