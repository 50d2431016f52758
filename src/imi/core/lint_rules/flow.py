"""Rules about states and actions: an exchange can always go on, and somebody can make it go on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from imi.core.compiled import expand_states
from imi.core.definition import Action, Definition, Lifecycle
from imi.core.lint_rules.finding import Finding, Rule


def moves(lifecycle: Lifecycle) -> dict[str, set[str]]:
    """For each state the states that an action leads to from there."""
    known = {state.id for state in lifecycle.states}
    found: dict[str, set[str]] = {state: set() for state in known}
    for action in lifecycle.actions:
        targets = {branch.state for branch in action.to} & known
        for source in expand_states(lifecycle, action.sources):
            found.setdefault(source, set()).update(targets)
    return found


def openings(lifecycle: Lifecycle) -> set[str]:
    """The states in which an exchange, or a part split off from one, may begin."""
    known = {state.id for state in lifecycle.states}
    new = {branch.state for action in lifecycle.actions if "new" in action.sources for branch in action.to}
    parts = {action.part_state for action in lifecycle.actions if action.part_state}
    return (new | parts | {lifecycle.initial}) & known


def spread(start: Iterable[str], onward: Mapping[str, set[str]]) -> set[str]:
    """Everything that can be reached from ``start``."""
    reached, waiting = set(start), list(start)
    while waiting:
        for following in onward.get(waiting.pop(), set()) - reached:
            reached.add(following)
            waiting.append(following)
    return reached


def state_unreachable(definition: Definition) -> Iterator[Finding]:
    """``state-unreachable``: no sequence of actions leads to a state."""
    lifecycle = definition.lifecycle
    reached = spread(openings(lifecycle), moves(lifecycle))
    for index, state in enumerate(lifecycle.states):
        if state.id not in reached:
            message = f"No action leads to the state {state.id!r}."
            cure = "Name it in the key 'to' of an action that can be taken, or delete the state."
            yield Finding("state-unreachable", ("lifecycle", "states", index), message, cure)


def state_dead_end(definition: Definition) -> Iterator[Finding]:
    """``state-dead-end``: an exchange that gets into a state can never be brought to an end."""
    lifecycle = definition.lifecycle
    back: dict[str, set[str]] = {}
    for source, targets in moves(lifecycle).items():
        for target in targets:
            back.setdefault(target, set()).add(source)
    ending = spread([state.id for state in lifecycle.states if state.phase == "done"], back)
    for index, state in enumerate(lifecycle.states):
        if state.id not in ending:
            message = f"From the state {state.id!r} no sequence of actions leads to a state of the phase 'done'."
            cure = "Add an action that leads on, or make this a state of the phase 'done'."
            yield Finding("state-dead-end", ("lifecycle", "states", index), message, cure)


def state_awaits_nobody(definition: Definition) -> Iterator[Finding]:
    """``state-awaits-nobody``: an open state makes nobody responsible, so exchanges would lie there unseen."""
    for index, state in enumerate(definition.lifecycle.states):
        if state.phase == "open" and not state.awaits:
            message = f"Nobody has anything to do while an exchange is in the state {state.id!r}."
            cure = "Say under 'awaits' whose turn it is."
            yield Finding("state-awaits-nobody", ("lifecycle", "states", index), message, cure)


def await_without_action(definition: Definition) -> Iterator[Finding]:
    """``await-without-action``: somebody is told to do what they may not do in that state."""
    lifecycle = definition.lifecycle
    actions = {action.id: action for action in lifecycle.actions}
    for number, state in enumerate(lifecycle.states):
        for index, awaited in enumerate(state.awaits):
            action = actions.get(awaited.action)
            if action is None:
                continue
            path = ("lifecycle", "states", number, "awaits", index)
            if state.id not in set(expand_states(lifecycle, action.sources)):
                message = f"The action {action.id!r} cannot be taken in the state {state.id!r}."
                cure = f"Add {state.id!r} to its 'sources', or await another action."
                yield Finding("await-without-action", (*path, "action"), message, cure)
            elif not _may(action, awaited.party, awaited.roles):
                message = f"{awaited.party!r} with the roles {', '.join(awaited.roles)} may not take {action.id!r}."
                cure = "Name a party and a role that stand under 'by' of the action."
                yield Finding("await-without-action", (*path, "roles"), message, cure)


def _may(action: Action, party: str, roles: Iterable[str]) -> bool:
    wanted = set(roles)
    return any(actor.party == party and wanted & set(actor.roles) for actor in action.by)


def existing_parties(lifecycle: Lifecycle) -> set[str]:
    """The parties that somebody can hold at some time."""
    found = {actor.party for action in lifecycle.actions if "new" in action.sources for actor in action.by}
    for action in lifecycle.actions:
        found |= {*action.effects.set_party, *action.effects.hand_over}
    resolved = {party for action in lifecycle.actions for party in action.effects.resolve}
    while True:
        known = {party.id for party in lifecycle.parties if party.id in resolved and party.coordinates in found}
        if known <= found:
            return found
        found |= known


def action_without_actor(definition: Definition) -> Iterator[Finding]:
    """``action-without-actor``: nobody can ever take an action."""
    lifecycle = definition.lifecycle
    existing = existing_parties(lifecycle)
    for index, action in enumerate(lifecycle.actions):
        path = ("lifecycle", "actions", index)
        if not any(actor.roles and actor.party in existing for actor in action.by):
            message = f"Nobody can take the action {action.id!r}."
            cure = "Under 'by', name a role of a party that opens exchanges or that some action sets or resolves."
            yield Finding("action-without-actor", (*path, "by"), message, cure)
        if not action.sources:
            message = f"The action {action.id!r} can be taken in no state."
            yield Finding("action-without-actor", (*path, "sources"), message, "Name at least one state.")


def branch_unreachable(definition: Definition) -> Iterator[Finding]:
    """``branch-unreachable``: a branch stands behind one that always holds."""
    for number, action in enumerate(definition.lifecycle.actions):
        for index, branch in enumerate(action.to[:-1]):
            if branch.when is None:
                message = f"The branches behind {branch.state!r} are never taken, for this one has no condition."
                cure = "Put the branch without condition last."
                yield Finding("branch-unreachable", ("lifecycle", "actions", number, "to", index), message, cure)


def branch_without_default(definition: Definition) -> Iterator[Finding]:
    """``branch-without-default``: all branches have conditions, so an allowed action might lead nowhere."""
    for number, action in enumerate(definition.lifecycle.actions):
        if action.to and all(branch.when for branch in action.to) and not _guarded(action):
            message = f"If none of the conditions holds, the action {action.id!r} leads nowhere."
            cure = "Add a last branch without 'when', or a guard whose condition is theirs joined by ||."
            yield Finding("branch-without-default", ("lifecycle", "actions", number, "to"), message, cure)


def _guarded(action: Action) -> bool:
    """Whether a guard lets the action pass only if one of its branches holds."""
    branches = {branch.when for branch in action.to}
    return any(guard.when and {part.strip() for part in guard.when.split("||")} <= branches for guard in action.guards)


def guard_empty(definition: Definition) -> Iterator[Finding]:
    """``guard-empty``: a guard has neither a condition nor a time, so it never refuses anything."""
    for number, action in enumerate(definition.lifecycle.actions):
        for index, guard in enumerate(action.guards):
            if guard.when is None and guard.not_before is None:
                message = f"The guard {guard.id!r} never refuses anything."
                cure = "Give it 'when' or 'not_before', or delete it."
                yield Finding("guard-empty", ("lifecycle", "actions", number, "guards", index), message, cure)


def party_sees_nothing(definition: Definition) -> Iterator[Finding]:
    """``party-sees-nothing``: a party that can be held never sees anything of the exchange."""
    lifecycle = definition.lifecycle
    seeing = {sight.party for sight in lifecycle.visibility if sight.sees}
    existing = existing_parties(lifecycle)
    for index, party in enumerate(lifecycle.parties):
        if party.id in existing and party.id not in seeing:
            message = f"No rule of visibility lets {party.id!r} see anything."
            cure = "Add a rule under 'visibility'."
            yield Finding("party-sees-nothing", ("lifecycle", "parties", index), message, cure)


def opening_missing(definition: Definition) -> Iterator[Finding]:
    """``opening-missing``: no action opens an exchange, or it does not lead to the initial state."""
    lifecycle = definition.lifecycle
    opening = [action for action in lifecycle.actions if "new" in action.sources]
    if not opening:
        message = "No action opens an exchange."
        cure = "Give one action the source 'new'."
        yield Finding("opening-missing", ("lifecycle", "actions"), message, cure)
    for index, action in enumerate(lifecycle.actions):
        if "new" in action.sources and len(action.sources) > 1:
            message = f"The action {action.id!r} opens exchanges and is taken in running ones too."
            cure = "Make two actions of it."
            yield Finding("opening-missing", ("lifecycle", "actions", index, "sources"), message, cure)


RULES: tuple[Rule, ...] = (
    state_unreachable,
    state_dead_end,
    state_awaits_nobody,
    await_without_action,
    action_without_actor,
    branch_unreachable,
    branch_without_default,
    guard_empty,
    party_sees_nothing,
    opening_missing,
)
