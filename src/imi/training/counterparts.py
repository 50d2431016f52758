"""Scripted counterparts: they accept, answer and approve within seconds, so that one person can live a whole request.

They act only in exchanges in which somebody real has acted lately, only for authorities that nobody real plays, and
only through the same door as everybody else.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from imi.core.available import available
from imi.core.compiled import Compiled
from imi.core.exchange import Exchange as State
from imi.exchanges import actions, definitions
from imi.exchanges.actions import Done
from imi.exchanges.facts import facts_for
from imi.exchanges.models import EventRecord, Exchange, Participation, Task
from imi.training import queries
from imi.training.case import case_of
from imi.training.cast import Cast
from imi.training.chance import dice
from imi.training.world_files import world_files
from imi.training.writing import Writer

AT_ONCE = 5
MOST_REMEMBERED = 1000
SPREAD = 4
"""Seconds by which answers differ, so that not everything happens in the same moment."""

_log = logging.getLogger(__name__)
_refused: set[tuple[str, int, str]] = set()  # what a counterpart of this process could not do: not tried again


def act(now: datetime | None = None) -> int:
    """Do what scripted counterparts owe; a chore of the worker.

    Returns:
        How many steps were taken.
    """
    if not settings.IMI_COUNTERPARTS:
        return 0
    now = now or timezone.now()
    waited_for = queries.awaited(now)
    if not waited_for:
        return 0
    busy = queries.played(now)
    taken = 0
    cast: Cast | None = None
    for row in _waiting(waited_for, now):
        tasks = [task for task in row.tasks.order_by("pk") if task.authority_id not in busy]
        if tasks and cast is None:
            cast = Cast()
        if cast is not None and any(_do(cast, row, task, now) for task in tasks):
            taken += 1
        if taken == AT_ONCE:
            break
    return taken


def _waiting(waited_for: dict[str, set[int]], now: datetime) -> Iterator[Exchange]:
    """Open exchanges in which a played person has acted lately and nobody has for a few seconds."""
    since = now - queries.REMEMBERED
    touched = Participation.objects.filter(authority__in=waited_for, phase="open", updated_at__gte=since)
    people = [str(user) for users in waited_for.values() for user in users]
    begun = EventRecord.objects.filter(exchange__in=touched.values("exchange"), user__in=people, at__gte=since)
    rows = Exchange.objects.filter(pk__in=begun.values("exchange")) | Exchange.objects.filter(
        parent__in=begun.values("exchange"), phase="open"
    )
    for row in rows.distinct().order_by("updated_at", "pk"):
        pause = settings.IMI_COUNTERPART_SECONDS + (row.pk + row.seq) % SPREAD
        if row.updated_at <= now - timedelta(seconds=pause):
            yield row


def _do(cast: Cast, row: Exchange, task: Task, now: datetime) -> bool:
    """Take one step for the authority that owes a task; whether it was taken.

    A step that fails is given up like one that is refused: it must not keep the other exchanges waiting.
    """
    compiled, state = definitions.compiled(row.definition_id), actions.state_of(row)
    wanted = _turn(compiled, state, task)
    if (row.number, row.seq, wanted) in _refused:
        return False
    try:
        return _take(cast, row, task, wanted, compiled, state, now)
    except (OperationalError, InterfaceError):
        raise  # the database is away, for the others too
    except Exception:
        _log.exception("counterpart failed")
        return _refuse(row, wanted, "failed")


def _take(cast: Cast, row: Exchange, task: Task, wanted: str, compiled: Compiled, state: State, now: datetime) -> bool:
    action = compiled.actions[wanted]
    user = cast.actor(compiled, action, task.party, [task.authority_id], state, dice("turn", row.number, row.seq))
    case = case_of(world_files(), compiled, state, now.date())
    if user is None or case is None:
        return _refuse(row, wanted, "nobody")
    who = cast.standing(user)
    facts = facts_for(compiled, state, who.authority_id, now, action)
    roles = who.roles_in(row.area_id)
    offers = available(compiled, state, str(user.pk), who.authority_id, roles, facts)
    if not any(offer.action.id == wanted and offer.allowed for offer in offers):
        return _refuse(row, wanted, "not allowed")
    data = Writer(world_files(), cast, compiled, action, task.party, user, state, case, now).form()
    # The key names the step: a second worker at the same moment takes it no second time.
    result = actions.act(who, row.number, wanted, data, row.seq, f"counterpart-{row.number}-{row.seq}", now=now)
    if isinstance(result, Done):
        return not result.repeated
    return _refuse(row, wanted, result.refusal.code)


def _turn(compiled: Compiled, state: State, task: Task) -> str:
    """The action to take: what the plans say for the state and the party, else what the task says."""
    turns = world_files().plans(compiled.lifecycle.lifecycle).turns
    wanted = turns.get(state.state, {}).get(task.party, task.action)
    return wanted if wanted in compiled.actions else task.action


def _refuse(row: Exchange, action: str, reason: str) -> bool:
    """Note that a step cannot be taken in this state, so that it is not tried every second."""
    if len(_refused) > MOST_REMEMBERED:
        _refused.clear()
    _refused.add((row.number, row.seq, action))
    _log.warning("counterpart cannot %s in %s: %s", action, row.number, reason)
    return False
