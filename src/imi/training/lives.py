"""Draws when what will happen in an exchange's life, before any of it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from imi.core.compiled import Compiled
from imi.training.case import Case
from imi.training.cast import Member
from imi.training.chance import Dice
from imi.training.world_files import Plan, Step

YEAR = 362.0
"""Days back from the reference date within which everything happens."""

_OPENS, _CLOSES = 7, 15  # office hours, in universal time


@dataclass(frozen=True)
class Life:
    """What is to happen in one exchange: steps with their moments, between two authorities."""

    compiled: Compiled
    plan: Plan
    case: Case
    sender: Member
    recipient: Member
    steps: tuple[tuple[datetime, Step], ...]
    ends: datetime


def timetable(plan: Plan, ends: datetime, chance: Dice) -> tuple[tuple[datetime, Step], ...]:
    """The steps of a plan with their moments, the last of them some days before ``ends``.

    Counted backwards, so that what is still open was touched lately, and within office hours of working days.
    """
    steps = [step for step in plan.steps if chance.random() < step.chance]
    gaps = [chance.uniform(*step.after) for step in steps]
    low, high = plan.rests
    room = max(low, YEAR - 1.5 * sum(gaps))
    moment = _at_work(ends - timedelta(days=chance.uniform(low, min(high, room))), ends, chance)
    table = []
    for step, gap in zip(reversed(steps), reversed(gaps), strict=True):
        table.append((moment, step))
        moment = _at_work(moment - timedelta(days=gap), moment, chance)
    return tuple(reversed(table))


def _at_work(moment: datetime, before: datetime, chance: Dice) -> datetime:
    """A moment in office hours of the same or an earlier day, and before another one."""
    while moment.weekday() > 4:
        moment -= timedelta(days=1)
    at_work = moment.replace(
        hour=chance.randint(_OPENS, _CLOSES), minute=chance.randint(0, 59), second=0, microsecond=0
    )
    return at_work if at_work < before else before - timedelta(minutes=chance.randint(4, 40))
