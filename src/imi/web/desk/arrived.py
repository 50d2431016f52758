"""Requests that arrived at the coordinator itself and can be passed on to the authority that is competent.

Source: the coordinator's task sheet ("passes on to the competent authorities the requests that may arrive at it"). What
passes on is read off the definitions: an action that hands a party over to another authority.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.core.compiled import Compiled
from imi.core.definition import Action
from imi.database.prepared import prepared
from imi.directory.models import Access
from imi.exchanges import definitions
from imi.exchanges.models import Participation
from imi.web import rows, words
from imi.web.addresses import address_of
from imi.web.requests.values import days_text

SIZE = 25


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request at the coordinator: how long it has been there, and where one passes it on, by action."""

    line: rows.Line
    age: str
    offers: tuple[tuple[str, str], ...]


def arrived(who: Standing, now: datetime) -> list[Arrived]:
    """The open requests at the user's coordinating authority that can still be passed on, the oldest first.

    One query, and four to name what was found.
    """
    states = {state for one in words.offered() for state in _states(definitions.compiled(one.content_hash))}
    found = _arrived(authority=who.authority_id, areas=sorted(who.roles), states=sorted(states), size=SIZE)
    return [
        Arrived(line, _age(row, now), tuple(_offers(who, row)))
        for row, line in zip(found, _lines(who, found), strict=True)
    ]


def _lines(who: Standing, found: Sequence[Participation]) -> list[rows.Line]:
    return rows.lines(who, found)


def _age(row: Participation, now: datetime) -> str:
    return days_text((timezone.localdate(now) - timezone.localdate(row.opened_at)).days)


@prepared("size")
def _arrived(authority: str, areas: list[str], states: list[str], size: int) -> QuerySet[Participation]:
    coordinates = Access.objects.filter(
        authority=authority, area=OuterRef("area"), role=Access.Role.COORDINATOR, suspended=False
    )
    found = Participation.objects.filter(
        Exists(coordinates),
        authority=authority,
        area__in=areas,
        direction="received",
        phase="open",
        state__in=states,
    )
    return found.select_related("counterpart").order_by("opened_at", "pk")[:size]


def _passing_on(compiled: Compiled) -> Iterator[Action]:
    """The actions by which a party itself passes its part on."""
    for action in compiled.lifecycle.actions:
        if any(actor.party in action.effects.hand_over for actor in action.by):
            yield action


def _states(compiled: Compiled) -> Iterator[str]:
    for action in _passing_on(compiled):
        yield from compiled.action_states[action.id]


def _offers(who: Standing, row: Participation) -> Iterator[tuple[str, str]]:
    """Label and address of each way to pass an exchange on that the user's role allows now."""
    voice = definitions.voice(row.definition_id, who.language)
    roles = who.roles_in(row.area_id)
    for action in _passing_on(voice.compiled):
        mine = any(one.party == row.party and roles.intersection(one.roles) for one in action.by)
        if mine and row.state in voice.compiled.action_states[action.id]:
            yield words.marked(voice.action(action.id)), address_of("requests:act", row.number, action.id)
