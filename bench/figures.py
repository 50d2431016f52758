"""What was measured, set against the goals: the table on the terminal and the file beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

CPU_SLACK = 1.2
"""A goal holds if the median is within it and no ratio of processor time is over it by more than this factor."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the lowest and the highest of the rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of the rounds' values."""
        return cls(median(values), min(values), max(values))

    def __str__(self) -> str:
        return f"{number(self.median)} [{number(self.low)}–{number(self.high)}]"


def number(value: float) -> str:
    """A number with three figures, or with its thousands parted."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def p95(values: Sequence[float]) -> float:
    """The value that 95 of 100 stay below."""
    return sorted(values)[min(len(values) - 1, round(len(values) * 0.95))]


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what, both sides, and their ratio against the goal; with ``least`` it must be at least so much."""

    name: str
    product: Spread
    floor: Spread | None
    unit: str
    ratio: Spread
    goal: float | None = None
    cpu_ratio: float | None = None
    least: bool = False
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Whether the goal holds; None where there is none."""
        if self.goal is None:
            return None
        if self.least:
            return self.ratio.median >= self.goal
        return self.ratio.median <= self.goal and (self.cpu_ratio or 0) <= self.goal * CPU_SLACK


def table(figures: Sequence[Figure]) -> str:
    """The figures for people."""
    heads = ("", "product", "floor", "", "ratio", "CPU", "goal", "")
    rows = [heads]
    for one in figures:
        met = {None: "", True: "met", False: "NOT MET"}[one.met]
        goal = "" if one.goal is None else f"{'≥' if one.least else '≤'} {one.goal:,g}"
        cpu = "" if one.cpu_ratio is None else number(one.cpu_ratio)
        ratio = "" if one.floor is None and not one.more.get("ratio") else str(one.ratio)
        rows.append((one.name, str(one.product), str(one.floor or ""), one.unit, ratio, cpu, goal, met))
    widths = [max(len(row[place]) for row in rows) for place in range(len(heads))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def save(file: Path, about: dict[str, Any], figures: Sequence[Figure]) -> None:
    """The figures for machines."""
    body = {**about, "figures": [{**asdict(one), "met": one.met} for one in figures]}
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
