"""What the engine is told of the world: read from the directory in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from imi.accounts import queries as people
from imi.core.compiled import Compiled
from imi.core.definition import Action
from imi.core.exchange import Exchange
from imi.core.facts import Facts
from imi.directory import queries as directory

CALENDAR_BEFORE = timedelta(days=400)
CALENDAR_AFTER = timedelta(days=400)


def facts_for(
    compiled: Compiled,
    exchange: Exchange | None,
    authority: str,
    now: datetime,
    action: Action | None = None,
    data: Mapping[str, Any] | None = None,
) -> Facts:
    """The facts for a decision.

    Args:
        exchange: the state, None to open one.
        authority: the authority acting; empty for the system.
        action, data: the action and form at hand, whose authorities and colleagues must be known.
    """
    area = compiled.definition.area.area
    names = set(_involved(exchange)) | ({authority} if authority else set()) | _chosen(compiled, action, data)
    known = directory.authority_facts(names, area)
    arbiters = {one for party in compiled.coordinated for one in (exchange.parties.get(party, ()) if exchange else ())}
    behind = {one for name in known.keys() - arbiters for one in known[name].coordinators} - known.keys()
    if behind:  # not yet fixed in the exchange; whoever coordinates the coordinators plays no part
        known = {**known, **directory.authority_facts(behind, area)}
    countries = {facts.country for facts in known.values()} | _countries(exchange)
    since = min([(now - CALENDAR_BEFORE).date(), *_started(exchange)])
    calendars = directory.calendars(countries, since, (now + CALENDAR_AFTER).date())
    colleagues = _colleagues(compiled, action, authority, area)
    return Facts(now=now, authorities=known, calendars=calendars, colleagues=colleagues)


def _involved(exchange: Exchange | None) -> Iterable[str]:
    return (one for holders in exchange.parties.values() for one in holders) if exchange else ()


def _countries(exchange: Exchange | None) -> set[str]:
    return {due.country for due in exchange.deadlines.values() if due.country} if exchange else set()


def _started(exchange: Exchange | None) -> Iterable[date]:
    """The days from which running deadlines count: computed anew, they need the holidays since then."""
    due = exchange.deadlines.values() if exchange else ()
    return (date.fromisoformat(one.started) for one in due if one.met is None)


def _chosen(compiled: Compiled, action: Action | None, data: Mapping[str, Any] | None) -> set[str]:
    if action is None or not data:
        return set()
    fields = (field.id for field in compiled.fields[action.id] if field.type == "authority")
    return {str(data[field])[:63] for field in fields if isinstance(data.get(field), str) and data[field]}


def _colleagues(compiled: Compiled, action: Action | None, authority: str, area: str) -> dict[str, frozenset[str]]:
    if action is None or not any(field.type == "colleagues" for field in compiled.fields[action.id]):
        return {}
    found = people.colleagues([authority], area, [people.HANDLER])
    return {authority: frozenset(str(user.pk) for user in found.get(authority, ()))}
