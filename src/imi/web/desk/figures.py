"""A reader of the log that adds up the figures of the desk; the worker calls it.

Each event is counted once: the place up to which the log was read is moved in the transaction that adds its figures.
Numbers of events are given before the transactions that use them end, so a lower number may become visible later; the
reader therefore stays behind the present by :data:`BEHIND`, longer than any transaction lasts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from imi.core.compiled import Compiled
from imi.exchanges import definitions
from imi.exchanges.models import EventRecord, Participation, Payload
from imi.web.desk.indicators import Rating, Sums, indicators
from imi.web.desk.models import Reading

AT_ONCE = 500
BEHIND = timedelta(minutes=5)
NAME = "figures"
ADD = """
INSERT INTO desk_figure (authority_id, coordinated, area_id, month, measure, total, good, days) VALUES ROWS
ON CONFLICT (authority_id, coordinated, area_id, month, measure) DO UPDATE SET
total = desk_figure.total + excluded.total, good = desk_figure.good + excluded.good,
days = desk_figure.days + excluded.days
"""

Key = tuple[str, bool, str, date, str]  # authority, coordinated, area, month, measure


@dataclass(frozen=True, slots=True)
class Holder:
    """An authority that holds a party of an exchange."""

    authority: str
    party: str


def count_events(now: datetime) -> int:
    """Add up the events that have come since, a bounded number at a time.

    Returns:
        How many events were read.
    """
    with transaction.atomic():
        Reading.objects.get_or_create(name=NAME, defaults={"event": 0})
        reading = Reading.objects.select_for_update().get(name=NAME)
        events = list(takewhile(lambda one: one.at < now - BEHIND, _since(reading.event)))
        if not events:
            return 0
        _add(_figures(events))
        reading.event = events[-1].pk
        reading.save(update_fields=["event"])
    return len(events)


def _since(event: int) -> QuerySet[EventRecord]:
    return EventRecord.objects.filter(pk__gt=event).select_related("exchange").order_by("pk")[:AT_ONCE]


def _figures(events: Iterable[EventRecord]) -> dict[Key, Sums]:
    actions = [one for one in events if one.kind == "action"]
    held = _holders({one.exchange_id for one in actions})
    written = _rated(actions)
    found: dict[Key, Sums] = defaultdict(Sums)
    for event in actions:
        compiled = definitions.compiled(event.definition)
        for party, measure, sums in (*_deadlines(compiled, event), *_ratings(event, written.get(event.pk, {}))):
            for holder in held[event.exchange_id]:
                coordinated = compiled.coordinated.get(holder.party) == party
                if holder.party == party or coordinated:
                    key = (
                        holder.authority,
                        coordinated,
                        event.exchange.area_id,
                        event.at.date().replace(day=1),
                        measure,
                    )
                    found[key] += sums
    return found


def _holders(exchanges: set[int]) -> dict[int, list[Holder]]:
    """Who holds the parties of the exchanges now; who handed one over is not measured by what came of it."""
    found: dict[int, list[Holder]] = defaultdict(list)
    rows = Participation.objects.filter(exchange__in=exchanges)
    for exchange, authority, party in rows.values_list("exchange_id", "authority_id", "party"):
        found[exchange].append(Holder(authority, party))
    return found


def _rated(events: Iterable[EventRecord]) -> dict[int, Mapping[str, Any]]:
    """What was written with the events that may hold a rating; nothing else that people wrote is read."""
    actions = {rating.action for rating in _asked()}
    rows = Payload.objects.filter(event__in=[one.pk for one in events if one.name in actions])
    return {pk: data for pk, data in rows.values_list("event_id", "data") if isinstance(data, dict)}


def _deadlines(compiled: Compiled, event: EventRecord) -> Iterator[tuple[str, str, Sums]]:
    """Deadlines that an event met: whose they were, the measure, and how much it adds."""
    for name, due in event.changes.get("deadlines", {}).items():
        deadline = compiled.deadlines.get(name)
        if deadline is not None and due.get("met") and _owes(compiled, event.party, deadline.owed_by):
            yield deadline.owed_by, name, _met(due)


def _ratings(event: EventRecord, written: Mapping[str, Any]) -> Iterator[tuple[str, str, Sums]]:
    """Ratings given with an event: who was rated, the measure, and how much it adds."""
    for rating in _asked():
        if event.name == rating.action and rating.field in written:
            good = written[rating.field] not in rating.negative
            yield rating.of, rating.measure, Sums(1, int(good))


def _owes(compiled: Compiled, party: str, owed_by: str) -> bool:
    """Whether a party met its own deadline; the other side also ends it, by withdrawing or closing."""
    return party == owed_by or compiled.coordinated.get(party) == owed_by


def _met(due: Mapping[str, Any]) -> Sums:
    met = datetime.fromisoformat(due["met"])
    started = date.fromisoformat(due["started"][:10])
    in_time = met <= datetime.fromisoformat(due["due_at"])
    return Sums(1, int(in_time), max(0, (met.date() - started).days))


def _asked() -> list[Rating]:
    return [one.rating for one in indicators() if one.rating]


def _add(figures: Mapping[Key, Sums]) -> None:
    """Add to the stored sums, in one order, so that two readers never wait for each other for ever."""
    rows = [(*key, sums.total, sums.good, sums.days) for key, sums in sorted(figures.items(), key=lambda one: one[0])]
    if not rows:
        return
    statement = ADD.replace("ROWS", ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s)"] * len(rows)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for row in rows for value in row])
