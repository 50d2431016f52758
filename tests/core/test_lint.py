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


def hurry(data: dict[str, Any]) -> dict[str, Any]:
    """The field of the toy on which another one depends."""
    field: dict[str, Any] = data["lifecycle"]["actions"][1]["form"][2]["fields"][1]
    assert field["id"] == "hurry"
    return field


def test_a_private_field_may_decide_what_its_own_parties_alone_notice() -> None:
    data = plain()
    hurry(data)["private_to"] = ["borrowing"]
    assert rules(data) == {"private-used"}  # "why" is shown to all and depends on it
    data["lifecycle"]["actions"][1]["form"][2]["fields"][2]["private_to"] = ["borrowing"]
    assert rules(data) == set()
    data["lifecycle"]["actions"][1]["guards"][0]["when"] = "!form.hurry"
    assert rules(data) == set()
    data["lifecycle"]["visibility"][2]["when"] = "content.hurry"
    assert rules(data) == {"private-used"}


def test_whoever_writes_a_private_field_sees_it_in_every_form() -> None:
    data = plain()
    ask = data["lifecycle"]["actions"][1]
    hurry(data)["private_to"] = ["borrowing"]
    ask["form"][2]["fields"][2]["when"] = None
    assert rules(data) == set()
    data["lifecycle"]["actions"][3]["into"] = "content"
    data["lifecycle"]["actions"][3]["form"] = [{"id": "again", "fields": [hurry(plain())]}]
    assert rules(data) == {"private-from-author"}


def test_free_text_needs_no_mark_where_nobody_reads_it_without_the_right_to_personal_data() -> None:
    data = plain()
    del data["questions"]["placeholders"][0]["impersonal"]
    assert rules(data) == {"free-text-mark"}
    data["lifecycle"]["visibility"][2]["sees"].append("personal")
    assert rules(data) == set()
    data["lifecycle"]["visibility"][2]["sees"].remove("personal")
    data["lifecycle"]["visibility"].append({"party": "lending", "roles": ["keeper"], "sees": ["personal"]})
    assert rules(data) == {"free-text-mark"}  # the clerk still reads it


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
