"""The generated world is the same every time, believable, and costs no more memory the larger it is."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterator
from datetime import date
from itertools import islice

import pytest

from bench.data import EXCHANGES, SHAPES, World, generated

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def world() -> World:
    return generated(0.02, TODAY)


def test_it_is_the_same_every_time(world: World) -> None:
    again = generated(0.02, TODAY)
    assert again.authorities == world.authorities
    assert list(islice(again.cases(), 500)) == list(islice(world.cases(), 500))


def test_most_exchanges_are_over_and_all_lie_in_the_past(world: World) -> None:
    cases = list(world.cases())
    over = sum(not case.shape.open for case in cases) / len(cases)
    assert len(cases) == EXCHANGES * 0.02
    assert 0.91 < over < 0.93
    assert all((TODAY - case.begun).days * 24 >= sum(step.hours for step in case.shape.steps) for case in cases)
    assert len({case.number for case in cases}) == len(cases)


def test_one_authority_does_much_and_most_do_little(world: World) -> None:
    received = Counter(case.answering.id for case in world.cases())
    (busiest, most), *_ = received.most_common()
    assert busiest == world.big.id
    assert most > 10 * sorted(received.values())[len(received) // 2]


def test_nobody_asks_at_home(world: World) -> None:
    assert all(case.asking.country != case.answering.country for case in world.cases())
    assert all(case.asker in _users(case.asking) and case.answerer in _users(case.answering) for case in world.cases())


def _users(authority: object) -> range:
    return range(authority.first_user, authority.first_user + authority.users)  # type: ignore[attr-defined]


def test_it_streams(world: World) -> None:
    def peak(cases: Iterator[object], number: int) -> int:
        tracemalloc.start()
        for _case in islice(cases, number):
            pass
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(world.cases(), 10_000) < 1.2 * peak(world.cases(), 3_000)


def test_the_shares_of_the_courses_make_a_thousand() -> None:
    assert sum(shape.share for shape in SHAPES) == 1000
    assert sum(shape.share for shape in SHAPES if not shape.open) == 920
