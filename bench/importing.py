"""Imports the whole generated history into the product, and checks what was imported."""

from __future__ import annotations

import hashlib
import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from django.db import connection, models, transaction
from django.db.models import Count

from bench.bulk import insert, loading
from bench.data import DRAWN_AT_ONCE, SENTENCES, Case, World
from bench.histories import COLUMN, OTHERS, ROW, History, columns
from imi.core.evolve import replay
from imi.exchanges import actions, definitions, record
from imi.exchanges.models import (
    Content,
    EventRecord,
    Exchange,
    NumberSeries,
    Participation,
    Payload,
    SearchToken,
    Tally,
)

_TALLIED = [columns(Participation).index(name) for name in ("authority_id", "area_id", "direction", "state", "phase")]
_OVERVIEW = ("id", *columns(Exchange, ("id", "last_hash")), "last_hash")
_COLUMNS: dict[type[models.Model], tuple[str, ...]] = {
    Exchange: _OVERVIEW,
    Content: ("exchange_id", "state"),
    EventRecord: ("id", *columns(EventRecord)),
    Payload: ("event_id", "salt", "data"),
    Participation: ("id", *columns(Participation)),
    **{table: columns(table) for table in OTHERS if table is not Participation},
}


@dataclass
class Load:
    """An import on its way: rows not yet written, keys given so far, tallies counted."""

    histories: dict[tuple[str, int], History]
    naive: bool
    rows: dict[type[models.Model], list[Any]] = field(default_factory=lambda: {table: [] for table in _COLUMNS})
    event: int = 0
    participation: int = 0
    tallies: Counter[tuple[str, ...]] = field(default_factory=Counter)
    numbers: Counter[int] = field(default_factory=Counter)

    def add(self, case: Case) -> None:
        """Fill in the history of a case."""
        history = self.histories[case.shape.name, case.procedure]
        parts = (history.text % self._values(case, history)).split(ROW)
        exchange, rows, previous = case.index + 1, self.rows, record.GENESIS
        for place in range(history.events):
            head, data, salt = parts[2 * place], parts[2 * place + 1], secrets.token_hex(16)
            digest = hashlib.sha256(f"{salt}{COLUMN}{data}".encode()).hexdigest()
            own = hashlib.sha256(f"{head}{COLUMN}{digest}{COLUMN}{previous}".encode()).hexdigest()
            _number, seq, kind, name, at, *rest = head.split(COLUMN)
            self.event += 1
            rows[EventRecord].append(
                (self.event, exchange, seq, kind, name, self._stored(at), *rest, digest, previous, own)
            )
            rows[Payload].append((self.event, salt, data))
            previous = own
        rest = iter(parts[2 * history.events :])
        rows[Content].append((exchange, next(rest)))
        rows[Exchange].append((exchange, *_cut(next(rest), history.overview_empty), previous))
        for text, (place, empty) in zip(rest, history.rows, strict=True):
            self._other(OTHERS[place], _cut(text, empty))
        self.numbers[case.begun.year] += 1

    def _other(self, table: type[models.Model], row: list[str | None]) -> None:
        if table is Participation:
            self.tallies[tuple(str(row[place]) for place in _TALLIED)] += 1
            self.participation += 1
            self.rows[table].append((self.participation, *row))
        else:
            self.rows[table].append(row)

    def _stored(self, at: str) -> str:
        """A moment as the database keeps it."""
        return at[:-6].replace("T", " ") if self.naive else at

    def _values(self, case: Case, history: History) -> dict[str, Any]:
        """What goes into the gaps."""
        values: dict[str, Any] = {
            "exchange": case.index + 1, "number": case.number, "sentence": SENTENCES[case.sentence],
            "asking": case.asking.id, "answering": case.answering.id,
            "asking_coordinator": f"office-{case.asking.coordinator:06d}",
            "answering_coordinator": f"office-{case.answering.coordinator:06d}",
            "asking_country": case.asking.country, "answering_country": case.answering.country,
            "asking_user": case.asker + 1, "answering_user": case.answerer + 1,
            "reference": case.reference, "reference_token": case.reference.lower(),
        }  # fmt: skip
        for place in range(history.names):
            name = case.given if place == 0 else case.family if place == 1 else f"{case.family}{place}"
            values[f"name{place}"], values[f"token{place}"] = name, name.lower()
        for place in range(4):
            values[f"participation{place}"] = self.participation + place + 1
        midnight = datetime.combine(case.begun, time(), UTC)
        moved = midnight + timedelta(seconds=case.seconds)
        for name, distance in history.moments.items():
            at = ((moved if name in history.moved else midnight) + distance).isoformat()
            values["t" + name], values["s" + name] = at, self._stored(at)
        for name, distance in history.days.items():
            values[name] = (case.begun + distance).isoformat()
        return values

    @transaction.atomic
    def write(self) -> int:
        """Write what has gathered; how many rows that was."""
        total = 0
        for table, found in self.rows.items():
            insert(table._meta.db_table, _COLUMNS[table], found)
            total += len(found)
            found.clear()
        return total


def _cut(text: str, empty: tuple[int, ...]) -> list[str | None]:
    row: list[str | None] = list(text.split(COLUMN))
    for place in empty:
        row[place] = None
    return row


def load_history(world: World, histories: dict[tuple[str, int], History]) -> int:
    """Import every exchange with all its rows; how many rows that was."""
    load, written = Load(histories, naive=connection.vendor == "sqlite"), 0
    with loading([*_COLUMNS, Tally]):
        for case in world.cases():
            load.add(case)
            if len(load.rows[Exchange]) == DRAWN_AT_ONCE:
                written += load.write()
        written += load.write()
        tallies = [(*key, total) for key, total in load.tallies.items()]
        names = ("authority_id", "area_id", "direction", "state", "phase", "total")
        insert(Tally._meta.db_table, names, tallies)
        NumberSeries.objects.bulk_create(NumberSeries(year=year, last=last) for year, last in load.numbers.items())
    return written + len(tallies)


# --- what was imported -----------------------------------------------------------------------------------------------


def faults(sample: int = 200) -> list[str]:
    """What does not hold of a random sample: chain, fold, search words; and of everything: the tallies."""
    last = Exchange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    chosen = Random(sample).sample(range(1, last + 1), min(sample, last))
    rows = list(Exchange.objects.filter(pk__in=chosen))
    wrong = [f"{one.number} {one.seq} {one.reason}" for one in record.verify(rows)]
    for row in rows:
        state = replay(definitions.compiled(row.definition_id), row.number, record.history(row))
        if state != actions.state_of(row):
            wrong.append(f"{row.number} fold")
        held = {authority for holders in state.parties.values() for authority in holders}
        if not held.issuperset(Participation.objects.filter(exchange=row).values_list("authority_id", flat=True)):
            wrong.append(f"{row.number} participations")
        if state.content.get("reference") and not SearchToken.objects.filter(
            participation__exchange=row, token=str(state.content["reference"]).lower()
        ):
            wrong.append(f"{row.number} search words")
    keys = ("authority", "area", "direction", "state", "phase")
    counted = set(Participation.objects.values_list(*keys).annotate(Count("pk")))
    if counted != set(Tally.objects.exclude(total=0).values_list(*keys, "total")):
        wrong.append("tallies")
    return wrong
