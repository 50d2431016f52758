"""One exchange while it is acted on, in the fixed world of scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.decide import decide, open_part, recalculate, remind
from imi.core.event import Event
from imi.core.evolve import evolve
from imi.core.exchange import Exchange
from imi.core.facts import Facts
from imi.core.refusal import Refusal
from imi.core.samples import sample_form
from imi.core.scenario import authority_of, world
from imi.core.visible import visible

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
ROLES = ("basic", "handler", "allocator", "approver")

# How to come to a state: (party, role, action), each with sample data.
CREATE = ("requesting", "handler", "create")
SEND = ("requesting", "handler", "send")
ACCEPT = ("responding", "handler", "accept")
REPLY = ("responding", "handler", "reply")
ASK_MORE = ("requesting", "handler", "request_clarification")
REFER = ("requesting", "handler", "refer")
ANSWERED = (CREATE, SEND, ACCEPT, REPLY)
WAYS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    "draft": (CREATE,),
    "awaiting_request_approval": (CREATE, SEND),
    "sent": (CREATE, SEND),
    "accepted": (CREATE, SEND, ACCEPT),
    "awaiting_reply_approval": ANSWERED,
    "information_provided": ANSWERED,
    "clarification_requested": (*ANSWERED, ASK_MORE),
    "clarification_accepted": (*ANSWERED, ASK_MORE, ("responding", "handler", "accept_clarification")),
    "clarification_refused": (*ANSWERED, ASK_MORE, ("responding", "handler", "refuse_clarification")),
    "referred_requesting": (*ANSWERED, REFER),
    "referred_responding": (*ANSWERED, REFER, ("requesting_coordinator", "approver", "support_referral")),
    "closed": (*ANSWERED, ("requesting", "handler", "close")),
    "withdrawn": (CREATE, SEND, ("requesting", "handler", "withdraw")),
    "discarded": (CREATE, ("requesting", "handler", "discard")),
}
SETTINGS: Mapping[str, Mapping[str, Mapping[str, bool]]] = {
    "awaiting_request_approval": {"requesting_coordinator": {"approve_requests": True}},
    "awaiting_reply_approval": {"responding_coordinator": {"approve_replies": True}},
}


class Case:
    """An exchange, its events and the world around it."""

    def __init__(
        self, compiled: Compiled, settings: Mapping[str, Mapping[str, bool]] | None = None, now: datetime = MONDAY
    ) -> None:
        self.compiled = compiled
        self.facts: Facts = world(compiled, settings or {}, now)
        self.events: list[Event] = []
        self.current: Exchange | None = None
        self.part: Exchange | None = None

    @property
    def exchange(self) -> Exchange:
        assert self.current is not None
        return self.current

    def wait(self, **time: float) -> Case:
        self.facts = replace(self.facts, now=self.facts.now + timedelta(**time))
        return self

    def holidays(self, country: str, *days: str) -> Case:
        calendar = {date.fromisoformat(day): "Feast" for day in days}
        self.facts = replace(self.facts, calendars={**self.facts.calendars, country: calendar})
        return self

    def authority(self, party: str) -> str:
        held = self.current.parties.get(party, ()) if self.current else ()
        return held[0] if held else authority_of(self.compiled, party)

    def command(
        self, party: str, action: str, role: str = "handler", user: str = "", seen: int | None = None, **data: Any
    ) -> Command:
        authority = self.authority(party)
        if action == "send":
            data.setdefault("recipient", "responding-authority")
        full = sample_form(self.compiled, self.compiled.actions[action], self.current, self.facts, authority, data)
        return Command(action, user or f"{authority}-{role}", authority, frozenset({role}), full, seen)

    def attempt(self, command: Command) -> Refusal | None:
        """Decide a command and fold what it leads to; the refusal, if it is refused."""
        decision = decide(self.compiled, self.current, command, self.facts)
        if isinstance(decision, Refusal):
            return decision
        if decision.splits:
            opening = open_part(self.compiled, self.exchange, decision.event, self.facts)
            self.part = evolve(self.compiled, "1-1", None, opening)
        self.happen(decision.event)
        return None

    def happen(self, event: Event) -> None:
        self.events.append(event)
        self.current = evolve(self.compiled, "1", self.current, event)

    def do(self, party: str, action: str, role: str = "handler", user: str = "", **data: Any) -> Case:
        refusal = self.attempt(self.command(party, action, role, user, **data))
        assert refusal is None, refusal
        return self

    def refused(self, party: str, action: str, role: str = "handler", user: str = "", **data: Any) -> Refusal:
        refusal = self.attempt(self.command(party, action, role, user, **data))
        assert refusal is not None
        return refusal

    def remind(self, deadline: str, days: int) -> Event | None:
        decision = remind(self.compiled, self.exchange, deadline, days, self.facts)
        if decision is None:
            return None
        self.happen(decision.event)
        return decision.event

    def recalculate(self) -> Event | None:
        decision = recalculate(self.compiled, self.exchange, self.facts)
        if decision is None:
            return None
        self.happen(decision.event)
        return decision.event

    def sees(self, party: str, *roles: str) -> frozenset[str]:
        return visible(self.compiled, self.exchange, self.authority(party), frozenset(roles), self.facts)


def in_state(compiled: Compiled, state: str, settings: Mapping[str, Mapping[str, bool]] | None = None) -> Case:
    """A case that came to ``state`` on the shortest way."""
    case = Case(compiled, {**SETTINGS.get(state, {}), **(settings or {})})
    for party, role, action in WAYS[state]:
        case.do(party, action, role)
    assert case.exchange.state == state
    return case
