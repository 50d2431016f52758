"""Playing the scenarios of a definition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from imi.catalogue.fault import Fault, Path_
from imi.catalogue.load import Joined
from imi.core.compiled import Compiled, compile_definition
from imi.core.scenario import Mismatch, ScenarioResult, play
from imi.core.story import Scenario, Step
from imi.core.wording import content_hash

# Where the value stands that a mismatch is about, if not under the mismatch's own name.
_KEYS = {"refused": "do"}


@dataclass(frozen=True)
class Played:
    """A scenario, where it is written, and how it went."""

    part: str  # lifecycle or procedure
    index: int
    scenario: Scenario
    result: ScenarioResult


def play_all(joined: Joined, compiled: Compiled | None = None) -> Iterator[Played]:
    """Play the scenarios of the lifecycle and of the procedure, in this procedure.

    Raises:
        DefinitionError: a condition of the definition is not understood.
    """
    definition = joined.definition
    ready = compiled or compile_definition(definition, content_hash(definition))
    for part, scenarios in (
        ("lifecycle", definition.lifecycle.scenarios),
        ("procedure", definition.procedure.scenarios),
    ):
        for index, scenario in enumerate(scenarios):
            yield Played(part, index, scenario, play(ready, scenario))


def scenario_faults(joined: Joined) -> Iterator[Fault]:
    """Name every step that comes out otherwise than its scenario tells."""
    for played in play_all(joined):
        for step in played.result.steps:
            for mismatch in step.mismatches:
                yield _fault(joined, played, step.index, mismatch)


def _fault(joined: Joined, played: Played, index: int, mismatch: Mismatch) -> Fault:
    where: Path_ = ("scenarios", played.index, "steps", index)
    name = mismatch.what.partition(".")
    tree = joined.source(played.part).tree
    if mismatch.what == "starts":
        where = ("scenarios", played.index, "starts")
    else:
        key = (*where, name[0], name[2]) if name[2] else (*where, name[0])
        other = (*where, _KEYS.get(name[0], name[0]))
        where = key if key in tree.places else other
    message = (
        f"In {joined.definition.id!r} the scenario {played.scenario.id!r} fails at its step {index + 1}: {mismatch}."
    )
    return tree.fault(where, "scenario-fails", message, "Correct the definition, or what the step expects.")


def told(step: Step) -> str:
    """A step in one line, as a person would say it."""
    words = [f"{step.after} later," if step.after else "", f"{step.as_ or ''}", f"{step.do or ''}"]
    expectations = [
        f"state {step.state}" if step.state else "",
        f"refused: {step.refused}" if step.refused else "",
        *(f"{name} due {day}" for name, day in step.due.items()),
        f"may {', '.join(step.may)}" if step.may else "",
        f"may not {', '.join(step.may_not)}" if step.may_not else "",
        *(f"{party} sees {', '.join(aspects) or 'nothing'}" for party, aspects in step.sees.items()),
    ]
    told_so = "; ".join(filter(None, expectations))
    return " ".join(filter(None, words)) + (f" -> {told_so}" if told_so else "")
