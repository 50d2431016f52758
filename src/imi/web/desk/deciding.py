"""Which states wait for a coordinator's decision, read off the definitions.

They are those that await a party which merely coordinates. What was just written as the request or as the reply awaits
an approval; everything else that reaches coordinators is a referral.
"""

from __future__ import annotations

from collections.abc import Iterator

from imi.accounts.queries import Standing
from imi.core.compiled import Compiled
from imi.exchanges import definitions, lists
from imi.exchanges.lists import Kinds
from imi.web import words

PARTS = ("approvals", "referrals")
COUNTED = 100


def kinds() -> dict[str, Kinds]:
    """The parties and states of approvals and of referrals in the procedures on offer."""
    states: dict[str, dict[str, None]] = {part: {} for part in PARTS}
    parties: dict[str, None] = {}
    for one in words.offered():
        compiled = definitions.compiled(one.content_hash)
        parties |= dict.fromkeys(compiled.coordinated)
        for state in _deciding(compiled):
            states["approvals" if _is_approval(compiled, state) else "referrals"][state] = None
    return {part: Kinds(tuple(sorted(parties)), tuple(sorted(found))) for part, found in states.items()}


def _deciding(compiled: Compiled) -> Iterator[str]:
    """The states that await somebody who merely coordinates."""
    for state in compiled.lifecycle.states:
        if any(awaited.party in compiled.coordinated for awaited in state.awaits):
            yield state.id


def _is_approval(compiled: Compiled, state: str) -> bool:
    """Whether what leads into the state is the request itself or the reply."""
    return any(
        action.into in ("content", "answers") and any(branch.state == state for branch in action.to)
        for action in compiled.lifecycle.actions
    )


def waiting(who: Standing) -> int:
    """How many decisions await the user, counted up to 100; one query."""
    known = kinds().values()
    both = Kinds(
        tuple(sorted({one for kind in known for one in kind.parties})),
        tuple(sorted({one for kind in known for one in kind.states})),
    )
    return len(lists.tasks_of_kinds(who, both, size=COUNTED).rows)


def leading(compiled: Compiled) -> frozenset[str]:
    """The actions that lead to a decision of coordinators, with whose words the reason is given."""
    deciding = set(_deciding(compiled))
    return frozenset(
        action.id for action in compiled.lifecycle.actions if any(branch.state in deciding for branch in action.to)
    )
