"""Who stands above an authority, as a drawn tree: the national coordinator, area or regional ones, the authority.

Only shapes and texts: how they look is for the stylesheet, so that nothing is blocked by a strict security policy.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from itertools import pairwise

from imi.directory.models import Authority

WIDTH, LINE, PAD, GAP, DROP = 220, 18, 12, 24, 44
_LETTERS, _LINES = 26, 3


@dataclass(frozen=True, slots=True)
class Box:
    """A body in the tree, with its name broken into lines."""

    x: int
    y: int
    width: int
    height: int
    lines: list[tuple[int, str]]
    current: bool

    @property
    def middle(self) -> int:
        """Where its arrows begin and end."""
        return self.x + self.width // 2


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two bodies."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, slots=True)
class Tree:
    """The whole drawing; ``levels`` says the same in words for those who do not see it."""

    width: int
    height: int
    boxes: list[Box]
    edges: list[Edge]
    levels: list[list[str]]


def tree(levels: list[list[Authority]], current: str) -> Tree:
    """Draw levels of authorities below one another, each level connected with the next.

    Args:
        levels: from the top; empty ones are left out.
        current: the id of the authority that the page is about.
    """
    kept = [level for level in levels if level]
    wide = max(len(level) for level in kept)
    width = wide * WIDTH + (wide - 1) * GAP
    drawn: list[list[Box]] = []
    top = 0
    for level in kept:
        broken = [_broken(one.name) for one in level]
        height = max(len(lines) for lines in broken) * LINE + 2 * PAD
        left = (width - len(level) * WIDTH - (len(level) - 1) * GAP) // 2
        drawn.append(
            [
                _box(left + place * (WIDTH + GAP), top, height, lines, one.pk == current)
                for place, (one, lines) in enumerate(zip(level, broken, strict=True))
            ]
        )
        top += height + DROP
    edges = [
        Edge(above.middle, above.y + above.height, below.middle, below.y)
        for upper, lower in pairwise(drawn)
        for above in upper
        for below in lower
    ]
    boxes = [box for level in drawn for box in level]
    return Tree(width, top - DROP, boxes, edges, [[one.name for one in level] for level in kept])


def _box(x: int, y: int, height: int, lines: list[str], current: bool) -> Box:
    placed = [(y + PAD + LINE * (number + 1) - 5, line) for number, line in enumerate(lines)]
    return Box(x, y, WIDTH, height, placed, current)


def _broken(name: str) -> list[str]:
    return textwrap.wrap(name, _LETTERS, max_lines=_LINES, placeholder=" …") or [name]
