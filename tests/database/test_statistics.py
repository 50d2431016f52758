"""The database knows how many rows it has, also where it does not count by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from imi.accounts.models import SignIn
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


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no transactions with plans of their own")
def test_rows_that_are_not_committed_are_counted() -> None:
    SignIn.objects.bulk_create(SignIn(at=NOW, ok=False) for _ in range(400))
    statistics.count_all()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [SignIn._meta.db_table])
        assert cursor.fetchone() == (400.0,)


def test_the_worker_leaves_a_database_alone_that_counts_by_itself(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0 if connection.vendor == "postgresql" else 3):
        chores.count_rows(NOW)
