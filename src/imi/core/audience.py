"""Whom something concerns: rules resolved to authorities, frozen in the event."""

from __future__ import annotations

from collections.abc import Mapping


def resolve(rules: tuple[str, ...], parties: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """Turn ``<party>.<role>`` and ``<party>.mailbox`` into (authority, role or "mailbox").

    Args:
        rules: the audience as the definition names it.
        parties: who holds each party now.

    Returns:
        Each pair once, in the order of the rules. A party that nobody holds addresses nobody.
    """
    found: dict[tuple[str, str], None] = {}
    for rule in rules:
        party, _, role = rule.partition(".")
        for authority in parties.get(party, ()):
            found[authority, role] = None
    return tuple(found)
