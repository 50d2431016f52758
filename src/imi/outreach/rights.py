"""Who may offer what to whom: each question answers None, or the reason against it.

Sources: the coordinator's task sheet (organise training, inform), the kinds of coordinators with their task "train".
"""

from __future__ import annotations

from collections.abc import Iterable

from imi.accounts.models import RoleGrant
from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.mandates import Mandate
from imi.administration.reasons import Reason
from imi.outreach import reasons

TRAIN = "train"
COORDINATING = (RoleGrant.Role.DATA_ADMINISTRATOR.value, RoleGrant.Role.APPROVER.value)
"""The roles that exist in coordinators only (guide for the first user, steps 13 and 14)."""


def hosting_areas(mandate: Mandate) -> frozenset[str]:
    """The areas in which somebody offers things for the own authority."""
    held = frozenset().union(*(mandate.who.areas_with(role) for role in COORDINATING))
    return frozenset(area for area in mandate.coordinates & held if mandate.has(TRAIN, area, mandate.regions))


def to_offer(mandate: Mandate, areas: Iterable[str] = ()) -> Reason | None:
    """Offer something in these areas; without any, in all that the authority coordinates."""
    if not mandate.coordinates:
        return administration.NO_COORDINATOR
    hosting = hosting_areas(mandate)
    if not hosting or not frozenset(areas) <= hosting:
        return reasons.NO_ROLE
    return None


def to_change(mandate: Mandate, host: str | None, areas: Iterable[str]) -> Reason | None:
    """Change what was offered: people of its host, in its areas."""
    if host != mandate.who.authority_id:
        return reasons.NOT_HOST
    return to_offer(mandate, areas)


def to_announce(mandate: Mandate, areas: Iterable[str]) -> Reason | None:
    """Announce a plan: the national coordinator."""
    return to_offer(mandate, areas) or (None if mandate.national else administration.NOT_NATIONAL)


def coordinating(who: Standing) -> bool:
    """Whether somebody has a coordinating role in any area; no query."""
    return any(who.areas_with(role) for role in COORDINATING)
