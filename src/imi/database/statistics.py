"""Counts of rows, by which a database plans how it searches; until it has counted, it plans as if it knew nothing.

PostgreSQL counts again by itself when much has changed, SQLite does not: it takes a table that it has never counted for
a large one, and goes through all authorities to find the three news that there are.
"""

from __future__ import annotations

from django.db import connection
from django.db.models import Model

LOOKED_AT = 1000
"""So many rows of each index SQLite looks at: some hundredths of a second, whatever the size of the database."""


def count(*models: type[Model]) -> None:
    """Have the tables of these models counted now, after many rows were written at once."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def count_all() -> None:
    """Have all tables counted now: also what a transaction that has not ended has written, for its own plans."""
    with connection.cursor() as cursor:
        if connection.vendor != "sqlite":
            cursor.execute("ANALYZE")
            return
        cursor.execute(f"PRAGMA analysis_limit = {LOOKED_AT}")
        try:
            cursor.execute("ANALYZE")
        finally:
            cursor.execute("PRAGMA analysis_limit = 0")


def counts_itself() -> bool:
    """Whether the database counts again by itself when much has been committed."""
    return connection.vendor != "sqlite"
