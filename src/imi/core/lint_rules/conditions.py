"""Rules about conditions: each is understood before anybody depends on it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from imi.core.compiled import conditions_of
from imi.core.definition import Action, Definition, FormField
from imi.core.expression import ExpressionError, compile_expression
from imi.core.lint_rules.finding import Finding, Rule, Step

_FORM_NAME = re.compile(r"\bform\.([a-z][a-z0-9_]*)")


def expression_type(definition: Definition) -> Iterator[Finding]:
    """``expression-type``: a condition names something unknown, mixes types, or is no yes-or-no question."""
    for key, source, names in conditions_of(definition):
        try:
            compile_expression(source, names)
        except ExpressionError as error:
            message = f"The condition {source!r} is not understood at its column {error.column}: {error}."
            cure = "Use the names that the form, the parties, settings, deadlines and actions provide."
            yield Finding("expression-type", condition_path(definition, key), message, cure)


def condition_path(definition: Definition, key: str) -> tuple[Step, ...]:
    """Where the condition stands that :func:`imi.core.compiled.conditions_of` calls ``key``."""
    kind, _, rest = key.partition(".")
    if kind == "visibility":
        return ("lifecycle", "visibility", int(rest), "when")
    owner, what, name = (*rest.split("."), "", "")[:3]
    lifecycle = definition.lifecycle
    ids = [one.id for one in (lifecycle.states if kind == "states" else lifecycle.actions)]
    number = ids.index(owner)
    path: tuple[Step, ...] = ("lifecycle", kind, number)
    if what in ("to", "awaits"):
        return (*path, what, int(name), "when")
    action = lifecycle.actions[number]
    if what == "guards":
        guard = next(index for index, guard in enumerate(action.guards) if guard.id == name)
        return (*path, "guards", guard, "when")
    if what == "deadlines":
        return _deadline_path(definition, name)
    return next((where for where, field in _fields(definition, action, path) if field.id == name), path)


def _deadline_path(definition: Definition, name: str) -> tuple[Step, ...]:
    change = definition.procedure.deadlines.get(name)
    if change and change.when:
        return ("procedure", "deadlines", name, "when")
    number = next(index for index, one in enumerate(definition.lifecycle.deadlines) if one.id == name)
    return ("lifecycle", "deadlines", number, "when")


def _fields(
    definition: Definition, action: Action, path: tuple[Step, ...]
) -> Iterator[tuple[tuple[Step, ...], FormField]]:
    """The fields of an action's form with the paths of their conditions."""
    for index, section in enumerate(action.form):
        if section.include == "subject":
            for number, own in enumerate(definition.procedure.subject):
                for position, field in enumerate(own.fields):
                    yield ("procedure", "subject", number, "fields", position, "when"), field
        for position, field in enumerate(section.fields):
            yield (*path, "form", index, "fields", position, "when"), field


def condition_cycle(definition: Definition) -> Iterator[Finding]:
    """``condition-cycle``: fields of a form wait for each other, so that none can ever be shown."""
    reported: set[tuple[Step, ...]] = set()
    for number, action in enumerate(definition.lifecycle.actions):
        fields = list(_fields(definition, action, ("lifecycle", "actions", number)))
        needs = {field.id: set(_FORM_NAME.findall(field.when or "")) for _, field in fields}
        for path, field in fields:
            if path not in reported and _comes_back(field.id, needs):
                reported.add(path)
                message = f"Whether the field {field.id!r} is shown depends on itself."
                cure = "Let one of the fields that depend on each other have no condition."
                yield Finding("condition-cycle", path, message, cure)


def _comes_back(start: str, needs: dict[str, set[str]]) -> bool:
    seen: set[str] = set()
    waiting = list(needs.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            waiting.extend(needs.get(name, ()))
    return False


RULES: tuple[Rule, ...] = (expression_type, condition_cycle)
