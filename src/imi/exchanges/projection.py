"""From the folded state to the rows that lists, tasks and timers read; always inside the action's transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from imi.accounts.queries import HANDLER
from imi.core.available import running, tasks, timers
from imi.core.compiled import Compiled
from imi.core.exchange import Exchange as State
from imi.core.exchange import to_json
from imi.core.facts import Facts
from imi.core.visible import visible, withheld
from imi.database.prepared import prepared
from imi.database.writes import insert, update
from imi.directory.folding import tokens
from imi.exchanges.models import NO_DEADLINE, Allocation, Content, Exchange, Participation, SearchToken, Task, Timer

Place = tuple[str, str]  # authority, party
Moves = Counter[tuple[str, str, str, str, str]]  # authority, area, direction, state, phase: exchanges more or fewer
MOST_TOKENS = 12
ADD_TO_TALLIES = """
INSERT INTO exchanges_tally (authority_id, area_id, direction, state, phase, total) VALUES ROWS
ON CONFLICT (authority_id, area_id, direction, state) DO UPDATE SET total = exchanges_tally.total + excluded.total
"""


def project(row: Exchange, compiled: Compiled, before: State | None, state: State, facts: Facts) -> Moves:
    """Bring every projection of an exchange but the tallies in line with its new state.

    Args:
        row: the exchange's row, saved here with its new overview.
        before: the state the last event left, None for a new exchange.
        state: what the log folds to.
        facts: the world at the moment of the event.

    Returns:
        How the tallies change, for :func:`count`.
    """
    row.seq = state.seq
    row.state = state.state
    row.phase = compiled.states[state.state].phase
    row.updated_at = datetime.fromisoformat(state.last_activity)
    row.closed_at = datetime.fromisoformat(state.closed_at) if state.closed_at else None
    update(row, "seq", "state", "phase", "updated_at", "closed_at", "last_hash")
    content = Content(exchange=row, state=to_json(state))
    if before is None:
        insert([content])
    else:
        update(content, "state")
    moved = _participations(row, compiled, state, facts, new=before is None)
    if before is None or before.allocations != state.allocations:
        _allocations(row, state)
    if before is None or _tasks_may_differ(compiled, before, state, facts):
        _tasks(row, compiled, state, facts)
    _timers(row, compiled, before, state)
    return moved


_PLACE = ("exchange", "authority", "party")
_CHANGING = (
    "direction", "number", "state", "phase", "counterpart", "country", "opened_at", "updated_at", "due_at", "due_date",
    "due_name",
)  # fmt: skip


def _participations(row: Exchange, compiled: Compiled, state: State, facts: Facts, new: bool) -> Moves:
    before = {} if new else {(authority, party): rest for authority, party, *rest in _stored(exchange=row.pk)}
    wanted = {
        place: _participation(row, compiled, state, *place) for place in dict.fromkeys(_places(compiled, state, facts))
    }
    gone = [pk for place, (pk, *_counted) in before.items() if place not in wanted]
    if gone:
        Participation.objects.filter(pk__in=gone).delete()
    stored = insert(wanted.values(), unique=_PLACE, changing=_CHANGING)
    _index(stored, row, compiled, state, facts, new)
    moved: Moves = Counter()
    for (authority, _party), (_pk, area, direction, state_then, phase) in before.items():
        moved[authority, area, direction, state_then, phase] -= 1
    for one in stored:
        moved[one.authority_id, one.area_id, one.direction, one.state, one.phase] += 1
    return moved


@prepared()
def _stored(exchange: int) -> QuerySet[Participation, tuple[Any, ...]]:
    stored = Participation.objects.filter(exchange=exchange)
    return stored.values_list("authority_id", "party", "pk", "area_id", "direction", "state", "phase")


def count(moved: Moves) -> None:
    """Bring the tallies of the authorities' lists in line.

    To be called once in a transaction, with all that moved: two actions that lock the same tallies wait for each
    other for ever unless both lock them in one order.
    """
    entries = [(*key, change) for key, change in sorted(moved.items()) if change]
    if not entries:
        return
    values = ", ".join(["(%s, %s, %s, %s, %s, %s)"] * len(entries))
    statement = ADD_TO_TALLIES.replace("ROWS", values)
    with connection.cursor() as cursor:
        cursor.execute(statement, [value for entry in entries for value in entry])


def _places(compiled: Compiled, state: State, facts: Facts) -> Iterable[Place]:
    """Who lists the exchange: every authority that may see its overview."""
    for party, holders in state.parties.items():
        for authority in holders:
            if "overview" in visible(compiled, state, authority, frozenset(), facts):
                yield authority, party
    for party, authority in state.former:
        if authority not in state.parties.get(party, ()):
            yield authority, f"former_{party}"


def direction_of(compiled: Compiled, party: str) -> str:
    """Under which heading an authority lists an exchange in which it holds ``party``."""
    if party.startswith("former_"):
        return Participation.Direction.HANDED_OVER
    if party in compiled.coordinated:
        return Participation.Direction.COORDINATED
    opener = compiled.opening.by[0].party
    return Participation.Direction.SENT if party == opener else Participation.Direction.RECEIVED


def _participation(row: Exchange, compiled: Compiled, state: State, authority: str, party: str) -> Participation:
    due = running(state)
    other = counterpart(compiled, state, party)
    held = state.parties.get(other, ())
    return Participation(
        exchange=row,
        authority_id=authority,
        party=party,
        area_id=row.area_id,
        definition_id=row.definition_id,
        direction=direction_of(compiled, party),
        number=row.number,
        state=row.state,
        phase=row.phase,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        due_at=due.due_instant if due else None,
        due_date=due.due_date if due else None,
        due_name=due.id if due else "",
        counterpart_id=held[0] if held else None,
        country_id=state.countries.get(other),
    )


def counterpart(compiled: Compiled, state: State, party: str) -> str:
    """The party on the other side: of two main parties the other one; for coordinators that of the coordinated."""
    own = party.removeprefix("former_")
    own = compiled.coordinated.get(own, own)
    main = [one.id for one in compiled.lifecycle.parties if not one.coordinates]
    return next((one for one in main if one != own), own)


def _index(
    stored: list[Participation], row: Exchange, compiled: Compiled, state: State, facts: Facts, new: bool
) -> None:
    """The words under which each authority finds the exchange."""
    wanted = {
        (one.pk, one.authority_id, token, personal)
        for one in stored
        for token, personal in _words(one, compiled, state, facts)
    }
    present = {} if new else {
        tuple(key): pk
        for pk, *key in _tokens(participations=[one.pk for one in stored])
    }  # fmt: skip
    gone = [pk for key, pk in present.items() if key not in wanted]
    if gone:
        SearchToken.objects.filter(pk__in=gone).delete()
    insert(
        SearchToken(participation_id=pk, authority_id=authority, token=token, personal=personal)
        for pk, authority, token, personal in sorted(wanted - present.keys())
    )


@prepared()
def _tokens(participations: list[int]) -> QuerySet[SearchToken, tuple[Any, ...]]:
    found = SearchToken.objects.filter(participation__in=participations)
    return found.values_list("pk", "participation_id", "authority_id", "token", "personal")


def _words(one: Participation, compiled: Compiled, state: State, facts: Facts) -> set[tuple[str, bool]]:
    """The authority's own file number, and the names it may see, each with whether it is personal."""
    found: dict[tuple[str, bool], None] = {}
    private = withheld(compiled, state.held_by(one.authority_id))
    if one.direction == Participation.Direction.SENT:
        for name in (name for name in _file_numbers(compiled) if name not in private):
            found.update(dict.fromkeys((token, False) for token in tokens(str(state.content.get(name, "")))))
    if "personal" in visible(compiled, state, one.authority_id, frozenset({HANDLER}), facts):
        for name in (name for name in _identifying(compiled) if name not in private):
            found.update(dict.fromkeys((token, True) for token in tokens(str(state.content.get(name, "")))))
    return set(list(found)[:MOST_TOKENS])


def _file_numbers(compiled: Compiled) -> list[str]:
    fields = compiled.field_by_name.items()
    return [name for name, field in fields if field.type == "identifier" and field.personal is None]


def _identifying(compiled: Compiled) -> list[str]:
    return [
        name
        for name, field in compiled.field_by_name.items()
        if field.personal == "identity" and field.type in ("text", "identifier")
    ]


def _allocations(row: Exchange, state: State) -> None:
    wanted = {(authority, int(user)) for authority, users in state.allocations.items() for user in users}
    present = {(one.authority_id, one.user_id): one.pk for one in Allocation.objects.filter(exchange=row)}
    gone = [pk for key, pk in present.items() if key not in wanted]
    if gone:
        Allocation.objects.filter(pk__in=gone).delete()
    insert(
        Allocation(exchange=row, authority_id=authority, user_id=user)
        for authority, user in sorted(wanted - present.keys())
    )


def _tasks_may_differ(compiled: Compiled, before: State, state: State, facts: Facts) -> bool:
    """Whether the stored tasks could be others than those of ``state``; most messages and reminders change none.

    A condition may have come true by something outside the exchange, so where there is one the tasks are always
    written anew.
    """
    conditional = any(awaited.when is not None for awaited in compiled.states[state.state].awaits)
    same = before.state_since == state.state_since and tasks(compiled, before, facts) == tasks(compiled, state, facts)
    return conditional or not same


def _tasks(row: Exchange, compiled: Compiled, state: State, facts: Facts) -> None:
    _awaited.delete(exchange=row.pk)
    insert(
        Task(
            exchange=row,
            authority_id=task.authority,
            area_id=row.area_id,
            party=task.party,
            role=role,
            user_id=int(user) if user else None,
            action=task.action,
            title=task.title,
            title_key=task.title_key,
            since=datetime.fromisoformat(state.state_since),
            due_at=task.due.due_instant if task.due else None,
            due_date=task.due.due_date if task.due else None,
            due_name=task.due.id if task.due else "",
            urgent_at=task.due.due_instant if task.due else NO_DEADLINE,
        )
        for task in tasks(compiled, state, facts)
        for role in task.roles
        for user in (task.users or ("",))
    )


@prepared()
def _awaited(exchange: int) -> QuerySet[Task]:
    return Task.objects.filter(exchange=exchange)


def _timers(row: Exchange, compiled: Compiled, before: State | None, state: State) -> None:
    """Timers still to fire; only what changed is written."""
    wanted = {(one.deadline, one.days): one.at for one in timers(compiled, state)}
    present = {(one.deadline, one.days): one.at for one in timers(compiled, before)} if before else {}
    gone = present.keys() - wanted.keys()
    if gone:
        _set.delete(exchange=row.pk, which=tuple(sorted(gone)))
    changed = [(key, at) for key, at in wanted.items() if present.get(key) != at]
    insert(
        (Timer(exchange=row, deadline=deadline, days=days, at=at) for (deadline, days), at in changed),
        unique=("exchange", "deadline", "days"),
        changing=("at",),
    )


@prepared()
def _set(exchange: int, which: tuple[tuple[str, int], ...]) -> QuerySet[Timer]:
    either = Q()
    for deadline, days in which:
        either |= Q(deadline=deadline, days=days)
    return Timer.objects.filter(either, exchange=exchange)
