"""What somebody asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Command:
    """A wish to take an action.

    Args:
        action: the action's id.
        user, authority: who asks, and for which authority.
        roles: the user's roles in the area of the exchange.
        data: the form's values, as JSON types.
        seen: sequence number of the state the form was made from; None where it does not matter.
    """

    action: str
    user: str
    authority: str
    roles: frozenset[str]
    data: Mapping[str, Any] = field(default_factory=dict)
    seen: int | None = None
