"""What an action changes beside the state, frozen in its event: parties, questions, proposals, deadlines and more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from imi.core.compiled import Compiled
from imi.core.context import linked_coordinators
from imi.core.deadlines import recomputed, start_clock
from imi.core.definition import Action, Branch, Deadline
from imi.core.event import By
from imi.core.exchange import Due, Exchange, due_to_json
from imi.core.facts import Facts


def consequences(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    branch: Branch,
    data: Mapping[str, Any],
    values: Mapping[str, Any],
    by: By,
    facts: Facts,
) -> dict[str, Any]:
    """The changes of an action, as JSON types.

    Args:
        exchange: the state before; None when one is opened.
        branch: where the action leads.
        data: the clean form; ``values`` the facts and the form under the names of conditions.
    """
    effects = action.effects
    changes = _party_changes(compiled, exchange, action, data, by, facts)
    if effects.split is not None:
        changes["removed_items"] = list(data[effects.split])
        changes["parts"] = []
    if effects.allocate is not None:
        changes["allocations"] = {by.authority: data.get(effects.allocate, [])}
    proposals = _proposals(exchange, action, branch, data, by)
    if proposals:
        changes["proposals"] = proposals
    deadlines = _deadlines(compiled, exchange, action, branch, data, values, changes, facts)
    if deadlines:
        changes["deadlines"] = deadlines
    return changes


def _party_changes(
    compiled: Compiled, exchange: Exchange | None, action: Action, data: Mapping[str, Any], by: By, facts: Facts
) -> dict[str, Any]:
    effects = action.effects
    changes: dict[str, Any] = {}
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
        parties[party] = list(linked_coordinators(tuple(held), facts))
    if parties:
        changes["parties"] = parties
        changes["countries"] = countries(parties, facts)
    return changes


def countries(parties: Mapping[str, list[str]], facts: Facts) -> dict[str, str]:
    """Party to the country of its holders."""
    known = facts.authorities
    return {party: known[held[0]].country for party, held in parties.items() if held and held[0] in known}


def _proposals(
    exchange: Exchange | None, action: Action, branch: Branch, data: Mapping[str, Any], by: By
) -> dict[str, Any]:
    """A proposal ends when it is settled, and with the state it was made in: what led to it has passed."""
    left = exchange.proposals if exchange is not None and exchange.state != branch.state else ()
    changed: dict[str, Any] = dict.fromkeys(left)
    if action.effects.propose is not None:
        changed[action.effects.propose] = {**data, "by": by.party}
    if action.effects.settle is not None:
        changed[action.effects.settle] = None
    return changed


def _deadlines(
    compiled: Compiled,
    exchange: Exchange | None,
    action: Action,
    branch: Branch,
    data: Mapping[str, Any],
    values: Mapping[str, Any],
    changes: Mapping[str, Any],
    facts: Facts,
) -> dict[str, Any]:
    effects = action.effects
    running = {name: due for name, due in exchange.deadlines.items() if due.met is None} if exchange else {}
    changed: dict[str, Any] = {}
    for name in (*effects.stop, *branch.stop):
        if name in running:
            changed[name] = due_to_json(replace(running[name], met=facts.now.isoformat()))
    for name, source in (*effects.start.items(), *branch.start.items()):
        condition = compiled.condition(f"actions.{action.id}.deadlines.{name}")
        # What a split starts runs in the part it creates, not here.
        if effects.split is None and (condition is None or condition.evaluate(values)):
            amount = amount_of(compiled.deadlines[name], source, data, exchange)
            changed[name] = due_to_json(clock(compiled.deadlines[name], amount, exchange, changes, facts))
    for name, source in effects.restart.items():
        if name in running:
            amount = amount_of(compiled.deadlines[name], source, data, exchange)
            _, timezone, holidays = _calendar(compiled.deadlines[name], exchange, changes, facts)
            changed[name] = due_to_json(recomputed(running[name], timezone, holidays, amount))
    return changed


def amount_of(deadline: Deadline, source: str, data: Mapping[str, Any], exchange: Exchange | None) -> int:
    """The length of a term: from the form, from an open proposal, from the content, or the definition's own."""
    amount: Any = None
    if source.startswith("proposal."):
        proposals = exchange.proposals.values() if exchange else ()
        amount = next((one[source[9:]] for one in proposals if source[9:] in one), None)
    elif source != "default":
        amount = data.get(source, exchange.content.get(source) if exchange else None)
    length = amount if isinstance(amount, int) and amount > 0 else deadline.amount
    return min(length, deadline.max) if deadline.max else length


def clock(deadline: Deadline, amount: int, exchange: Exchange | None, changes: Mapping[str, Any], facts: Facts) -> Due:
    """The deadline, started now, under the calendar of the authority that holds its party after the changes."""
    country, timezone, holidays = _calendar(deadline, exchange, changes, facts)
    due = start_clock(deadline.id, facts.now, amount, deadline.unit, country, timezone, holidays)
    began = exchange.first_started.get(deadline.since) if exchange and deadline.since else None
    return due if began is None else recomputed(replace(due, started=began), timezone, holidays)


def _calendar(
    deadline: Deadline, exchange: Exchange | None, changes: Mapping[str, Any], facts: Facts
) -> tuple[str, str, Mapping[date, str]]:
    """Country, time zone and public holidays that count."""
    holders = parties_after(exchange, changes).get(deadline.calendar_of, ())
    holder = facts.authorities.get(holders[0]) if holders else None
    if holder is None:
        return "", "UTC", {}
    return holder.country, holder.timezone, facts.calendars.get(holder.country, {})


def parties_after(exchange: Exchange | None, changes: Mapping[str, Any]) -> Mapping[str, tuple[str, ...]]:
    """Who holds each party once the changes have taken effect."""
    parties = exchange.parties if exchange else {}
    if "parties" not in changes:
        return parties
    return {**parties, **{party: tuple(held) for party, held in changes["parties"].items()}}
