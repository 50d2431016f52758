"""Rows of a transaction that has not ended are counted for its own plans, where the database does not do so itself."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from imi.accounts.models import SignIn
from imi.database.statistics import count_rows

pytestmark = pytest.mark.django_db


def test_rows_that_are_not_committed_are_counted() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite plans without counting")
    SignIn.objects.bulk_create(SignIn(at=timezone.now(), ok=False) for _ in range(400))
    count_rows()
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [SignIn._meta.db_table])
        assert cursor.fetchone() == (400.0,)


def test_where_nothing_is_counted_nothing_is_asked(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 0):
        count_rows()
