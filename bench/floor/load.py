"""The raw load: plain rows of the same histories, with a chain of hashes, as quickly as the driver takes them."""

from __future__ import annotations

import hashlib
from collections import Counter as Counts
from datetime import UTC, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from bench.bulk import insert, loading
from bench.data import DRAWN_AT_ONCE, SENTENCES, Case, World
from bench.floor.models import Authority, Counter, Event, Exchange, Message, Outbox, Person, Raw

_EXCHANGE = ("id", "number", "asking_id", "answering_id", "subject", "state", "version", "opened_at", "updated_at",
             "due_at", "last_hash")  # fmt: skip
_MESSAGE = ("exchange_id", "author_id", "at", "text")
_EVENT = ("exchange_id", "seq", "name", "at", "by_id", "data", "previous", "hash")
_DAYS = timedelta(days=28)


def load_directory(world: World) -> None:
    """The authorities and users; not part of what is timed."""
    Authority.objects.bulk_create(
        Authority(id=one.id, country=one.country, name=f"Office {one.index} of {one.country}")
        for one in world.authorities
    )
    nobody = make_password(None)
    Person.objects.bulk_create(
        (
            Person(pk=number + 1, username=f"u{number}", password=nobody, authority_id=one.id, given_name="Ana",
                   family_name=f"Person {number}")
            for one in world.authorities
            for number in range(one.first_user, one.first_user + one.users)
        ),
        batch_size=1000,
    )  # fmt: skip


def load_history(world: World) -> int:
    """Every exchange with its messages, events and counters; how many rows that was."""
    written, counts = 0, Counts()
    rows: tuple[list, list, list] = ([], [], [])
    with loading([Exchange, Message, Event, Counter, Outbox, Raw]):
        for case in world.cases():
            _add(case, rows)
            state = case.shape.state
            counts["sent", case.asking.id, state] += 1
            counts["received", case.answering.id, state] += 1
            if len(rows[0]) == DRAWN_AT_ONCE:
                written += _write(rows)
        written += _write(rows)
        tallies = [(authority, direction, state, total) for (direction, authority, state), total in counts.items()]
        insert(Counter._meta.db_table, ("authority_id", "direction", "state", "total"), tallies)
    return written + len(tallies)


@transaction.atomic
def _write(rows: tuple[list, list, list]) -> int:
    total = 0
    for table, columns, found in zip((Exchange, Message, Event), (_EXCHANGE, _MESSAGE, _EVENT), rows, strict=True):
        insert(table._meta.db_table, columns, found)
        total += len(found)
        found.clear()
    return total


def _add(case: Case, rows: tuple[list, list, list]) -> None:
    exchanges, messages, events = rows
    pk, previous = case.index + 1, "0" * 64
    at = begun = datetime.combine(case.begun, time(8), UTC) + timedelta(seconds=case.seconds)
    for seq, step in enumerate(case.shape.steps, 1):
        at += timedelta(hours=step.hours)
        stored, by = str(at), (case.asker if step.asking else case.answerer) + 1
        text = SENTENCES[case.sentence]
        digest = hashlib.sha256(f"{previous}{case.number}{seq}{step.action}{stored}{by}{text}".encode()).hexdigest()
        events.append((pk, seq, step.action, stored, by, text, previous, digest))
        if step.action == "message":
            messages.append((pk, by, stored, text))
        previous = digest
    due = str(begun + _DAYS) if case.shape.open else None
    exchanges.append((pk, case.number, case.asking.id, case.answering.id, f"{case.given} {case.family}",
                      case.shape.state, len(case.shape.steps), str(begun), str(at), due, previous))  # fmt: skip
