"""What people and timers do to exchanges. One action is one transaction and one function.

Every action checks, appends the event, updates the projections and notes whom to tell, or changes nothing at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from imi.accounts.actions import hold
from imi.accounts.queries import Standing
from imi.core.available import timers
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.decide import Decision, decide, open_part, recalculate, remind
from imi.core.definition import Action
from imi.core.event import Event
from imi.core.evolve import evolve
from imi.core.exchange import Exchange as State
from imi.core.facts import Facts
from imi.core.handover import replaced
from imi.core.refusal import FieldError, Refusal
from imi.database.prepared import prepared
from imi.database.writes import insert
from imi.exchanges import definitions
from imi.exchanges.drafts import DraftOvertaken, DraftSaved, drop_drafts, may_begin, save_draft
from imi.exchanges.facts import facts_for
from imi.exchanges.holding import NoSuchExchange, Refused, locked, must_have_a_part, state_of
from imi.exchanges.models import Exchange, NumberSeries, Submission, Telling, Timer
from imi.exchanges.projection import Moves, count, project
from imi.exchanges.record import GENESIS, append, canonical, digest
from imi.files import actions as files
from imi.files.queries import named_in

__all__ = [
    "Done",
    "DraftOvertaken",
    "DraftSaved",
    "KeyReused",
    "NoSuchExchange",
    "Refused",
    "act",
    "fire",
    "may_begin",
    "open_exchange",
    "recompute_deadlines",
    "replace_colleague",
    "save_draft",
    "state_of",
]

_LONGEST_ID = 16


@dataclass(frozen=True, slots=True)
class Done:
    """An action that took effect. ``repeated`` when the same submission had already had it."""

    number: str
    seq: int
    repeated: bool = False


class KeyReused(ValueError):
    """An idempotency key came again with another content: a fault of the caller, nothing was done."""


def open_exchange(
    who: Standing, procedure: str, key: str, now: datetime | None = None, draft: Mapping[str, Any] | None = None
) -> Done | Refused:
    """Open a new exchange as a draft.

    Args:
        who: the user.
        procedure: full name of the procedure, ``<area>/<procedure>``.
        key: idempotency key of the form.
        draft: values to begin with, e.g. of an earlier exchange that is used again.

    Raises:
        NoSuchExchange: the procedure is not offered.
        KeyReused: the key was used for something else.
    """
    try:
        return _open(who, procedure, key, now or timezone.now(), draft)
    except IntegrityError:
        # The same form arrived twice at once: the other one opened the exchange.
        repeated = _repeated(key, who, {"open": procedure})
        if repeated is None:
            raise
        return repeated


@transaction.atomic
def _open(who: Standing, procedure: str, key: str, now: datetime, draft: Mapping[str, Any] | None) -> Done | Refused:
    repeated = _repeated(key, who, {"open": procedure})
    if repeated is not None:
        return repeated
    content_hash = definitions.current(procedure)
    if content_hash is None:
        raise NoSuchExchange(procedure)
    compiled = definitions.compiled(content_hash)
    opener = compiled.opening
    roles = who.roles.get(compiled.definition.area.area, frozenset())
    command = Command(opener.id, str(who.user_id), who.authority_id, roles)
    facts = facts_for(compiled, None, who.authority_id, now, opener)
    decision = decide(compiled, None, command, facts)
    if isinstance(decision, Refusal):
        return Refused(decision, content_hash)
    row = _new_row(compiled, content_hash, decision.event, None)
    _after, moved = _take_effect(row, compiled, None, decision.event, facts)
    count(moved)
    if draft and compiled.drafting is not None:
        save_draft(who, row.number, compiled.drafting.id, draft, now=now)
    _remember(key, who, {"open": procedure}, row, now)
    return Done(row.number, row.seq)


@transaction.atomic
def act(
    who: Standing,
    number: str,
    action: str,
    data: Mapping[str, Any],
    seen: int | None,
    key: str,
    now: datetime | None = None,
) -> Done | Refused:
    """Take an action on an exchange.

    Args:
        who: the user.
        number: the exchange.
        action, data: what, with the form's values as JSON types.
        seen: sequence number of the state the form was made from.
        key: idempotency key: the same key again has no second effect and gets the same answer.

    Returns:
        What was done, or why not; a refusal changes nothing.

    Raises:
        NoSuchExchange: the user's authority has no part in such an exchange.
        KeyReused: the key was used for something else.
    """
    now = now or timezone.now()
    submitted = {"number": number, "action": action, "data": data}
    row, compiled, state = locked(number)
    repeated = _repeated(key, who, submitted)
    if repeated is not None:
        return repeated
    roles = who.roles.get(row.area_id, frozenset())
    command = Command(action, str(who.user_id), who.authority_id, roles, data, seen)
    rule = compiled.actions.get(action)
    _hold_addressees(rule, who, data)
    facts = facts_for(compiled, state, who.authority_id, now, rule, data)
    must_have_a_part(compiled, state, who, facts)
    decision = decide(compiled, state, command, facts)
    if isinstance(decision, Decision):
        decision = _with_own_files(compiled, state, who, decision)
    if isinstance(decision, Refusal):
        latest = row.events.order_by("-seq").first() if _overtaken(decision, seen, row) else None
        return Refused(decision, row.definition_id, latest)
    after = _carry_out(row, compiled, state, decision, facts)
    drop_drafts(row, action, who, after)
    _remember(key, who, submitted, row, now)
    return Done(row.number, row.seq)


def _hold_addressees(action: Action | None, who: Standing, data: Mapping[str, Any]) -> None:
    """Hold those to whom an exchange is given: whoever removes them or their role waits, or has done it already.

    After the exchange and before what they may do is read. Whoever removes somebody holds the exchanges first, too.
    """
    chosen = data.get(action.effects.allocate) if action is not None and action.effects.allocate else None
    if isinstance(chosen, list):
        people = [int(one) for one in chosen if isinstance(one, str) and one.isdecimal() and len(one) < _LONGEST_ID]
        hold(who.authority_id, people)


def _with_own_files(compiled: Compiled, state: State, who: Standing, decision: Decision) -> Decision | Refusal:
    """Refuse files that the authority did not upload and the exchange does not hold: ids are not a right to a file.

    The others belong to the exchange from now on.
    """
    known = {attachment.id for attachment in state.attachments}
    data = decision.event.data or {}
    sent = {
        str(one["id"]): field.id
        for field in compiled.fields[decision.event.name]
        if field.type == "files"
        for one in data.get(field.id, ())
        if one["id"] not in known
    }
    named = named_in(data) | sent.keys()
    if not named:
        return decision
    own = files.hold(who.authority_id, named)
    foreign = dict.fromkeys(field for identity, field in sent.items() if identity not in own)
    if foreign:
        return Refusal("invalid", errors=tuple(FieldError(field, "not_files") for field in foreign))
    files.attach(own)
    return decision


def _overtaken(refusal: Refusal, seen: int | None, row: Exchange) -> bool:
    return refusal.code == "overtaken" or (seen is not None and seen != row.seq)


def _carry_out(row: Exchange, compiled: Compiled, state: State, decision: Decision, facts: Facts) -> State:
    """Store what was decided; the state afterwards."""
    event = decision.event
    moved: Moves = Counter()
    if decision.splits:
        opening = open_part(compiled, state, event, facts)
        part = _new_row(compiled, row.definition_id, opening, row)
        event = _with_part(event, part.number)
        _part, moved = _take_effect(part, compiled, None, opening, facts)
    after, own = _take_effect(row, compiled, state, event, facts)
    moved.update(own)
    count(moved)
    return after


def _with_part(event: Event, number: str) -> Event:
    return Event(
        seq=event.seq,
        kind=event.kind,
        name=event.name,
        at=event.at,
        by=event.by,
        state=event.state,
        data=event.data,
        changes={**event.changes, "parts": [number]},
        tells=event.tells,
    )


def _take_effect(
    row: Exchange, compiled: Compiled, state: State | None, event: Event, facts: Facts
) -> tuple[State, Moves]:
    """Store an event with all that follows but the tallies; the state afterwards and how the tallies change."""
    record = append(row, event)
    after = evolve(compiled, row.number, state, event)
    moved = project(row, compiled, state, after, facts)
    insert(Telling(event=record, authority_id=authority, role=role, at=event.at) for authority, role in event.tells)
    return after, moved


def _new_row(compiled: Compiled, content_hash: str, event: Event, parent: Exchange | None) -> Exchange:
    row = Exchange(
        number=_next_number(event.at),
        definition_id=content_hash,
        area_id=compiled.definition.area.area,
        seq=0,
        state=event.state,
        phase=compiled.states[event.state].phase,
        opened_at=event.at,
        updated_at=event.at,
        parent=parent,
        last_hash=GENESIS,
    )
    insert([row])
    return row


def _next_number(at: datetime) -> str:
    """The next number of the year, e.g. ``2026-000123``; stable for the life of the exchange."""
    NumberSeries.objects.get_or_create(year=at.year)
    NumberSeries.objects.filter(year=at.year).update(last=F("last") + 1)
    return f"{at.year}-{NumberSeries.objects.get(year=at.year).last:06d}"


# --- the same form sent twice ----------------------------------------------------------------------------------------


def _repeated(key: str, who: Standing, submitted: Mapping[str, Any]) -> Done | None:
    stored = _submission.first(key=_key(key, who))
    if stored is None:
        return None
    if stored.digest != digest(canonical(submitted)):
        raise KeyReused
    return Done(stored.number, stored.seq, repeated=True)


@prepared()
def _submission(key: str) -> QuerySet[Submission]:
    return Submission.objects.filter(key=key)


def _remember(key: str, who: Standing, submitted: Mapping[str, Any], row: Exchange, now: datetime) -> None:
    submission = Submission(
        key=_key(key, who),
        user_id=who.user_id,
        digest=digest(canonical(submitted)),
        number=row.number,
        seq=row.seq,
        at=now,
    )
    insert([submission])


def _key(key: str, who: Standing) -> str:
    return hashlib.sha256(f"{who.user_id}:{key}".encode()).hexdigest()


# --- people who leave ------------------------------------------------------------------------------------------------


@transaction.atomic
def replace_colleague(by: Standing, number: str, user: int, successor: int | None, now: datetime) -> bool:
    """Give what was allocated to a colleague to another one, or back to all; the right to do it is the caller's.

    Returns:
        Whether the exchange had been allocated to the colleague.

    Raises:
        NoSuchExchange: there is none.
    """
    row, compiled, state = locked(number)
    heir = str(successor) if successor is not None else None
    event = replaced(state, by.authority_id, str(user), heir, str(by.user_id), now)
    if event is None:
        return False
    _carry_out(row, compiled, state, Decision(event), facts_for(compiled, state, by.authority_id, now))
    return True


# --- time ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def fire(timer_id: int, now: datetime) -> bool:
    """Handle a timer that is due: send its reminder, or compute deadlines anew.

    Returns:
        Whether something happened. The timer is gone afterwards, unless its deadline has moved meanwhile.
    """
    number = Timer.objects.filter(pk=timer_id).values_list("exchange__number", flat=True).first()
    if number is None:
        return False
    row, compiled, state = locked(number)
    # Read behind the lock: while it was waited for another worker may have been here, or the deadline extended.
    timer = Timer.objects.filter(pk=timer_id).first()
    if timer is None:
        return False
    planned = {(one.deadline, one.days): one.at for one in timers(compiled, state)}.get((timer.deadline, timer.days))
    if planned is not None and planned > now:
        Timer.objects.filter(pk=timer.pk).update(at=planned)
        return False
    facts = facts_for(compiled, state, "", now)
    if timer.deadline:
        decision = remind(compiled, state, timer.deadline, timer.days, facts)
    else:
        decision = recalculate(compiled, state, facts)
    timer.delete()
    if decision is None:
        return False
    _carry_out(row, compiled, state, decision, facts)
    return True


@transaction.atomic
def recompute_deadlines(country: str, now: datetime | None = None) -> int:
    """Have every running deadline under a country's calendar computed anew, after a holiday was added.

    Returns:
        How many exchanges were queued; the worker moves those whose last day changes, and tells the parties once.
    """
    now = now or timezone.now()
    concerned = (
        Exchange.objects.filter(phase="open", participations__due_at__isnull=False)
        .filter(participations__authority__country=country)
        .distinct()
        .values_list("pk", flat=True)
    )
    made = Timer.objects.bulk_create(
        (Timer(exchange_id=pk, deadline="", days=0, at=now) for pk in concerned), ignore_conflicts=True
    )
    return len(made)
