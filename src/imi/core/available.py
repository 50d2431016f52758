"""What may be done now, by whom: every action with its permission or the reason why not, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from imi.core import context
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.deadlines import is_overdue
from imi.core.decide import possible, reminder_key, standing
from imi.core.definition import Action
from imi.core.exchange import Due, Exchange
from imi.core.facts import Facts
from imi.core.refusal import Refusal

# The due instant ends the last day. Six hours later is morning, and also absorbs a change of the clocks.
MORNING = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Availability:
    """One action as one user sees it now. ``refusal`` is None when it may be taken."""

    action: Action
    refusal: Refusal | None

    @property
    def allowed(self) -> bool:
        """Whether the action may be taken, as far as can be said before its form is filled in."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class Task:
    """Something that awaits somebody.

    ``party`` and ``authority`` owe it, to be done by a user with one of ``roles``, or by ``users`` where the authority
    allocated the exchange; ``title_key`` leads to its text; ``due`` is the deadline it runs under, if any.
    """

    party: str
    authority: str
    roles: tuple[str, ...]
    users: tuple[str, ...]
    action: str
    title: str
    title_key: str
    due: Due | None


@dataclass(frozen=True, slots=True)
class Timer:
    """A moment at which a reminder of a deadline is due."""

    deadline: str
    days: int
    at: datetime


def available(
    compiled: Compiled, exchange: Exchange, user: str, authority: str, roles: frozenset[str], facts: Facts
) -> tuple[Availability, ...]:
    """Every action that the authority's parties know, allowed or refused with the reason.

    Args:
        user, authority, roles: who looks, for which authority, with which roles in the area.
    """
    held = exchange.held_by(authority)
    offered = []
    for action in compiled.lifecycle.actions:
        if "new" in action.sources or not any(actor.party in held for actor in action.by):
            continue
        command = Command(action.id, user, authority, roles)
        offered.append(Availability(action, _refusal(compiled, exchange, action, command, facts)))
    return tuple(offered)


def _refusal(compiled: Compiled, exchange: Exchange, action: Action, command: Command, facts: Facts) -> Refusal | None:
    by = standing(compiled, exchange, action, command)
    if isinstance(by, Refusal):
        return by
    values = context.values(compiled, exchange, facts, by.party, by.authority)
    return possible(compiled, exchange, action, command, by, values, facts)


def tasks(compiled: Compiled, exchange: Exchange, facts: Facts) -> tuple[Task, ...]:
    """Whose turn it is, one task for each authority that holds an awaited party."""
    state = compiled.states[exchange.state]
    values = context.values(compiled, exchange, facts)
    found: list[Task] = []
    for index, awaited in enumerate(state.awaits):
        key = f"states.{state.id}.awaits.{index}"
        condition = compiled.condition(key)
        if condition is not None and not condition.evaluate(values):
            continue
        due = exchange.deadlines.get(awaited.deadline or "")
        found.extend(
            Task(
                party=awaited.party,
                authority=authority,
                roles=awaited.roles,
                users=exchange.allocations.get(authority, ()),
                action=awaited.action,
                title=awaited.title,
                title_key=f"states.{state.id}.awaits.{awaited.party}.{awaited.action}.title",
                due=due if due is not None and due.met is None else None,
            )
            for authority in exchange.parties.get(awaited.party, ())
        )
    return tuple(found)


def timers(compiled: Compiled, exchange: Exchange) -> tuple[Timer, ...]:
    """The reminders still to come of all running deadlines, soonest first.

    A reminder of 1 is for the first day after the last one, of -2 for two days before it; it goes out in the morning.
    """
    if exchange.closed_at:
        return ()
    found = [
        Timer(name, rule.days, due.due_instant + timedelta(days=rule.days - 1) + MORNING)
        for name, due in exchange.deadlines.items()
        if due.met is None
        for rule in compiled.deadlines[name].reminders
        if reminder_key(name, rule.days, due) not in exchange.reminded
    ]
    return tuple(sorted(found, key=lambda timer: timer.at))


def running(exchange: Exchange) -> Due | None:
    """The running deadline that ends first."""
    due = [one for one in exchange.deadlines.values() if one.met is None]
    return min(due, key=lambda one: one.due_at) if due and not exchange.closed_at else None


def overdue(exchange: Exchange, now: datetime) -> tuple[Due, ...]:
    """The running deadlines whose last day is over."""
    return tuple(due for due in exchange.deadlines.values() if is_overdue(due, now)) if not exchange.closed_at else ()
