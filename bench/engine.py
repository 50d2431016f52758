"""Steps of the engine per second of processor time, on one core.

    PYTHONPATH=src python bench/engine.py [--profile]

A step is one action of a whole request with approval on both sides: it is decided, its form checked against the
definition (five questions with gaps, follow-ups, remarks and files), and its event folded into the state. Nothing is
stored. The commands are prepared beforehand, so that only the engine is measured.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import time
from collections.abc import Mapping
from typing import Any

from imi.catalogue.registry import Catalogue
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.decide import decide
from imi.core.evolve import evolve
from imi.core.exchange import Exchange, from_json, to_json
from imi.core.facts import Facts
from imi.core.refusal import Refusal
from imi.core.samples import sample_form, sample_questions
from imi.core.scenario import authority_of, world

PROCEDURE = "professional-qualifications/information-request"
QUESTIONS = 5
SECONDS = 3.0
APPROVAL = {"requesting_coordinator": {"approve_requests": True}, "responding_coordinator": {"approve_replies": True}}
PATH = (
    ("requesting", "handler", "create"),
    ("requesting", "handler", "send"),
    ("requesting_coordinator", "approver", "reject_request"),
    ("requesting", "handler", "send"),
    ("requesting_coordinator", "approver", "approve_request"),
    ("responding", "handler", "accept"),
    ("requesting", "handler", "message"),
    ("responding", "handler", "propose_extension"),
    ("requesting", "handler", "agree_extension"),
    ("responding", "handler", "reply"),
    ("responding_coordinator", "approver", "reject_reply"),
    ("responding", "handler", "reply"),
    ("responding_coordinator", "approver", "approve_reply"),
    ("requesting", "handler", "request_clarification"),
    ("responding", "handler", "answer_clarification"),
    ("requesting", "handler", "close"),
)


def start() -> tuple[Compiled, Facts]:
    from datetime import UTC, datetime

    compiled = Catalogue().get(PROCEDURE)
    return compiled, world(compiled, APPROVAL, datetime(2026, 3, 2, 9, tzinfo=UTC))


def prepared(compiled: Compiled, facts: Facts) -> list[Command]:
    """The commands of the path, each with a complete form."""
    commands: list[Command] = []
    exchange: Exchange | None = None
    for party, role, action in PATH:
        authority = authority_of(compiled, party)
        given: Mapping[str, Any] = {}
        if action == "send":
            given = {"recipient": "responding-authority", "questions": sample_questions(compiled, QUESTIONS)}
        form = sample_form(compiled, compiled.actions[action], exchange, facts, authority, given)
        command = Command(action, f"{authority}-{role}", authority, frozenset({role}), form)
        exchange = step(compiled, exchange, command, facts)
        commands.append(command)
    return commands


def step(compiled: Compiled, exchange: Exchange | None, command: Command, facts: Facts) -> Exchange:
    decision = decide(compiled, exchange, command, facts)
    if isinstance(decision, Refusal):
        raise SystemExit(f"{command.action} was refused: {decision}")
    return evolve(compiled, "1", exchange, decision.event)


def run(compiled: Compiled, facts: Facts, commands: list[Command], seconds: float) -> tuple[int, float]:
    """Walk the path again and again; steps and processor seconds."""
    steps, began = 0, time.process_time()
    while (spent := time.process_time() - began) < seconds:
        exchange: Exchange | None = None
        for command in commands:
            exchange = step(compiled, exchange, command, facts)
        steps += len(commands)
    return steps, spent


def by_action(compiled: Compiled, facts: Facts, commands: list[Command], rounds: int = 300) -> dict[str, float]:
    """Microseconds of each action of the path."""
    spent = dict.fromkeys((command.action for command in commands), 0.0)
    for _ in range(rounds):
        exchange: Exchange | None = None
        for command in commands:
            began = time.perf_counter()
            exchange = step(compiled, exchange, command, facts)
            spent[command.action] += time.perf_counter() - began
    times = {action: sum(command.action == action for command in commands) for action in spent}
    return {action: seconds / rounds / times[action] * 1e6 for action, seconds in spent.items()}


def snapshot_microseconds(exchange: Exchange, rounds: int = 2000) -> tuple[float, float]:
    """Writing and reading back the stored form of a state."""
    began = time.process_time()
    for _ in range(rounds):
        stored = to_json(exchange)
    written = time.process_time()
    for _ in range(rounds):
        from_json(stored)
    return (written - began) / rounds * 1e6, (time.process_time() - written) / rounds * 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    options = parser.parse_args()
    compiled, facts = start()
    commands = prepared(compiled, facts)
    run(compiled, facts, commands, 0.2)
    if options.profile:
        with cProfile.Profile() as profile:
            run(compiled, facts, commands, SECONDS)
        pstats.Stats(profile).sort_stats("tottime").print_stats(25)
        return
    steps, seconds = run(compiled, facts, commands, SECONDS)
    print(f"{steps / seconds:,.0f} steps per second of processor time ({len(commands)} steps a request)")
    for action, microseconds in by_action(compiled, facts, commands).items():
        print(f"  {action:24} {microseconds:7.1f} µs")
    exchange: Exchange | None = None
    for command in commands:
        exchange = step(compiled, exchange, command, facts)
    if exchange is not None:
        write, read = snapshot_microseconds(exchange)
        print(f"  {'to_json, from_json':24} {write:7.1f} µs {read:.1f} µs")


if __name__ == "__main__":
    main()
