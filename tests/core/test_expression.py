"""Conditions: what the short way says, CEL says too; and no value makes one fail."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imi.core.expression import EMPTY, CelType, Expression, ExpressionError, compile_expression

NAMES: dict[str, CelType] = {"a.b": "bool", "n": "int", "form.s": "string", "form.l": "list", "form.any": "any"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)
CONDITIONS = [
    "a.b", "!a.b", "! a.b", "n > 3", 'form.s == "x"', "form.l.size() > 1", '"x" in form.l', "form.any == 1",
    'a.b && (n == 0 || form.s.startsWith("y"))',
]  # fmt: skip


@pytest.mark.parametrize("source", CONDITIONS)
@settings(max_examples=60, deadline=None)
@given(value=JSON)
def test_any_value_gives_an_answer(source: str, value: Any) -> None:
    expression = compile_expression(source, NAMES)
    assert expression.evaluate(dict.fromkeys(NAMES, value)) in (True, False)


@pytest.mark.parametrize("source", ["a.b", "!a.b"])
@pytest.mark.parametrize("value", [True, False, None, "", "true", 0, 1, [], {}])
def test_the_short_way_agrees_with_cel(source: str, value: Any) -> None:
    short = compile_expression(source, NAMES)
    long = Expression(short.source, short.names, short._compiled)
    assert short._reads_one is not None
    assert short.evaluate({"a.b": value}) == long.evaluate({"a.b": value})


def test_missing_values_are_false() -> None:
    values = {name: EMPTY[type_] for name, type_ in NAMES.items()}
    assert [compile_expression(source, NAMES).evaluate(values) for source in CONDITIONS[:5]] == [
        False, True, True, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "column"), [("n", 1), ("unknown", 1), ("a.b &&", 7), ("n == true", 3), ("form.s > 1", 8), ("a.b a.b", 5)]
)
def test_nonsense_does_not_compile(source: str, column: int) -> None:
    with pytest.raises(ExpressionError) as error:
        compile_expression(source, NAMES)
    assert error.value.column >= 1
    if column > 1:
        assert error.value.column == column


def test_only_names_that_occur_are_read() -> None:
    assert compile_expression('form.s == "a.b" && n > 1', NAMES).names == ("form.s", "n")
