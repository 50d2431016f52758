"""The facts of an exchange under the names that conditions use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imi.core.compiled import Compiled
from imi.core.deadlines import is_overdue
from imi.core.exchange import Exchange
from imi.core.facts import Facts
from imi.core.forms import content_values


def values(compiled: Compiled, exchange: Exchange | None, facts: Facts, party: str = "", actor: str = "") -> dict[str, Any]:
    """Every declared name but the form's own, with its value.

    Args:
        exchange: None when one is about to be opened.
        party, actor: the party and authority acting; empty when nobody does.
    """
    parties = holders(compiled, exchange, facts, actor)
    authority = facts.authorities.get(actor)
    known: dict[str, Any] = {
        "state": exchange.state if exchange else "",
        "actor.party": party,
        "actor.country": authority.country if authority else "",
        "items.total": len(exchange.items) if exchange else 0,
        "part": bool(exchange and exchange.parent),
    }
    _add_parties(known, compiled, parties, facts)
    for name in compiled.deadlines:
        due = exchange.deadlines.get(name) if exchange else None
        known[f"deadline.{name}.running"] = due is not None and due.met is None
        known[f"deadline.{name}.overdue"] = due is not None and is_overdue(due, facts.now)
    for action in compiled.lifecycle.actions:
        known[f"done.{action.id}"] = exchange.counts.get(action.id, 0) if exchange else 0
        if action.effects.propose:
            known[f"proposal.{action.effects.propose}"] = bool(exchange and action.effects.propose in exchange.proposals)
    known.update(content_values(compiled, exchange.content if exchange else {}))
    return known


def _add_parties(
    known: dict[str, Any], compiled: Compiled, parties: Mapping[str, tuple[str, ...]], facts: Facts
) -> None:
    """A party's setting is on when any of its holders switched it on."""
    for party in compiled.parties:
        held = [facts.authorities[one] for one in parties.get(party, ()) if one in facts.authorities]
        known[f"{party}.present"] = bool(held)
        for setting, default in compiled.settings.items():
            known[f"{party}.{setting}"] = any(one.settings.get(setting, default) for one in held)


def holders(
    compiled: Compiled, exchange: Exchange | None, facts: Facts, actor: str = ""
) -> dict[str, tuple[str, ...]]:
    """Who holds each party, coordinators of a party included even before they are fixed in the exchange."""
    parties = dict(exchange.parties) if exchange else {}
    for coordinating, coordinated in compiled.coordinated.items():
        if coordinating not in parties:
            found = linked_coordinators(parties.get(coordinated, ()), facts)
            if found:
                parties[coordinating] = found
    return parties


def linked_coordinators(authorities: tuple[str, ...], facts: Facts) -> tuple[str, ...]:
    """The coordinators of the given authorities; an authority never coordinates itself."""
    found = {
        coordinator: None
        for authority in authorities
        if authority in facts.authorities
        for coordinator in facts.authorities[authority].coordinators
        if coordinator not in authorities
    }
    return tuple(found)
