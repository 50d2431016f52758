"""One exchange, as one user may see it: the only way to get at an exchange.

Every look at personal data is logged before it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.core.available import Availability, available, overdue
from imi.core.compiled import Compiled
from imi.core.exchange import Due, from_json
from imi.core.exchange import Exchange as State
from imi.core.facts import Facts
from imi.core.notation import Aspect
from imi.core.visible import Disclosed, disclose, visible
from imi.database.prepared import prepared
from imi.database.writes import insert
from imi.exchanges import definitions
from imi.exchanges.actions import NoSuchExchange
from imi.exchanges.facts import facts_for
from imi.exchanges.models import Draft, EventRecord, Exchange, Look, Participation

PERSONAL: frozenset[Aspect] = frozenset({"personal", "answers", "attachments", "messages"})


@dataclass(frozen=True)
class Viewing:
    """An exchange as one user may see it now.

    ``shown`` holds what the rules disclose; the folded state itself stays private to this module, so that a page
    cannot show more by mistake.
    """

    row: Exchange
    who: Standing
    compiled: Compiled
    facts: Facts
    shown: Disclosed
    parties: tuple[str, ...]
    linked: bool
    _state: State

    @property
    def aspects(self) -> frozenset[Aspect]:
        """What the user may see."""
        return self.shown.aspects

    @property
    def roles(self) -> frozenset[str]:
        """The user's roles in the area of the exchange."""
        return self.who.roles.get(self.row.area_id, frozenset())

    @property
    def holders(self) -> Mapping[str, tuple[str, ...]]:
        """Who holds each party: part of the overview."""
        return self._state.parties

    @property
    def deadlines(self) -> Mapping[str, Due]:
        """All deadlines with their derivation: part of the overview."""
        return self._state.deadlines

    @property
    def late(self) -> tuple[Due, ...]:
        """The deadlines that are over."""
        return overdue(self._state, self.facts.now)

    @property
    def visited(self) -> tuple[str, ...]:
        """The states the exchange has been in, for the picture of its life."""
        return self._state.visited

    @property
    def parts(self) -> tuple[str, ...]:
        """Numbers of the exchanges split off."""
        return self._state.parts

    @property
    def proposals(self) -> Mapping[str, Mapping[str, Any]]:
        """Open proposals, for those who may see the request."""
        return self._state.proposals if "request" in self.aspects else {}

    @property
    def allocated(self) -> tuple[str, ...]:
        """The colleagues of the user's own authority who handle the exchange."""
        return self._state.allocations.get(self.who.authority_id, ())

    @cached_property
    def offered(self) -> tuple[Availability, ...]:
        """Every action of the user's authority, allowed or refused with its reason."""
        return available(
            self.compiled, self._state, str(self.who.user_id), self.who.authority_id, self.roles, self.facts
        )

    def offer(self, action: str) -> Availability | None:
        """One action as the user sees it; None if the user's authority does not know it."""
        return next((one for one in self.offered if one.action.id == action), None)

    @cached_property
    def events(self) -> list[EventRecord]:
        """The history, oldest first; empty without the right to it."""
        if "history" not in self.aspects:
            return []
        return _events(exchange=self.row.pk)

    def drafts(self) -> list[Draft]:
        """The forms that the user's authority has begun."""
        return _drafts(exchange=self.row.pk, authority=self.who.authority_id)

    def draft(self, action: str) -> Draft | None:
        """The form of this action that the user's authority has begun."""
        return next((one for one in self.drafts() if one.action == action), None)

    def sights(self) -> dict[str, frozenset[Aspect]]:
        """Who sees what: for each party, what its users see now who hold every role."""
        roles = frozenset(role.id for role in self.compiled.lifecycle.roles)
        return {
            party: visible(self.compiled, self._state, held[0], roles, self.facts)
            for party, held in self._state.parties.items()
            if held
        }


def view(who: Standing, number: str, purpose: str, request_id: str = "", now: datetime | None = None) -> Viewing:
    """Open an exchange for a user, and log the look if it shows personal data.

    Args:
        who: the user.
        number: the exchange.
        purpose: why it is opened: the page or the action.
        request_id: ties the log line to the request.

    Raises:
        NoSuchExchange: neither the user's authority nor one linked to it has a part in it, or the user has no role in
            its area.
    """
    now = now or timezone.now()
    row = _exchanges.first(number=number)
    if row is None or row.area_id not in who.roles:
        raise NoSuchExchange(number)
    compiled = definitions.compiled(row.definition_id)
    state = from_json(row.content.state)
    facts = facts_for(compiled, state, who.authority_id, now)
    roles = who.roles[row.area_id]
    aspects = visible(compiled, state, who.authority_id, roles, facts)
    linked = not aspects and _linked(row, who)
    if linked:
        aspects = visible(compiled, state, who.authority_id, roles, facts, linked=True)
    if not aspects:
        raise NoSuchExchange(number)
    parties = state.held_by(who.authority_id)
    _log_look(row, who, aspects, purpose, request_id, now)
    return Viewing(row, who, compiled, facts, disclose(compiled, state, aspects, parties), parties, linked, state)


@prepared()
def _exchanges(number: str) -> QuerySet[Exchange]:
    return Exchange.objects.select_related("content").filter(number=number)


@prepared()
def _events(exchange: int) -> QuerySet[EventRecord]:
    return EventRecord.objects.filter(exchange=exchange).select_related("payload").order_by("seq")


@prepared()
def _drafts(exchange: int, authority: str) -> QuerySet[Draft]:
    return Draft.objects.filter(exchange=exchange, authority=authority).select_related("user").order_by("pk")


def _linked(row: Exchange, who: Standing) -> bool:
    """Whether only a linked authority has a part in it.

    Raises:
        NoSuchExchange: not even that.
    """
    concerned = set(
        Participation.objects.filter(exchange=row, authority__in=[who.authority_id, *who.linked]).values_list(
            "authority_id", flat=True
        )
    )
    if not concerned:
        raise NoSuchExchange(row.number)
    return who.authority_id not in concerned


@transaction.atomic
def _log_look(
    row: Exchange, who: Standing, aspects: frozenset[Aspect], purpose: str, request_id: str, now: datetime
) -> None:
    seen = sorted(aspects & PERSONAL)
    if seen:
        look = Look(
            exchange=row,
            user_id=who.user_id,
            authority_id=who.authority_id,
            at=now,
            aspects=seen,
            purpose=purpose[:63],
            request_id=request_id[:64],
        )
        insert([look])


def looks(viewing: Viewing, size: int = 50) -> list[Look]:
    """Who looked at the personal data of an exchange, latest first; only for those who see its history."""
    if "history" not in viewing.aspects:
        return []
    return list(
        Look.objects.filter(exchange=viewing.row, authority=viewing.who.authority_id)
        .select_related("user", "authority")
        .order_by("-at")[:size]
    )
