"""Valid data made from a definition itself, so that one story can be told in every procedure of a kind.

A lifecycle knows neither the questions nor the subject of the procedures that use it. Its scenarios therefore write
``some`` where they need "any valid value"; the same goes for tests and measurements. Samples are deterministic.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imi.core import context
from imi.core.compiled import Compiled
from imi.core.definition import Action, FormField, Question
from imi.core.exchange import Exchange, Item
from imi.core.facts import Facts
from imi.core.forms import FormValues, authority_fault
from imi.core.questions import FROM_SUBJECT, open_questions
from imi.core.values import is_empty

SOME = "some"
MOST_SAMPLE_QUESTIONS = 3
SAMPLE_FILE: Mapping[str, Any] = {
    "id": "sample-file", "name": "sample.pdf", "size": 1024, "media_type": "application/pdf", "digest": "0" * 64,
}  # fmt: skip
_PLAIN: Mapping[str, Any] = {
    "text": "Sample",
    "long_text": "Sample",
    "identifier": "Sample",
    "concept": "1",
    "yes_no": True,
    "date": "2026-01-15",
    "period": {"from": "2026-01-15", "to": "2026-02-15"},
    "money": {"amount": "100.00", "currency": "EUR"},
    "country": "AA",
    "language": "en",
}


def expanded(
    compiled: Compiled, action: Action, given: Mapping[str, Any], exchange: Exchange | None, facts: Facts, actor: str
) -> dict[str, Any]:
    """The data of a scenario's step.

    Args:
        given: field id to value, where ``some`` stands for any valid value. If it occurs at all, the procedure's own
            subject fields that must be filled are filled too; without it the data are taken literally.
        actor: the authority acting.
    """
    if SOME not in given.values():
        return dict(given)
    own = {
        field.id
        for section in action.form
        if section.include == "subject"
        for part in compiled.definition.procedure.subject
        for field in part.fields
    }
    wanted = own | {name for name, value in given.items() if value == SOME}
    kept = {name: value for name, value in given.items() if value != SOME}
    asked = {name for name, value in given.items() if value == SOME}
    return _filled(compiled, action, kept, wanted, asked, exchange, facts, actor)


def sample_form(
    compiled: Compiled,
    action: Action,
    exchange: Exchange | None,
    facts: Facts,
    actor: str,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Data with which the action's form is complete: what is given, and a sample for all else that must be filled."""
    wanted = {field.id for field in compiled.fields[action.id]}
    return _filled(compiled, action, dict(given or {}), wanted, set(), exchange, facts, actor)


def _filled(
    compiled: Compiled,
    action: Action,
    data: dict[str, Any],
    wanted: set[str],
    asked: set[str],
    exchange: Exchange | None,
    facts: Facts,
    actor: str,
) -> dict[str, Any]:
    """Fill the wanted fields that are missing: those asked for by name, and those that must be filled."""
    fields = compiled.fields[action.id]
    known = context.values(compiled, exchange, facts, actor=actor)
    for field in fields:
        needed = field.id in asked or (field.id in wanted and field.required != "never")
        condition = compiled.condition(f"actions.{action.id}.fields.{field.id}")
        if not needed or field.id in data:
            continue
        if condition is None or condition.evaluate(FormValues(compiled, action, known, data)):
            data[field.id] = sample_value(compiled, field, exchange, facts, actor)
    return _with_files(fields, data)


def _with_files(fields: tuple[FormField, ...], data: dict[str, Any]) -> dict[str, Any]:
    """The sample file joins the form's files where a sample answer rests on it."""
    answers = [answer for field in fields if field.type == "answers" for answer in data.get(field.id, {}).values()]
    uses_sample = any(SAMPLE_FILE["id"] in (answer.get("attachments") or ()) for answer in answers)
    files = next((field.id for field in fields if field.type == "files"), None)
    if uses_sample and files is not None and files not in data:
        data[files] = [dict(SAMPLE_FILE)]
    return data


def sample_value(compiled: Compiled, field: FormField, exchange: Exchange | None, facts: Facts, actor: str) -> Any:
    """A valid value of a field; an empty one where the world has none, e.g. no other authority."""
    match field.type:
        case "questions":
            return sample_questions(compiled)
        case "answers":
            return sample_answers(compiled, exchange.items if exchange else ())
        case "items":
            return [item.question for item in exchange.items[:1]] if exchange else []
        case "colleagues":
            return sorted(facts.colleagues.get(actor, ()))[:1]
        case "authority":
            known = sorted(facts.authorities)
            return next((one for one in known if not authority_fault(field, one, exchange, facts, actor)), "")
        case _:
            return _simple(field)


def _simple(field: FormField) -> Any:
    if field.default is not None:
        return field.default
    match field.type:
        case "choice":
            return field.options[0].id if field.options else ""
        case "choices":
            return [option.id for option in field.options[:1]]
        case "number" | "days":
            return max(1, field.min or 1)
        case "files":
            return [dict(SAMPLE_FILE)]
        case "group":
            return [{inner.id: _simple(inner) for inner in field.fields if inner.required != "never"}]
        case "text" | "long_text" | "identifier":
            return str(_PLAIN[field.type])[: field.max_length]
        case other:
            return _PLAIN[other]


def sample_questions(compiled: Compiled, most: int = MOST_SAMPLE_QUESTIONS) -> list[dict[str, Any]]:
    """The first questions that need no other to open them, with their gaps filled."""
    roots = [question for question in compiled.questions.values() if question.follows is None]
    return [{"question": root.id, "placeholders": dict(_gaps(compiled, root)), "comment": ""} for root in roots[:most]]


def _gaps(compiled: Compiled, root: Question) -> Iterator[tuple[str, Any]]:
    for gap in compiled.gaps[root.id]:
        match compiled.placeholders[gap].type:
            case "country" | "country_other":
                yield gap, _PLAIN["country"]
            case "date":
                yield gap, _PLAIN["date"]
            case "attachment":
                yield gap, SAMPLE_FILE["id"]
            case other if other != FROM_SUBJECT:
                yield gap, "1"


def sample_answers(compiled: Compiled, items: tuple[Item, ...]) -> dict[str, Any]:
    """A valid answer to every question asked, and to every question that these answers open."""
    answers: dict[str, Any] = {}
    while missing := [one for one, _, _ in open_questions(compiled, items, answers) if one.id not in answers]:
        answers.update({question.id: _answer(compiled, question) for question in missing})
    return answers


def _answer(compiled: Compiled, question: Question) -> dict[str, Any]:
    value = "attached" if question.answer == "file" else _simple(compiled.answer_fields[question.id])
    chosen = set(value) if isinstance(value, list) else {str(value)}
    answer: dict[str, Any] = {"value": value}
    if question.remark == "required" or chosen & set(question.remark_on):
        answer["remark"] = "Sample"
    needs_file = question.attachment == "required" or bool(chosen & set(question.attachment_on))
    if question.answer == "file" or needs_file:
        answer["attachments"] = [SAMPLE_FILE["id"]]
    return answer if not is_empty(value) else {"cannot_say": "other", "remark": "Sample"}
