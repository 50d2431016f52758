"""Queries that Django builds once for each shape of their arguments, and that afterwards only run.

Building and compiling a query takes Django twenty times as long as an indexed query takes the database (0.5 against
0.03 ms); a page of a dozen queries spends most of its time on finding out, once more, what their SQL is. A function
that returns a queryset and is marked with :func:`prepared` is called with stand-ins for its arguments the first time;
the SQL is kept, and every later call puts the real values in the places of the stand-ins.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import (
    BaseIterable,
    FlatValuesListIterable,
    ModelIterable,
    ValuesListIterable,
    get_related_populators,
)
from django.db.models.sql import DeleteQuery
from django.db.models.sql.compiler import SQLCompiler

Arguments = ParamSpec("Arguments")
Row = TypeVar("Row")

# Stand-ins are values that nobody ever asks for, so that they are recognised in the parameters of the finished SQL.
_TEXT = "\ue000%d\ue001"
_NUMBER = 1_987_650_000
_MOMENT = datetime(1066, 10, 14, tzinfo=UTC)
_DAY = date(1066, 10, 14)


class Unpreparable(TypeError):
    """The query cannot be prepared: an argument is not simply compared with a column; name it in ``constant``."""


def _values(value: Any) -> Iterator[Any]:
    """The values within an argument, in order; None and truth values are none, for they change the SQL."""
    if isinstance(value, (tuple, list)):
        for one in value:
            yield from _values(one)
    elif value is not None and not isinstance(value, bool):
        yield value


def _stood(value: Any, made: list[Any]) -> Any:
    """An argument with a stand-in for each of its :func:`_values`; adds these to ``made`` in the same order."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (tuple, list)):
        return type(value)(_stood(one, made) for one in value)
    made.append(_stand_in(value, len(made)))
    return made[-1]


def _stand_in(value: Any, place: int) -> Any:
    if isinstance(value, str):
        return _TEXT % place
    if isinstance(value, int):
        return _NUMBER + place
    if isinstance(value, datetime):
        return _MOMENT + timedelta(microseconds=place)
    if isinstance(value, date):
        return _DAY + timedelta(days=place)
    raise Unpreparable(f"a {type(value).__name__} cannot be an argument of a prepared query")


def _plain(value: Any) -> Any:
    """Sets and lists as lists whose length is a power of two, the last one repeated: fewer shapes, the same rows."""
    if isinstance(value, tuple):
        return tuple(_plain(one) for one in value)
    if isinstance(value, (list, set, frozenset)):
        listed = list(value)
        return listed + listed[-1:] * ((1 << max(0, len(listed) - 1).bit_length()) - len(listed)) if listed else []
    return value


def _shape(value: Any) -> Hashable:
    """What of a value decides about the SQL: its kind, and how many there are of it."""
    if value is None or isinstance(value, bool):
        return value
    kind: Any = type(value)
    return (kind, *(_shape(one) for one in value)) if isinstance(value, (tuple, list)) else kind


@dataclass(frozen=True, slots=True)
class _Statement:
    """A finished query: its SQL, where the values go, and how rows become what the queryset would give."""

    sql: str
    parameters: tuple[tuple[int | None, Any], ...]
    converters: tuple[tuple[int, Any, Any], ...]
    build: Callable[[Iterable[list[Any]]], Iterator[Any]] | None

    def run(self, values: list[Any]) -> list[Any]:
        """Run it with other values; a statement that reads nothing has no rows."""
        given = [fixed if place is None else fixed(values[place]) for place, fixed in self.parameters]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, given)
            if self.build is None:
                return []
            found = cursor.fetchall()
        return list(self.build(self._converted(found)))

    def _converted(self, found: Iterable[Iterable[Any]]) -> Iterator[list[Any]]:
        for row in map(list, found):
            for place, functions, expression in self.converters:
                for function in functions:
                    row[place] = function(row[place], expression, connection)
            yield row


def _reading(queryset: QuerySet, stand_ins: list[Any]) -> _Statement:
    """Compile a queryset made of stand-ins."""
    compiler = queryset.query.get_compiler(connection=connection)
    sql, parameters = _finished(compiler, stand_ins)
    converters = compiler.get_converters([one[0] for one in compiler.select[: compiler.col_count]])
    kept = tuple((place, tuple(functions), expression) for place, (functions, expression) in converters.items())
    return _Statement(sql, parameters, kept, _builder(queryset, compiler))


def _deletion(queryset: QuerySet, stand_ins: list[Any]) -> _Statement:
    """Compile the deletion of what a queryset made of stand-ins would find."""
    compiler = queryset.query.chain(klass=DeleteQuery).get_compiler(connection=connection)
    return _Statement(*_finished(compiler, stand_ins), converters=(), build=None)


def _finished(compiler: SQLCompiler, stand_ins: list[Any]) -> tuple[str, tuple[tuple[int | None, Any], ...]]:
    """The SQL, and where its parameters come from."""
    sql, parameters = compiler.as_sql()
    places = {_stored(one): place for place, one in enumerate(stand_ins)}
    missing = places.keys() - set(parameters)
    if missing:
        raise Unpreparable(f"{len(missing)} arguments are no parameters of {sql}")
    return sql, tuple(_parameter(one, places) for one in parameters)


def _parameter(value: Any, places: dict[Any, int]) -> tuple[int | None, Any]:
    """Where the value of a parameter comes from and how it is handed over, or (None, the parameter itself)."""
    if value not in places:
        return None, value
    # psycopg tells numbers apart by classes of their own, as wide as the column.
    return places[value], type(value) if isinstance(value, int) else _stored


def _stored(value: Any) -> Any:
    """A value as the driver takes it."""
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, date):
        return connection.ops.adapt_datefield_value(value)
    return value


def _builder(queryset: QuerySet, compiler: Any) -> Callable[[Iterable[list[Any]]], Iterator[Any]]:
    """What makes of rows what iterating over the queryset would give."""
    kind: type[BaseIterable] = queryset._iterable_class
    if issubclass(kind, ModelIterable) and not compiler.annotation_col_map:
        return _model_builder(compiler.klass_info, compiler.select)
    if issubclass(kind, FlatValuesListIterable):
        return lambda rows: (row[0] for row in rows)
    if issubclass(kind, ValuesListIterable):
        return lambda rows: (tuple(row) for row in rows)
    raise Unpreparable(f"a queryset of {kind.__name__} cannot be prepared")


def _model_builder(info: dict[str, Any], select: Any) -> Callable[[Iterable[list[Any]]], Iterator[Model]]:
    start, end = info["select_fields"][0], info["select_fields"][-1] + 1
    model, names = info["model"], [one[0].target.attname for one in select[start:end]]
    related = get_related_populators(info, select, connection.alias)  # type: ignore[call-arg] # the stubs are of a later Django

    def models(rows: Iterable[list[Any]]) -> Iterator[Model]:
        for row in rows:
            made = model.from_db(connection.alias, names, row[start:end])
            for populator in related:
                populator.populate(row, made)
            yield made

    return models


_Finish = Callable[[QuerySet, list[Any]], _Statement]


class Prepared(Generic[Arguments, Row]):
    """A function that returned a queryset and now returns its rows as a list, at a fraction of the cost."""

    def __init__(self, build: Callable[Arguments, QuerySet[Any, Row]], constant: frozenset[str]) -> None:
        functools.update_wrapper(self, build)
        self._build = build
        self._constant = constant
        self._statements: dict[Hashable, _Statement | None] = {}  # None: nothing can be found

    def __call__(self, *args: Arguments.args, **named: Arguments.kwargs) -> list[Row]:
        """Run the query.

        Args:
            args: text, numbers, moments and days; None and truth values, which make a query of their own; sets and
                lists of which each length makes a query of its own; tuples of all these.

        Raises:
            Unpreparable: an argument is of another kind, or is not simply compared with a column.
        """
        return self._run(_reading, args, named)

    def _run(self, finish: _Finish, args: tuple[Any, ...], named: dict[str, Any]) -> list[Row]:
        if args:
            raise Unpreparable("the arguments of a prepared query are given by name")
        plain = {name: value if name in self._constant else _plain(value) for name, value in named.items()}
        shape = (connection.vendor, finish, *((name, self._shape(name, value)) for name, value in plain.items()))
        if shape not in self._statements:
            self._statements[shape] = self._finished(finish, plain)
        statement = self._statements[shape]
        if statement is None:
            return []
        values = [one for name, value in plain.items() if name not in self._constant for one in _values(value)]
        return statement.run(values)

    def _finished(self, finish: _Finish, plain: dict[str, Any]) -> _Statement | None:
        """The statement of a shape; None where something had to be in an empty list, so that nothing is found."""
        made: list[Any] = []
        stood = {name: value if name in self._constant else _stood(value, made) for name, value in plain.items()}
        try:
            return finish(self._build(**stood), made)  # type: ignore[call-arg] # as they were given
        except EmptyResultSet:
            if not any(value == [] for value in plain.values()):
                # Anything else is a stand-in that fits no column.
                raise Unpreparable(f"{self.__name__} compares a column with more than it can hold") from None  # type: ignore[attr-defined]
            return None

    def first(self, *args: Arguments.args, **named: Arguments.kwargs) -> Row | None:
        """Run the query and return the first of its rows, None where there is none.

        Raises:
            Unpreparable: as for a call.
        """
        return next(iter(self(*args, **named)), None)

    def delete(self, *args: Arguments.args, **named: Arguments.kwargs) -> None:
        """Delete the rows that the query finds, in one statement; for models to which no other refers.

        Raises:
            Unpreparable: as for a call.
        """
        self._run(_deletion, args, named)

    def _shape(self, name: str, value: Any) -> Hashable:
        return (value,) if name in self._constant else _shape(value)


def prepared(
    *constant: str,
) -> Callable[[Callable[Arguments, QuerySet[Any, Row]]], Prepared[Arguments, Row]]:
    """Make a function that returns a queryset return its rows, and build its SQL only once.

    Args:
        constant: names of arguments that are not compared with a column but decide what the query is: a size, an
            order. Each of their values makes a query of its own, so they must have few.
    """
    return lambda build: Prepared(build, frozenset(constant))
