"""Living through a procedure in the terminal, in the parts of all parties, one after the other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from imi.core.available import available, tasks, timers
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.decide import decide, open_part, remind
from imi.core.definition import Action, FormField
from imi.core.event import Event
from imi.core.evolve import evolve
from imi.core.exchange import Exchange
from imi.core.facts import Facts
from imi.core.refusal import Refusal
from imi.core.samples import sample_form
from imi.core.scenario import authority_of, lapse, world

HELP = """\
A number takes an action. A form is filled with samples; change what you like with field=value, one to a line, and end
with an empty line.
  wait 3 days    let time pass (hours, days, working days, weeks, months)
  why            what cannot be done now, and why
  history        what has happened
  part 1         go over to the first part that was split off; part 0 goes back
  quit           end"""


@dataclass
class Session:
    """One procedure being lived through. ``ask`` reads a line after a prompt, ``say`` writes one."""

    compiled: Compiled
    ask: Callable[[str], str]
    say: Callable[[str], None]
    now: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, tzinfo=UTC))
    exchanges: list[Exchange] = field(default_factory=list)
    events: list[tuple[int, Event]] = field(default_factory=list)
    at: int = 0

    @property
    def facts(self) -> Facts:
        """The world of scenarios at this moment."""
        return world(self.compiled, {}, self.now)

    @property
    def exchange(self) -> Exchange | None:
        """The exchange looked at."""
        return self.exchanges[self.at] if self.exchanges else None

    def run(self) -> None:
        """Go on until the person quits or the input ends."""
        self.say(HELP)
        while True:
            choices = list(self.choices())
            self.describe(choices)
            try:
                line = self.ask("> ").strip()
                if line in ("quit", "q", "exit"):
                    return
                self.obey(line, choices)
            except EOFError:
                return

    def choices(self) -> Iterator[tuple[Action, str, str]]:
        """What can be done now: the action, the authority, and the role in which."""
        seen: set[tuple[str, str]] = set()
        exchange = self.exchange
        for action in self.compiled.lifecycle.actions:
            for actor in action.by:
                held = (
                    exchange.parties.get(actor.party, ()) if exchange else (authority_of(self.compiled, actor.party),)
                )
                for authority in held:
                    for role in actor.roles:
                        if (action.id, authority) not in seen and self.may(action, authority, role):
                            seen.add((action.id, authority))
                            yield action, authority, role

    def may(self, action: Action, authority: str, role: str) -> bool:
        """Whether somebody may take an action now."""
        if self.exchange is None:
            return "new" in action.sources
        offered = available(
            self.compiled, self.exchange, f"{authority}-{role}", authority, frozenset({role}), self.facts
        )
        return any(one.allowed and one.action.id == action.id for one in offered)

    def describe(self, choices: list[tuple[Action, str, str]]) -> None:
        """Say where the exchange stands and what can be done."""
        self.say("")
        exchange = self.exchange
        if exchange is not None:
            state = self.compiled.states[exchange.state]
            part = f", part {self.at}" if self.at else ""
            self.say(f"{self.now:%a %d %b %Y %H:%M}{part}: {state.title}. {state.summary}")
            for task in tasks(self.compiled, exchange, self.facts):
                due = f", due {task.due.due}" if task.due else ""
                self.say(f"  awaits {task.authority}: {task.title}{due}")
        for number, (action, authority, role) in enumerate(choices, 1):
            self.say(f"  {number:2}  {authority} ({role}): {action.title}")
        if not choices:
            self.say("  Nothing can be done; the exchange has ended.")

    def obey(self, line: str, choices: list[tuple[Action, str, str]]) -> None:
        """Do what the person typed."""
        word, _, rest = line.partition(" ")
        if word.isdigit() and 1 <= int(word) <= len(choices):
            self.act(*choices[int(word) - 1])
        elif word == "wait" and (later := lapse(self.now, rest)) is not None:
            self.wait_until(later)
        elif word == "why" and self.exchange is not None:
            self.explain(self.exchange)
        elif word == "history":
            self.recount()
        elif word == "part" and rest.isdigit() and int(rest) < len(self.exchanges):
            self.at = int(rest)
        else:
            self.say(HELP)

    def act(self, action: Action, authority: str, role: str) -> None:
        """Fill the form and take the action."""
        exchange, facts = self.exchange, self.facts
        data = self.fill(action, sample_form(self.compiled, action, exchange, facts, authority))
        command = Command(action.id, f"{authority}-{role}", authority, frozenset({role}), data)
        decision = decide(self.compiled, exchange, command, facts)
        if isinstance(decision, Refusal):
            self.say(f"Refused: {self.reason(action, decision)}")
            return
        event = decision.event
        if decision.splits and exchange is not None:
            number = f"{exchange.number}-{len(self.exchanges)}"
            self.happen(len(self.exchanges), open_part(self.compiled, exchange, event, facts), number)
            event = replace(event, changes={**event.changes, "parts": [number]})
        self.happen(self.at, event)

    def fill(self, action: Action, data: dict[str, Any]) -> dict[str, Any]:
        """Show the form with its samples and take the person's changes."""
        fields = {one.id: one for one in self.compiled.fields[action.id]}
        for name, one in fields.items():
            self.say(f"     {one.label} ({name}): {json.dumps(data.get(name), ensure_ascii=False)}")
        while fields and (line := self.ask("     change> ").strip()):
            name, _, value = line.partition("=")
            if name.strip() in fields:
                data[name.strip()] = _read(fields[name.strip()], value.strip())
            else:
                self.say(f"     There is no field {name.strip()!r}.")
        return data

    def happen(self, index: int, event: Event, number: str = "1") -> None:
        """Fold an event into the exchange at ``index`` and say whom it concerns."""
        self.events.append((index, event))
        if index < len(self.exchanges):
            current = self.exchanges[index]
            self.exchanges[index] = evolve(self.compiled, current.number, current, event)
        else:
            self.exchanges.append(evolve(self.compiled, number, None, event))
        told = ", ".join(f"{authority} ({role})" for authority, role in event.tells)
        self.say(f"{self.narrated(event)}{f'; mail to {told}' if told else ''}")

    def wait_until(self, later: datetime) -> None:
        """Let time pass; reminders go out when they are due."""
        for index, _ in enumerate(self.exchanges):
            for timer in timers(self.compiled, self.exchanges[index]):
                if timer.at <= later:
                    self.now = max(self.now, timer.at)
                    decision = remind(self.compiled, self.exchanges[index], timer.deadline, timer.days, self.facts)
                    if decision is not None:
                        self.happen(index, decision.event)
        self.now = later

    def explain(self, exchange: Exchange) -> None:
        """Say for each party what it cannot do now, and why."""
        roles = frozenset(role.id for role in self.compiled.lifecycle.roles)
        for party, held in exchange.parties.items():
            for authority in held:
                for one in available(self.compiled, exchange, f"{authority}-all", authority, roles, self.facts):
                    if one.refusal is not None:
                        self.say(f"  {party}: {one.action.title}: {self.reason(one.action, one.refusal)}")

    def recount(self) -> None:
        """Say what has happened."""
        for index, event in self.events:
            self.say(f"  {event.at:%d %b %Y %H:%M} {f'[part {index}] ' if index else ''}{self.narrated(event)}")

    def narrated(self, event: Event) -> str:
        """An event in words."""
        if event.kind == "action" and event.name in self.compiled.actions:
            return f"{event.by.authority} {self.compiled.actions[event.name].done}"
        return f"{event.kind}: {event.name}"

    def reason(self, action: Action, refusal: Refusal) -> str:
        """A refusal in words."""
        guard = next((one for one in action.guards if one.id == refusal.guard), None)
        words = guard.reason if guard else refusal.code.replace("_", " ")
        until = f" (from {refusal.until:%d %b %Y %H:%M})" if refusal.until else ""
        faults = "; ".join(f"{error.path}: {error.code}" for error in refusal.errors)
        return f"{words}{until}{f': {faults}' if faults else ''}"


def _read(one: FormField, value: str) -> Any:
    """A typed value; JSON where it is JSON, else the text itself."""
    if one.type in ("text", "long_text", "identifier", "date", "concept"):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
