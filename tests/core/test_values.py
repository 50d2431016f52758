"""Every field type, with values that fit and values that do not."""

from __future__ import annotations

from typing import Any

import pytest

from imi.core.definition import FormField
from imi.core.samples import SAMPLE_FILE
from imi.core.values import FaultError, clean, is_empty

OPTIONS = [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]
NAME = {"id": "n", "type": "text", "label": "N", "required": "to_submit"}
FILE = dict(SAMPLE_FILE)


def field(type_: str, **more: Any) -> FormField:
    return FormField.model_validate({"id": "it", "type": type_, "label": "It", **more})


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        (field("text"), "  Ágnes\x00 ", "Ágnes"),
        (field("long_text"), "a\r\nb", "a\nb"),
        (field("identifier"), "№ 1", "№ 1"),
        (field("concept"), "5113", "5113"),
        (field("yes_no"), False, False),
        (field("choice", options=OPTIONS), "b", "b"),
        (field("choices", options=OPTIONS), ["b", "a", "b"], ["b", "a"]),
        (field("number", min=0), 0, 0),
        (field("days", min=1, max=180), 180, 180),
        (field("date"), "2026-02-28", "2026-02-28"),
        (field("period"), {"from": "2026-01-01"}, {"from": "2026-01-01"}),
        (field("period"), {"from": "2026-01-01", "to": "2026-01-01"}, {"from": "2026-01-01", "to": "2026-01-01"}),
        (field("money"), {"amount": "1200.5", "currency": "EUR"}, {"amount": "1200.50", "currency": "EUR"}),
        (field("money"), {"amount": 3, "currency": "HUF"}, {"amount": "3.00", "currency": "HUF"}),
        (field("money"), {"amount": "1E+3", "currency": "HUF"}, {"amount": "1000.00", "currency": "HUF"}),
        (field("country"), "HU", "HU"),
        (field("language"), "hu", "hu"),
        (field("files"), [FILE, FILE], [FILE]),
        (field("group", fields=[{"id": "n", "type": "number", "label": "N"}]), [{"n": 1, "x": 2}], [{"n": 1}]),
    ],
)
def test_fits(kind: FormField, value: Any, stored: Any) -> None:
    assert clean(kind, value) == stored


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        (field("text"), 5, "not_text"),
        (field("text"), "half a character: \ud83d", "not_text"),
        (field("text", max_length=3), "abcd", "too_long"),
        (field("yes_no"), "yes", "not_yes_or_no"),
        (field("choice", options=OPTIONS), "c", "not_an_option"),
        (field("choice", options=OPTIONS), {"a": 1}, "not_an_option"),
        (field("choices", options=OPTIONS), "a", "not_an_option"),
        (field("choices", options=OPTIONS), ["a", []], "not_an_option"),
        (field("number"), True, "not_a_number"),
        (field("number"), "5", "not_a_number"),
        (field("number"), 10**13, "too_large"),
        (field("days", min=1), 0, "too_small"),
        (field("days", max=180), 181, "too_large"),
        (field("date"), "2026-02-30", "not_a_date"),
        (field("date"), 20260228, "not_a_date"),
        (field("period"), {}, "not_a_period"),
        (field("period"), {"from": "2026-02-01", "to": "2026-01-01"}, "period_reversed"),
        (field("money"), {"amount": "1", "currency": "euro"}, "not_money"),
        (field("money"), {"amount": "NaN", "currency": "EUR"}, "not_money"),
        (field("money"), {"amount": "1e-999999", "currency": "EUR"}, "not_money"),
        (field("money"), {"amount": "many", "currency": "EUR"}, "not_money"),
        (field("country"), "hu", "not_a_country"),
        (field("language"), "HU", "not_a_language"),
        (field("files"), [{"id": "x"}], "not_files"),
        (field("files"), [{**FILE, "id": {"nested": 1}}], "not_files"),
        (field("items"), [1], "not_a_list"),
        (field("group", max=1), [{}, {}], "too_many"),
        (field("group"), [1], "not_a_list"),
        (field("group", fields=[NAME]), [{}], "row_incomplete"),
    ],
)
def test_does_not_fit(kind: FormField, value: Any, code: str) -> None:
    with pytest.raises(FaultError) as fault:
        clean(kind, value)
    assert fault.value.code == code


@pytest.mark.parametrize(
    ("value", "empty"), [(None, True), ("", True), ([], True), ({}, True), (0, False), (False, False)]
)
def test_no_and_nought_are_answers(value: Any, empty: bool) -> None:
    assert is_empty(value) is empty
