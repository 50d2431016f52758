"""A procedure of no real policy area that runs in the shipped request lifecycle and asks every kind of question."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from imi.core.compiled import Compiled, compile_definition
from imi.core.definition import Area, Definition, Lifecycle, Procedure, QuestionSet
from imi.core.wording import content_hash

LIFECYCLE = Path(__file__).parents[2] / "procedures" / "lifecycles" / "request.yaml"

YES, NO = "yes", "no"


def question(id_: str, answer: str, text: str = "A question?", **more: object) -> dict[str, object]:
    return {"id": id_, "text": text, "article": "Article 1", "category": "all", "answer": answer, **more}


QUESTIONS = {
    "lists": [{"id": "general", "title": "General"}],
    "categories": [{"id": "all", "title": "All"}],
    "placeholders": [
        {"id": "hive", "type": "text", "label": "Hive", "personal": "free_text"},
        {"id": "origin", "type": "country", "label": "Origin"},
        {"id": "since", "type": "date", "label": "Since"},
        {"id": "person", "type": "subject", "label": "Person"},
        {"id": "paper", "type": "attachment", "label": "Paper"},
    ],
    "cannot_say_reasons": [{"id": "unknown", "label": "Not known"}, {"id": "other", "label": "Other"}],
    "questions": [
        question("q-kept", "yes_no", "Does [person] keep [hive] from [origin] since [since]?"),
        question("q-sort", "choice", options=[{"id": "a", "label": "A"}, {"id": "b", "label": "B"}], remark_on=["b"]),
        question("q-paper", "yes_no", "Is [paper] genuine?", attachment_on=[NO], remark="required", cannot_say=False),
        question("q-how", "text", "How is [hive] kept?", follows={"question": "q-kept", "on": [YES]}),
        question("q-why", "choices", options=[{"id": "x", "label": "X"}, {"id": "y", "label": "Y"}],
                 follows={"question": "q-kept", "on": [NO]}),
        question("q-deep", "date", follows={"question": "q-why", "on": ["x"]}),
        question("q-file", "file"),
        question("q-number", "number"),
        question("q-money", "money"),
        question("q-period", "period"),
        question("q-country", "country"),
        question("q-concept", "concept", scheme="sorts"),
    ],
}  # fmt: skip

PROCEDURE = {
    "procedure": "bees",
    "title": "Bees",
    "summary": "About bees.",
    "lifecycle": "request",
    "acts": [{"id": "act", "title": "Act", "celex": "32000R0001", "basis": [{"id": "art_1", "label": "Article 1"}]}],
    "subject": [
        {
            "id": "keeper",
            "title": "Keeper",
            "fields": [
                {"id": "kind", "type": "choice", "label": "Kind", "required": "always",
                 "options": [{"id": "person", "label": "Person"}, {"id": "company", "label": "Company"}]},
                {"id": "place", "type": "country", "label": "Place", "required": "to_submit"},
                {"id": "family_name", "type": "text", "label": "Name", "required": "to_submit", "personal": "identity",
                 "when": 'form.kind == "person"'},
                {"id": "firm", "type": "text", "label": "Firm", "required": "to_submit", "impersonal": True,
                 "when": 'form.kind == "company"'},
                {"id": "helpers", "type": "group", "label": "Helpers", "max": 2, "fields": [
                    {"id": "name", "type": "text", "label": "Name", "required": "to_submit", "personal": "identity"},
                    {"id": "hours", "type": "number", "label": "Hours"}]},
            ],
        }
    ],
    "retention": {"basis": "Article 14"},
    "risk": "none",
}  # fmt: skip


@cache
def request() -> Compiled:
    """The bees procedure, ready to run."""
    definition = Definition(
        area=Area(area="apiary", title="Apiary", summary="Bees.", languages=("en",)),
        procedure=Procedure.model_validate(PROCEDURE),
        lifecycle=Lifecycle.model_validate(yaml.safe_load(LIFECYCLE.read_text())),
        questions=QuestionSet.model_validate(QUESTIONS),
    )
    return compile_definition(definition, content_hash(definition))
