"""Questions asked and answered: which are open, and whether question lists and replies are complete."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imi.core.compiled import Compiled
from imi.core.definition import FormField, Placeholder, Question
from imi.core.exchange import Item
from imi.core.refusal import FieldError
from imi.core.values import FaultError, clean, clean_date, clean_text, is_empty

MOST_QUESTIONS = 60
FROM_SUBJECT = "subject"
_COUNTRY_FIELD = FormField(id="country", type="country", label="Country")


def clean_questions(compiled: Compiled, value: Any) -> tuple[list[dict[str, Any]], list[FieldError]]:
    """The questions a requester picked, with their gaps filled.

    Args:
        value: list of ``{"question": id, "placeholders": {…}, "comment": text}``.

    Returns:
        The clean list and the faults, whose paths start with ``questions``.
    """
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        return [], [FieldError("questions", "not_a_list")]
    if len(value) > MOST_QUESTIONS:
        return [], [FieldError("questions", "too_many", {"limit": MOST_QUESTIONS})]
    cleaned: dict[str, dict[str, Any]] = {}
    errors: list[FieldError] = []
    for one in value:
        question = compiled.questions.get(str(one.get("question")))
        if question is None:
            errors.append(FieldError("questions", "unknown_question", {"question": str(one.get("question"))[:80]}))
            continue
        filled, faults = _fill(compiled, question, one.get("placeholders") or {})
        errors.extend(faults)
        try:
            comment = clean_text(one.get("comment") or "", 2000)
        except FaultError as fault:
            errors.append(FieldError(f"questions.{question.id}.comment", fault.code, fault.params))
            comment = ""
        cleaned[question.id] = {"question": question.id, "placeholders": filled, "comment": comment}
    return list(cleaned.values()), errors


def _fill(compiled: Compiled, question: Question, given: Any) -> tuple[dict[str, Any], list[FieldError]]:
    if not isinstance(given, Mapping):
        return {}, [FieldError(f"questions.{question.id}", "not_a_list")]
    filled: dict[str, Any] = {}
    errors: list[FieldError] = []
    for gap in compiled.gaps[question.id]:
        placeholder = compiled.placeholders[gap]
        if placeholder.type == FROM_SUBJECT:
            continue
        path = f"questions.{question.id}.{gap}"
        value = given.get(gap)
        if is_empty(value):
            errors.append(FieldError(path, "required", {"field": gap}))
            continue
        try:
            filled[gap] = _fill_gap(placeholder, value)
        except FaultError as fault:
            errors.append(FieldError(path, fault.code, fault.params))
    return filled, errors


def _fill_gap(placeholder: Placeholder, value: Any) -> str:
    match placeholder.type:
        case "country" | "country_other":
            return str(clean(_COUNTRY_FIELD, value))
        case "date":
            return clean_date(value)
        case _:
            return clean_text(str(value) if isinstance(value, int) else value, 200)


def open_questions(
    compiled: Compiled, items: tuple[Item, ...], answers: Mapping[str, Any]
) -> Iterator[tuple[Question, Item, int]]:
    """Every question that wants an answer: those asked and those that the answers given so far open, each once.

    Yields:
        (question, the item that asked it or its ancestor, depth of nesting from 0).
    """
    seen: set[str] = set()
    for item in items:
        asked = compiled.questions.get(item.question)
        if asked is not None:
            yield from _opened(compiled, asked, item, answers, 0, seen)


def _opened(
    compiled: Compiled, question: Question, item: Item, answers: Mapping[str, Any], depth: int, seen: set[str]
) -> Iterator[tuple[Question, Item, int]]:
    if question.id in seen:
        return
    seen.add(question.id)
    yield question, item, depth
    follow_ups = compiled.follow_ups.get(question.id)
    if not follow_ups:
        return
    given = _given_values(answers.get(question.id))
    for follow_up in follow_ups:
        if follow_up.follows and not given.isdisjoint(follow_up.follows.on):
            yield from _opened(compiled, follow_up, item, answers, depth + 1, seen)


def _given_values(answer: Any) -> set[str]:
    value = answer.get("value") if isinstance(answer, Mapping) else None
    if isinstance(value, list):
        return {str(one) for one in value}
    return set() if value is None else {str(value)}


def clean_answers(
    compiled: Compiled, items: tuple[Item, ...], value: Any, attached: frozenset[str], complete: bool
) -> tuple[dict[str, Any], list[FieldError]]:
    """The answers of a reply.

    Args:
        items: the questions asked.
        value: question id to ``{"value": …}`` or ``{"cannot_say": reason}``, each with optional remark, attachments.
        attached: ids of the files sent with the reply.
        complete: whether every open question must be answered (a reply) or not (a draft).

    Returns:
        Clean answers of the open questions only, and the faults, whose paths start with ``answers``.
    """
    if not isinstance(value, Mapping):
        return {}, [FieldError("answers", "not_a_list")]
    cleaned: dict[str, Any] = {}
    errors: list[FieldError] = []
    for question, _item, _depth in open_questions(compiled, items, value):
        given = value.get(question.id)
        path = f"answers.{question.id}"
        if not isinstance(given, Mapping) or _is_unanswered(question, given):
            if complete:
                errors.append(FieldError(path, "unanswered", {"question": question.id}))
            continue
        try:
            cleaned[question.id] = _answer(compiled, question, given, attached)
        except FaultError as fault:
            errors.append(FieldError(path, fault.code, fault.params))
    return cleaned, errors


def _is_unanswered(question: Question, given: Mapping[str, Any]) -> bool:
    """A question that asks for a file is answered by the file."""
    said = given.get("attachments") if question.answer == "file" else given.get("value")
    return is_empty(said) and is_empty(given.get("cannot_say"))


def _answer(
    compiled: Compiled, question: Question, given: Mapping[str, Any], attached: frozenset[str]
) -> dict[str, Any]:
    remark = clean_text(given.get("remark") or "", 10_000)
    named = given.get("attachments") or []
    if not isinstance(named, list):
        raise FaultError("not_a_list")
    files = list(dict.fromkeys(one for one in named if isinstance(one, str) and one in attached))
    if not is_empty(given.get("cannot_say")):
        return _cannot_say(compiled, question, str(given["cannot_say"]), remark, files)
    wants_file = question.answer == "file"
    value = _needs_file(files) if wants_file else clean(compiled.answer_fields[question.id], given["value"])
    answer = {"value": value, "remark": remark, "attachments": files}
    chosen = _given_values(answer)
    if not remark and (question.remark == "required" or not chosen.isdisjoint(question.remark_on)):
        raise FaultError("remark_needed")
    if not files and (question.attachment == "required" or not chosen.isdisjoint(question.attachment_on)):
        raise FaultError("attachment_needed")
    return answer


def _cannot_say(compiled: Compiled, question: Question, reason: str, remark: str, files: list[str]) -> dict[str, Any]:
    if not question.cannot_say or reason not in compiled.cannot_say_reasons:
        raise FaultError("cannot_say_not_allowed")
    if reason == "other" and not remark:
        raise FaultError("remark_needed")
    return {"cannot_say": reason, "remark": remark, "attachments": files}


def _needs_file(files: list[str]) -> str:
    if not files:
        raise FaultError("attachment_needed")
    return "attached"
