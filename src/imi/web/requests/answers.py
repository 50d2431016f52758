"""Questions with their answers, as both sides read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import conditional_escape, format_html_join
from django.utils.translation import gettext as _

from imi.core.definition import FormField, Question
from imi.core.exchange import Attachment, Item
from imi.core.questions import open_questions
from imi.core.visible import Disclosed
from imi.web.requests.numbering import Numbering
from imi.web.requests.sentences import sentence
from imi.web.requests.values import Reader, original, plain_value


@dataclass(slots=True)
class Asked:
    """One question on a page: its sentence, and its answer if there is one to be seen."""

    number: str
    depth: int
    text: str
    article: str
    comment: str = ""
    opened_by: str = ""
    answer: str = ""
    cannot_say: str = ""
    remark: str = ""
    files: list[Attachment] = field(default_factory=list)
    personal: bool = False


def asked(reader: Reader, shown: Disclosed, asker_language: str, answerer_language: str) -> list[Asked]:
    """The questions of an exchange in order, each followed by those that its answer opened.

    Without answers, the questions that an answer may open stand below with the answer that opens them.

    Args:
        asker_language, answerer_language: in which each side writes; free text is marked with it.
    """
    files = {one.id: one for one in shown.attachments}
    names = {one.id: one.name for one in shown.attachments}
    announce(reader, shown)
    found: list[Asked] = []
    rows = open_questions(reader.compiled, shown.items, shown.answers) if shown.answers else _offered(reader, shown)
    numbering = Numbering(reader.compiled)
    for question, item, depth in rows:
        one = Asked(
            number=numbering.of(question, depth),
            depth=depth,
            text=sentence(question, item.placeholders, reader.words, reader.concepts, names),
            article=question.article,
            comment=original(item.comment, asker_language) if item.comment and not depth else "",
            opened_by=_opened_by(reader, question) if depth and not shown.answers else "",
            personal=question.personal,
        )
        given = shown.answers.get(question.id)
        if isinstance(given, Mapping):
            _fill(reader, one, question, given, files, answerer_language)
        found.append(one)
    return found


def announce(reader: Reader, shown: Disclosed) -> None:
    """Say which names the questions need; a page of several exchanges says it of all of them first."""
    for item in shown.items:
        for gap, value in item.placeholders.items():
            known = reader.compiled.placeholders.get(gap)
            if known is not None and known.type == "concept":
                reader.concepts.want(known.scheme, value)


def _offered(reader: Reader, shown: Disclosed) -> Iterator[tuple[Question, Item, int]]:
    """The questions asked with all that answers may open, each once."""
    seen: set[str] = set()
    for item in shown.items:
        question = reader.compiled.questions.get(item.question)
        if question is not None:
            yield from _below(reader, question, item, 0, seen)


def _below(
    reader: Reader, question: Question, item: Item, depth: int, seen: set[str]
) -> Iterator[tuple[Question, Item, int]]:
    if question.id in seen:
        return
    seen.add(question.id)
    yield question, item, depth
    for follow_up in reader.compiled.follow_ups.get(question.id, ()):
        yield from _below(reader, follow_up, item, depth + 1, seen)


def _opened_by(reader: Reader, question: Question) -> str:
    if question.follows is None:
        return ""
    parent = reader.compiled.questions[question.follows.question]
    return format_html_join(", ", "{}", ((reader.words.question_option(parent, one),) for one in question.follows.on))


def _fill(
    reader: Reader,
    one: Asked,
    question: Question,
    given: Mapping[str, Any],
    files: Mapping[str, Attachment],
    language: str,
) -> None:
    if given.get("cannot_say"):
        one.cannot_say = reader.words.cannot_say(str(given["cannot_say"]))
    elif "value" in given:
        one.answer = _value(reader, question, given["value"], language)
    if given.get("remark"):
        one.remark = original(str(given["remark"]), language)
    one.files = [files[name] for name in given.get("attachments", ()) if name in files]


def _value(reader: Reader, question: Question, value: Any, language: str) -> str:
    match question.answer:
        case "yes_no" | "choice" | "choices":
            chosen = value if isinstance(value, list) else [value]
            return format_html_join(", ", "{}", ((reader.words.question_option(question, str(one)),) for one in chosen))
        case "text":
            return original(str(value), language)
        case "file":
            return conditional_escape(_("The answer is in the document."))
        case other:
            field_ = FormField(id="answer", type=other, label=question.text, scheme=question.scheme)
            unit = reader.words.unit(question)
            text = conditional_escape(plain_value(reader, field_, value))
            return format_html_join(" ", "{}", ((part,) for part in (text, unit) if part))
