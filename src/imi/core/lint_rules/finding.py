"""What a rule reports."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from imi.core.definition import Definition, FormField, Section

Step = str | int
Severity = Literal["error", "note"]


@dataclass(frozen=True)
class Finding:
    """One fault of a definition.

    ``path`` begins with the part (``area``, ``procedure``, ``lifecycle``, ``questions``) and goes on with the keys and
    positions of the file. ``cure`` says what to do.
    """

    rule: str
    path: tuple[Step, ...]
    message: str
    cure: str
    severity: Severity = "error"


Rule = Callable[[Definition], Iterator[Finding]]


def choose(wrong: str, known: Iterable[str]) -> str:
    """A cure for a name that nothing bears: the likeliest right one, or all of them if they are few."""
    names = sorted(known)
    near = difflib.get_close_matches(wrong, names, n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Choose one of: {', '.join(names[:12])}." if names else "Define it first, or leave it out."


def walk_fields(fields: Iterable[FormField], path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], FormField]]:
    """Each field with its path, those inside groups included."""
    for index, field in enumerate(fields):
        here = (*path, "fields", index)
        yield here, field
        yield from walk_fields(field.fields, here)


def walk_sections(sections: Iterable[Section], path: tuple[Step, ...]) -> Iterator[tuple[tuple[Step, ...], FormField]]:
    """Each field of a form with its path."""
    for index, section in enumerate(sections):
        yield from walk_fields(section.fields, (*path, index))


def every_field(definition: Definition) -> Iterator[tuple[tuple[Step, ...], FormField]]:
    """Each field of the lifecycle's forms and of the procedure's subject with its path."""
    for index, action in enumerate(definition.lifecycle.actions):
        yield from walk_sections(action.form, ("lifecycle", "actions", index, "form"))
    yield from walk_sections(definition.procedure.subject, ("procedure", "subject"))
