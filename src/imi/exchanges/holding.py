"""An exchange held for whoever writes to it, its present state, and who may know of it at all."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from imi.accounts.queries import Standing
from imi.core.compiled import Compiled
from imi.core.exchange import Exchange as State
from imi.core.exchange import from_json
from imi.core.facts import Facts
from imi.core.refusal import Refusal
from imi.core.visible import visible
from imi.database.prepared import prepared
from imi.exchanges import definitions
from imi.exchanges.models import Content, EventRecord, Exchange


@dataclass(frozen=True, slots=True)
class Refused:
    """An action that did not take effect; ``latest`` is the event that overtook it, if one did."""

    refusal: Refusal
    definition: str
    latest: EventRecord | None = None


class NoSuchExchange(LookupError):
    """There is no such exchange for this user; whether it exists for others is not told."""


def locked(number: str) -> tuple[Exchange, Compiled, State]:
    """The exchange, held until the transaction ends.

    The content is read in a statement of its own: joined to the lock it would be of before the wait for it.
    """
    row = _held.first(number=number[:24])
    if row is None:
        raise NoSuchExchange(number)
    return row, definitions.compiled(row.definition_id), state_of(row)


@prepared()
def _held(number: str) -> QuerySet[Exchange]:
    return Exchange.objects.select_for_update().filter(number=number)


def must_have_a_part(compiled: Compiled, state: State, who: Standing, facts: Facts) -> None:
    """Whoever may not even see the overview does not learn that the exchange exists."""
    if not visible(compiled, state, who.authority_id, frozenset(), facts):
        raise NoSuchExchange(state.number)


def state_of(row: Exchange) -> State:
    """What the exchange's log folds to, as stored with the last event."""
    (content,) = _content(exchange=row.pk)
    return from_json(content.state)


@prepared()
def _content(exchange: int) -> QuerySet[Content]:
    return Content.objects.filter(exchange=exchange)
