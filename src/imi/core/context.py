"""The facts of an exchange under the names that conditions use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imi.core.compiled import Compiled, cel_type
from imi.core.deadlines import is_overdue
from imi.core.definition import FormField
from imi.core.exchange import Exchange
from imi.core.expression import EMPTY
from imi.core.facts import AuthorityFacts, Facts
from imi.core.values import is_empty


class Values(dict[str, Any]):
    """Every declared name with its value, found when first read: a condition reads two or three of a hundred.

    The form's own names (``form.<field>``) are not declared here; whoever checks a form adds them.
    """

    def __init__(
        self, compiled: Compiled, exchange: Exchange | None, facts: Facts, party: str = "", actor: str = ""
    ) -> None:
        super().__init__()
        self._compiled = compiled
        self._exchange = exchange
        self._facts = facts
        self._party = party
        self._actor = actor
        self._parties: Mapping[str, tuple[str, ...]] | None = None

    def __missing__(self, name: str) -> Any:
        head, _, rest = name.partition(".")
        value = self._party_value(head, rest) if head in self._compiled.parties else self._value(head, rest)
        self[name] = value
        return value

    def _value(self, head: str, rest: str) -> Any:
        exchange = self._exchange
        match head:
            case "state":
                return exchange.state if exchange else ""
            case "actor":
                return self._party if rest == "party" else self._country()
            case "items":
                return len(exchange.items) if exchange else 0
            case "part":
                return bool(exchange and exchange.parent)
            case "done":
                return exchange.counts.get(rest, 0) if exchange else 0
            case "visited":
                return bool(exchange and rest in exchange.visited)
            case "proposal":
                return bool(exchange and rest in exchange.proposals)
            case "deadline":
                return self._deadline(*rest.split("."))
            case "content":
                stored = exchange.content.get(rest) if exchange else None
                return typed(self._compiled.field_by_name[rest], stored)
        raise KeyError(f"{head}.{rest}")

    def _country(self) -> str:
        authority = self._facts.authorities.get(self._actor)
        return authority.country if authority else ""

    def _deadline(self, name: str, aspect: str) -> bool:
        due = self._exchange.deadlines.get(name) if self._exchange else None
        if due is None:
            return False
        return due.met is None if aspect == "running" else is_overdue(due, self._facts.now)

    def _party_value(self, party: str, rest: str) -> bool:
        """A party's setting is on when any of its holders switched it on."""
        if self._parties is None:
            self._parties = holders(self._compiled, self._exchange, self._facts)
        held: list[AuthorityFacts] = [
            self._facts.authorities[one] for one in self._parties.get(party, ()) if one in self._facts.authorities
        ]
        if rest == "present":
            return bool(held)
        default = self._compiled.settings[rest]
        return any(one.settings.get(rest, default) for one in held)


def typed(field: FormField, value: Any) -> Any:
    """A field's value for conditions: what is missing has its type's empty value."""
    return EMPTY[cel_type(field)] if is_empty(value) else value


def values(compiled: Compiled, exchange: Exchange | None, facts: Facts, party: str = "", actor: str = "") -> Values:
    """Every declared name but the form's own, with its value.

    Args:
        exchange: None when one is about to be opened.
        party, actor: the party and authority acting; empty when nobody does.
    """
    return Values(compiled, exchange, facts, party, actor)


def holders(compiled: Compiled, exchange: Exchange | None, facts: Facts) -> dict[str, tuple[str, ...]]:
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
