"""The state of one exchange: a fold over its events.

All values are plain JSON types inside frozen records, so a state can be stored, compared and printed as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from operator import attrgetter
from typing import Any

from imi.core.notation import Unit


@dataclass(frozen=True, slots=True)
class Item:
    """One question asked: the question's id, what fills its gaps, and the requester's comment."""

    question: str
    placeholders: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A running or met deadline with its derivation.

    ``skipped`` are the days that did not count (ISO date, name of the holiday or "" for a weekend); ``moved_from`` the
    computed last day when it fell on a day off (Regulation (EEC, Euratom) No 1182/71, Art. 3(4)); ``due_at`` the end
    of the due day in the owing country's time zone; ``met`` when it was met.
    """

    id: str
    due: str
    due_at: str
    started: str
    amount: int
    unit: Unit
    country: str
    skipped: tuple[tuple[str, str], ...] = ()
    moved_from: str | None = None
    met: str | None = None

    @property
    def due_date(self) -> date:
        """The last day."""
        return date.fromisoformat(self.due)

    @property
    def due_instant(self) -> datetime:
        """The last moment, as an aware datetime."""
        return datetime.fromisoformat(self.due_at)


@dataclass(frozen=True, slots=True)
class Message:
    """Something one side wrote to the other while the exchange is open."""

    seq: int
    at: str
    party: str
    authority: str
    user: str
    text: str
    action: str
    attachments: tuple[str, ...] = ()
    private_to: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that travels with the exchange; its bytes are stored elsewhere."""

    id: str
    name: str
    size: int
    media_type: str
    digest: str
    seq: int
    party: str
    action: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One running or ended exchange.

    ``parties`` maps a party to the authorities that hold it, ``former`` lists (party, authority) that handed over;
    ``first_started`` on which day each deadline first began; ``counts`` how often each action was taken; ``reminded``
    which reminders went out; ``changed`` the sequence number of the last event that makes an open form out of date
    (reminders and concurrent actions do not).
    """

    number: str
    definition: str
    seq: int
    state: str
    state_since: str
    opened_at: str
    last_activity: str
    parties: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    countries: Mapping[str, str] = field(default_factory=dict)
    former: tuple[tuple[str, str], ...] = ()
    content: Mapping[str, Any] = field(default_factory=dict)
    items: tuple[Item, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    deadlines: Mapping[str, Due] = field(default_factory=dict)
    first_started: Mapping[str, str] = field(default_factory=dict)
    allocations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    proposals: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    reminded: tuple[str, ...] = ()
    visited: tuple[str, ...] = ()
    parent: str = ""
    parts: tuple[str, ...] = ()
    closed_at: str | None = None
    erased: bool = False
    changed: int = 0

    def held_by(self, authority: str) -> tuple[str, ...]:
        """The parties that ``authority`` holds."""
        return tuple(party for party, holders in self.parties.items() if authority in holders)


_NAMES = tuple(one.name for one in fields(Exchange))
_VALUES = attrgetter(*_NAMES)
_DUE_NAMES = tuple(one.name for one in fields(Due))
_DUE_VALUES = attrgetter(*_DUE_NAMES)


def with_updates(exchange: Exchange, updates: Mapping[str, Any]) -> Exchange:
    """The exchange with some values replaced; what ``dataclasses.replace`` does, in half the time."""
    return Exchange(**{**dict(zip(_NAMES, _VALUES(exchange), strict=True)), **updates})


def to_json(exchange: Exchange) -> dict[str, Any]:
    """The exchange as JSON types; :func:`from_json` reads it back unchanged.

    The result shares its inner values with the exchange: it is to be written, not changed.
    """
    values = dict(zip(_NAMES, _VALUES(exchange), strict=True))
    for name in ("items", "messages", "attachments"):
        values[name] = [{one.name: getattr(record, one.name) for one in fields(record)} for record in values[name]]
    values["deadlines"] = {name: due_to_json(due) for name, due in exchange.deadlines.items()}
    return values


def due_to_json(due: Due) -> dict[str, Any]:
    """A deadline as JSON types, as snapshots and events carry it."""
    stored = dict(zip(_DUE_NAMES, _DUE_VALUES(due), strict=True))
    stored["skipped"] = [list(day) for day in due.skipped]
    return stored


def due_from_json(stored: Mapping[str, Any]) -> Due:
    """The deadline that :func:`due_to_json` wrote."""
    return Due(**{**stored, "skipped": tuple((day, name) for day, name in stored["skipped"])})


def from_json(stored: Mapping[str, Any]) -> Exchange:
    """The exchange that :func:`to_json` wrote.

    Raises:
        TypeError: a key is unknown or missing, so the snapshot is of another engine version and must be rebuilt.
    """
    values = dict(stored)
    values["parties"] = {party: tuple(holders) for party, holders in values["parties"].items()}
    values["former"] = tuple((party, authority) for party, authority in values["former"])
    values["items"] = tuple(Item(**item) for item in values["items"])
    values["messages"] = tuple(
        Message(**{**message, "attachments": tuple(message["attachments"])}) for message in values["messages"]
    )
    values["attachments"] = tuple(Attachment(**attachment) for attachment in values["attachments"])
    values["deadlines"] = {name: due_from_json(due) for name, due in values["deadlines"].items()}
    values["allocations"] = {authority: tuple(users) for authority, users in values["allocations"].items()}
    for name in ("reminded", "visited", "parts"):
        values[name] = tuple(values[name])
    return Exchange(**values)
