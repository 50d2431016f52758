"""Writes many rows by the quickest way of the database, the same for both sides of the bench."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

from django.db import connection, models

Rows = Sequence[Sequence[object]]


def insert(table: str, columns: Sequence[str], rows: Rows) -> None:
    """Insert plain rows: COPY on PostgreSQL, a prepared statement on SQLite; names come from the models."""
    quote = connection.ops.quote_name
    target = f"{quote(table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            marks = ", ".join("?" * len(columns))
            connection.connection.executemany(f"INSERT INTO {target} VALUES ({marks})", rows)


@contextlib.contextmanager
def loading(tables: Iterable[type[models.Model]]) -> Iterator[None]:
    """Set the database up for a load: indexes are made afterwards, references are not checked row by row.

    A load is repeated from the beginning after a power cut, so it waits for the disk only at its end.
    """
    indexed = [(table, index) for table in tables for index in table._meta.indexes]
    # Not entered as a context: on leaving it would check every reference of the whole database on SQLite.
    editor = connection.SchemaEditorClass(connection)
    quote = connection.ops.quote_name
    _execute(f"DROP INDEX {quote(index.name)}" for _, index in indexed)
    _quick()
    try:
        with connection.constraint_checks_disabled():
            yield
            _execute(str(index.create_sql(table, editor)) for table, index in indexed)
    finally:
        _careful()


def _execute(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _quick() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = replica")
        else:
            cursor.execute("PRAGMA synchronous=OFF")
            cursor.execute("PRAGMA cache_size=-128000")
            cursor.execute("PRAGMA mmap_size=0")


def _careful() -> None:
    """Back to normal: everything on the disk, statistics for the planner, the connection as new."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET session_replication_role = origin")
            _follow_sequences(cursor)
        else:
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            cursor.execute("PRAGMA analysis_limit=1000")
        cursor.execute("ANALYZE")
    connection.close()


def _follow_sequences(cursor: object) -> None:
    """Let the sequences go on after the keys that were written."""
    from django.apps import apps
    from django.core.management.color import no_style

    for statement in connection.ops.sequence_reset_sql(no_style(), apps.get_models()):
        cursor.execute(statement)  # type: ignore[attr-defined]
