"""The heart: from a state and a command to what happens, or to the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from imi.core import context
from imi.core.audience import resolve
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.deadlines import add_months, recomputed, start_clock
from imi.core.definition import Action, Deadline, NotBefore
from imi.core.event import By, Event
from imi.core.exchange import Due, Exchange
from imi.core.facts import Facts
from imi.core.forms import check_form, form_values
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
    values.update(form_values(compiled.fields[action.id], data))
    refusal = guarded(compiled, exchange, action, values, facts)
    if refusal is not None:
        return refusal
    state = _next_state(compiled, exchange, action, values)
    if state is None:
        return Refusal("no_branch")
    changes = _changes(compiled, exchange, action, data, values, by, facts)
    event = Event(
        seq=exchange.seq + 1 if exchange else 1,
        kind="action",
        name=action.id,
        at=facts.now,
        by=by,
        state=state,
        data=data,
        changes=changes,
        tells=resolve(action.tells, _parties_after(exchange, changes)),
    )
    return Decision(event, splits=action.effects.split is not None)


def standing(compiled: Compiled, exchange: Exchange | None, action: Action, command: Command) -> By | Refusal:
    """In which capacity somebody would take an action, or why not: wrong party, or missing role."""
    party_found = False
    for actor in action.by:
        if exchange is not None and command.authority not in exchange.parties.get(actor.party, ()):
            continue
        party_found = True
        for role in actor.roles:
            if role in command.roles:
                return By(command.user, command.authority, actor.party, role)
    parties = tuple(actor.party for actor in action.by)
    if not party_found:
        return Refusal("party", params={"parties": parties})
    return Refusal("role", params={"roles": tuple(role for actor in action.by for role in actor.roles)})


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
    if command.seen is not None and command.seen != exchange.seq and not action.concurrent:
        return Refusal("overtaken", params={"seen": command.seen, "seq": exchange.seq})
    allocated = exchange.allocations.get(by.authority)
    if action.allocated_only and allocated and by.user not in allocated:
        return Refusal("allocated", params={"users": allocated})
    return guarded(compiled, exchange, action, values, facts, before_form=True)


def guarded(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    values: Mapping[str, Any],
    facts: Facts,
    before_form: bool = False,
) -> Refusal | None:
    """The first guard that fails. ``before_form`` leaves out those that read the form."""
    for guard in action.guards:
        if guard.not_before and exchange is not None:
            opens = _opens(guard.not_before, exchange)
            if facts.now < opens:
                return Refusal("not_yet", guard=guard.id, until=opens)
        condition = compiled.condition(f"actions.{action.id}.guards.{guard.id}")
        if condition is None or (before_form and any(name.startswith("form.") for name in condition.names)):
            continue
        if not condition.evaluate({name: values[name] for name in condition.names}):
            return Refusal("guard", guard=guard.id)
    return None


def _opens(rule: NotBefore, exchange: Exchange) -> datetime:
    since = datetime.fromisoformat(
        {"state": exchange.state_since, "activity": exchange.last_activity, "opened": exchange.opened_at}[rule.since]
    )
    match rule.unit:
        case "months":
            return since.replace(**_date_parts(add_months(since.date(), rule.amount)))
        case "weeks":
            return since + timedelta(weeks=rule.amount)
        case _:
            return since + timedelta(days=rule.amount)


def _date_parts(day: Any) -> dict[str, Any]:
    return {"year": day.year, "month": day.month, "day": day.day}


def _next_state(
    compiled: Compiled, exchange: Exchange | None, action: Action, values: Mapping[str, Any]
) -> str | None:
    if not action.to:
        return exchange.state if exchange else None
    for index, branch in enumerate(action.to):
        condition = compiled.condition(f"actions.{action.id}.to.{index}")
        if condition is None or condition.evaluate({name: values[name] for name in condition.names}):
            return branch.state
    return None


def _changes(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    data: Mapping[str, Any],
    values: Mapping[str, Any],
    by: By,
    facts: Facts,
) -> dict[str, Any]:
    effects = action.effects
    changes: dict[str, Any] = {}
    _change_parties(changes, compiled, exchange, action, data, by, facts)
    if effects.split is not None:
        changes["removed_items"] = list(data[effects.split])
        changes["parts"] = []
    if effects.allocate is not None:
        changes["allocations"] = {by.authority: data.get(effects.allocate, [])}
    if effects.propose is not None:
        changes["proposals"] = {effects.propose: {**data, "by": by.party}}
    if effects.settle is not None:
        changes["proposals"] = {effects.settle: None}
    deadlines = _change_deadlines(compiled, exchange, action, data, values, changes, facts)
    if deadlines:
        changes["deadlines"] = deadlines
    return changes


def _change_parties(
    changes: dict[str, Any],
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    data: Mapping[str, Any],
    by: By,
    facts: Facts,
) -> None:
    effects = action.effects
    parties: dict[str, list[str]] = {}
    if exchange is None:
        parties[by.party] = [by.authority]
    if effects.split is None:
        for party, field in {**effects.set_party, **effects.hand_over}.items():
            parties[party] = [data[field]]
    if effects.hand_over and exchange is not None:
        changes["former"] = [[party, one] for party in effects.hand_over for one in exchange.parties.get(party, ())]
        changes["allocations"] = {one: [] for _party, one in changes["former"]}
    for party in effects.resolve:
        coordinated = compiled.coordinated[party]
        held = parties.get(coordinated) or (exchange.parties.get(coordinated, ()) if exchange else ())
        parties[party] = list(context.linked_coordinators(tuple(held), facts))
    if parties:
        changes["parties"] = parties
        changes["countries"] = {
            party: facts.authorities[held[0]].country for party, held in parties.items() if held and held[0] in facts.authorities
        }


def _change_deadlines(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    data: Mapping[str, Any],
    values: Mapping[str, Any],
    changes: Mapping[str, Any],
    facts: Facts,
) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name in action.effects.stop:
        due = exchange.deadlines.get(name) if exchange else None
        if due is not None and due.met is None:
            changed[name] = {**asdict(due), "met": facts.now.isoformat()}
    for name, source in action.effects.start.items():
        deadline = compiled.deadlines[name]
        if action.effects.split is None and _applies(compiled, action, name, values):
            amount = _amount(deadline, source, data, exchange)
            changed[name] = asdict(_clock(deadline, facts.now, amount, exchange, changes, facts))
    for name, source in action.effects.restart.items():
        due = exchange.deadlines.get(name) if exchange else None
        if due is not None and due.met is None:
            amount = _amount(compiled.deadlines[name], source, data, exchange)
            began = datetime.combine(datetime.fromisoformat(due.started), facts.now.time(), ZoneInfo("UTC"))
            changed[name] = asdict(_clock(compiled.deadlines[name], began, amount, exchange, changes, facts))
    return changed


def _applies(compiled: Compiled, action: Action, name: str, values: Mapping[str, Any]) -> bool:
    condition = compiled.condition(f"actions.{action.id}.deadlines.{name}")
    return condition is None or condition.evaluate({key: values[key] for key in condition.names})


def _amount(deadline: Deadline, source: str, data: Mapping[str, Any], exchange: Exchange | None) -> int:
    """The length of a term: from the form, from an open proposal, from the content, or the definition's own."""
    amount: Any = None
    if source.startswith("proposal."):
        proposals = exchange.proposals.values() if exchange else ()
        amount = next((one[source[9:]] for one in proposals if source[9:] in one), None)
    elif source != "default":
        amount = data.get(source, exchange.content.get(source) if exchange else None)
    length = amount if isinstance(amount, int) and amount > 0 else deadline.amount
    return min(length, deadline.max) if deadline.max else length


def _clock(
    deadline: Deadline,
    start: datetime,
    amount: int,
    exchange: Exchange | None,
    changes: Mapping[str, Any],
    facts: Facts,
) -> Due:
    holders = _parties_after(exchange, changes).get(deadline.calendar_of, ())
    holder = facts.authorities.get(holders[0]) if holders else None
    country = holder.country if holder else ""
    timezone = holder.timezone if holder else "UTC"
    return start_clock(deadline.id, start, amount, deadline.unit, country, timezone, facts.calendars.get(country, {}))


def _parties_after(exchange: Exchange | None, changes: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    parties = dict(exchange.parties) if exchange else {}
    parties.update({party: tuple(held) for party, held in changes.get("parties", {}).items()})
    return parties


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
        "countries": {
            **exchange.countries,
            **{party: facts.authorities[held[0]].country for party, held in parties.items() if held and held[0] in facts.authorities},
        },
        "parent": exchange.number,
    }
    state = _state_of_part(compiled, action)
    for name in action.effects.start:
        deadline = compiled.deadlines[name]
        amount = _amount(deadline, action.effects.start[name], {}, exchange)
        changes.setdefault("deadlines", {})[name] = asdict(_clock(deadline, facts.now, amount, None, changes, facts))
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
        tells=resolve(action.tells, {party: tuple(held) for party, held in parties.items()}),
    )


def _state_of_part(compiled: Compiled, action: Action) -> str:
    """A part starts where the split names its deadline's owner to be awaited: the state of the first ``to``."""
    return action.part_state or compiled.lifecycle.initial


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
        tells=resolve(rule.tells, exchange.parties),
    )
    return Decision(event)


def reminder_key(name: str, days: int, due: Due | None) -> str:
    """Identifies one reminder of one due date: a moved deadline is reminded of anew."""
    return f"{name}:{days}:{due.due if due else ''}"


def recalculate(compiled: Compiled, exchange: Exchange, facts: Facts) -> Decision | None:
    """Running deadlines under a changed holiday calendar; None if no last day moved."""
    moved: dict[str, Any] = {}
    tells: list[str] = []
    for name, due in exchange.deadlines.items():
        if due.met is not None:
            continue
        rule = compiled.deadlines[name]
        holders = exchange.parties.get(rule.calendar_of, ())
        holder = facts.authorities.get(holders[0]) if holders else None
        fresh = recomputed(due, holder.timezone if holder else "UTC", facts.calendars.get(due.country, {}))
        if fresh.due != due.due:
            moved[name] = asdict(fresh)
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
        tells=resolve(tuple(dict.fromkeys(tells)), exchange.parties),
    )
    return Decision(event)
