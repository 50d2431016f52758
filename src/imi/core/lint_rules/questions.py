"""Rules about question sets."""

from __future__ import annotations

import re
from collections.abc import Iterator

from imi.core.definition import Definition, Question, QuestionSet
from imi.core.lint_rules.finding import Finding, Rule, Step, choose

_GAP = re.compile(r"\[([^\]\s]{1,63})\]")
_ROOT: tuple[Step, ...] = ("questions", "questions")


def answers_of(question: Question) -> set[str] | None:
    """The values that an answer can have and that conditions can name; None if they lie in a thesaurus."""
    match question.answer:
        case "yes_no":
            return {"yes", "no"}
        case "choice" | "choices":
            return {option.id for option in question.options}
        case "file":
            return {"attached"}
        case "concept" | "country":
            return None
        case _:
            return set()


def question_reference(definition: Definition) -> Iterator[Finding]:
    """``unknown-reference`` in a question set: a category, topic, list, question or scheme that does not exist."""
    questions = definition.questions
    if questions is None:
        return
    topics = {category.id: {topic.id for topic in category.topics} for category in questions.categories}
    known_lists = {one.id for one in questions.lists}
    ids = {question.id for question in questions.questions}
    schemes = set(definition.area.schemes)
    for index, question in enumerate(questions.questions):
        path = (*_ROOT, index)
        if question.category not in topics:
            yield _unknown((*path, "category"), "category", question.category, set(topics))
        elif question.topic is not None and question.topic not in topics[question.category]:
            yield _unknown((*path, "topic"), "topic of that category", question.topic, topics[question.category])
        for position, name in enumerate(question.lists):
            if name not in known_lists:
                yield _unknown((*path, "lists", position), "list", name, known_lists)
        if question.follows is not None and question.follows.question not in ids:
            yield _unknown((*path, "follows", "question"), "question", question.follows.question, ids)
        if question.scheme is not None and question.scheme not in schemes:
            yield _unknown((*path, "scheme"), "scheme in the area's key 'schemes'", question.scheme, schemes)
    for index, placeholder in enumerate(questions.placeholders):
        if placeholder.scheme is not None and placeholder.scheme not in schemes:
            path = ("questions", "placeholders", index, "scheme")
            yield _unknown(path, "scheme in the area's key 'schemes'", placeholder.scheme, schemes)


def _unknown(path: tuple[Step, ...], kind: str, name: str, known: set[str]) -> Finding:
    return Finding("unknown-reference", path, f"There is no {kind} {name!r}.", choose(name, known))


def follows_cycle(definition: Definition) -> Iterator[Finding]:
    """``follows-cycle``: questions open each other in a circle, so none of them is ever asked first."""
    questions = definition.questions.questions if definition.questions else ()
    parents = {question.id: question.follows.question for question in questions if question.follows}
    for index, question in enumerate(questions):
        seen: list[str] = []
        step: str | None = question.id
        while step is not None and step not in seen:
            seen.append(step)
            step = parents.get(step)
        if step == question.id:
            message = f"The question {question.id!r} follows, step by step, itself: {' > '.join([*seen, step])}."
            yield Finding("follows-cycle", (*_ROOT, index, "follows"), message, "Let one of them follow nothing.")


def answer_unknown(definition: Definition) -> Iterator[Finding]:
    """``answer-unknown``: a follow-up, remark or attachment depends on an answer that cannot be given."""
    questions = definition.questions.questions if definition.questions else ()
    by_id = {question.id: question for question in questions}
    for index, question in enumerate(questions):
        path = (*_ROOT, index)
        own = answers_of(question)
        yield from _impossible(question.remark_on, own, (*path, "remark_on"))
        yield from _impossible(question.attachment_on, own, (*path, "attachment_on"))
        if question.follows is None:
            continue
        if not question.follows.on:
            message = f"No answer opens the question {question.id!r}."
            yield Finding("answer-unknown", (*path, "follows", "on"), message, "Name at least one answer.")
        parent = by_id.get(question.follows.question)
        if parent is not None:
            yield from _impossible(question.follows.on, answers_of(parent), (*path, "follows", "on"))


def _impossible(named: tuple[str, ...], possible: set[str] | None, path: tuple[Step, ...]) -> Iterator[Finding]:
    for index, answer in enumerate(named):
        if possible is not None and answer not in possible:
            message = f"Nobody can answer {answer!r}."
            cure = choose(answer, possible) if possible else "Answers of this type open nothing."
            yield Finding("answer-unknown", (*path, index), message, cure)


def placeholder_unknown(definition: Definition) -> Iterator[Finding]:
    """``placeholder-unknown``: a gap in a question that no placeholder fills, or a placeholder without a gap."""
    questions = definition.questions
    if questions is None:
        return
    known = {placeholder.id for placeholder in questions.placeholders}
    used: set[str] = set()
    for index, question in enumerate(questions.questions):
        for gap in dict.fromkeys(_GAP.findall(question.text)):
            used.add(gap)
            if gap not in known:
                message = f"No placeholder is called {gap!r}."
                path = (*_ROOT, index, "text")
                yield Finding("placeholder-unknown", path, message, choose(gap, known))
    yield from _unused(questions, used)


def _unused(questions: QuestionSet, used: set[str]) -> Iterator[Finding]:
    for index, placeholder in enumerate(questions.placeholders):
        if placeholder.id not in used:
            message = f"No question has the gap [{placeholder.id}]."
            path = ("questions", "placeholders", index)
            yield Finding("placeholder-unknown", path, message, "Delete the placeholder, or use it.", "note")


def article_missing(definition: Definition) -> Iterator[Finding]:
    """``article-missing``: a question does not say where the right to ask it comes from."""
    for index, question in enumerate(definition.questions.questions if definition.questions else ()):
        if not question.article.strip():
            message = f"The question {question.id!r} cites no article."
            yield Finding("article-missing", (*_ROOT, index, "article"), message, "Cite the article of the act.")


def cannot_say_without_reason(definition: Definition) -> Iterator[Finding]:
    """``cannot-say-without-reason``: "cannot say" is allowed, but there is no reason to choose."""
    questions = definition.questions
    if questions is None or questions.cannot_say_reasons:
        return
    if any(question.cannot_say for question in questions.questions):
        message = "Questions may be answered with 'cannot say', but there are no reasons to choose from."
        cure = "List 'cannot_say_reasons' here or in area.yaml."
        yield Finding("cannot-say-without-reason", ("questions", "cannot_say_reasons"), message, cure)


def questions_not_asked(definition: Definition) -> Iterator[Finding]:
    """``questions-not-asked``: forms ask for questions and there are none, or the other way round."""
    types = {
        field.type for action in definition.lifecycle.actions for section in action.form for field in section.fields
    }
    if definition.questions is None and "questions" in types:
        message = "The lifecycle lets people pick questions, but the procedure names no question set."
        yield Finding("questions-not-asked", ("procedure", "lifecycle"), message, "Add 'questions: <file>'.")
    if definition.questions is not None and "questions" not in types:
        message = "The procedure names a question set, but no form of its lifecycle has a field of type 'questions'."
        yield Finding("questions-not-asked", ("procedure", "questions"), message, "Delete it, or change the lifecycle.")


RULES: tuple[Rule, ...] = (
    question_reference,
    follows_cycle,
    answer_unknown,
    placeholder_unknown,
    article_missing,
    cannot_say_without_reason,
    questions_not_asked,
)
