"""Several exchanges at a glance, as one user may see them: what a list needs that shows more than the overview.

The rules are those of :func:`imi.exchanges.queries.view`, and every look at personal data is logged here as there; the
number of queries does not depend on how many exchanges there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from imi.accounts.queries import Standing
from imi.core.compiled import Compiled
from imi.core.exchange import Exchange as State
from imi.core.exchange import from_json
from imi.core.facts import Facts
from imi.core.notation import Aspect
from imi.core.visible import Disclosed, disclose, visible
from imi.database.prepared import prepared
from imi.database.writes import insert
from imi.directory.queries import authority_facts_by_area
from imi.exchanges import definitions
from imi.exchanges.models import Exchange, Look
from imi.exchanges.queries import PERSONAL


@dataclass(frozen=True, slots=True)
class Glance:
    """An exchange as a list shows it: what the rules disclose of the aspects that the list asks for."""

    row: Exchange
    compiled: Compiled
    shown: Disclosed
    holders: Mapping[str, tuple[str, ...]]
    parties: tuple[str, ...]


@transaction.atomic
def glances(
    who: Standing,
    numbers: Collection[str],
    wanted: frozenset[Aspect],
    purpose: str,
    now: datetime,
    request_id: str = "",
) -> dict[str, Glance]:
    """Look at several exchanges, and log each look that shows personal data.

    Args:
        who: the user.
        numbers: the exchanges; those that the user may not see are left out.
        wanted: the aspects that the list shows. Of these everybody gets what the rules disclose, and nothing more.
        purpose: why: the name of the list.
        request_id: ties the lines of the log to the request.

    Returns:
        The exchanges by number; six queries, and a write if personal data is shown.
    """
    rows = [one for one in _rows(numbers=sorted(numbers)) if one.area_id in who.roles] if numbers else []
    states = {one.pk: from_json(one.content.state) for one in rows}
    facts = _facts(who, rows, states, now)
    found: dict[str, Glance] = {}
    looks: list[Look] = []
    for row in rows:
        compiled, state = definitions.compiled(row.definition_id), states[row.pk]
        sees = visible(compiled, state, who.authority_id, who.roles[row.area_id], facts[row.area_id]) & wanted
        if not sees:
            continue
        held = state.held_by(who.authority_id)
        found[row.number] = Glance(row, compiled, disclose(compiled, state, sees, held), state.parties, held)
        if sees & PERSONAL:
            looks.append(
                Look(
                    exchange=row,
                    user_id=who.user_id,
                    authority_id=who.authority_id,
                    at=now,
                    aspects=sorted(sees & PERSONAL),
                    purpose=purpose[:63],
                    request_id=request_id[:64],
                )
            )
    insert(looks)
    return found


@prepared()
def _rows(numbers: list[str]) -> QuerySet[Exchange]:
    return Exchange.objects.select_related("content").filter(number__in=numbers)


def _facts(who: Standing, rows: list[Exchange], states: Mapping[int, State], now: datetime) -> dict[str, Facts]:
    """What the rules of visibility ask of the authorities, by area. Calendars say nothing about who sees what."""
    involved: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        involved[row.area_id] |= {who.authority_id}.union(*states[row.pk].parties.values())
    known = authority_facts_by_area(involved) if involved else {}
    return {area: Facts(now=now, authorities=found) for area, found in known.items()}
