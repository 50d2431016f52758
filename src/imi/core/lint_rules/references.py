"""``unknown-reference``: every name must be the name of something."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from imi.core.definition import Action, Deadline, Definition, Effects, FormField, Lifecycle
from imi.core.lint_rules.finding import Finding, Rule, Step, choose, every_field, walk_fields
from imi.core.wording import texts

PHASES = frozenset({"draft", "open", "done"})
MAILBOX = "mailbox"


class _Names:
    """What exists in a definition."""

    def __init__(self, definition: Definition) -> None:
        lifecycle = definition.lifecycle
        self.parties = {party.id for party in lifecycle.parties}
        self.roles = {role.id for role in lifecycle.roles}
        self.states = {state.id for state in lifecycle.states}
        self.actions = {action.id for action in lifecycle.actions}
        self.deadlines = {deadline.id for deadline in lifecycle.deadlines}
        self.proposals = {action.effects.propose for action in lifecycle.actions if action.effects.propose}
        self.schemes = set(definition.area.schemes)
        self.coordinating = {party.id for party in lifecycle.parties if party.coordinates}
        self.terms = {"default", *_terms(definition)}


def _terms(definition: Definition) -> Iterator[str]:
    """Where the length of a term may come from beside the form at hand: a proposal, or what was written before."""
    for action in definition.lifecycle.actions:
        fields = fields_of(definition, action)
        if action.effects.propose:
            yield from (f"proposal.{name}" for name in fields)
    yield from content_fields(definition)


def content_fields(definition: Definition) -> dict[str, FormField]:
    """The fields whose values stay with the exchange, by id."""
    found: dict[str, FormField] = {}
    for action in definition.lifecycle.actions:
        if action.into == "content":
            found.update(fields_of(definition, action))
    return found


def unknown_reference(definition: Definition) -> Iterator[Finding]:
    """A party, role, state, action, deadline, field or scheme is named that does not exist."""
    names = _Names(definition)
    lifecycle = definition.lifecycle
    root: tuple[Step, ...] = ("lifecycle",)
    yield from _one(names.states, lifecycle.initial, (*root, "initial"), "state")
    for index, party in enumerate(lifecycle.parties):
        yield from _one(names.parties, party.coordinates, (*root, "parties", index, "coordinates"), "party")
    yield from _of_states(lifecycle, names)
    for index, action in enumerate(lifecycle.actions):
        yield from _of_action(definition, action, names, (*root, "actions", index))
    for index, deadline in enumerate(lifecycle.deadlines):
        yield from _of_deadline(deadline, names, (*root, "deadlines", index))
    for index, sight in enumerate(lifecycle.visibility):
        path = (*root, "visibility", index)
        yield from _one(names.parties, sight.party, (*path, "party"), "party")
        yield from _many(names.roles, sight.roles, (*path, "roles"), "role")
        yield from _many(names.states | PHASES, sight.states, (*path, "states"), "state")
        yield from _many(names.states | PHASES, sight.not_states, (*path, "not_states"), "state")
    for name, change in definition.procedure.deadlines.items():
        yield from _one(names.deadlines, name, ("procedure", "deadlines", name), "deadline")
        yield from _one(names.deadlines, change.since, ("procedure", "deadlines", name, "since"), "deadline")
    yield from _of_words(definition)
    for path, field in every_field(definition):
        yield from _of_field(field, names, path)


def _of_words(definition: Definition) -> Iterator[Finding]:
    known = texts(definition.lifecycle)
    for key in definition.procedure.words:
        yield from _one(known, key, ("procedure", "words", key), "text of the lifecycle with the key")


def _one(known: Iterable[str], name: str | None, path: tuple[Step, ...], kind: str) -> Iterator[Finding]:
    if name is not None and name not in set(known):
        yield Finding("unknown-reference", path, f"There is no {kind} {name!r}.", choose(name, known))


def _many(known: Iterable[str], names: Iterable[str], path: tuple[Step, ...], kind: str) -> Iterator[Finding]:
    for index, name in enumerate(names):
        yield from _one(known, name, (*path, index), kind)


def _of_states(lifecycle: Lifecycle, names: _Names) -> Iterator[Finding]:
    for number, state in enumerate(lifecycle.states):
        for index, awaited in enumerate(state.awaits):
            path = ("lifecycle", "states", number, "awaits", index)
            yield from _one(names.parties, awaited.party, (*path, "party"), "party")
            yield from _many(names.roles, awaited.roles, (*path, "roles"), "role")
            yield from _one(names.actions, awaited.action, (*path, "action"), "action")
            yield from _one(names.deadlines, awaited.deadline, (*path, "deadline"), "deadline")


def _of_action(definition: Definition, action: Action, names: _Names, path: tuple[Step, ...]) -> Iterator[Finding]:
    for index, actor in enumerate(action.by):
        yield from _one(names.parties, actor.party, (*path, "by", index, "party"), "party")
        yield from _many(names.roles, actor.roles, (*path, "by", index, "roles"), "role")
    yield from _many(names.states | PHASES | {"new", "any"}, action.sources, (*path, "sources"), "state")
    for index, branch in enumerate(action.to):
        here = (*path, "to", index)
        yield from _one(names.states, branch.state, (*here, "state"), "state")
        yield from _many(names.deadlines, branch.stop, (*here, "stop"), "deadline")
        yield from _starts({"start": branch.start}, fields_of(definition, action), names, here)
    yield from _one(names.states, action.part_state, (*path, "part_state"), "state")
    yield from _one(names.parties, action.private_to, (*path, "private_to"), "party")
    yield from _tells(action.tells, names, (*path, "tells"))
    yield from _of_effects(action.effects, fields_of(definition, action), names, (*path, "effects"))


def fields_of(definition: Definition, action: Action) -> dict[str, FormField]:
    """The fields of an action's form by id, the procedure's subject included."""
    found: dict[str, FormField] = {}
    for section in action.form:
        sections = definition.procedure.subject if section.include == "subject" else (section,)
        for one in sections:
            for _, field in walk_fields(one.fields, ()):
                found.setdefault(field.id, field)
    return found


def _of_effects(
    effects: Effects, fields: dict[str, FormField], names: _Names, path: tuple[Step, ...]
) -> Iterator[Finding]:
    yield from _many(names.coordinating, effects.resolve, (*path, "resolve"), "coordinating party")
    for key, changes in (("set_party", effects.set_party), ("hand_over", effects.hand_over)):
        for party, field in changes.items():
            yield from _one(names.parties, party, (*path, key, party), "party")
            yield from _one(fields, field, (*path, key, party), "field in this form")
    yield from _one(fields, effects.split, (*path, "split"), "field in this form")
    yield from _one(fields, effects.allocate, (*path, "allocate"), "field in this form")
    yield from _one(names.proposals, effects.settle, (*path, "settle"), "proposal")
    yield from _many(names.deadlines, effects.stop, (*path, "stop"), "deadline")
    yield from _starts({"start": effects.start, "restart": effects.restart}, fields, names, path)


def _starts(
    given: Mapping[str, Mapping[str, str]], fields: Mapping[str, FormField], names: _Names, path: tuple[Step, ...]
) -> Iterator[Finding]:
    """Deadlines that start, and where the lengths of their terms come from."""
    for key, starts in given.items():
        for deadline, source in starts.items():
            yield from _one(names.deadlines, deadline, (*path, key, deadline), "deadline")
            yield from _one(names.terms | set(fields), source, (*path, key, deadline), "length of a term")


def _of_deadline(deadline: Deadline, names: _Names, path: tuple[Step, ...]) -> Iterator[Finding]:
    yield from _one(names.parties, deadline.owed_by, (*path, "owed_by"), "party")
    yield from _one(names.parties, deadline.calendar_of, (*path, "calendar_of"), "party")
    yield from _one(names.deadlines, deadline.since, (*path, "since"), "deadline")
    for index, reminder in enumerate(deadline.reminders):
        yield from _tells(reminder.tells, names, (*path, "reminders", index, "tells"))


def _tells(rules: Iterable[str], names: _Names, path: tuple[Step, ...]) -> Iterator[Finding]:
    known = {f"{party}.{role}" for party in names.parties for role in (*names.roles, MAILBOX)}
    yield from _many(known, rules, path, "audience")


def _of_field(field: FormField, names: _Names, path: tuple[Step, ...]) -> Iterator[Finding]:
    yield from _one(names.parties, field.same_country_as, (*path, "same_country_as"), "party")
    yield from _one(names.parties, field.other_country_than, (*path, "other_country_than"), "party")
    yield from _many(names.parties, field.private_to, (*path, "private_to"), "party")
    if field.scheme is not None:
        yield from _one(names.schemes, field.scheme, (*path, "scheme"), "scheme in the area's key 'schemes',")


RULES: tuple[Rule, ...] = (unknown_reference,)
