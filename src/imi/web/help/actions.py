"""Writes of the help: that a person has taken a first step."""

from __future__ import annotations

from datetime import datetime

from imi.accounts.queries import Standing
from imi.database.writes import insert
from imi.web.help.models import StepTaken


def take(who: Standing, step: str, now: datetime) -> None:
    """Remember that a person has taken a step; a second time changes nothing but the moment."""
    row = StepTaken(user_id=who.user_id, step=step, at=now)
    insert([row], unique=("user", "step"), changing=("at",))
