"""Definitions as people read them in a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from imi.core.compiled import Compiled, expand_states
from imi.core.definition import Action, Definition, FormField

_WIDTH = 100


def table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Rows as aligned columns; the first row is the heading."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def listing(definitions: tuple[Definition, ...]) -> Iterator[str]:
    """One line for each procedure."""
    rows: list[tuple[str, ...]] = [("Procedure", "Title", "Lifecycle", "Questions", "Languages")]
    for definition in definitions:
        questions = str(len(definition.questions.questions)) if definition.questions else "-"
        languages = " ".join(definition.area.languages)
        row = (definition.id, definition.procedure.title, definition.lifecycle.lifecycle, questions, languages)
        rows.append(row)
    yield from table(rows)


def summary(compiled: Compiled) -> Iterator[str]:
    """What a procedure is: parties, course, form, questions, deadlines, retention."""
    definition = compiled.definition
    yield definition.procedure.title
    yield "=" * len(definition.procedure.title)
    yield from textwrap.wrap(definition.procedure.summary, _WIDTH)
    yield ""
    yield f"Full name  {definition.id}"
    yield f"Area       {definition.area.title}"
    yield f"Lifecycle  {definition.lifecycle.title} ({definition.lifecycle.lifecycle}, {definition.lifecycle.kind})"
    yield f"Version    {compiled.content_hash}"
    yield f"Languages  {', '.join(definition.area.languages)}"
    yield from _law(definition)
    yield from _parties(definition)
    yield from _course(compiled)
    yield from _subject(definition)
    yield from _questions(definition)
    yield from _deadlines(compiled)
    yield from _scenarios(definition)


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "-" * len(text)


def _law(definition: Definition) -> Iterator[str]:
    yield from _heading("Legal basis")
    for act in definition.procedure.acts:
        yield f"{act.title} (CELEX {act.celex})"
        for option in act.basis:
            yield f"  {option.label}"
    retention = definition.procedure.retention
    yield f"Personal data are blocked {retention.block_after_months} months after closure and erased after "
    yield f"{retention.delete_after_months} months: {retention.basis}"


def _parties(definition: Definition) -> Iterator[str]:
    yield from _heading("Parties")
    for party in definition.lifecycle.parties:
        behind = f", coordinates {party.coordinates}" if party.coordinates else ""
        yield f"{party.id}: {party.title}{behind}{', may be several' if party.many else ''}"


def _course(compiled: Compiled) -> Iterator[str]:
    lifecycle = compiled.lifecycle
    yield from _heading("Course")
    for state in lifecycle.states:
        yield f"{state.title} ({state.id}, {state.phase})"
        for awaited in state.awaits:
            yield f"  awaits   {awaited.party}: {awaited.title}"
        for action in lifecycle.actions:
            if state.id in set(expand_states(lifecycle, action.sources)):
                yield f"  {_action(action)}"


def _action(action: Action) -> str:
    who = ", ".join(f"{actor.party} ({', '.join(actor.roles)})" for actor in action.by)
    to = " or ".join(branch.state for branch in action.to)
    return f"{action.title} ({action.id}) by {who}{f' -> {to}' if to else ''}"


def _subject(definition: Definition) -> Iterator[str]:
    yield from _heading("Whom or what it is about")
    for section in definition.procedure.subject:
        yield section.title or section.id
        for field in section.fields:
            yield f"  {_field(field)}"


def _field(field: FormField) -> str:
    notes = [field.type, {"always": "required", "to_submit": "required to send", "never": ""}[field.required]]
    notes += [f"private to {', '.join(field.private_to)}" if field.private_to else ""]
    notes += [f"personal: {field.personal}" if field.personal else "", f"when {field.when}" if field.when else ""]
    return f"{field.label} ({field.id}; {', '.join(filter(None, notes))})"


def _questions(definition: Definition) -> Iterator[str]:
    questions = definition.questions
    if questions is None:
        return
    yield from _heading(f"Questions ({len(questions.questions)})")
    for category in questions.categories:
        yield category.title
        for question in questions.questions:
            if question.category == category.id:
                follows = f" [after {question.follows.question}]" if question.follows else ""
                line = f"{question.id}  {question.text}{follows} ({question.answer}; {question.article})"
                yield from textwrap.wrap(line, _WIDTH, initial_indent="  ", subsequent_indent="          ")


def _deadlines(compiled: Compiled) -> Iterator[str]:
    yield from _heading("Deadlines")
    for deadline in compiled.deadlines.values():
        unit = deadline.unit.replace("_", " ")
        longest = f", at most {deadline.max}" if deadline.max else ""
        yield f"{deadline.title} ({deadline.id}): {deadline.amount} {unit}{longest}, owed by {deadline.owed_by}"
        yield from textwrap.wrap(deadline.rule, _WIDTH, initial_indent="  ", subsequent_indent="  ")


def _scenarios(definition: Definition) -> Iterator[str]:
    yield from _heading("Scenarios")
    for scenario in (*definition.lifecycle.scenarios, *definition.procedure.scenarios):
        yield f"{scenario.id}: {scenario.title}"
