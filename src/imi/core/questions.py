"""Questions asked and answered: which are open, and whether question lists and replies are complete."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from imi.core.compiled import Compiled
from imi.core.definition import FormField, Option, Question
from imi.core.exchange import Item
from imi.core.refusal import FieldError
from imi.core.values import Fault, clean, clean_text, is_empty

MOST_QUESTIONS = 60
PLACEHOLDER = re.compile(r"\[([a-z][a-z0-9_]*)\]")
FROM_SUBJECT = "subject"


def gaps(question: Question) -> tuple[str, ...]:
    """The placeholders in a question's source text, in order."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(question.text)))


def family(compiled: Compiled, question: str) -> Iterator[Question]:
    """A question and everything it may open, depth first."""
    asked = compiled.questions.get(question)
    if asked is None:
        return
    yield asked
    for follow_up in compiled.follow_ups.get(question, ()):
        yield from family(compiled, follow_up.id)


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
        except Fault as fault:
            errors.append(FieldError(f"questions.{question.id}.comment", fault.code, fault.params))
            comment = ""
        cleaned[question.id] = {"question": question.id, "placeholders": filled, "comment": comment}
    return list(cleaned.values()), errors


def _fill(compiled: Compiled, question: Question, given: Any) -> tuple[dict[str, Any], list[FieldError]]:
    if not isinstance(given, Mapping):
        return {}, [FieldError(f"questions.{question.id}", "not_a_list")]
    filled: dict[str, Any] = {}
    errors: list[FieldError] = []
    needed = dict.fromkeys(gap for one in family(compiled, question.id) for gap in gaps(one))
    for gap in needed:
        placeholder = compiled.placeholders[gap]
        if placeholder.type == FROM_SUBJECT:
            continue
        path = f"questions.{question.id}.{gap}"
        value = given.get(gap)
        if is_empty(value):
            errors.append(FieldError(path, "required", {"field": gap}))
            continue
        try:
            filled[gap] = clean_text(str(value), 200)
        except Fault as fault:
            errors.append(FieldError(path, fault.code, fault.params))
    return filled, errors


def open_questions(
    compiled: Compiled, items: tuple[Item, ...], answers: Mapping[str, Any]
) -> Iterator[tuple[Question, Item, int]]:
    """Every question that wants an answer: those asked and those that the answers given so far open.

    Yields:
        (question, the item that asked it or its ancestor, depth of nesting from 0).
    """
    for item in items:
        asked = compiled.questions.get(item.question)
        if asked is not None:
            yield from _opened(compiled, asked, item, answers, 0)


def _opened(
    compiled: Compiled, question: Question, item: Item, answers: Mapping[str, Any], depth: int
) -> Iterator[tuple[Question, Item, int]]:
    yield question, item, depth
    given = _given_values(answers.get(question.id))
    for follow_up in compiled.follow_ups.get(question.id, ()):
        if follow_up.follows and given & set(follow_up.follows.on):
            yield from _opened(compiled, follow_up, item, answers, depth + 1)


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
        if not isinstance(given, Mapping) or (is_empty(given.get("value")) and is_empty(given.get("cannot_say"))):
            if complete:
                errors.append(FieldError(path, "unanswered", {"question": question.id}))
            continue
        try:
            cleaned[question.id] = _answer(compiled, question, given, attached)
        except Fault as fault:
            errors.append(FieldError(path, fault.code, fault.params))
    return cleaned, errors


def _answer(compiled: Compiled, question: Question, given: Mapping[str, Any], attached: frozenset[str]) -> dict[str, Any]:
    remark = clean_text(given.get("remark") or "", 10_000)
    files = [one for one in given.get("attachments") or [] if one in attached]
    if not is_empty(given.get("cannot_say")):
        return _cannot_say(compiled, question, str(given["cannot_say"]), remark, files)
    value = clean(_as_field(question), given["value"]) if question.answer != "file" else _needs_file(files)
    answer = {"value": value, "remark": remark, "attachments": files}
    chosen = _given_values(answer)
    if not remark and (question.remark == "required" or chosen & set(question.remark_on)):
        raise Fault("remark_needed")
    if not files and (question.attachment == "required" or chosen & set(question.attachment_on)):
        raise Fault("attachment_needed")
    return answer


def _cannot_say(compiled: Compiled, question: Question, reason: str, remark: str, files: list[str]) -> dict[str, Any]:
    known = {option.id for option in compiled.definition.questions.cannot_say_reasons} if compiled.definition.questions else ()
    if not question.cannot_say or reason not in known:
        raise Fault("cannot_say_not_allowed")
    if reason == "other" and not remark:
        raise Fault("remark_needed")
    return {"cannot_say": reason, "remark": remark, "attachments": files}


def _needs_file(files: list[str]) -> str:
    if not files:
        raise Fault("attachment_needed")
    return "attached"


YES_NO = (Option(id="yes", label="Yes"), Option(id="no", label="No"))


def _as_field(question: Question) -> FormField:
    """The question as a form field, so that answers are checked like any other value."""
    match question.answer:
        case "yes_no":
            return FormField(id="answer", type="choice", label=question.text, options=YES_NO)
        case "text":
            return FormField(id="answer", type="long_text", label=question.text)
        case "file":
            return FormField(id="answer", type="files", label=question.text)
        case other:
            return FormField(id="answer", type=other, label=question.text, options=question.options)
