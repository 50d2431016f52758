"""Forms: which fields apply, which must be filled, which authorities and colleagues may be chosen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imi.core import context
from imi.core.forms import check_form, shown_fields
from imi.core.samples import sample_form
from tests.core.cases import Case, in_state
from tests.core.definitions import request

COMPILED = request()


def checked(case: Case, party: str, action: str, data: dict[str, Any], complete: bool = True) -> tuple[Any, Any]:
    authority = case.authority(party)
    values = context.values(COMPILED, case.exchange, case.facts, party, authority)
    found = COMPILED.actions[action]
    cleaned, errors = check_form(COMPILED, found, data, case.exchange, values, case.facts, authority, complete)
    return cleaned, [(error.path, error.code) for error in errors]


def test_nothing_filled_in() -> None:
    case = in_state(COMPILED, "draft")
    _, errors = checked(case, "requesting", "send", {})
    missing = ["recipient", "questions", "kind", "place", "justification", "legal_basis", "days"]
    assert errors == [(field, "required") for field in missing]
    assert checked(case, "requesting", "send", {}, complete=False)[1] == [("kind", "required")]


def test_a_field_applies_when_its_condition_holds() -> None:
    case = in_state(COMPILED, "draft")
    values = context.values(COMPILED, case.exchange, case.facts)

    def shown(**data: Any) -> set[str]:
        return {field.id for field in shown_fields(COMPILED, COMPILED.actions["send"], values, data)}

    assert {"family_name", "firm", "urgency_reason"} & shown() == set()
    assert {"family_name", "firm", "urgency_reason"} & shown(kind="person") == {"family_name"}
    assert {"family_name", "firm", "urgency_reason"} & shown(kind="company", urgent=True) == {"firm", "urgency_reason"}
    # Values of the wrong type open nothing.
    assert "urgency_reason" not in shown(urgent="yes")
    assert "family_name" not in shown(kind=["person"])


def test_what_does_not_apply_is_not_kept() -> None:
    case = in_state(COMPILED, "draft")
    given = {"kind": "company", "firm": "Hive Ltd", "family_name": "Bee", "intruder": 1, "urgency_reason": "x"}
    data = sample_form(COMPILED, COMPILED.actions["send"], case.exchange, case.facts, "requesting-authority", given)
    cleaned, errors = checked(case, "requesting", "send", data)
    assert not errors
    assert not {"family_name", "intruder", "urgency_reason"} & set(cleaned)


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ("responding-authority", None),
        ("other-authority", None),
        ("nowhere", "no_access"),
        ("requesting-authority", "own_authority"),
        ("requesting-coordinator", "same_country"),
        ({"id": 1}, "not_text"),
    ],
)
def test_the_recipient_is_abroad(chosen: Any, code: str | None) -> None:
    _, errors = checked(in_state(COMPILED, "draft"), "requesting", "send", {"recipient": chosen}, complete=False)
    assert errors[: len(errors) - 1] == ([("recipient", code)] if code else [])


def test_an_authority_without_access_cannot_be_chosen() -> None:
    case = in_state(COMPILED, "draft")
    closed = replace(case.facts.authorities["responding-authority"], has_access=False)
    case.facts = replace(case.facts, authorities={**case.facts.authorities, "responding-authority": closed})
    _, errors = checked(case, "requesting", "send", {"recipient": "responding-authority"}, complete=False)
    assert ("recipient", "no_access") in errors


@pytest.mark.parametrize(
    ("chosen", "code"),
    [
        ("other-authority", None),
        ("responding-coordinator", None),
        ("requesting-authority", "other_country"),
        ("responding-authority", "own_authority"),
    ],
)
def test_a_request_is_forwarded_within_the_country(chosen: str, code: str | None) -> None:
    _, errors = checked(in_state(COMPILED, "sent"), "responding", "forward", {"target": chosen, "comment": "x"})
    assert errors == ([("target", code)] if code else [])


def test_a_coordinator_does_not_forward_to_where_the_request_is() -> None:
    data = {"target": "responding-authority", "comment": "x"}
    assert checked(in_state(COMPILED, "sent"), "responding_coordinator", "forward", data)[1] == [
        ("target", "already_there")
    ]


@pytest.mark.parametrize(
    ("chosen", "code"),
    [(["q-kept"], None), (["q-number"], "unknown_question"), (["q-kept", "q-sort", "q-paper"], "all_questions")],
)
def test_a_true_part_of_the_questions_is_split_off(chosen: list[str], code: str | None) -> None:
    data = {"items": chosen, "target": "other-authority", "comment": "x"}
    _, errors = checked(in_state(COMPILED, "sent"), "responding", "split", data)
    assert errors == ([("items", code)] if code else [])


def test_only_colleagues_are_allocated_to() -> None:
    case = in_state(COMPILED, "sent")
    data = {"handlers": ["responding-authority-handler", "requesting-authority-handler"]}
    assert checked(case, "responding", "allocate", data)[1] == [("handlers", "not_a_colleague")]


def test_options_come_from_acts_and_lists() -> None:
    case = in_state(COMPILED, "draft")
    data = {"kind": "person", "legal_basis": "art_1", "list": "general"}
    assert checked(case, "requesting", "send", data, complete=False) == (data, [])
    wrong = {"kind": "person", "legal_basis": "art_2", "list": "special"}
    _, errors = checked(case, "requesting", "send", wrong, complete=False)
    assert errors == [("list", "not_an_option"), ("legal_basis", "not_an_option")]


def test_rows_of_a_group() -> None:
    case = in_state(COMPILED, "draft")
    row = {"name": "Bee", "hours": 3}
    cleaned, errors = checked(case, "requesting", "send", {"kind": "person", "helpers": [row]}, complete=False)
    assert (cleaned["helpers"], errors) == ([row], [])
    _, errors = checked(case, "requesting", "send", {"kind": "person", "helpers": [{"hours": 3}]}, complete=False)
    assert errors == [("helpers", "row_incomplete")]


def test_an_answer_may_rest_on_a_file_of_the_same_form() -> None:
    case = Case(COMPILED).do("requesting", "create").do("requesting", "send", questions=[{"question": "q-file"}])
    case.do("responding", "accept")
    file = {"id": "f1", "name": "a", "size": 1, "media_type": "text/plain", "digest": "0"}
    answers = {"q-file": {"attachments": ["f1"]}}
    assert checked(case, "responding", "reply", {"answers": answers})[1] == [("answers.q-file", "attachment_needed")]
    cleaned, errors = checked(case, "responding", "reply", {"answers": answers, "attachments": [file]})
    assert not errors
    assert cleaned["answers"]["q-file"]["value"] == "attached"
