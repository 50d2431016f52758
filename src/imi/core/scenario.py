"""Plays the stories written in a definition: given, when, then.

A story runs in a small fixed world. Every party of the lifecycle has an authority of its own (``requesting-authority``
for the party ``requesting``; coordinating parties have ``requesting-coordinator`` and the like, linked to the
authorities of the party they coordinate), and there is one more, ``other-authority``, for passing things on. The first
party is in the country AA, everybody else in BB. Clocks show UTC and there are no public holidays. In each authority
works one user for each role, ``<authority>-<role>``, and a second one with the number 2 (``<authority>-handler-2``),
who matters only for allocation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from imi.core.audience import resolve
from imi.core.available import available, timers
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.deadlines import add_months, last_day
from imi.core.decide import decide, open_part, remind
from imi.core.event import Event
from imi.core.evolve import evolve
from imi.core.exchange import Exchange
from imi.core.facts import AuthorityFacts, Facts
from imi.core.refusal import Refusal
from imi.core.samples import expanded
from imi.core.story import Scenario, Step
from imi.core.visible import visible

OTHER_AUTHORITY = "other-authority"
NOT_RUNNING = "none"
RUNNING = "running"
_HOME, _ABROAD = "AA", "BB"
_LAPSE = re.compile(r"(\d{1,5}) (hour|day|working day|week|month)s?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One thing that came out otherwise than the story tells.

    ``what`` names it (``state``, ``refused``, ``due.reply``, ``tells``, ``sees.responding``, ``may``, ``may_not``,
    ``after``, ``part``, ``starts``), ``expected`` and ``got`` are both sides in words of the definition.
    """

    what: str
    expected: str
    got: str

    def __str__(self) -> str:
        return f"{self.what}: expected {self.expected}, got {self.got}"


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step went; ``events`` is what happened in it, reminders included."""

    index: int
    mismatches: tuple[Mismatch, ...]
    events: tuple[Event, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether everything came out as told."""
        return not self.mismatches


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """How a story went: its steps up to the first that failed, and the exchanges at the end (the original first)."""

    scenario: str
    steps: tuple[StepResult, ...]
    exchanges: tuple[Exchange, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether every step came out as told."""
        return all(step.ok for step in self.steps)


def play(compiled: Compiled, scenario: Scenario) -> ScenarioResult:
    """Play a story. It ends at the first step that comes out otherwise, for all that follows would mislead.

    Args:
        compiled: the procedure in which it plays; a lifecycle's story plays in any procedure of the lifecycle.
    """
    try:
        now = datetime.fromisoformat(scenario.starts)
    except ValueError:
        now = None
    if now is None or now.tzinfo is None:
        fault = Mismatch("starts", "a moment such as 2026-03-02T09:00:00+00:00", scenario.starts)
        return ScenarioResult(scenario.id, (StepResult(0, (fault,)),))
    course = _Course(compiled, scenario.settings, now)
    results: list[StepResult] = []
    for index, step in enumerate(scenario.steps):
        mismatches = tuple(course.take(step))
        results.append(StepResult(index, mismatches, tuple(course.happened)))
        if mismatches:
            break
    return ScenarioResult(scenario.id, tuple(results), tuple(course.exchanges))


def lapse(now: datetime, text: str) -> datetime | None:
    """The moment so long after ``now``: "12 hours", "1 day", "2 working days", "3 weeks", "5 months".

    Returns:
        None if the text cannot be understood. Days off are Saturdays and Sundays.
    """
    found = _LAPSE.fullmatch(text.strip())
    if found is None:
        return None
    amount = int(found[1])
    match found[2]:
        case "hour":
            return now + timedelta(hours=amount)
        case "day":
            return now + timedelta(days=amount)
        case "week":
            return now + timedelta(weeks=amount)
        case "working day":
            day = last_day(now.date(), amount, "working_days", {}).last_day
        case _:
            day = add_months(now.date(), amount)
    return now.replace(year=day.year, month=day.month, day=day.day)


def authority_of(compiled: Compiled, party: str) -> str:
    """The authority that plays a party in the world of scenarios."""
    name = party.replace("_", "-")
    return name if party in compiled.coordinated else f"{name}-authority"


def world(compiled: Compiled, settings: Mapping[str, Mapping[str, bool]], now: datetime) -> Facts:
    """The fixed world of scenarios.

    Args:
        settings: party to setting to value; they are those of the party's own authority.
    """
    coordinators: dict[str, tuple[str, ...]] = {}
    for coordinating, coordinated in compiled.coordinated.items():
        coordinators[coordinated] = (*coordinators.get(coordinated, ()), authority_of(compiled, coordinating))
    home = compiled.lifecycle.parties[0].id
    authorities = {OTHER_AUTHORITY: AuthorityFacts(OTHER_AUTHORITY, _ABROAD, "UTC", coordinators=_abroad(compiled))}
    for party in compiled.parties:
        id_ = authority_of(compiled, party)
        authorities[id_] = AuthorityFacts(
            id=id_,
            country=_HOME if home in (party, compiled.coordinated.get(party)) else _ABROAD,
            timezone="UTC",
            coordinators=coordinators.get(party, ()),
            settings=settings.get(party, {}),
        )
    return Facts(now, authorities, {_HOME: {}, _ABROAD: {}}, {id_: _users(compiled, id_) for id_ in authorities})


def _abroad(compiled: Compiled) -> tuple[str, ...]:
    """The coordinators of the parties in the other country: they are the other authority's as well."""
    home = compiled.lifecycle.parties[0].id
    return tuple(authority_of(compiled, one) for one, of in compiled.coordinated.items() if of != home)


def _users(compiled: Compiled, authority: str) -> frozenset[str]:
    roles = [role.id for role in compiled.lifecycle.roles]
    return frozenset(f"{authority}-{role}{second}" for role in roles for second in ("", "-2"))


@dataclass(slots=True)
class _Course:
    """A story while it is played: the clock, the exchanges, and what happened in the present step."""

    compiled: Compiled
    settings: Mapping[str, Mapping[str, bool]]
    now: datetime
    exchanges: list[Exchange] = field(default_factory=list)
    happened: list[Event] = field(default_factory=list)
    told: set[tuple[str, str]] = field(default_factory=set)

    @property
    def facts(self) -> Facts:
        return world(self.compiled, self.settings, self.now)

    def take(self, step: Step) -> Iterator[Mismatch]:
        """Play one step and say what came out otherwise."""
        self.happened, self.told = [], set()
        if step.after is not None:
            later = lapse(self.now, step.after)
            if later is None:
                yield Mismatch("after", 'a time such as "3 days" or "2 working days"', step.after)
                return
            self.wait_until(later)
        if step.part and step.part >= len(self.exchanges):
            yield Mismatch("part", f"a part number {step.part}", f"{max(0, len(self.exchanges) - 1)} parts")
            return
        if step.do is not None:
            yield from _refusal_mismatch(step, self.act(step))
        exchange = self.exchanges[step.part] if self.exchanges else None
        if exchange is not None:
            yield from self.compare(step, exchange)

    def wait_until(self, later: datetime) -> None:
        """Let time pass; reminders go out when they are due."""
        while True:
            due = [
                (timer.at, index, timer)
                for index, exchange in enumerate(self.exchanges)
                for timer in timers(self.compiled, exchange)
                if timer.at <= later
            ]
            if not due:
                break
            at, index, timer = min(due, key=lambda one: one[:2])
            self.now = max(self.now, at)
            decision = remind(self.compiled, self.exchanges[index], timer.deadline, timer.days, self.facts)
            if decision is None:
                break
            self.happen(index, decision.event)
        self.now = later

    def act(self, step: Step) -> Refusal | None:
        """Do what the step says; None when it was done."""
        exchange = self.exchanges[step.part] if self.exchanges else None
        authority = self.authority(step.as_ or "", exchange)
        role = self.role(step)
        action = self.compiled.actions.get(step.do or "")
        facts = self.facts
        data = expanded(self.compiled, action, step.with_, exchange, facts, authority) if action else {}
        command = Command(step.do or "", f"{authority}-{role}", authority, frozenset({role}), data)
        decision = decide(self.compiled, exchange, command, facts)
        if isinstance(decision, Refusal):
            return decision
        event = decision.event
        if decision.splits and exchange is not None:
            number = f"{exchange.number}-{len(self.exchanges)}"
            self.happen(len(self.exchanges), open_part(self.compiled, exchange, event, facts), number)
            event = replace(event, changes={**event.changes, "parts": [number]})
        self.happen(step.part, event)
        return None

    def happen(self, index: int, event: Event, number: str = "1") -> None:
        """Fold an event into the exchange at ``index``, a new one if there is none yet."""
        self.happened.append(event)
        self.told.update(event.tells)
        if index < len(self.exchanges):
            current = self.exchanges[index]
            self.exchanges[index] = evolve(self.compiled, current.number, current, event)
        else:
            self.exchanges.append(evolve(self.compiled, number, None, event))

    def authority(self, party: str, exchange: Exchange | None) -> str:
        """Who acts for a party: its holder, or the world's authority for it while nobody holds it."""
        held = exchange.parties.get(party, ()) if exchange else ()
        return held[0] if held else authority_of(self.compiled, party)

    def role(self, step: Step) -> str:
        """The role acted in: that of the step, else "handler", else the lifecycle's first."""
        roles = [role.id for role in self.compiled.lifecycle.roles]
        return step.role or ("handler" if "handler" in roles or not roles else roles[0])

    def compare(self, step: Step, exchange: Exchange) -> Iterator[Mismatch]:
        """Everything the step tells that is not so."""
        if step.state is not None and exchange.state != step.state:
            yield Mismatch("state", step.state, exchange.state)
        for name, expected in step.due.items():
            due = exchange.deadlines.get(name)
            got = due.due if due is not None and due.met is None else NOT_RUNNING
            if got != expected and not (expected == RUNNING and got != NOT_RUNNING):
                yield Mismatch(f"due.{name}", expected, got)
        for rule in step.tells:
            if not set(resolve((rule,), exchange.parties)) & self.told:
                yield Mismatch("tells", rule, _listed(f"{authority}.{role}" for authority, role in self.told))
        for party, aspects in step.sees.items():
            seen = self.sight(party, step, exchange)
            if seen != set(aspects):
                yield Mismatch(f"sees.{party}", _listed(aspects), _listed(seen))
        yield from self.compare_actions(step, exchange)

    def sight(self, party: str, step: Step, exchange: Exchange) -> set[str]:
        """What a user of the party sees: in the step's role where nobody acts in it, else as a handler."""
        role = self.role(step) if step.do is None else self.role(Step())
        authority = self.authority(party, exchange)
        return set(visible(self.compiled, exchange, authority, frozenset({role}), self.facts))

    def compare_actions(self, step: Step, exchange: Exchange) -> Iterator[Mismatch]:
        """The actions that the step says are open or closed to whoever acts in it."""
        if not (step.may or step.may_not):
            return
        authority, role = self.authority(step.as_ or "", exchange), self.role(step)
        user = f"{authority}-{role}"
        offered = available(self.compiled, exchange, user, authority, frozenset({role}), self.facts)
        open_now = {one.action.id for one in offered if one.allowed}
        for action in step.may:
            if action not in open_now:
                yield Mismatch("may", action, _listed(open_now))
        for action in step.may_not:
            if action in open_now:
                yield Mismatch("may_not", f"not {action}", action)


def _refusal_mismatch(step: Step, refusal: Refusal | None) -> Iterator[Mismatch]:
    if refusal is None:
        if step.refused is not None:
            yield Mismatch("refused", step.refused, "done")
        return
    if step.refused is None or step.refused not in (refusal.code, refusal.guard):
        yield Mismatch("refused", step.refused or "done", _reason(refusal))


def _reason(refusal: Refusal) -> str:
    """The refusal in words of the definition: its code, its guard, and what is wrong with which field."""
    faults = _listed(f"{error.path} {error.code}" for error in refusal.errors)
    return " ".join(filter(None, ("refused", refusal.code, refusal.guard, faults if refusal.errors else "")))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
