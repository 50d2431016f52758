"""Why something may not be done: data, never an exception, always with a reason a person can be shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

RefusalCode = Literal[
    "unknown_action",
    "party",
    "role",
    "state",
    "allocated",
    "guard",
    "not_yet",
    "overtaken",
    "invalid",
    "no_branch",
    "blocked",
]


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field.

    ``path`` leads to the field (``questions.pq-101.profession``); ``code`` names the fault (``required``,
    ``too_long``, …) and ``params`` fills its message.
    """

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused command.

    ``guard`` is the id of the guard that failed (its reason is a translated text of the definition); ``until`` is the
    moment from which time alone will have healed it; ``params`` fill the message of the code.
    """

    code: RefusalCode
    guard: str | None = None
    until: datetime | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
