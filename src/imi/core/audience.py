"""Whom something concerns: rules resolved to authorities, frozen in the event."""

from __future__ import annotations

from collections.abc import Container, Mapping
from functools import cache


@cache
def _parsed(rules: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    parts = (rule.partition(".") for rule in rules)
    return tuple((party, role) for party, _, role in parts)


def resolve(
    rules: tuple[str, ...], parties: Mapping[str, tuple[str, ...]], aware: Container[str] | None = None
) -> tuple[tuple[str, str], ...]:
    """Turn ``<party>.<role>`` and ``<party>.mailbox`` into (authority, role or "mailbox").

    Args:
        rules: the audience as the definition names it.
        parties: who holds each party now.
        aware: the parties that may know of the exchange; nobody else is told of it. All, if None.

    Returns:
        Each pair once, in the order of the rules. A party that nobody holds addresses nobody.
    """
    found: dict[tuple[str, str], None] = {}
    for party, role in _parsed(rules):
        if aware is not None and party not in aware:
            continue
        for authority in parties.get(party, ()):
            found[authority, role] = None
    return tuple(found)
