"""How a published definition is stored, and how what an older program stored is read for ever.

An exchange keeps the version it began with, while the definition language goes on changing. So the stored form has a
number, and every change of the language that an older body does not survive adds a step to :data:`UPGRADES`:

* a key that was renamed, moved or dropped, for unknown keys are errors;
* a key that is now needed and has no default;
* a default that changed, because what stood at its default is not stored: the step writes the old one out.

A new key with a neutral default needs no step. Steps are never changed or removed, and the row is never rewritten: its
name is the digest of what was published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from imi.core.definition import Definition

Body = dict[str, Any]

FORM = "form"
"""The key of the form's number, beside the parts of the definition."""

FIRST_FORM = 1
"""The number of a body that bears none."""

UPGRADES: tuple[Callable[[Body], Body], ...] = ()
"""Step n makes a body of form n + 2 of one of form n + 1; each is pure and leaves its argument as it is."""


class NewerForm(ValueError):
    """The body was stored by a newer program than this one, which cannot know what it means."""


def newest_form() -> int:
    """The number of the form in which this program stores definitions."""
    return FIRST_FORM + len(UPGRADES)


def is_newer(body: Mapping[str, Any]) -> bool:
    """Whether a newer program than this one has stored the body."""
    return int(body.get(FORM, FIRST_FORM)) > newest_form()


def to_stored(definition: Definition) -> Body:
    """The definition as it is stored: numbered, without what is at its default."""
    return {FORM: newest_form(), **definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)}


def from_stored(body: Mapping[str, Any]) -> Definition:
    """The definition that a body stands for, whichever program stored it.

    Raises:
        NewerForm: a newer program stored it.
        pydantic.ValidationError: a step is missing in :data:`UPGRADES`, or the body was damaged.
    """
    if is_newer(body):
        raise NewerForm(f"form {body[FORM]} is newer than {newest_form()}")
    upgraded = {name: part for name, part in body.items() if name != FORM}
    for step in UPGRADES[int(body.get(FORM, FIRST_FORM)) - FIRST_FORM :]:
        upgraded = step(upgraded)
    return Definition.model_validate(upgraded)
