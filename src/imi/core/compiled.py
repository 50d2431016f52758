"""A definition made ready to run: everything looked up once, every condition compiled and type-checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from imi.core import definition as d
from imi.core.asking import answer_field, gaps
from imi.core.expression import CelType, Expression, ExpressionError, compile_expression

_FIELD_TYPES: Mapping[str, CelType] = {
    "yes_no": "bool",
    "number": "int",
    "days": "int",
    "choices": "list",
    "colleagues": "list",
    "questions": "any",
    "answers": "any",
    "items": "any",
    "files": "any",
    "period": "any",
    "money": "any",
    "group": "any",
}


class DefinitionError(ValueError):
    """A definition that cannot run.

    Attributes:
        where: the key of the faulty part, e.g. ``actions.send.guards.recipient``.
    """

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message


@dataclass(frozen=True)
class Compiled:
    """A definition with its indexes. Made by :func:`compile_definition`; never changed afterwards."""

    definition: d.Definition
    content_hash: str
    conditions: Mapping[str, Expression]

    @cached_property
    def lifecycle(self) -> d.Lifecycle:
        """The lifecycle that the procedure runs in."""
        return self.definition.lifecycle

    @cached_property
    def actions(self) -> Mapping[str, d.Action]:
        """The actions by id."""
        return {action.id: action for action in self.lifecycle.actions}

    @cached_property
    def opening(self) -> d.Action:
        """The action that opens an exchange; the rule ``opening-missing`` sees to it that there is one."""
        return next(action for action in self.lifecycle.actions if "new" in action.sources)

    @cached_property
    def drafting(self) -> d.Action | None:
        """The action in whose form the content of an exchange is drafted, if it is drafted at all."""
        actions = self.lifecycle.actions
        return next((action for action in actions if action.keeps_draft and action.into == "content"), None)

    @cached_property
    def states(self) -> Mapping[str, d.State]:
        """The states by id."""
        return {state.id: state for state in self.lifecycle.states}

    @cached_property
    def parties(self) -> Mapping[str, d.Party]:
        """The parties by id."""
        return {party.id: party for party in self.lifecycle.parties}

    @cached_property
    def deadlines(self) -> Mapping[str, d.Deadline]:
        """The lifecycle's deadlines with what the procedure changes in them."""
        changes = self.definition.procedure.deadlines
        return {
            deadline.id: deadline.model_copy(
                update=changes[deadline.id].model_dump(exclude_none=True) if deadline.id in changes else {}
            )
            for deadline in self.lifecycle.deadlines
        }

    @cached_property
    def fields(self) -> Mapping[str, tuple[d.FormField, ...]]:
        """The fields of each action's form, the procedure's own subject sections included."""
        return {action.id: tuple(self._fields_of(action)) for action in self.lifecycle.actions}

    def sections(self, action: d.Action) -> Iterator[d.Section]:
        """The sections of an action's form in order, the procedure's own in the place of ``include: subject``."""
        for section in action.form:
            if section.include == "subject":
                yield from self.definition.procedure.subject
            else:
                yield section

    def _fields_of(self, action: d.Action) -> Iterator[d.FormField]:
        for section in self.sections(action):
            for field in section.fields:
                yield self._with_options(field)

    def _with_options(self, field: d.FormField) -> d.FormField:
        match field.options_from:
            case "legal_basis":
                options = tuple(option for act in self.definition.procedure.acts for option in act.basis)
            case "question_lists":
                lists = self.definition.questions.lists if self.definition.questions else ()
                options = tuple(d.Option(id=entry.id, label=entry.title) for entry in lists)
            case None:
                return field
        return field.model_copy(update={"options": options})

    @cached_property
    def field_by_name(self) -> Mapping[str, d.FormField]:
        """Every field that may end up in an exchange's content, by id."""
        return {
            field.id: field
            for action in self.lifecycle.actions
            if action.into == "content"
            for field in self.fields[action.id]
        }

    @cached_property
    def personal_fields(self) -> frozenset[str]:
        """Content fields that hold personal data, in whichever form: the strictest mark counts."""
        return frozenset(field.id for field in _content_fields(self.definition) if holds_personal_data(field))

    @cached_property
    def private_fields(self) -> Mapping[str, frozenset[str]]:
        """Content fields that only some parties see, with these parties."""
        return private_fields(self.definition)

    @cached_property
    def questions(self) -> Mapping[str, d.Question]:
        """The questions by id."""
        asked = self.definition.questions.questions if self.definition.questions else ()
        return {question.id: question for question in asked}

    @cached_property
    def placeholders(self) -> Mapping[str, d.Placeholder]:
        """The placeholders by id."""
        known = self.definition.questions.placeholders if self.definition.questions else ()
        return {placeholder.id: placeholder for placeholder in known}

    @cached_property
    def follow_ups(self) -> Mapping[str, tuple[d.Question, ...]]:
        """The questions that each question may open, in order."""
        opened: dict[str, list[d.Question]] = {}
        for question in self.questions.values():
            if question.follows:
                opened.setdefault(question.follows.question, []).append(question)
        return {parent: tuple(children) for parent, children in opened.items()}

    def family(self, question: str) -> Iterator[d.Question]:
        """A question and everything it may open, depth first."""
        asked = self.questions.get(question)
        if asked is None:
            return
        yield asked
        for follow_up in self.follow_ups.get(question, ()):
            yield from self.family(follow_up.id)

    @cached_property
    def gaps(self) -> Mapping[str, tuple[str, ...]]:
        """The placeholders to fill for each question: its own and those of the questions it may open."""
        return {
            question: tuple(dict.fromkeys(gap for one in self.family(question) for gap in gaps(one)))
            for question in self.questions
        }

    @cached_property
    def answer_fields(self) -> Mapping[str, d.FormField]:
        """The form of each question's answer."""
        return {question.id: answer_field(question) for question in self.questions.values()}

    @cached_property
    def coordinated(self) -> Mapping[str, str]:
        """Coordinating party to the party it coordinates."""
        return {party.id: party.coordinates for party in self.lifecycle.parties if party.coordinates}

    @cached_property
    def settings(self) -> Mapping[str, bool]:
        """Each setting's default."""
        return {setting.id: setting.default for setting in self.lifecycle.settings}

    @cached_property
    def forms(self) -> Mapping[str, tuple[tuple[d.FormField, Expression | None], ...]]:
        """The fields of each action's form, each with the condition under which it applies."""
        return {
            action: tuple((field, self.condition(f"actions.{action}.fields.{field.id}")) for field in fields)
            for action, fields in self.fields.items()
        }

    @cached_property
    def form_fields(self) -> Mapping[str, Mapping[str, d.FormField]]:
        """The fields of each action's form under the names that conditions use."""
        return {action: {f"form.{field.id}": field for field in fields} for action, fields in self.fields.items()}

    @cached_property
    def guards(self) -> Mapping[str, tuple[CompiledGuard, ...]]:
        """Each action's guards with their conditions."""
        return {
            action.id: tuple(
                CompiledGuard(guard, self.condition(f"actions.{action.id}.guards.{guard.id}"))
                for guard in action.guards
            )
            for action in self.lifecycle.actions
        }

    @cached_property
    def branches(self) -> Mapping[str, tuple[tuple[d.Branch, Expression | None], ...]]:
        """Where each action may lead, with the conditions."""
        return {
            action.id: tuple(
                (branch, self.condition(f"actions.{action.id}.to.{index}")) for index, branch in enumerate(action.to)
            )
            for action in self.lifecycle.actions
        }

    @cached_property
    def staying(self) -> Mapping[str, d.Branch]:
        """For each state the way that an action takes which stays in it."""
        return {state: d.Branch(state=state) for state in self.states}

    @cached_property
    def sights(self) -> tuple[CompiledSight, ...]:
        """The rules of visibility, with the states they hold in."""
        return tuple(
            CompiledSight(sight, states_of(self.lifecycle, sight), self.condition(f"visibility.{index}"))
            for index, sight in enumerate(self.lifecycle.visibility)
        )

    @cached_property
    def aware(self) -> Mapping[str, frozenset[str]]:
        """The parties that may see anything at all of an exchange, by state."""
        return {
            state: frozenset(compiled.sight.party for compiled in self.sights if state in compiled.states)
            for state in self.states
        }

    @cached_property
    def public_states(self) -> frozenset[str]:
        """The states in which every party that does not merely coordinate knows of the exchange."""
        principal = {party for party in self.parties if party not in self.coordinated}
        return frozenset(state for state, parties in self.aware.items() if principal <= parties)

    @cached_property
    def answer_actions(self) -> frozenset[str]:
        """The actions whose data are the reply."""
        return frozenset(action.id for action in self.lifecycle.actions if action.into == "answers")

    @cached_property
    def cannot_say_reasons(self) -> frozenset[str]:
        """Why a question may be left unanswered."""
        asked = self.definition.questions
        return frozenset(option.id for option in asked.cannot_say_reasons) if asked else frozenset()

    @cached_property
    def action_states(self) -> Mapping[str, frozenset[str]]:
        """The states each action may be taken in; empty for the action that opens an exchange."""
        actions = self.lifecycle.actions
        return {action.id: frozenset(expand_states(self.lifecycle, action.sources)) for action in actions}

    def condition(self, key: str) -> Expression | None:
        """The compiled condition at ``key``, or None where the definition has none."""
        return self.conditions.get(key)


@dataclass(frozen=True, slots=True)
class CompiledGuard:
    """A guard with its condition."""

    guard: d.Guard
    condition: Expression | None

    @property
    def reads_form(self) -> bool:
        """Whether it can be judged only once the form is filled in."""
        return self.condition is not None and any(name.startswith("form.") for name in self.condition.names)


@dataclass(frozen=True, slots=True)
class CompiledSight:
    """A rule of visibility with the states it holds in and its condition."""

    sight: d.Sight
    states: frozenset[str]
    condition: Expression | None


def holds_personal_data(field: d.FormField) -> bool:
    """Whether the field, or one inside its group, is marked as personal data."""
    return field.personal is not None or any(holds_personal_data(inner) for inner in field.fields)


def expand_states(lifecycle: d.Lifecycle, names: Iterable[str]) -> Iterator[str]:
    """State ids behind ``names``, where a phase ("draft", "open", "done") or "any" may stand for several states.

    A state of the very name wins over the phase of the same name.
    """
    ids = {state.id for state in lifecycle.states}
    for name in names:
        if name in ids:
            yield name
        elif name == "any":
            yield from (state.id for state in lifecycle.states)
        elif name != "new":
            yield from (state.id for state in lifecycle.states if state.phase == name)


def states_of(lifecycle: d.Lifecycle, sight: d.Sight) -> frozenset[str]:
    """The states in which a rule of visibility holds."""
    every = (state.id for state in lifecycle.states)
    wanted = expand_states(lifecycle, sight.states) if sight.states else every
    return frozenset(wanted) - frozenset(expand_states(lifecycle, sight.not_states))


def variables(definition: d.Definition, fields: Iterable[d.FormField] = ()) -> dict[str, CelType]:
    """The names that conditions of this definition may use, with their types.

    Args:
        fields: the form at hand; each is readable as ``form.<id>``.
    """
    lifecycle = definition.lifecycle
    names: dict[str, CelType] = {
        "state": "string",
        "actor.party": "string",
        "actor.country": "string",
        "items.total": "int",
        "part": "bool",
    }
    for party in lifecycle.parties:
        names[f"{party.id}.present"] = "bool"
        for setting in lifecycle.settings:
            names[f"{party.id}.{setting.id}"] = "bool"
    for state in lifecycle.states:
        names[f"visited.{state.id}"] = "bool"
    for deadline in lifecycle.deadlines:
        names[f"deadline.{deadline.id}.running"] = "bool"
        names[f"deadline.{deadline.id}.overdue"] = "bool"
    for action in lifecycle.actions:
        names[f"done.{action.id}"] = "int"
        if action.effects.propose:
            names[f"proposal.{action.effects.propose}"] = "bool"
        if action.into == "content":
            for field in form_fields(definition, action):
                names[f"content.{field.id}"] = cel_type(field)
    for field in fields:
        names[f"form.{field.id}"] = cel_type(field)
    return names


def form_fields(definition: d.Definition, action: d.Action) -> Iterator[d.FormField]:
    """The fields of an action's form, the procedure's subject included."""
    for section in action.form:
        if section.include == "subject":
            for own in definition.procedure.subject:
                yield from own.fields
        else:
            yield from section.fields


def _content_fields(definition: d.Definition) -> Iterator[d.FormField]:
    """The fields of every form that writes the content of an exchange; forms may repeat each other's fields."""
    for action in definition.lifecycle.actions:
        if action.into == "content":
            yield from form_fields(definition, action)


def private_fields(definition: d.Definition) -> dict[str, frozenset[str]]:
    """The content fields that only some parties see, with these parties.

    Where several forms declare the field, a party must be named in each that makes it private: no form can open what
    another one keeps.
    """
    found: dict[str, frozenset[str]] = {}
    for field in _content_fields(definition):
        if field.private_to:
            named = frozenset(field.private_to)
            found[field.id] = found.get(field.id, named) & named
    return found


def cel_type(field: d.FormField) -> CelType:
    """The type a field has in conditions."""
    return _FIELD_TYPES.get(field.type, "string")


def compile_definition(definition: d.Definition, content_hash: str) -> Compiled:
    """Compile a definition.

    Args:
        definition: the definition as read.
        content_hash: its identity (:func:`imi.core.wording.content_hash`).

    Raises:
        DefinitionError: a condition does not compile; the first one found.
    """
    compiled: dict[str, Expression] = {}
    for key, source, names in conditions_of(definition):
        try:
            compiled[key] = compile_expression(source, names)
        except ExpressionError as error:
            raise DefinitionError(key, f"{error} (column {error.column})") from error
    return Compiled(definition=definition, content_hash=content_hash, conditions=compiled)


def conditions_of(definition: d.Definition) -> Iterator[tuple[str, str, Mapping[str, CelType]]]:
    """Every condition of a definition: its key, its source, and the names it may use."""
    lifecycle = definition.lifecycle
    common = variables(definition)
    for action in lifecycle.actions:
        yield from _conditions_of_action(definition, action)
    for state in lifecycle.states:
        for index, awaited in enumerate(state.awaits):
            if awaited.when:
                yield f"states.{state.id}.awaits.{index}", awaited.when, common
    for index, sight in enumerate(lifecycle.visibility):
        if sight.when:
            yield f"visibility.{index}", sight.when, common


def _conditions_of_action(
    definition: d.Definition, action: d.Action
) -> Iterator[tuple[str, str, Mapping[str, CelType]]]:
    fields = tuple(form_fields(definition, action))
    names = variables(definition, fields)
    for field in fields:
        if field.when:
            yield f"actions.{action.id}.fields.{field.id}", field.when, names
    for guard in action.guards:
        if guard.when:
            yield f"actions.{action.id}.guards.{guard.id}", guard.when, names
    for index, branch in enumerate(action.to):
        if branch.when:
            yield f"actions.{action.id}.to.{index}", branch.when, names
    for name in dict.fromkeys((*action.effects.start, *(name for branch in action.to for name in branch.start))):
        condition = _deadline_condition(definition, name)
        if condition:
            yield f"actions.{action.id}.deadlines.{name}", condition, names


def _deadline_condition(definition: d.Definition, name: str) -> str | None:
    change = definition.procedure.deadlines.get(name)
    if change and change.when:
        return change.when
    return next((deadline.when for deadline in definition.lifecycle.deadlines if deadline.id == name), None)
