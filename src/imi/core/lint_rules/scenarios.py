"""Rules about scenarios as texts; whether they come true is for :mod:`imi.core.scenario`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from imi.core.definition import Definition
from imi.core.lint_rules.finding import Finding, Rule, Step, choose
from imi.core.story import Scenario
from imi.core.story import Step as Line


def scenario_missing(definition: Definition) -> Iterator[Finding]:
    """``scenario-missing``: no story shows that the procedure works."""
    if not definition.procedure.scenarios and not definition.lifecycle.scenarios:
        message = "Neither the procedure nor its lifecycle has a scenario."
        cure = "Write at least one under 'scenarios', from opening to end."
        yield Finding("scenario-missing", ("procedure",), message, cure)


def scenario_reference(definition: Definition) -> Iterator[Finding]:
    """``unknown-reference`` in a scenario: a party, role, action, state, setting or deadline that does not exist."""
    for part, scenarios in (
        ("lifecycle", definition.lifecycle.scenarios),
        ("procedure", definition.procedure.scenarios),
    ):
        for index, scenario in enumerate(scenarios):
            path = (part, "scenarios", index)
            yield from _of_settings(definition, scenario, path)
            for number, line in enumerate(scenario.steps):
                yield from _of_line(definition, line, (*path, "steps", number))


def _of_settings(definition: Definition, scenario: Scenario, path: tuple[Step, ...]) -> Iterator[Finding]:
    lifecycle = definition.lifecycle
    for party, values in scenario.settings.items():
        yield from _one({one.id for one in lifecycle.parties}, party, (*path, "settings", party), "party")
        for setting in values:
            known = {one.id for one in lifecycle.settings}
            yield from _one(known, setting, (*path, "settings", party, setting), "setting")


def _of_line(definition: Definition, line: Line, path: tuple[Step, ...]) -> Iterator[Finding]:
    lifecycle = definition.lifecycle
    parties = {one.id for one in lifecycle.parties}
    actions = {one.id for one in lifecycle.actions}
    yield from _one(parties, line.as_, (*path, "as"), "party")
    yield from _one({one.id for one in lifecycle.roles}, line.role, (*path, "role"), "role")
    yield from _one(actions, line.do, (*path, "do"), "action")
    yield from _one({one.id for one in lifecycle.states}, line.state, (*path, "state"), "state")
    for name in line.due:
        yield from _one({one.id for one in lifecycle.deadlines}, name, (*path, "due", name), "deadline")
    for party in line.sees:
        yield from _one(parties, party, (*path, "sees", party), "party")
    for key, named in (("may", line.may), ("may_not", line.may_not)):
        for index, action in enumerate(named):
            yield from _one(actions, action, (*path, key, index), "action")


def _one(known: Iterable[str], name: str | None, path: tuple[Step, ...], kind: str) -> Iterator[Finding]:
    if name is not None and name not in set(known):
        yield Finding("unknown-reference", path, f"There is no {kind} {name!r}.", choose(name, known))


RULES: tuple[Rule, ...] = (scenario_missing, scenario_reference)
