"""The reference names every key of the language, so that it cannot fall behind."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from imi.catalogue.cli import parser
from imi.core import definition, notation, story
from imi.core.definition import Placeholder, Question
from imi.core.notation import FieldType, Model

REFERENCE = (Path(__file__).parents[2] / "docs" / "procedures.md").read_text()
MODELS = [
    model
    for model in (vars(definition) | vars(story)).values()
    if isinstance(model, type) and issubclass(model, Model) and model not in (Model, definition.Definition)
]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_key_is_explained(model: type[Model]) -> None:
    missing = [name for name, field in model.model_fields.items() if f"`{field.alias or name}`" not in REFERENCE]
    assert missing == []


def test_every_type_is_named() -> None:
    types = {*get_args(FieldType), *get_args(notation.PersonalClass), *get_args(notation.Aspect)}
    types |= set(get_args(notation.Unit))
    types |= set(get_args(Question.model_fields["answer"].annotation))
    types |= set(get_args(Placeholder.model_fields["type"].annotation))
    assert [name for name in sorted(types) if f"`{name}`" not in REFERENCE] == []


def test_every_command_is_explained() -> None:
    [commands] = [action.choices for action in parser()._actions if action.choices and "check" in action.choices]
    assert [name for name in commands if f"| `{name}" not in REFERENCE] == []
