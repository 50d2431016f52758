"""What must be true of an installation after a fault; run in a fresh process."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")

import django

django.setup()

from imi.accounts.models import RoleGrant, User
from imi.accounts.sessions import end_sessions
from imi.core.available import tasks, timers
from imi.core.evolve import replay
from imi.directory.models import Access, Authority
from imi.exchanges import actions, definitions, record
from imi.exchanges.facts import facts_for
from imi.exchanges.models import EventRecord, Exchange, Participation, Tally, Task, Telling, Timer
from imi.notify.models import Notice, OutgoingMail


def messages() -> dict[str, int]:
    """How often each message text stands in the log."""
    found = EventRecord.objects.filter(name="message").select_related("payload")
    return dict(Counter(one.payload.data["text"] for one in found))


def faults() -> list[str]:
    """Everything that does not hold: chain, fold, tallies, tasks, timers, tellings."""
    wrong = [f"{one.number} {one.seq} {one.reason}" for one in record.verify(Exchange.objects.all())]
    for row in Exchange.objects.all():
        wrong += _projection_faults(row)
    counted = Counter(Participation.objects.values_list("authority_id", "area_id", "direction", "state"))
    stored = Counter(
        {(one.authority_id, one.area_id, one.direction, one.state): one.total for one in Tally.objects.exclude(total=0)}
    )
    if counted != stored:
        wrong.append(f"tallies {stored - counted} {counted - stored}")
    return wrong


def _projection_faults(row: Exchange) -> list[str]:
    compiled = definitions.compiled(row.definition_id)
    events = record.history(row)
    state = replay(compiled, row.number, events)
    wrong = [] if state == actions.state_of(row) else [f"{row.number} fold"]
    facts = facts_for(compiled, state, "", row.updated_at)
    expected = {(task.authority, role) for task in tasks(compiled, state, facts) for role in task.roles}
    if expected != set(Task.objects.filter(exchange=row).values_list("authority_id", "role")):
        wrong.append(f"{row.number} tasks")
    if {(one.deadline, one.days) for one in timers(compiled, state)} != set(
        Timer.objects.filter(exchange=row).values_list("deadline", "days")
    ):
        wrong.append(f"{row.number} timers")
    told = {(event.seq, *pair) for event in events for pair in event.tells}
    if told != set(Telling.objects.filter(event__exchange=row).values_list("event__seq", "authority", "role")):
        wrong.append(f"{row.number} tellings")
    return wrong


def mail() -> dict[str, Any]:
    """Keys of all mails, how many are not sent, and whether every telling was turned into notices."""
    return {
        "keys": list(OutgoingMail.objects.values_list("key", flat=True)),
        "unsent": OutgoingMail.objects.filter(sent_at__isnull=True).count(),
        "untold": Telling.objects.filter(done_at__isnull=True).count(),
        "notices": Notice.objects.count(),
    }


def states() -> dict[str, str]:
    """The state of each exchange."""
    return dict(Exchange.objects.values_list("number", "state"))


def events_named(name: str) -> dict[str, int]:
    """How often an action was taken on each exchange."""
    return dict(Counter(EventRecord.objects.filter(name=name).values_list("exchange__number", flat=True)))


def take_away(person: str, right: str) -> float:
    """Take a right away from somebody; when it was gone, by the clock that all processes of the machine share."""
    user = User.objects.get(given_name__iexact=person)
    match right:
        case "role":
            RoleGrant.objects.filter(user=user).delete()
        case "user":
            User.objects.filter(pk=user.pk).update(is_active=False)
        case "access":
            Access.objects.filter(authority=user.authority_id).update(suspended=True)
        case "authority":
            Authority.objects.filter(pk=user.authority_id).update(active=False)
        case _:
            end_sessions([user.pk])
    return time.monotonic()
