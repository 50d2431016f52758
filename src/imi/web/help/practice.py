"""Guided practice in a training world: exercises that check themselves against what the person has really done.

What shows that an exercise was done stands with its text (``help/en/exercises.yaml``), by the actions of the
procedures; this module knows none of them:

``opened``  a page was opened through the exercise
``acted``   an action of the person's
``changed`` a field of that action's form that has another value than the one proposed in the exchange
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from imi.accounts.queries import Standing
from imi.database.prepared import prepared
from imi.exchanges.models import EventRecord, Participation
from imi.web.help import content, queries
from imi.web.help.content import Entry

MOST_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise: what to do, whether it was done, and in which exchange."""

    entry: Entry
    done: bool
    number: str


def exercises(who: Standing) -> list[Exercise]:
    """The exercises and whether the person has done them; three queries."""
    opened = queries.taken(who)
    actions = {one.evidence["acted"] for one in _entries(who.language) if "acted" in one.evidence}
    events = _own_events(who, actions)
    return [_judged(one, opened, events) for one in _entries(who.language)]


def anything_done(who: Standing) -> bool:
    """Whether the person has lived through something in a training world; no query in another installation."""
    if not settings.IMI_TRAINING:
        return False
    actions = {one.evidence["acted"] for one in _entries(who.language) if "acted" in one.evidence}
    return bool(_own_events(who, actions))


def _entries(lang: str) -> tuple[Entry, ...]:
    return content.entries(content.EXERCISES, lang)


def _judged(entry: Entry, opened: Iterable[str], events: list[EventRecord]) -> Exercise:
    if "opened" in entry.evidence:
        return Exercise(entry, entry.id in opened, "")
    field = entry.evidence.get("changed", "")
    event = next(
        (one for one in events if one.name == entry.evidence["acted"] and (not field or _differs(one, field))), None
    )
    return Exercise(entry, event is not None, event.exchange.number if event else "")


def _differs(event: EventRecord, field: str) -> bool:
    """Whether a form was sent with another value than the exchange proposed."""
    written = _data(event).get(field)
    content_of = getattr(event.exchange, "content", None)
    proposed: Mapping[str, Any] = content_of.state.get("content", {}) if content_of else {}
    return written is not None and written != proposed.get(field)


def _data(event: EventRecord) -> Mapping[str, Any]:
    payload = getattr(event, "payload", None)
    return payload.data if payload and isinstance(payload.data, dict) else {}


def _own_events(who: Standing, actions: Iterable[str]) -> list[EventRecord]:
    """What the person did, latest first, in the exchanges of the own authority that changed last."""
    exchanges = _latest(authority=who.authority_id)
    if not exchanges:
        return []
    return _events(exchanges=list(exchanges), user=str(who.user_id), actions=sorted(actions))


@prepared()
def _latest(authority: str) -> QuerySet[Any, int]:
    # Of any direction: what an index gives in order must not be searched for the few that fit.
    held = Participation.objects.filter(authority=authority)
    return held.order_by("-updated_at", "-pk").values_list("exchange_id", flat=True)[:MOST_EVENTS]


@prepared()
def _events(exchanges: list[int], user: str, actions: list[str]) -> QuerySet[EventRecord]:
    found = EventRecord.objects.filter(exchange__in=exchanges, user=user, name__in=actions, kind="action")
    return found.select_related("exchange__content", "payload").order_by("-at", "-pk")
