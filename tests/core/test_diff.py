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


def step(container: Any, name: str) -> tuple[Any, Any]:
    """The container's key for ``name`` (an id in a list) and what lies there."""
    if isinstance(container, list):
        index = next(index for index, one in enumerate(container) if one["id"] == name)
        return index, container[index]
    return name, container[name]


def parent(data: Any, path: str) -> tuple[Any, Any]:
    """The container in which ``path`` ends, and its key there."""
    *way, last = path.split(".")
    for name in way:
        _, data = step(data, name)
    return data, step(data, last)[0]


def put(path: str, value: Any) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        container, key = parent(data, path)
        container[key] = value

    return edit


def drop(path: str) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        container, key = parent(data, path)
        del container[key]

    return edit


def add(path: str, value: Any) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        container, key = parent(data, path)
        container[key].append(value)

    return edit


def turn_round(path: str) -> Edit:
    def edit(data: dict[str, Any]) -> None:
        container, key = parent(data, path)
        container[key].reverse()

    return edit


NEW_QUESTION = {"id": "bk-3", "text": "Is it heavy?", "article": "Article 3", "category": "book", "answer": "yes_no"}
NEW_FIELD = {"id": "colour", "type": "text", "label": "Colour"}
FIELDS = "procedure.subject.reader.fields"
QUESTIONS = "questions.questions"

# Each edit changes exactly one thing, and the key of the change is the edit's own path.
PUT = [
    ("wording", f"{QUESTIONS}.bk-1.text", "Have you [title]?"),
    ("wording", "procedure.title", "Other"),
    ("wording", "procedure.risk", "Other"),
    ("wording", "procedure.words", {"states.asked.title": "Wanted"}),
    ("wording", "questions.placeholders.title.impersonal", False),
    ("wording", "area.languages", ["en"]),
    ("wording", "lifecycle.scenarios", []),
    ("safe", "procedure.deadlines.answer.amount", 3),
    ("safe", "lifecycle.actions.prolong.by", []),
    ("safe", f"{QUESTIONS}.bk-1.article", "Article 4"),
    ("safe", "procedure.retention.delete_after_months", 30),
    ("safe", f"{FIELDS}.shelf.personal", "professional"),
    ("safe", f"{FIELDS}.shelf.private_to", ["borrowing"]),
    ("safe", "questions.placeholders.title.personal", "free_text"),
    ("mapping", "lifecycle.actions.lend.into", "message"),
    ("mapping", "area.schemes", []),
    ("forbidden", f"{QUESTIONS}.bk-1.answer", "text"),
    ("forbidden", f"{FIELDS}.family_name.type", "date"),
    ("forbidden", f"{FIELDS}.family_name.personal", None),
    ("forbidden", "procedure.retention.block_after_months", 12),
    ("forbidden", "lifecycle.states.lent.phase", "done"),
    ("forbidden", "procedure.procedure", "other"),
]
DROP = [
    ("safe", "procedure.deadlines.answer"),
    ("mapping", f"{QUESTIONS}.bk-2"),
    ("mapping", f"{QUESTIONS}.bk-2.options.torn"),
    ("mapping", "lifecycle.states.checked"),
    ("mapping", "lifecycle.actions.prolong"),
    ("mapping", "lifecycle.parties.lending_union"),
    ("mapping", "procedure.subject.reader"),
    ("mapping", "procedure.acts.reading-act.basis.art_1"),
]
CASES: list[tuple[str, str, str, Edit]] = [
    *((weight, "changed", path, put(path, value)) for weight, path, value in PUT),
    *((weight, "removed", path, drop(path)) for weight, path in DROP),
    ("mapping", "removed", "questions", put("questions", None)),
    ("safe", "added", f"{QUESTIONS}.bk-3", add(QUESTIONS, NEW_QUESTION)),
    ("safe", "added", f"{FIELDS}.colour", add(FIELDS, NEW_FIELD)),
    ("safe", "moved", QUESTIONS, turn_round(QUESTIONS)),
]


@pytest.mark.parametrize(("weight", "what", "key", "edit"), CASES)
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
    for edit in (
        put("procedure.title", "Other"),
        add(QUESTIONS, NEW_QUESTION),
        put(f"{QUESTIONS}.bk-1.answer", "text"),
    ):
        edit(data)
    changes = diff(old, Definition.model_validate(data))
    assert [change.weight for change in changes] == ["forbidden", "safe", "wording"]
    assert heaviest(changes) == "forbidden"


@pytest.mark.parametrize(
    ("before", "after", "weight"),
    [
        (["borrowing"], [], "forbidden"),
        (["borrowing"], ["borrowing", "lending"], "forbidden"),
        (["borrowing"], ["lending"], "forbidden"),
        (["borrowing", "lending_union"], ["borrowing"], "safe"),
        ([], ["borrowing"], "safe"),
    ],
)
def test_what_one_side_wrote_for_itself_is_never_opened(before: list[str], after: list[str], weight: str) -> None:
    data = plain()
    put(f"{FIELDS}.shelf.private_to", before)(data)
    old = Definition.model_validate(data)
    put(f"{FIELDS}.shelf.private_to", after)(data)
    assert heaviest(diff(old, Definition.model_validate(data))) == weight


def test_a_gap_that_may_name_somebody_stays_protected() -> None:
    data = plain()
    put("questions.placeholders.title.personal", "identifier")(data)
    old = Definition.model_validate(data)
    put("questions.placeholders.title.personal", None)(data)
    assert heaviest(diff(old, Definition.model_validate(data))) == "forbidden"
