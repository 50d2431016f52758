"""What a difference between two definitions means."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from imi.catalogue.load import read_folder
from imi.core.definition import Definition
from imi.core.diff import diff, heaviest
from imi.core.wording import content_hash

TOY = Path(__file__).parents[1] / "catalogue" / "toy"
Edit = Callable[[dict[str, Any]], Any]


def plain() -> dict[str, Any]:
    [joined] = read_folder(TOY).joined()
    return joined.definition.model_dump(by_alias=True, mode="json")


def action(data: dict[str, Any], name: str) -> dict[str, Any]:
    return next(one for one in data["lifecycle"]["actions"] if one["id"] == name)


def question(data: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = data["questions"]["questions"][number]
    return found


def reader(data: dict[str, Any], number: int) -> dict[str, Any]:
    found: dict[str, Any] = data["procedure"]["subject"][0]["fields"][number]
    return found


NEW_QUESTION = {"id": "bk-3", "text": "Is it heavy?", "article": "Article 3", "category": "book", "answer": "yes_no"}
NEW_FIELD = {"id": "colour", "type": "text", "label": "Colour"}

CASES: list[tuple[str, str, str, Edit]] = [
    ("wording", "changed", "questions.questions.bk-1.text", lambda d: question(d, 0).update(text="Have you [title]?")),
    ("wording", "changed", "procedure.title", lambda d: d["procedure"].update(title="Other")),
    ("wording", "changed", "procedure.risk", lambda d: d["procedure"].update(risk="Other")),
    ("wording", "changed", "area.languages", lambda d: d["area"].update(languages=["en"])),
    ("wording", "changed", "lifecycle.scenarios", lambda d: d["lifecycle"].update(scenarios=[])),
    ("safe", "added", "questions.questions.bk-3", lambda d: d["questions"]["questions"].append(NEW_QUESTION)),
    ("safe", "added", "procedure.subject.reader.fields.colour", lambda d: d["procedure"]["subject"][0]["fields"].append(NEW_FIELD)),
    ("safe", "changed", "procedure.deadlines.answer.amount", lambda d: d["procedure"]["deadlines"]["answer"].update(amount=3)),
    ("safe", "removed", "procedure.deadlines.answer", lambda d: d["procedure"]["deadlines"].pop("answer")),
    ("safe", "changed", "lifecycle.actions.prolong.by", lambda d: action(d, "prolong").update(by=[])),
    ("safe", "moved", "questions.questions", lambda d: d["questions"]["questions"].reverse()),
    ("safe", "changed", "questions.questions.bk-1.article", lambda d: question(d, 0).update(article="Article 4")),
    ("safe", "changed", "procedure.retention.delete_after_months", lambda d: d["procedure"]["retention"].update(delete_after_months=30)),
    ("safe", "changed", "procedure.subject.reader.fields.shelf.personal", lambda d: reader(d, 2).update(personal="professional")),
    ("mapping", "removed", "questions.questions.bk-2", lambda d: d["questions"]["questions"].pop()),
    ("mapping", "removed", "lifecycle.states.checked", lambda d: d["lifecycle"]["states"].pop(2)),
    ("mapping", "removed", "lifecycle.actions.prolong", lambda d: d["lifecycle"]["actions"].remove(action(d, "prolong"))),
    ("mapping", "removed", "procedure.subject.reader", lambda d: d["procedure"]["subject"].clear()),
    ("mapping", "removed", "procedure.acts.reading-act.basis.art_1", lambda d: d["procedure"]["acts"][0]["basis"].clear()),
    ("mapping", "removed", "questions.questions.bk-2.options.torn", lambda d: question(d, 1)["options"].pop()),
    ("mapping", "removed", "questions", lambda d: d.update(questions=None)),
    ("mapping", "changed", "lifecycle.actions.lend.into", lambda d: action(d, "lend").update(into="message")),
    ("mapping", "changed", "area.schemes", lambda d: d["area"].update(schemes=[])),
    ("forbidden", "changed", "questions.questions.bk-1.answer", lambda d: question(d, 0).update(answer="text")),
    ("forbidden", "changed", "procedure.subject.reader.fields.family_name.type", lambda d: reader(d, 0).update(type="date")),
    ("forbidden", "changed", "procedure.subject.reader.fields.family_name.personal", lambda d: reader(d, 0).update(personal=None)),
    ("forbidden", "changed", "procedure.retention.block_after_months", lambda d: d["procedure"]["retention"].update(block_after_months=12)),
    ("forbidden", "changed", "lifecycle.states.lent.phase", lambda d: d["lifecycle"]["states"][3].update(phase="done")),
    ("forbidden", "changed", "procedure.procedure", lambda d: d["procedure"].update(procedure="other")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("weight", "what", "key", "edit"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_change_is_found_and_weighed(weight: str, what: str, key: str, edit: Edit) -> None:
    data = plain()
    old = Definition.model_validate(data)
    edit(data)
    new = Definition.model_validate(data)
    changes = diff(old, new)
    assert [(change.weight, change.what, change.key) for change in changes] == [(weight, what, key)]
    assert all(change.why for change in changes)
    assert (content_hash(old) == content_hash(new)) is (weight == "wording")


def test_no_difference() -> None:
    definition = Definition.model_validate(plain())
    assert diff(definition, definition) == []
    assert heaviest([]) is None


def test_the_gravest_comes_first() -> None:
    data = plain()
    old = Definition.model_validate(data)
    for _, _, _, edit in (CASES[0], CASES[5], CASES[20], CASES[25]):
        if edit is not CASES[20][3]:
            edit(data)
    changes = diff(old, Definition.model_validate(data))
    assert [change.weight for change in changes] == ["forbidden", "safe", "wording"]
    assert heaviest(changes) == "forbidden"
