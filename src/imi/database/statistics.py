"""What the database knows about the sizes of its tables."""

from __future__ import annotations

from django.db import connection


def count_rows() -> None:
    """Let PostgreSQL count what a long transaction has written, for the rest of that transaction.

    It counts by itself only what has been committed. Until then it goes by what it last counted, and from tables that
    were empty it reads everything for each row wanted. SQLite needs no counting: its plans follow the indexes.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
