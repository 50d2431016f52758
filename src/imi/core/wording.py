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

from imi.core.definition import (
    Area,
    Await,
    Definition,
    Lifecycle,
    Model,
    Procedure,
    QuestionSet,
    TextMark,
)

English = str
Path = tuple[str | int, ...]
Located = tuple[str, Path, English]  # key, path in the part, text

_ELIDED = frozenset({"fields"})  # a field's key follows its section's at once: form.details.days.label
_ROOTS: Mapping[type[Model], str] = {Area: "area.", Procedure: "procedure.", Lifecycle: "", QuestionSet: ""}
_NOT_BEHAVIOUR: Mapping[type[Model], frozenset[str]] = {
    Area: frozenset({"languages"}),
    Procedure: frozenset({"risk", "scenarios", "questions"}),
    Lifecycle: frozenset({"scenarios"}),
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
            if value is not None:
                owner = "lifecycle." if isinstance(model, Lifecycle) else ""
                yield f"{prefix}{owner}{name}", (*path, name), value
        else:
            inner = prefix if name in _ELIDED else f"{prefix}{name}."
            yield from _walk_value(value, inner, (*path, name))


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


def behaviour(definition: Definition) -> str:
    """What the engine acts on, as canonical JSON: sorted keys, no blanks, no texts, nothing left at its default.

    Leaving out defaults keeps the identity of a definition when the language gains a key with a neutral default.
    The order of lists is kept, for it is the order in which people see them.
    """
    return json.dumps(_plain(definition), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Model):
        hidden = text_fields(type(value)) | _NOT_BEHAVIOUR.get(type(value), frozenset())
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
