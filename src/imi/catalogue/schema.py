"""JSON Schemas of the definition language, for editors that complete and check while one types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from imi.catalogue.load import SCHEMAS
from imi.core.definition import Area, Lifecycle, Procedure, QuestionSet
from imi.core.notation import Model

MODELS: Mapping[str, type[Model]] = {
    "area": Area,
    "procedure": Procedure,
    "questions": QuestionSet,
    "lifecycle": Lifecycle,
}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def hint(name: str) -> str:
    """Return the comment with which a definition file names its schema."""
    return f"# yaml-language-server: $schema=../{SCHEMAS}/{name}.json\n"


def schema(name: str) -> str:
    """Return the schema of ``area``, ``procedure``, ``questions`` or ``lifecycle`` as JSON."""
    made: dict[str, Any] = {"$schema": _DRAFT, **MODELS[name].model_json_schema(by_alias=True)}
    if name == "questions":
        # A set may take its reasons over from its area, which the model does not know.
        made["required"] = [key for key in made["required"] if key != "cannot_say_reasons"]
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def write(root: Path) -> list[Path]:
    """Write all schemas beside the procedures; return the files that changed."""
    changed = []
    for name in MODELS:
        file = root / SCHEMAS / f"{name}.json"
        content = schema(name)
        if not file.exists() or file.read_text(encoding="utf-8") != content:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(content, encoding="utf-8")
            changed.append(file)
    return changed
