"""The least that an action does: read, compare and set, hashed event, two counters, two rows of an outbox."""

from __future__ import annotations

import hashlib

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from bench.floor.models import Counter, Event, Exchange, Outbox, Raw


@transaction.atomic
def write_message(number: str, user: int, text: str) -> None:
    """Append an event to an exchange and move it between two counters."""
    exchange = Exchange.objects.select_for_update().get(number=number)
    now, seq = timezone.now(), exchange.version + 1
    digest = hashlib.sha256(f"{exchange.last_hash}{number}{seq}{now}{user}{text}".encode()).hexdigest()
    seen = Exchange.objects.filter(pk=exchange.pk, version=exchange.version)
    if not seen.update(version=seq, updated_at=now, last_hash=digest):
        raise RuntimeError("somebody else was first")
    Event.objects.create(
        exchange=exchange,
        seq=seq,
        name="message",
        at=now,
        by_id=user,
        data=text,
        previous=exchange.last_hash,
        hash=digest,
    )
    for direction, authority in (("sent", exchange.asking_id), ("received", exchange.answering_id)):
        Counter.objects.filter(authority=authority, direction=direction, state=exchange.state).update(total=F("total"))
        Outbox.objects.create(authority_id=authority, exchange=exchange, text=text)


def insert_raw(number: int) -> None:
    """One durable row."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Raw._meta.db_table} (key, text) VALUES (%s, %s)", [f"key {number:030d}", "x" * 400]
        )
