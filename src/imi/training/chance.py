"""Chance that comes out the same every time: dice that are seeded with what they are thrown for."""

from __future__ import annotations

import random

Dice = random.Random


def dice(*seed: object) -> Dice:
    """Dice that always fall alike for the same ``seed``."""
    return random.Random("/".join(map(str, seed)))  # noqa: S311 - stories, not secrets
