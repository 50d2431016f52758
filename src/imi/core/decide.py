"""The heart: from a state and a command to what happens, or to the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, assert_never

from imi.core import context
from imi.core.audience import resolve
from imi.core.changes import amount_of, clock, consequences, countries, parties_after
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.deadlines import add_months, recomputed
from imi.core.definition import Action, Branch, NotBefore
from imi.core.event import By, Event
from imi.core.exchange import Due, Exchange, due_to_json
from imi.core.facts import Facts
from imi.core.forms import FormValues, check_form
from imi.core.refusal import Refusal

SYSTEM = By()


@dataclass(frozen=True, slots=True)
class Decision:
    """What happens: the event, and whether a part of the exchange goes on elsewhere (:func:`open_part`)."""

    event: Event
    splits: bool = False


def decide(compiled: Compiled, exchange: Exchange | None, command: Command, facts: Facts) -> Decision | Refusal:
    """Decide a command.

    Args:
        compiled: the definition the exchange is pinned to.
        exchange: its state, None to open a new one.
        command: who asks for what.
        facts: the world as it is now.

    Returns:
        The decision, or the refusal with its reason.
    """
    action = compiled.actions.get(command.action)
    if action is None:
        return Refusal("unknown_action", params={"action": command.action[:80]})
    by = standing(compiled, exchange, action, command)
    if isinstance(by, Refusal):
        return by
    values = context.values(compiled, exchange, facts, by.party, by.authority)
    refusal = possible(compiled, exchange, action, command, by, values, facts)
    if refusal is not None:
        return refusal
    data, errors = check_form(compiled, action, command.data, exchange, values, facts, by.authority)
    if errors:
        return Refusal("invalid", errors=tuple(errors))
    known = FormValues(compiled, action, values, data)
    refusal = guarded(compiled, exchange, action, known, facts, reading_form=True)
    if refusal is not None:
        return refusal
    branch = _branch(compiled, exchange, action, known)
    if branch is None:
        return Refusal("no_branch")
    changes = consequences(compiled, exchange, action, branch, data, known, by, facts)
    event = _event(compiled, exchange, action, branch.state, data, changes, by, facts)
    return Decision(event, splits=action.effects.split is not None)


def _event(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    state: str,
    data: dict[str, Any],
    changes: dict[str, Any],
    by: By,
    facts: Facts,
) -> Event:
    return Event(
        seq=exchange.seq + 1 if exchange else 1,
        kind="action",
        name=action.id,
        at=facts.now,
        by=by,
        state=state,
        data=data,
        changes=changes,
        tells=resolve(action.tells, parties_after(exchange, changes), compiled.aware[state]),
    )


def standing(compiled: Compiled, exchange: Exchange | None, action: Action, command: Command) -> By | Refusal:
    """In which capacity somebody would take an action, or why not: wrong party, or missing role.

    Nobody acts on an exchange that the party may not know of in its present state.
    """
    party_found = False
    for actor in action.by:
        if exchange is not None and not _holds(compiled, exchange, command.authority, actor.party):
            continue
        party_found = True
        for role in actor.roles:
            if role in command.roles:
                return By(command.user, command.authority, actor.party, role)
    parties = tuple(actor.party for actor in action.by)
    if not party_found:
        return Refusal("party", params={"parties": parties})
    return Refusal("role", params={"roles": tuple(role for actor in action.by for role in actor.roles)})


def _holds(compiled: Compiled, exchange: Exchange, authority: str, party: str) -> bool:
    return authority in exchange.parties.get(party, ()) and party in compiled.aware[exchange.state]


def possible(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    command: Command,
    by: By,
    values: Mapping[str, Any],
    facts: Facts,
) -> Refusal | None:
    """What speaks against an action before its form is looked at: state, allocation, guards, a change meanwhile."""
    if exchange is None:
        return None if "new" in action.sources else Refusal("state", params={"states": action.sources})
    if exchange.erased:
        return Refusal("blocked")
    if exchange.state not in compiled.action_states[action.id]:
        return Refusal("state", params={"states": tuple(sorted(compiled.action_states[action.id]))})
    if command.seen is not None and command.seen < exchange.changed and not action.concurrent:
        return Refusal("overtaken", params={"seen": command.seen, "seq": exchange.seq})
    allocated = exchange.allocations.get(by.authority)
    if action.allocated_only and allocated and by.user not in allocated:
        return Refusal("allocated", params={"users": allocated})
    return guarded(compiled, exchange, action, values, facts)


def guarded(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    values: Mapping[str, Any],
    facts: Facts,
    reading_form: bool = False,
) -> Refusal | None:
    """The first guard that fails, of those that read the form or of those that do not."""
    for entry in compiled.guards[action.id]:
        if entry.reads_form != reading_form:
            continue
        guard = entry.guard
        if guard.not_before and exchange is not None:
            opens = _opens(guard.not_before, exchange)
            if facts.now < opens:
                return Refusal("not_yet", guard=guard.id, until=opens)
        if entry.condition is not None and not entry.condition.evaluate(values):
            return Refusal("guard", guard=guard.id)
    return None


def _opens(rule: NotBefore, exchange: Exchange) -> datetime:
    since = datetime.fromisoformat(
        {"state": exchange.state_since, "activity": exchange.last_activity, "opened": exchange.opened_at}[rule.since]
    )
    match rule.unit:
        case "months":
            return datetime.combine(add_months(since.date(), rule.amount), since.timetz())
        case "weeks":
            return since + timedelta(weeks=rule.amount)
        case "calendar_days":
            return since + timedelta(days=rule.amount)
    assert_never(rule.unit)


def _branch(compiled: Compiled, exchange: Exchange | None, action: Action, values: Mapping[str, Any]) -> Branch | None:
    """Where the action leads; to where the exchange is already, if it names no state."""
    if not action.to:
        return compiled.staying[exchange.state] if exchange else None
    for branch, condition in compiled.branches[action.id]:
        if condition is None or condition.evaluate(values):
            return branch
    return None


def open_part(compiled: Compiled, exchange: Exchange, event: Event, facts: Facts) -> Event:
    """The first event of the exchange that a split creates.

    Args:
        exchange: the exchange before the split.
        event: the split.

    Returns:
        An event that opens the new exchange: the chosen questions, the same content, the new party, clocks of its own.
    """
    action = compiled.actions[event.name]
    data = event.data or {}
    chosen = set(data[action.effects.split or ""])
    parties = {party: list(held) for party, held in exchange.parties.items()}
    for party, field in action.effects.set_party.items():
        parties[party] = [data[field]]
    for coordinating, coordinated in compiled.coordinated.items():
        parties[coordinating] = list(context.linked_coordinators(tuple(parties.get(coordinated, ())), facts))
    changes: dict[str, Any] = {
        "parties": parties,
        "countries": {**exchange.countries, **countries(parties, facts)},
        "parent": exchange.number,
        "first_started": dict(exchange.first_started),
    }
    state = action.part_state or compiled.lifecycle.initial
    for name in action.effects.start:
        deadline = compiled.deadlines[name]
        amount = amount_of(deadline, action.effects.start[name], {}, exchange)
        changes.setdefault("deadlines", {})[name] = due_to_json(clock(deadline, amount, None, changes, facts))
    return Event(
        seq=1,
        kind="part",
        name=event.name,
        at=event.at,
        by=event.by,
        state=state,
        data={
            "content": dict(exchange.content),
            "items": [asdict(item) for item in exchange.items if item.question in chosen],
            "attachments": [asdict(attachment) for attachment in exchange.attachments],
        },
        changes=changes,
        tells=resolve(action.tells, parties_after(None, changes), compiled.aware[state]),
    )


def remind(compiled: Compiled, exchange: Exchange, name: str, days: int, facts: Facts) -> Decision | None:
    """The reminder of a running deadline, or None if it was sent or no longer applies.

    Args:
        name: the deadline; ``days``: the offset of the reminder from the last day, as in the definition.
    """
    due = exchange.deadlines.get(name)
    rule = next((one for one in compiled.deadlines[name].reminders if one.days == days), None)
    key = reminder_key(name, days, due)
    if due is None or rule is None or due.met is not None or key in exchange.reminded or exchange.closed_at:
        return None
    event = Event(
        seq=exchange.seq + 1,
        kind="reminder",
        name=name,
        at=facts.now,
        by=SYSTEM,
        state=exchange.state,
        data={},
        changes={"reminder": key, "days": days, "due": due.due},
        tells=resolve(rule.tells, exchange.parties, compiled.aware[exchange.state]),
    )
    return Decision(event)


def reminder_key(name: str, days: int, due: Due | None) -> str:
    """Identifies one reminder of one due date: a moved deadline is reminded of anew."""
    return f"{name}:{days}:{due.due if due else ''}"


def recalculate(compiled: Compiled, exchange: Exchange, facts: Facts) -> Decision | None:
    """Running deadlines under a changed holiday calendar; None if no last day moved or the exchange has ended.

    A country whose calendar is not among the facts is left alone: an unknown calendar is not an empty one.
    """
    if exchange.closed_at:
        return None
    moved: dict[str, Any] = {}
    tells: list[str] = []
    for name, due in exchange.deadlines.items():
        holidays = facts.calendars.get(due.country)
        if due.met is not None or holidays is None:
            continue
        rule = compiled.deadlines[name]
        holders = exchange.parties.get(rule.calendar_of, ())
        holder = facts.authorities.get(holders[0]) if holders else None
        fresh = recomputed(due, holder.timezone if holder else "UTC", holidays)
        if fresh.due != due.due:
            moved[name] = due_to_json(fresh)
            tells += [one for reminder in rule.reminders for one in reminder.tells]
    if not moved:
        return None
    name = next(iter(moved))
    event = Event(
        seq=exchange.seq + 1,
        kind="moved",
        name=name,
        at=facts.now,
        by=SYSTEM,
        state=exchange.state,
        data={},
        changes={"deadlines": moved, "before": {one: exchange.deadlines[one].due for one in moved}},
        tells=resolve(tuple(tells), exchange.parties, compiled.aware[exchange.state]),
    )
    return Decision(event)
