"""Rules about fields that only some parties see (``private_to``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imi.core.compiled import conditions_of, private_fields
from imi.core.definition import Action, Definition, FormField
from imi.core.expression import ExpressionError, compile_expression
from imi.core.lint_rules.conditions import condition_path
from imi.core.lint_rules.finding import Finding, Rule, Step, walk_fields
from imi.core.lint_rules.forms import read_by

# What these types hold lives beside the content, where no field can keep it private.
_SHARED = frozenset({"authority", "colleagues", "questions", "answers", "items", "files"})

Circle = frozenset[str]


def private_misplaced(definition: Definition) -> Iterator[Finding]:
    """``private-misplaced``: a field is to be private where what it holds reaches everybody."""
    for action, path, field in _fields(definition):
        why = _reaches_everybody(action, path, field) if field.private_to else ""
        if why:
            message = f"The field {field.id!r} cannot be private: {why}."
            cure = "Delete 'private_to', or ask for the value in a form that writes the content."
            yield Finding("private-misplaced", (*path, "private_to"), message, cure)


def _reaches_everybody(action: Action, path: tuple[Step, ...], field: FormField) -> str:
    if action.into != "content":
        return f"the form of {action.id!r} does not write the content"
    if action.effects.propose:
        return f"what the form of {action.id!r} holds is shown as a proposal"
    if path.count("fields") > 1:
        return "it stands in a group, which is shown as a whole"
    if field.type in _SHARED:
        return f"the type {field.type!r} concerns all parties"
    return ""


def private_from_author(definition: Definition) -> Iterator[Finding]:
    """``private-from-author``: a form asks a party for a value that the party itself may not see."""
    private = private_fields(definition)
    for action, path, field in _fields(definition):
        circle = private.get(field.id) if action.into == "content" else None
        barred = [] if circle is None else sorted({actor.party for actor in action.by} - circle)
        if barred:
            message = f"The action {action.id!r} asks the party {barred[0]!r} for {field.id!r}, which is kept from it."
            cure = f"Add {barred[0]!r} to 'private_to', or let only the parties named there take the action."
            yield Finding("private-from-author", (*path, "private_to"), message, cure)


def private_used(definition: Definition) -> Iterator[Finding]:
    """``private-used``: others could conclude a private value from what a condition or an effect does with it."""
    private = private_fields(definition)
    for key, source, names in conditions_of(definition):
        try:
            read = compile_expression(source, names).names
        except ExpressionError:
            continue  # the rule ``expression-type`` tells
        told = _told(definition, key, private)
        for name in read:
            head, _, field = name.partition(".")
            if head in ("form", "content") and field in private and not (told and told <= private[field]):
                yield _concluded(field, condition_path(definition, key))
    for index, action in enumerate(definition.lifecycle.actions):
        for where, field, _ in read_by(action):
            if field in private:
                yield _concluded(field, ("lifecycle", "actions", index, *where))


def _told(definition: Definition, key: str, private: Mapping[str, Circle]) -> Circle:
    """The parties that notice whether a condition holds; empty if all of them may."""
    kind, owner, what, name = (*key.split("."), "", "")[:4]
    if kind != "actions":
        return frozenset()
    if what == "fields":
        return private.get(name, frozenset())
    if what == "guards":
        action = next(one for one in definition.lifecycle.actions if one.id == owner)
        return frozenset(actor.party for actor in action.by)
    return frozenset()


def _concluded(field: str, path: tuple[Step, ...]) -> Finding:
    message = f"Whoever notices what follows from the private field {field!r} can conclude what it holds."
    cure = "Use another field, or give up 'private_to'. Guards, and fields private to the same parties, may use it."
    return Finding("private-used", path, message, cure)


def _fields(definition: Definition) -> Iterator[tuple[Action, tuple[Step, ...], FormField]]:
    """Each field of each action's form, the subject's for each action that includes it."""
    for index, action in enumerate(definition.lifecycle.actions):
        for number, section in enumerate(action.form):
            if section.include == "subject":
                for position, own in enumerate(definition.procedure.subject):
                    for path, field in walk_fields(own.fields, ("procedure", "subject", position)):
                        yield action, path, field
            else:
                for path, field in walk_fields(section.fields, ("lifecycle", "actions", index, "form", number)):
                    yield action, path, field


RULES: tuple[Rule, ...] = (private_misplaced, private_from_author, private_used)
