"""The log: events written, chained by hash, and read back.

Each event holds the digest of its predecessor and a salted digest of its payload, so that a changed, missing or
swapped event is found, and an erased payload leaves the chain intact.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from imi.core.event import By, Event
from imi.database.writes import insert
from imi.exchanges.models import EventRecord, Exchange, Payload

GENESIS = "0" * 64


def canonical(value: Any) -> str:
    """JSON in one form only: sorted keys, no spaces."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(*parts: str) -> str:
    """SHA-256 over the parts, each ended so that they cannot run together."""
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def payload_digest(salt: str, data: Any) -> str:
    """What the chain holds of a payload."""
    return digest(salt, canonical(data))


def chained(record: EventRecord, number: str) -> str:
    """The hash of an event over all its columns, its exchange's number and its predecessor's hash."""
    return digest(
        number,
        str(record.seq),
        record.kind,
        record.name,
        record.at.isoformat(),
        record.user,
        record.authority,
        record.party,
        record.role,
        record.state,
        record.definition,
        canonical(record.changes),
        canonical(record.tells),
        record.payload_digest,
        record.previous,
    )


def prepare(exchange: Exchange, event: Event, previous: str) -> tuple[EventRecord, Payload]:
    """The rows of an event, not yet stored.

    Args:
        exchange: the row of the exchange; its definition is stamped on the event.
        event: what happened.
        previous: hash of the event before, :data:`GENESIS` for the first.
    """
    salt = secrets.token_hex(16)
    record = EventRecord(
        exchange=exchange,
        seq=event.seq,
        kind=event.kind,
        name=event.name,
        at=event.at,
        user=event.by.user,
        authority=event.by.authority,
        party=event.by.party,
        role=event.by.role,
        state=event.state,
        definition=exchange.definition_id,
        changes=dict(event.changes),
        tells=[list(pair) for pair in event.tells],
        payload_digest=payload_digest(salt, event.data),
        previous=previous,
    )
    record.hash = chained(record, exchange.number)
    return record, Payload(salt=salt, data=event.data)


def append(exchange: Exchange, event: Event) -> EventRecord:
    """Store an event at the end of its exchange's chain; ``exchange.last_hash`` is set, not saved."""
    record, payload = prepare(exchange, event, exchange.last_hash or GENESIS)
    insert([record])
    payload.event = record
    insert([payload])
    exchange.last_hash = record.hash
    return record


def as_event(record: EventRecord, payload: Payload | None) -> Event:
    """The engine's event behind a row; its data is None once erased."""
    return Event(
        seq=record.seq,
        kind=record.kind,  # type: ignore[arg-type]
        name=record.name,
        at=record.at,
        by=By(record.user, record.authority, record.party, record.role),
        state=record.state,
        data=payload.data if payload else None,
        changes=record.changes,
        tells=tuple((authority, role) for authority, role in record.tells),
    )


def history(exchange: Exchange) -> list[Event]:
    """All events of an exchange, oldest first: one query."""
    records = exchange.events.select_related("payload").order_by("seq")
    return [as_event(record, getattr(record, "payload", None)) for record in records]


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the chain does not hold."""

    number: str
    seq: int
    reason: str


def verify(exchanges: Iterable[Exchange]) -> Iterator[Break]:
    """The first break of each exchange's chain, if any.

    Finds a changed, inserted, missing, swapped or cut-off event, and a payload that is not the one written.
    """
    for exchange in exchanges:
        fault = _first_break(exchange)
        if fault is not None:
            yield fault


def _first_break(exchange: Exchange) -> Break | None:
    previous, expected = GENESIS, 1
    for record in exchange.events.select_related("payload").order_by("seq"):
        if record.seq != expected:
            return Break(exchange.number, expected, "missing")
        if record.previous != previous:
            return Break(exchange.number, record.seq, "chain")
        if chained(record, exchange.number) != record.hash:
            return Break(exchange.number, record.seq, "changed")
        payload = getattr(record, "payload", None)
        if payload is not None and payload_digest(payload.salt, payload.data) != record.payload_digest:
            return Break(exchange.number, record.seq, "payload")
        previous, expected = record.hash, expected + 1
    if previous != exchange.last_hash or expected != exchange.seq + 1:
        return Break(exchange.number, expected, "tail")
    return None
