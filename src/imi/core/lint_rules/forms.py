"""Rules about forms: every field can be filled, and what actions do with fields fits their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imi.core.definition import Action, Definition, FormField
from imi.core.lint_rules.finding import Finding, Rule, Step, every_field
from imi.core.lint_rules.references import content_fields, fields_of

_CHOOSING = frozenset({"choice", "choices"})
_OF_THE_WHOLE = ("authority", "colleagues", "questions", "answers", "items", "files", "days", "group")


def options_missing(definition: Definition) -> Iterator[Finding]:
    """``options-missing``: a field or question to choose from offers nothing, or offers options it never shows."""
    for path, field in every_field(definition):
        choosing = field.type in _CHOOSING
        if choosing and not field.options and field.options_from is None:
            message = f"The field {field.id!r} offers nothing to choose from."
            yield Finding("options-missing", path, message, "Give it 'options' or 'options_from'.")
        if not choosing and (field.options or field.options_from):
            message = f"A field of type {field.type!r} shows no options."
            yield Finding("options-missing", path, message, "Make it a 'choice' or 'choices', or delete the options.")
    for index, question in enumerate(definition.questions.questions if definition.questions else ()):
        if (question.answer in _CHOOSING) != bool(question.options):
            message = f"The question {question.id!r} has the answer type {question.answer!r}, and "
            message += "offers options." if question.options else "offers nothing to choose from."
            cure = "Options belong to the answer types 'choice' and 'choices', and only there."
            yield Finding("options-missing", ("questions", "questions", index), message, cure)


def scheme_missing(definition: Definition) -> Iterator[Finding]:
    """``scheme-missing``: something is to be found in a thesaurus, but not said in which."""
    for path, field in every_field(definition):
        if field.type == "concept" and field.scheme is None:
            yield _no_scheme(path, f"field {field.id!r}")
    questions = definition.questions
    if questions is None:
        return
    for index, question in enumerate(questions.questions):
        if question.answer == "concept" and question.scheme is None:
            yield _no_scheme(("questions", "questions", index), f"question {question.id!r}")
    for index, placeholder in enumerate(questions.placeholders):
        if placeholder.type == "concept" and placeholder.scheme is None:
            yield _no_scheme(("questions", "placeholders", index), f"placeholder {placeholder.id!r}")


def _no_scheme(path: tuple[Step, ...], what: str) -> Finding:
    return Finding("scheme-missing", path, f"The {what} names no thesaurus.", "Add 'scheme:'.")


def field_limits(definition: Definition) -> Iterator[Finding]:
    """``field-limits``: no value can satisfy a field, or its default does not."""
    for path, field in every_field(definition):
        if field.min is not None and field.max is not None and field.min > field.max:
            message = f"The field {field.id!r} wants at least {field.min} and at most {field.max}."
            yield Finding("field-limits", (*path, "min"), message, "Exchange the two, or correct one.")
        if field.max_length is not None and field.max_length < 1:
            message = f"The field {field.id!r} takes no character."
            yield Finding("field-limits", (*path, "max_length"), message, "Allow at least 1.")
        if field.default is not None and not _fits(field):
            message = f"The default {field.default!r} is no value that the field {field.id!r} takes."
            yield Finding("field-limits", (*path, "default"), message, "Choose a value within the limits and options.")


def _fits(field: FormField) -> bool:
    if field.type == "yes_no":
        return isinstance(field.default, bool)
    if field.type in ("number", "days", "rating"):
        if not isinstance(field.default, int) or isinstance(field.default, bool):
            return False
        return (field.min is None or field.default >= field.min) and (field.max is None or field.default <= field.max)
    if field.type in _CHOOSING and field.options:
        return field.default in {option.id for option in field.options}
    return isinstance(field.default, str)


def group_empty(definition: Definition) -> Iterator[Finding]:
    """``group-empty``: a group without fields, or fields in something that is no group."""
    for path, field in every_field(definition):
        if (field.type == "group") != bool(field.fields):
            message = f"The field {field.id!r} of type {field.type!r} has {len(field.fields)} fields inside."
            yield Finding("group-empty", path, message, "Only a 'group' has fields, and at least one.")


def condition_in_group(definition: Definition) -> Iterator[Finding]:
    """``condition-in-group``: a condition on a field inside a group, where none is evaluated."""
    outer = {id(field) for path, field in every_field(definition) if path.count("fields") == 1}
    for path, field in every_field(definition):
        if id(field) not in outer and field.when is not None:
            message = f"The condition of {field.id!r} has no effect inside a group."
            yield Finding("condition-in-group", (*path, "when"), message, "Put the condition on the group.")


def whole_in_group(definition: Definition) -> Iterator[Finding]:
    """``whole-in-group``: a field of the exchange as a whole inside a group, where the engine does not look for it."""
    outer = {id(field) for path, field in every_field(definition) if path.count("fields") == 1}
    for path, field in every_field(definition):
        if id(field) not in outer and field.type in _OF_THE_WHOLE:
            message = f"The field {field.id!r} of type {field.type!r} belongs to the exchange and not to a part of it."
            yield Finding("whole-in-group", (*path, "type"), message, "Put the field beside the group.")


def subject_not_asked(definition: Definition) -> Iterator[Finding]:
    """``subject-not-asked``: no form of the lifecycle takes in the procedure's own sections, or one does so twice."""
    lifecycle = definition.lifecycle
    for index, action in enumerate(lifecycle.actions):
        if sum(section.include == "subject" for section in action.form) > 1:
            message = f"The form of {action.id!r} includes the subject twice."
            yield Finding("subject-not-asked", ("lifecycle", "actions", index, "form"), message, "Delete one.")
    asked = any(section.include == "subject" for action in lifecycle.actions for section in action.form)
    if definition.procedure.subject and not asked:
        message = f"No form of the lifecycle {lifecycle.lifecycle!r} includes these sections, so nobody sees them."
        cure = "Add a section with 'include: subject' to a form of the lifecycle."
        yield Finding("subject-not-asked", ("procedure", "subject"), message, cure)


def effect_field_type(definition: Definition) -> Iterator[Finding]:
    """``effect-field-type``: an effect reads a field whose type does not hold what it needs."""
    written = content_fields(definition)
    for index, action in enumerate(definition.lifecycle.actions):
        fields = {**written, **fields_of(definition, action)}
        for key, name, wanted in read_by(action):
            field = fields.get(name)
            if field is not None and field.type != wanted:
                message = f"The effect needs a field of type {wanted!r}, but {name!r} is of type {field.type!r}."
                path: tuple[Step, ...] = ("lifecycle", "actions", index, *key)
                yield Finding("effect-field-type", path, message, f"Name a field of type {wanted!r}.")


def read_by(action: Action) -> Iterator[tuple[tuple[Step, ...], str, str]]:
    """Where an effect reads a field, its name, and the type it must have."""
    effects = action.effects
    keyed: tuple[tuple[str, Mapping[str, str], str], ...] = (
        ("set_party", effects.set_party, "authority"),
        ("hand_over", effects.hand_over, "authority"),
        ("start", effects.start, "days"),
        ("restart", effects.restart, "days"),
    )
    for key, mapping, wanted in keyed:
        for name, field in mapping.items():
            yield ("effects", key, name), field, wanted
    for index, branch in enumerate(action.to):
        for name, field in branch.start.items():
            yield ("to", index, "start", name), field, "days"
    if effects.split:
        yield ("effects", "split"), effects.split, "items"
    if effects.allocate:
        yield ("effects", "allocate"), effects.allocate, "colleagues"


def effect_field_optional(definition: Definition) -> Iterator[Finding]:
    """``effect-field-optional``: an effect needs a field that people may leave empty."""
    for index, action in enumerate(definition.lifecycle.actions):
        fields = fields_of(definition, action)
        for key, name, wanted in read_by(action):
            field = fields.get(name)
            if (
                field is not None
                and wanted in ("authority", "items")
                and (field.required == "never" or field.when is not None)
            ):
                message = f"Without the field {name!r} the action {action.id!r} cannot take effect."
                path: tuple[Step, ...] = ("lifecycle", "actions", index, *key)
                yield Finding("effect-field-optional", path, message, "Require the field, without 'when'.")


RULES: tuple[Rule, ...] = (
    options_missing,
    scheme_missing,
    field_limits,
    group_empty,
    condition_in_group,
    whole_in_group,
    subject_not_asked,
    effect_field_type,
    effect_field_optional,
)
