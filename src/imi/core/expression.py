"""Conditions in CEL (Common Expression Language), behind one adapter.

The rest of the system never sees the library: it compiles a source text against declared names, and evaluates the
result. A condition that does not type-check is refused when a definition is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cel_expr_python import cel

CelType = Literal["string", "bool", "int", "list", "any"]

_TYPES: Mapping[CelType, Any] = {
    "string": cel.Type.STRING,
    "bool": cel.Type.BOOL,
    "int": cel.Type.INT,
    "list": cel.Type.List(cel.Type.STRING),
    "any": cel.Type.DYN,
}
EMPTY: Mapping[CelType, Any] = {"string": "", "bool": False, "int": 0, "list": [], "any": None}

_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*", re.ASCII)
_STRINGS = re.compile(r'"[^"]*"' + r"|'[^']*'")
_POSITION = re.compile(r"<input>:(\d+):(\d+): (.*)")


class ExpressionError(ValueError):
    """A condition that cannot be understood.

    Attributes:
        column: where in the source the fault lies, counted from 1.
    """

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled condition; ``names`` are the declared names it reads."""

    source: str
    names: tuple[str, ...]
    _compiled: Any
    _reads_one: bool | None = None  # set where the condition is a yes-or-no name, or its negation

    def evaluate(self, values: Mapping[str, Any]) -> bool:
        """Whether the condition holds.

        Args:
            values: a value for each of :attr:`names`; others are not read.

        Returns:
            True only if the condition evaluates to true; an error at evaluation counts as false, never as true.
        """
        if self._reads_one is not None:
            return values[self.names[0]] is self._reads_one
        try:
            result = self._compiled.eval(data={name: values[name] for name in self.names})
        except RuntimeError:  # text that is not Unicode
            return False
        return result.value() is True


def compile_expression(source: str, variables: Mapping[str, CelType]) -> Expression:
    """Compile a condition.

    Args:
        source: CEL text of boolean type, e.g. ``requesting_coordinator.approve_requests``.
        variables: the names it may use and their types; dotted names are single names.

    Raises:
        ExpressionError: unknown name, type mismatch, syntax error, or not a condition.
    """
    used = _used(source, variables)
    environment = cel.NewEnv(variables={name: _TYPES[variables[name]] for name in used})
    try:
        compiled = environment.compile(source)
    except (RuntimeError, ValueError) as error:
        raise _explained(error) from None
    if compiled.return_type() not in (cel.Type.BOOL, cel.Type.DYN):
        raise ExpressionError("the condition is not a yes-or-no question")
    return Expression(source=source, names=used, _compiled=compiled, _reads_one=_reads_one(source, used, variables))


def _reads_one(source: str, used: tuple[str, ...], variables: Mapping[str, CelType]) -> bool | None:
    """What a yes-or-no name must be where the condition consists of nothing else: most conditions need no more."""
    if len(used) != 1 or variables[used[0]] != "bool":
        return None
    plain = source.replace(" ", "")
    return {used[0]: True, f"!{used[0]}": False}.get(plain)


def _used(source: str, variables: Mapping[str, CelType]) -> tuple[str, ...]:
    """The declared names that occur in the source; ``form.name.size()`` reads ``form.name``."""
    found: dict[str, None] = {}
    for dotted in _NAME.findall(_STRINGS.sub('""', source)):
        parts = dotted.split(".")
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            if name in variables:
                found[name] = None
                break
    return tuple(found)


def _explained(error: Exception) -> ExpressionError:
    match = _POSITION.search(str(error))
    if match is None:
        return ExpressionError(str(error))
    return ExpressionError(match[3].strip(), column=int(match[2]))
