"""What has happened: the append-only record of an exchange."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

EventKind = Literal["action", "part", "reminder", "moved", "replaced"]


@dataclass(frozen=True, slots=True)
class By:
    """Who did it, in which capacity. The system itself has an empty user and authority."""

    user: str = ""
    authority: str = ""
    party: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened.

    ``name`` is the action's id (the deadline's for reminders and moves, empty where colleagues were replaced);
    ``state`` the state afterwards; ``data`` what was written (lies beside the hash chain, to be erasable; None
    once erased); ``changes`` the frozen consequences; ``tells`` whom it concerns, as (authority, role or "mailbox").
    """

    seq: int
    kind: EventKind
    name: str
    at: datetime
    by: By
    state: str
    data: Mapping[str, Any] | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    tells: tuple[tuple[str, str], ...] = ()
