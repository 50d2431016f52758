"""The rules as the engine applies them: to objects, without files, and never raising."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from imi.catalogue.load import read_folder
from imi.core.definition import Definition
from imi.core.lint import RULES, lint

TOY = Path(__file__).parents[1] / "catalogue" / "toy"


def plain() -> dict[str, Any]:
    [joined] = read_folder(TOY).joined()
    return joined.definition.model_dump(by_alias=True, mode="json")


def rules(data: dict[str, Any]) -> set[str]:
    return {finding.rule for finding in lint(Definition.model_validate(data))}


def test_a_sound_definition_has_no_findings() -> None:
    assert rules(plain()) == set()


def test_paths_lead_to_what_is_wrong() -> None:
    data = plain()
    data["lifecycle"]["states"][1]["awaits"][0]["action"] = "nothing"
    [finding] = lint(Definition.model_validate(data))
    assert finding.path == ("lifecycle", "states", 1, "awaits", 0, "action")


def test_aliases_are_named_as_in_the_file() -> None:
    data = plain()
    data["procedure"]["scenarios"][0]["steps"][0]["as"] = "nobody"
    [finding] = lint(Definition.model_validate(data))
    assert finding.path[-1] == "as"


@pytest.mark.parametrize("seed", range(60))
def test_rules_never_raise_however_broken_the_definition(seed: int) -> None:
    """Take things away and mix names up at random; every rule must still answer."""
    chance = random.Random(seed)
    data = plain()
    for _ in range(chance.randint(1, 12)):
        mutate(data, chance)
    try:
        definition = Definition.model_validate(data)
    except ValidationError:
        return  # refused before any rule sees it
    for rule in RULES:
        list(rule(definition))


NAMES = [
    "asked",
    "lent",
    "borrowing",
    "lending",
    "clerk",
    "days",
    "want",
    "answer",
    "new",
    "any",
    "default",
    "bk-1",
    "x",
]


def mutate(data: Any, chance: random.Random) -> None:
    """Change one thing somewhere below ``data``."""
    containers: list[Any] = []

    def collect(value: Any) -> None:
        if isinstance(value, (dict, list)) and value:
            containers.append(value)
            for inner in value.values() if isinstance(value, dict) else value:
                collect(inner)

    collect(data)
    chosen = chance.choice(containers)
    key = chance.choice(list(chosen) if isinstance(chosen, dict) else range(len(chosen)))
    if isinstance(chosen[key], str):
        chosen[key] = chance.choice(NAMES)
    elif isinstance(chosen[key], list):
        chosen[key] = chance.choice([[], chosen[key][::-1], chosen[key] * 2])
    elif isinstance(chosen, list):
        chosen.append(chosen[key])
    elif chosen[key] is None or isinstance(chosen[key], (bool, int)):
        chosen[key] = chance.choice([None, 0, 1, 99, True])
