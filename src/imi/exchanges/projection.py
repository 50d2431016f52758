"""From the folded state to the rows that lists, tasks and timers read; always inside the action's transaction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import F

from imi.core.available import running, tasks, timers
from imi.core.compiled import Compiled
from imi.core.exchange import Exchange as State
from imi.core.exchange import to_json
from imi.core.facts import Facts
from imi.core.visible import visible
from imi.directory.folding import tokens
from imi.exchanges.models import Allocation, Content, Exchange, Participation, SearchToken, Tally, Task, Timer

Place = tuple[str, str]  # authority, party
MOST_TOKENS = 12


def project(row: Exchange, compiled: Compiled, state: State, facts: Facts) -> None:
    """Bring every projection of an exchange in line with its new state.

    Args:
        row: the exchange's row, saved here with its new overview.
        state: what the log folds to.
        facts: the world at the moment of the event.
    """
    row.seq = state.seq
    row.state = state.state
    row.phase = compiled.states[state.state].phase
    row.updated_at = datetime.fromisoformat(state.last_activity)
    row.closed_at = datetime.fromisoformat(state.closed_at) if state.closed_at else None
    row.save()
    Content.objects.update_or_create(exchange=row, defaults={"state": to_json(state)})
    _participations(row, compiled, state, facts)
    _allocations(row, state)
    _tasks(row, compiled, state, facts)
    _timers(row, compiled, state)


def _participations(row: Exchange, compiled: Compiled, state: State, facts: Facts) -> None:
    before = {(one.authority_id, one.party): one for one in Participation.objects.filter(exchange=row)}
    wanted = dict.fromkeys(_places(compiled, state, facts))
    for place, stored in before.items():
        if place not in wanted:
            _count(stored, -1)
            stored.delete()
    for authority, party in wanted:
        stored = before.get((authority, party)) or Participation(
            exchange=row, authority_id=authority, party=party, area_id=row.area_id, definition_id=row.definition_id
        )
        moved = stored.pk is None or stored.state != row.state
        if moved and stored.pk is not None:
            _count(stored, -1)
        _fill(stored, row, compiled, state)
        stored.save()
        if moved:
            _count(stored, +1)
        _index(stored, row, compiled, state, facts)


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
    opener = next(actor.party for action in compiled.lifecycle.actions if "new" in action.sources for actor in action.by)
    return Participation.Direction.SENT if party == opener else Participation.Direction.RECEIVED


def _fill(stored: Participation, row: Exchange, compiled: Compiled, state: State) -> None:
    due = running(state)
    stored.direction = direction_of(compiled, stored.party)
    stored.number = row.number
    stored.state = row.state
    stored.phase = row.phase
    stored.opened_at = row.opened_at
    stored.updated_at = row.updated_at
    stored.due_at = due.due_instant if due else None
    stored.due_date = due.due_date if due else None
    stored.due_name = due.id if due else ""
    other = counterpart(compiled, state, stored.party)
    held = state.parties.get(other, ())
    stored.counterpart_id = held[0] if held else None
    stored.country_id = state.countries.get(other)


def counterpart(compiled: Compiled, state: State, party: str) -> str:
    """The party on the other side: of two main parties the other one; for coordinators that of the coordinated."""
    own = party.removeprefix("former_")
    own = compiled.coordinated.get(own, own)
    main = [one.id for one in compiled.lifecycle.parties if not one.coordinates]
    return next((one for one in main if one != own), own)


def _count(stored: Participation, change: int) -> None:
    """Keep the tally of the authority's list; the row is made when first needed."""
    key = {
        "authority_id": stored.authority_id,
        "area_id": stored.area_id,
        "direction": stored.direction,
        "state": stored.state,
    }
    if not Tally.objects.filter(**key).update(total=F("total") + change):
        Tally.objects.get_or_create(**key, defaults={"phase": stored.phase, "total": 0})
        Tally.objects.filter(**key).update(total=F("total") + change)


def _index(stored: Participation, row: Exchange, compiled: Compiled, state: State, facts: Facts) -> None:
    """The words under which this authority finds the exchange: its own file number, and the names it may see."""
    words = {(token, False) for token in tokens(str(state.content.get("reference", "")))} if _own(compiled, stored) else set()
    handler_sees = visible(compiled, state, stored.authority_id, frozenset({"handler"}), facts)
    if "personal" in handler_sees:
        words |= {
            (token, True)
            for name, field in compiled.field_by_name.items()
            if field.personal == "identity" and field.type in ("text", "identifier")
            for token in tokens(str(state.content.get(name, "")))
        }
    wanted = {(token[:60], personal) for token, personal in sorted(words)[:MOST_TOKENS]}
    present = {(one.token, one.personal): one.pk for one in SearchToken.objects.filter(participation=stored)}
    gone = [pk for key, pk in present.items() if key not in wanted]
    if gone:
        SearchToken.objects.filter(pk__in=gone).delete()
    SearchToken.objects.bulk_create(
        SearchToken(participation=stored, authority_id=stored.authority_id, token=token, personal=personal)
        for token, personal in sorted(wanted - present.keys())
    )


def _own(compiled: Compiled, stored: Participation) -> bool:
    return stored.direction == Participation.Direction.SENT


def _allocations(row: Exchange, state: State) -> None:
    wanted = {(authority, int(user)) for authority, users in state.allocations.items() for user in users}
    present = {(one.authority_id, one.user_id): one.pk for one in Allocation.objects.filter(exchange=row)}
    gone = [pk for key, pk in present.items() if key not in wanted]
    if gone:
        Allocation.objects.filter(pk__in=gone).delete()
    Allocation.objects.bulk_create(
        Allocation(exchange=row, authority_id=authority, user_id=user)
        for authority, user in sorted(wanted - present.keys())
    )


def _tasks(row: Exchange, compiled: Compiled, state: State, facts: Facts) -> None:
    Task.objects.filter(exchange=row).delete()
    Task.objects.bulk_create(
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
        )
        for task in tasks(compiled, state, facts)
        for role in task.roles
        for user in (task.users or ("",))
    )


def _timers(row: Exchange, compiled: Compiled, state: State) -> None:
    """Timers still to fire; one whose moment was reached keeps its row until the worker has handled it."""
    wanted = {(one.deadline, one.days): one.at for one in timers(compiled, state)}
    present = {(one.deadline, one.days): one for one in Timer.objects.filter(exchange=row)}
    gone = [one.pk for key, one in present.items() if key not in wanted and one.deadline]
    if gone:
        Timer.objects.filter(pk__in=gone).delete()
    for (deadline, days), at in wanted.items():
        timer = present.get((deadline, days))
        if timer is None:
            Timer.objects.create(exchange=row, deadline=deadline, days=days, at=at)
        elif timer.at != at:
            Timer.objects.filter(pk=timer.pk).update(at=at, lease_until=None, attempts=0)
