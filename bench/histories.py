"""Courses of exchanges as the product writes them, made once by its own actions and then filled in many times.

Each course is lived through the real engine, in a transaction that is taken back. What it left in the tables becomes a
text with gaps for whatever differs from case to case: authorities, users, names, dates. Filling the gaps and chaining
the events anew gives the rows that the product itself would have written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db import models, transaction

from bench.data import SHAPES, Shape
from imi.accounts.actions import NewUser, load_users
from imi.accounts.queries import Standing, standing
from imi.core.samples import sample_form
from imi.directory.actions import NewAuthority, load_authorities
from imi.exchanges import actions, definitions
from imi.exchanges.facts import facts_for
from imi.exchanges.models import (
    Content,
    EventRecord,
    Exchange,
    Participation,
    PublishedDefinition,
    SearchToken,
    Task,
    Timer,
)
from imi.exchanges.record import canonical

ROW, COLUMN = "\x1e", "\x1f"  # JSON writes neither of them bare
MONDAY = date(2026, 1, 12)  # no holiday falls into the weeks after it
FIRST_HOUR = time(8)
OTHERS: tuple[type[models.Model], ...] = (Participation, SearchToken, Task, Timer)
_HEAD = ("seq", "kind", "name", "at", "user", "authority", "party", "role", "state", "definition", "changes", "tells")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+\+00:00")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_GAP = re.compile("\ue000(.*?)\ue001")


@dataclass(frozen=True, slots=True)
class History:
    """A course with gaps.

    ``text`` has for each event its head and its payload, then content, overview and the rows of ``rows``, parted by
    :data:`ROW`. ``rows`` says of each which of :data:`OTHERS` it is and which columns are empty. ``moments`` and
    ``days`` are the gaps that hold times, by their distance from the Monday; those of ``moved`` follow the hour of day.
    """

    text: str
    events: int
    rows: tuple[tuple[int, tuple[int, ...]], ...]
    overview_empty: tuple[int, ...]
    moments: Mapping[str, timedelta]
    moved: frozenset[str]
    days: Mapping[str, timedelta]
    names: int


@dataclass
class Cast:
    """The people of the courses."""

    asker: Standing
    answerer: Standing
    gaps: dict[str, str] = field(default_factory=dict)


def histories(procedures: list[PublishedDefinition], countries: tuple[str, ...]) -> dict[tuple[str, int], History]:
    """A history for each course and procedure, by name of the course and place of the procedure. Leaves no trace."""
    with transaction.atomic():
        cast = _cast([one.area_id for one in procedures], countries[:2])
        found = {
            (shape.name, place): _history(shape, one, cast) for shape in SHAPES for place, one in enumerate(procedures)
        }
        transaction.set_rollback(True)
    return found


def _cast(areas: list[str], countries: tuple[str, ...]) -> Cast:
    """An authority and its coordinator on each side; their ids become gaps."""
    gaps, people = {}, []
    for side, country in zip(("asking", "answering"), countries, strict=True):
        behind, office = f"zz-{side}-coordinator", f"zz-{side}"
        access: dict[str, Any] = {"access": dict.fromkeys(areas, "coordinator")}
        load_authorities([NewAuthority(behind, "area_coordinator", country, behind, **access)])
        access = {"access": dict.fromkeys(areas, "authority"), "coordinators": dict.fromkeys(areas, (behind,))}
        load_authorities([NewAuthority(office, "competent", country, office, **access)])
        roles = dict.fromkeys(areas, ("handler",))
        (user,) = load_users([NewUser(side, side, f"{side}@bench.example", office, "en", roles)])
        people.append(standing(user))
        gaps |= {office: side, behind: f"{side}_coordinator", country: f"{side}_country", str(user.pk): f"{side}_user"}
    return Cast(*people, gaps)


def lived(shape: Shape, procedure: str, cast: Cast) -> str:
    """Live a course through the product's actions; the number of its exchange."""
    at, number = datetime.combine(MONDAY, FIRST_HOUR, UTC), ""
    for place, step in enumerate(shape.steps):
        at += timedelta(hours=step.hours)
        who = cast.asker if step.asking else cast.answerer
        key = f"{shape.name} {procedure} {place}"
        if step.action == "create":
            done = actions.open_exchange(who, procedure, key, now=at)
        else:
            done = actions.act(who, number, step.action, form(who, number, step.action, at), None, key, now=at)
        if isinstance(done, actions.Refused):
            raise RuntimeError(f"{shape.name}, {procedure}: {step.action} was refused: {done.refusal}")
        number = done.number
    return number


def form(who: Standing, number: str, action: str, at: datetime, **given: Any) -> dict[str, Any]:
    """A complete form of an action, with words that can be found again."""
    row = Exchange.objects.get(number=number)
    compiled, state = definitions.compiled(row.definition_id), actions.state_of(row)
    fields = {one.id: one for one in compiled.fields[action]}
    if action == "send":
        given |= {"recipient": "zz-answering", "reference": "ZZREF"}
        identifying = [name for name, one in fields.items() if _identifies(one)]
        given |= {name: f"ZZNAME{place}" for place, name in enumerate(identifying)}
    given |= {name: "ZZSENTENCE" for name in ("text", "remark", "justification") if name in fields} | given
    facts = facts_for(compiled, state, who.authority_id, at, compiled.actions[action], given)
    return sample_form(compiled, compiled.actions[action], state, facts, who.authority_id, given)


def _identifies(one: Any) -> bool:
    return one.personal == "identity" and one.type in ("text", "identifier")


# --- from rows to a text with gaps -----------------------------------------------------------------------------------


def _history(shape: Shape, procedure: PublishedDefinition, cast: Cast) -> History:
    row = Exchange.objects.get(number=lived(shape, procedure.procedure, cast))
    events = list(EventRecord.objects.filter(exchange=row).select_related("payload").order_by("seq"))
    participations = list(Participation.objects.filter(exchange=row).order_by("pk"))
    marks = _Marks(cast, row, participations, {one.at for one in events})
    parts: list[str] = []
    for event in events:
        head = [marks.column(event._meta.get_field(name), getattr(event, name), iso=True)[0] for name in _HEAD]
        parts += [COLUMN.join([marks.text(row.number), *head]), marks.json(event.payload.data)]
    parts.append(marks.json(Content.objects.get(exchange=row).state))
    overview, overview_empty = marks.row(row, leave={"id", "last_hash"})
    parts.append(overview)
    rows = []
    for place, table in enumerate(OTHERS):
        for one in table.objects.filter(**_of(table, row)).order_by("pk"):
            text, empty = marks.row(one, leave={"id"})
            parts.append(text)
            rows.append((place, empty))
    text = _GAP.sub(r"%(\1)s", ROW.join(parts).replace("%", "%%"))
    return History(
        text, len(events), tuple(rows), overview_empty, marks.moments, frozenset(marks.moved), marks.days, marks.names
    )


def _of(table: type[models.Model], row: Exchange) -> dict[str, Exchange]:
    return {"participation__exchange": row} if table is SearchToken else {"exchange": row}


class _Marks:
    """Puts gaps where something differs from case to case, and remembers those that hold times."""

    def __init__(self, cast: Cast, row: Exchange, participations: list[Participation], moving: set[datetime]) -> None:
        self.known = {**cast.gaps, row.number: "number", "ZZREF": "reference", "zzref": "reference_token"}
        self.known["ZZSENTENCE"] = "sentence"
        self.exchange = row.pk
        self.participations = {one.pk: f"participation{place}" for place, one in enumerate(participations)}
        self.moving, self.base = moving, datetime.combine(MONDAY, time(), UTC)
        self.moments: dict[str, timedelta] = {}
        self.moved: set[str] = set()
        self.days: dict[str, timedelta] = {}
        self.names = 0

    def row(self, instance: models.Model, leave: set[str]) -> tuple[str, tuple[int, ...]]:
        """The columns of a row but those to leave, and which of them are empty."""
        found, empty = [], []
        for one in (one for one in instance._meta.concrete_fields if one.attname not in leave):
            text, is_empty = self.column(one, getattr(instance, one.attname))
            if is_empty:
                empty.append(len(found))
            found.append(text)
        return COLUMN.join(found), tuple(empty)

    def column(self, one: Any, value: Any, iso: bool = False) -> tuple[str, bool]:
        """A column as text; whether it is empty. ``iso`` writes moments as the chain of hashes does."""
        if value is None:
            return "", True
        if isinstance(one, models.JSONField):
            return self.json(value), False
        if isinstance(value, datetime):
            return self._moment(value, "t" if iso else "s"), False
        if isinstance(value, date):
            return self._day(value), False
        if isinstance(value, bool):
            return str(int(value)), False
        if one.attname == "exchange_id":
            return _gap("exchange"), False
        if one.attname == "participation_id":
            return _gap(self.participations[value]), False
        return self.text(str(value)), False

    def json(self, value: Any) -> str:
        """JSON in its one form, with gaps."""
        return canonical(self._walk(value))

    def _walk(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(name): self._walk(inner) for name, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self._walk(inner) for inner in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, value: str) -> str:
        """A text, or the gap in its place."""
        if value in self.known:
            return _gap(self.known[value])
        if value.startswith(("ZZNAME", "zzname")):
            self.names = max(self.names, int(value[6:]) + 1)
            return _gap(("name" if value[0] == "Z" else "token") + value[6:])
        if _MOMENT.fullmatch(value):
            return self._moment(datetime.fromisoformat(value), "t")
        return self._day(date.fromisoformat(value)) if _DAY.fullmatch(value) else value

    def _moment(self, value: datetime, kind: str) -> str:
        """``t`` as JSON and the chain write it, ``s`` as the database does."""
        distance = value - self.base
        name = f"{int(distance.total_seconds())}"
        self.moments[name] = distance
        if value in self.moving:
            self.moved.add(name)
        return _gap(kind + name)

    def _day(self, value: date) -> str:
        distance = value - MONDAY
        self.days[f"d{distance.days}"] = distance
        return _gap(f"d{distance.days}")


def _gap(name: str) -> str:
    return f"\ue000{name}\ue001"


def columns(table: type[models.Model], leave: Iterator[str] | tuple[str, ...] = ("id",)) -> tuple[str, ...]:
    """The columns of a table as :class:`History` orders them."""
    return tuple(one.column for one in table._meta.concrete_fields if one.attname not in leave)
