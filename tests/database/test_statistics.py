"""The database knows how many rows it has, also where it does not count by itself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection

from imi.database import statistics
from imi.directory.actions import load_countries
from imi.directory.models import Country
from imi.notify import chores

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-05-05T12:00:00+00:00")


def counted() -> bool:
    """Whether SQLite has counted the countries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM sqlite_stat1 WHERE tbl = %s", [Country._meta.db_table])
        return bool(cursor.fetchone()[0])


def forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sqlite_stat1")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL counts by itself")
def test_the_worker_has_sqlite_count_once_a_day() -> None:
    load_countries()
    statistics.count(Country)
    forget()
    assert chores.count_rows(NOW) == 0
    assert counted()
    forget()
    chores.count_rows(NOW + timedelta(hours=23))
    assert not counted()
    chores.count_rows(NOW + timedelta(hours=24))
    assert counted()


def test_counting_goes_on_with_any_database() -> None:
    statistics.count(Country)
    statistics.count_all()
    assert not Country.objects.exists()
