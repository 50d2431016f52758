"""Questions: gaps, follow-ups, refusing to say, remarks and files."""

from __future__ import annotations

from typing import Any

import pytest

from imi.core.exchange import Item
from imi.core.questions import MOST_QUESTIONS, clean_answers, clean_questions, open_questions
from imi.core.samples import sample_answers, sample_questions
from tests.core.definitions import request

COMPILED = request()
GAPS = {"hive": "7", "origin": "HU", "since": "2020-01-01"}


def kept(**gaps: Any) -> dict[str, Any]:
    return {"question": "q-kept", "placeholders": {**GAPS, **gaps}}


def codes(value: Any) -> list[tuple[str, str]]:
    return [(error.path, error.code) for error in clean_questions(COMPILED, value)[1]]


def test_every_gap_is_filled_but_the_subject() -> None:
    cleaned, errors = clean_questions(COMPILED, [{"question": "q-kept", "placeholders": {**GAPS, "more": "x"}}])
    assert not errors
    assert cleaned == [{"question": "q-kept", "placeholders": GAPS, "comment": ""}]


@pytest.mark.parametrize(
    ("value", "faults"),
    [
        ("q-kept", [("questions", "not_a_list")]),
        (["q-kept"], [("questions", "not_a_list")]),
        ([{"question": "q-none"}], [("questions", "unknown_question")]),
        ([{"question": "q-number"}] * (MOST_QUESTIONS + 1), [("questions", "too_many")]),
        ([{"question": "q-sort", "comment": "x" * 2001}], [("questions.q-sort.comment", "too_long")]),
        ([{"question": "q-sort", "comment": ["x"]}], [("questions.q-sort.comment", "not_text")]),
        ([{"question": "q-sort", "placeholders": "x"}], [("questions.q-sort", "not_a_list")]),
        (
            [{"question": "q-kept", "placeholders": {"hive": "7"}}],
            [("questions.q-kept.origin", "required"), ("questions.q-kept.since", "required")],
        ),
        ([kept(origin="Hungary")], [("questions.q-kept.origin", "not_a_country")]),
        ([kept(since="long")], [("questions.q-kept.since", "not_a_date")]),
        ([kept(hive={"a": 1})], [("questions.q-kept.hive", "not_text")]),
    ],
)
def test_faulty_questions(value: Any, faults: list[tuple[str, str]]) -> None:
    assert codes(value) == faults


def test_a_question_is_asked_once() -> None:
    cleaned, errors = clean_questions(COMPILED, [{"question": "q-number"}, {"question": "q-number", "comment": "x"}])
    assert not errors
    assert [one["comment"] for one in cleaned] == ["x"]


def items(*questions: str) -> tuple[Item, ...]:
    return tuple(Item(question) for question in questions)


def opened(asked: tuple[Item, ...], answers: dict[str, Any]) -> list[tuple[str, int]]:
    return [(question.id, depth) for question, _, depth in open_questions(COMPILED, asked, answers)]


def test_answers_open_further_questions() -> None:
    asked = items("q-kept", "q-number")
    assert opened(asked, {}) == [("q-kept", 0), ("q-number", 0)]
    assert opened(asked, {"q-kept": {"value": "yes"}}) == [("q-kept", 0), ("q-how", 1), ("q-number", 0)]
    deep = {"q-kept": {"value": "no"}, "q-why": {"value": ["y", "x"]}}
    assert opened(asked, deep) == [("q-kept", 0), ("q-why", 1), ("q-deep", 2), ("q-number", 0)]
    assert opened(asked, {"q-kept": {"cannot_say": "unknown"}}) == [("q-kept", 0), ("q-number", 0)]
    assert opened(asked, {"q-kept": "yes"}) == [("q-kept", 0), ("q-number", 0)]


def test_a_question_asked_and_opened_is_open_once() -> None:
    assert opened(items("q-kept", "q-how"), {"q-kept": {"value": "yes"}}) == [("q-kept", 0), ("q-how", 1)]


FILES = frozenset({"f1"})


@pytest.mark.parametrize(
    ("question", "answer", "stored"),
    [
        ("q-sort", {"value": "a"}, {"value": "a"}),
        ("q-sort", {"value": "b", "remark": "why"}, {"value": "b", "remark": "why"}),
        ("q-sort", {"value": "", "cannot_say": "unknown"}, {"cannot_say": "unknown"}),
        ("q-sort", {"cannot_say": "other", "remark": "why"}, {"cannot_say": "other", "remark": "why"}),
        ("q-paper", {"value": "yes", "remark": "why"}, {"value": "yes", "remark": "why"}),
        (
            "q-paper",
            {"value": "no", "remark": "why", "attachments": ["f1", "f1", "f9"]},
            {"value": "no", "remark": "why", "attachments": ["f1"]},
        ),
        ("q-file", {"attachments": ["f1"]}, {"value": "attached", "attachments": ["f1"]}),
        ("q-number", {"value": 0}, {"value": 0}),
        ("q-money", {"value": {"amount": "1", "currency": "EUR"}}, {"value": {"amount": "1.00", "currency": "EUR"}}),
        ("q-period", {"value": {"to": "2026-01-01"}}, {"value": {"to": "2026-01-01"}}),
        ("q-country", {"value": "PT"}, {"value": "PT"}),
        ("q-concept", {"value": "5113"}, {"value": "5113"}),
    ],
)
def test_answers(question: str, answer: dict[str, Any], stored: dict[str, Any]) -> None:
    cleaned, errors = clean_answers(COMPILED, items(question), {question: answer}, FILES, complete=True)
    assert not errors
    assert cleaned == {question: {"remark": "", "attachments": [], **stored}}


@pytest.mark.parametrize(
    ("question", "answer", "code"),
    [
        ("q-sort", None, "unanswered"),
        ("q-sort", {}, "unanswered"),
        ("q-sort", {"value": "b"}, "remark_needed"),
        ("q-sort", {"value": "c"}, "not_an_option"),
        ("q-sort", {"value": "a", "attachments": "f1"}, "not_a_list"),
        ("q-sort", {"value": "a", "remark": 5}, "not_text"),
        ("q-sort", {"cannot_say": "tired"}, "cannot_say_not_allowed"),
        ("q-sort", {"cannot_say": "other"}, "remark_needed"),
        ("q-paper", {"cannot_say": "unknown", "remark": "why"}, "cannot_say_not_allowed"),
        ("q-paper", {"value": "yes"}, "remark_needed"),
        ("q-paper", {"value": "no", "remark": "why"}, "attachment_needed"),
        ("q-paper", {"value": "no", "remark": "why", "attachments": ["f9"]}, "attachment_needed"),
        ("q-file", {"value": "attached"}, "unanswered"),
        ("q-file", {"attachments": ["f9"]}, "attachment_needed"),
        ("q-number", {"value": "five"}, "not_a_number"),
    ],
)
def test_faulty_answers(question: str, answer: Any, code: str) -> None:
    cleaned, errors = clean_answers(COMPILED, items(question), {question: answer}, FILES, complete=True)
    assert not cleaned
    assert [(error.path, error.code) for error in errors] == [(f"answers.{question}", code)]


def test_a_draft_of_a_reply_may_have_gaps_but_no_faults() -> None:
    asked = items("q-sort", "q-number")
    cleaned, errors = clean_answers(COMPILED, asked, {"q-number": {"value": 3}}, FILES, complete=False)
    assert (list(cleaned), errors) == (["q-number"], [])
    _, errors = clean_answers(COMPILED, asked, {"q-number": {"value": "3"}}, FILES, complete=False)
    assert [error.code for error in errors] == ["not_a_number"]


def test_answers_to_closed_questions_are_dropped() -> None:
    given = {"q-kept": {"value": "no"}, "q-how": {"value": "well"}, "q-why": {"value": ["y"]}}
    cleaned, errors = clean_answers(COMPILED, items("q-kept"), given, FILES, complete=True)
    assert not errors
    assert set(cleaned) == {"q-kept", "q-why"}


def test_samples_are_valid() -> None:
    questions, errors = clean_questions(COMPILED, sample_questions(COMPILED, 99))
    assert not errors
    asked = tuple(Item(**one) for one in questions)
    _, errors = clean_answers(
        COMPILED, asked, sample_answers(COMPILED, asked), frozenset({"sample-file"}), complete=True
    )
    assert not errors
