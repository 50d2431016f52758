"""Rows are stored as Django would store them, in one statement."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from imi.database.writes import insert, update
from imi.directory.models import Country, Holiday

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 29, 1, 2, 3, 456789, tzinfo=UTC)


@pytest.fixture
def country() -> Country:
    (stored,) = insert([Country(code="AA", iso="AA", languages=["bg", "ελ"], timezone="UTC")])
    return stored


def holiday(day: int, name: str = "") -> Holiday:
    return Holiday(country_id="AA", date=date(2026, 5, day), name=name or f"Day {day}", added_at=AT)


def test_every_kind_of_column_is_stored_as_django_reads_it(country: Country) -> None:
    assert Country.objects.get() == country
    assert Country.objects.get().languages == ["bg", "ελ"]
    insert([holiday(1)])
    stored = Holiday.objects.get()
    assert (stored.date, stored.name, stored.added_at) == (date(2026, 5, 1), "Day 1", AT)


def test_rows_get_their_keys_and_belong_to_the_database(country: Country) -> None:
    with CaptureQueriesContext(connection) as queries:
        rows = insert(holiday(day) for day in (3, 1, 2))
    assert len(queries) == 1
    assert {row.pk: row.name for row in rows} == dict(Holiday.objects.values_list("pk", "name"))
    assert not any(row._state.adding for row in rows)
    rows[0].name = "renamed"
    rows[0].save()
    assert Holiday.objects.count() == 3


def test_nothing_is_asked_for_nothing() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert insert([]) == []
    assert len(queries) == 0


def test_a_row_that_is_there_takes_over_what_changes(country: Country) -> None:
    (old,) = insert([holiday(1, "old")])
    keys = ("country", "date")
    (new,) = insert(
        [Holiday(country_id="AA", date=date(2026, 5, 1), name="old", source="x", added_at=AT)],
        unique=keys,
        changing=("source",),
    )
    assert new.pk == old.pk
    assert Holiday.objects.get().source == "x"


def test_a_constraint_holds(country: Country) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert([Country(code="AA", iso="BB", timezone="UTC")])


def test_only_the_named_fields_are_written(country: Country) -> None:
    country.languages, country.timezone = ["el"], "Europe/Athens"
    update(country, "languages")
    stored = Country.objects.get()
    assert (stored.languages, stored.timezone) == (["el"], "UTC")
