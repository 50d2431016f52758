"""The texts of a definition, and its identity without them.

Every text has a stable key made of ids, never of positions, so that adding a question does not move a translation.
What the engine acts on is the *behaviour*; its digest is the definition's identity. Correcting a word, offering one
more language or adding a scenario does not change it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, get_args

from imi.core.definition import Area, Await, Definition, FormField, Lifecycle, Placeholder, Procedure, QuestionSet
from imi.core.notation import Model, TextMark

English = str
Path = tuple[str | int, ...]
Located = tuple[str, Path, English]  # key, path in the part, text

_ELIDED = frozenset({"fields"})  # a field's key follows its section's at once: form.details.days.label
_ROOTS: Mapping[type[Model], str] = {Area: "area.", Procedure: "procedure.", Lifecycle: "", QuestionSet: ""}
EXPLAINING: Mapping[type[Model], frozenset[str]] = {  # what is no text and yet without effect on the engine
    Area: frozenset({"languages"}),
    FormField: frozenset({"impersonal"}),
    Procedure: frozenset({"risk", "scenarios", "questions"}),
    Lifecycle: frozenset({"scenarios"}),
    Placeholder: frozenset({"impersonal"}),
}


@cache
def text_fields(model: type[Model]) -> frozenset[str]:
    """The names of the fields of ``model`` that hold source text."""
    return frozenset(
        name
        for name, field in model.model_fields.items()
        if any(isinstance(mark, TextMark) for mark in field.metadata) or _has_mark(field.annotation)
    )


def _has_mark(annotation: Any) -> bool:
    if any(isinstance(mark, TextMark) for mark in getattr(annotation, "__metadata__", ())):
        return True
    return any(_has_mark(argument) for argument in get_args(annotation))


def element_id(element: Model) -> str | None:
    """The id that names ``element`` among its siblings, or None if it has none."""
    if isinstance(element, Await):
        return f"{element.party}.{element.action}"
    return getattr(element, "id", None)


def texts(model: Model) -> dict[str, English]:
    """The source texts of a definition, or of one of its four parts, by key.

    Keys look like ``states.sent.title``, ``questions.pq-101.text``, ``actions.accept.form.details.days.label``,
    ``area.title``, ``procedure.subject.person.family_name.label``, ``lifecycle.title``. The keys of the parts do not
    collide, so the texts of a definition are those of its parts together. If two siblings bear the same id (which
    the rule ``duplicate-id`` forbids) the first one counts.
    """
    found: dict[str, English] = {}
    for key, _, text in located_texts(model):
        found.setdefault(key, text)
    return found


def located_texts(model: Model) -> Iterator[Located]:
    """Each text with its key and with its path in the part (for a definition: the path begins with the part)."""
    if isinstance(model, Definition):
        for part in ("area", "procedure", "lifecycle", "questions"):
            inner = getattr(model, part)
            if inner is not None:
                for key, path, text in located_texts(inner):
                    yield key, (part, *path), text
        return
    yield from _walk(model, _ROOTS.get(type(model), ""), ())


def _walk(model: Model, prefix: str, path: Path) -> Iterator[Located]:
    marked = text_fields(type(model))
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name in marked:
            owner = "lifecycle." if isinstance(model, Lifecycle) else ""
            yield from _marked(value, f"{prefix}{owner}{name}", (*path, name))
        else:
            inner = prefix if name in _ELIDED else f"{prefix}{name}."
            yield from _walk_value(value, inner, (*path, name))


def _marked(value: English | Mapping[str, English] | None, key: str, path: Path) -> Iterator[Located]:
    """The text of an attribute, or its texts if it holds one for each of several keys."""
    if isinstance(value, Mapping):
        for name, text in value.items():
            yield f"{key}.{name}", (*path, name), text
    elif value is not None:
        yield key, path, value


def _walk_value(value: Any, prefix: str, path: Path) -> Iterator[Located]:
    if isinstance(value, Model):
        yield from _walk(value, prefix, path)
    elif isinstance(value, tuple):
        for index, element in enumerate(value):
            if isinstance(element, Model):
                yield from _walk(element, f"{prefix}{element_id(element) or index}.", (*path, index))
    elif isinstance(value, Mapping):
        for name, element in value.items():
            if isinstance(element, Model):
                yield from _walk(element, f"{prefix}{name}.", (*path, name))


WORDS = "procedure.words."
"""Begins the key of a text that a procedure gives in place of one of its lifecycle's."""


def reworded(lifecycle: Lifecycle, words: Mapping[str, English]) -> Lifecycle:
    """The lifecycle with a procedure's own words.

    Args:
        words: the procedure's texts by the keys of those whose place they take; a key that the lifecycle does not
            have changes nothing (the rule ``unknown-reference`` reports it).
    """
    changed = lifecycle
    for key, path, _ in list(located_texts(lifecycle)) if words else ():
        if key in words:
            changed = _with_text(changed, path, words[key])
    return changed


def _with_text(value: Any, path: Path, text: English) -> Any:
    if not path:
        return text
    step, *rest = path
    if isinstance(step, int):
        return (*value[:step], _with_text(value[step], tuple(rest), text), *value[step + 1 :])
    inner = _with_text(getattr(value, step), tuple(rest), text)
    return value.model_copy(update={step: inner})


def behaviour(definition: Definition) -> str:
    """What the engine acts on, as canonical JSON: sorted keys, no blanks, no texts, nothing left at its default.

    Leaving out defaults keeps the identity of a definition when the language gains a key with a neutral default.
    The order of lists is kept, for it is the order in which people see them.
    """
    return json.dumps(_plain(definition), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        hidden = text_fields(type(value)) | EXPLAINING.get(type(value), frozenset())
        return {name: _plain(given) for name, given in explicit(value).items() if name not in hidden}
    if isinstance(value, tuple):
        return [_plain(element) for element in value]
    if isinstance(value, Mapping):
        return {name: _plain(element) for name, element in value.items()}
    return value


def explicit(model: Model) -> dict[str, Any]:
    """The fields of ``model`` that are required or differ from their default."""
    return {
        name: getattr(model, name)
        for name, field in type(model).model_fields.items()
        if field.is_required() or getattr(model, name) != field.get_default(call_default_factory=True)
    }


def content_hash(definition: Definition) -> str:
    """The identity of a definition: the SHA-256 of its behaviour, in hexadecimal."""
    return _digest(behaviour(definition))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
