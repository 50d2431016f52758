"""A goal is met by the median, and not at the price of processor time."""

from __future__ import annotations

import json
from pathlib import Path

from bench.figures import Figure, Spread, p95, save, table


def figure(ratio: float, cpu: float | None = None, goal: float | None = 1.5, least: bool = False) -> Figure:
    spread = Spread.of([ratio * 0.9, ratio, ratio * 1.2])
    return Figure("a page", Spread.of([10.0, 11.0, 12.0]), Spread.of([8.0]), "ms", spread, goal, cpu, least)


def test_a_goal_is_met_by_the_median_and_by_the_processor() -> None:
    assert figure(1.5, 1.79).met is True
    assert figure(1.51).met is False
    assert figure(1.2, 1.81).met is False
    assert figure(9.0, goal=None).met is None
    assert figure(30_000, goal=25_000, least=True).met is True
    assert figure(20_000, goal=25_000, least=True).met is False


def test_the_table_says_what_is_missed(tmp_path: Path) -> None:
    text = table([figure(1.2), figure(2.0)])
    assert [line.endswith("NOT MET") for line in text.splitlines()] == [False, False, True]
    save(tmp_path / "bench.json", {"scale": 1}, [figure(2.0)])
    stored = json.loads((tmp_path / "bench.json").read_text())
    assert stored["scale"] == 1
    assert stored["figures"][0]["met"] is False
    assert stored["figures"][0]["ratio"] == {"median": 2.0, "low": 1.8, "high": 2.4}


def test_the_slowest_twentieth_is_cut_off() -> None:
    assert p95([float(value) for value in range(1, 101)]) == 96
    assert p95([3.0]) == 3
