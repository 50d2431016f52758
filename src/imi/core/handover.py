"""What becomes of an allocated exchange when a colleague leaves or may not handle it any more."""

from __future__ import annotations

from datetime import datetime

from imi.core.event import By, Event
from imi.core.exchange import Exchange

ADMINISTRATOR = "administrator"
"""The capacity in which colleagues are replaced: authority-wide, so it is no role of an area."""


def replaced(
    exchange: Exchange, authority: str, leaver: str, successor: str | None, by: str, now: datetime
) -> Event | None:
    """The event by which one colleague takes the place of another; None if nothing was allocated to the leaver.

    Args:
        authority: whose colleagues they are.
        successor: who takes the place; None leaves it to the others, and to all where there are none.
        by: who replaces.
    """
    held = exchange.allocations.get(authority, ())
    if leaver not in held:
        return None
    places = [successor if one == leaver else one for one in held]
    after = list(dict.fromkeys(one for one in places if one is not None))
    party = next(iter(exchange.held_by(authority)), "")
    return Event(
        seq=exchange.seq + 1,
        kind="replaced",
        name="",
        at=now,
        by=By(by, authority, party, ADMINISTRATOR),
        state=exchange.state,
        data={},
        changes={"allocations": {authority: after}},
    )
