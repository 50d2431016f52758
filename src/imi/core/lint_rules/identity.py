"""Ids, order of keys and unfinished texts: rules about every part alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from imi.core.definition import Definition, Section
from imi.core.lint_rules.finding import Finding, Rule, Step
from imi.core.notation import Model
from imi.core.wording import element_id, located_texts

UNFINISHED = "TODO"
_LANGUAGE = re.compile(r"[a-z]{2,3}\Z")
_PARTS = ("area", "procedure", "lifecycle", "questions")


def duplicate_id(definition: Definition) -> Iterator[Finding]:
    """``duplicate-id``: two siblings bear one id, so nobody can tell which is meant."""
    for part in _PARTS:
        yield from _repeated(getattr(definition, part), (part,))
    yield from _repeated_fields(definition)


def _repeated(value: Any, path: tuple[Step, ...]) -> Iterator[Finding]:
    if isinstance(value, Model):
        for name, info in type(value).model_fields.items():
            yield from _repeated(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, Mapping):
        for name, element in value.items():
            yield from _repeated(element, (*path, name))
    elif isinstance(value, tuple):
        seen: set[str] = set()
        for index, element in enumerate(value):
            own = element_id(element) if isinstance(element, Model) else None
            if own is not None and own in seen:
                yield _duplicate((*path, index, "id"), own)
            seen.add(own or "")
            yield from _repeated(element, (*path, index))


def _repeated_fields(definition: Definition) -> Iterator[Finding]:
    """Fields are told apart by their ids alone, so an id may not come back in another section of one form."""
    for number, action in enumerate(definition.lifecycle.actions):
        seen: set[str] = set()
        for index, section in enumerate(action.form):
            yield from _fields_seen((section,), ("lifecycle", "actions", number, "form"), seen, offset=index)
        if any(section.include == "subject" for section in action.form):
            yield from _fields_seen(definition.procedure.subject, ("procedure", "subject"), seen)


def _fields_seen(
    sections: tuple[Section, ...], path: tuple[Step, ...], seen: set[str], offset: int = 0
) -> Iterator[Finding]:
    for index, section in enumerate(sections, offset):
        for position, field in enumerate(section.fields):
            if field.id in seen:
                yield _duplicate((*path, index, "fields", position, "id"), field.id)
        seen.update(field.id for field in section.fields)


def _duplicate(path: tuple[Step, ...], name: str) -> Finding:
    return Finding("duplicate-id", path, f"The id {name!r} is taken already.", "Give this one another id.")


def text_unfinished(definition: Definition) -> Iterator[Finding]:
    """``text-unfinished``: a text still reads as the scaffold left it."""
    for _, path, text in located_texts(definition):
        if text.startswith(UNFINISHED):
            message = f"The text is not written yet: {text!r}."
            yield Finding("text-unfinished", path, message, f"Replace it; it may not begin with {UNFINISHED}.")
    plain: list[tuple[tuple[Step, ...], str]] = [
        (("procedure", "risk"), definition.procedure.risk),
        (("procedure", "retention", "basis"), definition.procedure.retention.basis),
    ]
    plain += [(("procedure", "acts", index, "celex"), act.celex) for index, act in enumerate(definition.procedure.acts)]
    for path, text in plain:
        if text.startswith(UNFINISHED):
            yield Finding("text-unfinished", path, f"This is not written yet: {text!r}.", "Replace it.")


def language_unknown(definition: Definition) -> Iterator[Finding]:
    """``language-unknown``: an area names no English, or something that is no language code."""
    languages = definition.area.languages
    if "en" not in languages:
        message = "The definitions are written in English, but the area does not name 'en'."
        yield Finding("language-unknown", ("area", "languages"), message, "Add en.")
    for index, lang in enumerate(languages):
        if not _LANGUAGE.match(lang) or lang in languages[:index]:
            message = f"{lang!r} is no language code, or stands here twice."
            cure = "Write the two small letters of ISO 639, once."
            yield Finding("language-unknown", ("area", "languages", index), message, cure)


RULES: tuple[Rule, ...] = (duplicate_id, text_unfinished, language_unknown)
