"""Rows written by statements that are put together once: what an action stores is stored in a dozen of them.

Like ``bulk_create`` and ``save(update_fields=…)`` of Django, with the fields' own conversions and without signals, but
the SQL is kept instead of built again with every row.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from django.db import connection
from django.db.models import Field, Model

Row = TypeVar("Row", bound=Model)


def insert(rows: Iterable[Row], *, unique: tuple[str, ...] = (), changing: tuple[str, ...] = ()) -> list[Row]:
    """Store new rows of one model in one statement.

    Args:
        rows: the new rows; a key that the database gives is set on them.
        unique: fields of a unique constraint under which a row may be there already.
        changing: fields that a row which is there already takes over.

    Returns:
        The rows.
    """
    stored = list(rows)
    if not stored:
        return stored
    model = type(stored[0])
    fields = _written(model)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in stored for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_insertion(connection.vendor, model, len(stored), unique, changing), values)
        keys = cursor.fetchall() if _is_numbered(model) else ()
    for row, (key,) in zip(stored, keys, strict=True) if keys else ():
        row.pk = key
    for row in stored:
        row._state.adding, row._state.db = False, connection.alias
    return stored


def update(row: Model, *names: str) -> None:
    """Write some fields of a row that is in the database."""
    model = type(row)
    fields = [_field(model, name) for name in names]
    values = [field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields]
    key = _key(model).get_db_prep_value(row.pk, connection)
    with connection.cursor() as cursor:
        cursor.execute(_change(connection.vendor, model, names), [*values, key])


def _key(model: type[Model]) -> Field:
    key = model._meta.pk
    assert key is not None  # noqa: S101 - every concrete model has one
    return key


def _field(model: type[Model], name: str) -> Field:
    field = model._meta.get_field(name)
    assert isinstance(field, Field)  # noqa: S101 - a column, not the other end of a relation
    return field


def _is_numbered(model: type[Model]) -> bool:
    """Whether the database gives the key."""
    return _key(model) is model._meta.auto_field


@lru_cache(maxsize=256)
def _written(model: type[Model]) -> tuple[Field, ...]:
    return tuple(field for field in model._meta.local_concrete_fields if field is not model._meta.auto_field)


def _quoted(columns: Iterable[str]) -> str:
    return ", ".join(connection.ops.quote_name(column) for column in columns)


@lru_cache(maxsize=512)
def _insertion(vendor: str, model: type[Model], count: int, unique: tuple[str, ...], changing: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    fields = _written(model)
    one = f"({', '.join(['%s'] * len(fields))})"
    table, columns = quote(model._meta.db_table), _quoted(str(field.column) for field in fields)
    sql = f"INSERT INTO {table} ({columns}) VALUES {', '.join([one] * count)}"  # noqa: S608 - names of the model
    if unique:
        taken = [quote(str(_field(model, name).column)) for name in changing]
        sets = ", ".join(f"{column} = excluded.{column}" for column in taken)
        sql += f" ON CONFLICT ({_quoted(str(_field(model, name).column) for name in unique)}) DO UPDATE SET {sets}"
    return f"{sql} RETURNING {quote(str(_key(model).column))}" if _is_numbered(model) else sql


@lru_cache(maxsize=512)
def _change(vendor: str, model: type[Model], names: tuple[str, ...]) -> str:
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(str(_field(model, name).column))} = %s" for name in names)
    key = quote(str(_key(model).column))
    return f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {key} = %s"  # noqa: S608 - names of the model
