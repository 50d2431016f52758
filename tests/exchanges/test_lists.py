"""Lists: filters, paging by key, and a number of queries that does not depend on rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from imi.exchanges import lists
from imi.exchanges.lists import Filters

from .conftest import World


def numbers(world: World, name: str, **filters: str) -> list[str]:
    page = lists.exchanges(world.people[name], Filters(**filters))  # type: ignore[arg-type]
    return [row.number for row in page.rows]


def test_filters_by_direction_state_and_phase(world: World) -> None:
    draft, sent, accepted = world.open(), world.sent(), world.accepted()
    assert set(numbers(world, "asker")) == {draft, sent, accepted}
    assert numbers(world, "asker", state="sent") == [sent]
    assert numbers(world, "asker", phase="draft") == [draft]
    assert set(numbers(world, "answerer", direction="received")) == {sent, accepted}
    assert numbers(world, "answerer", direction="sent") == []
    assert set(numbers(world, "answercoord", direction="coordinated")) == {sent, accepted}


def test_filters_by_country_and_area(world: World) -> None:
    sent = world.sent()
    assert numbers(world, "asker", country="PT") == [sent]
    assert numbers(world, "asker", country="FR") == []
    assert numbers(world, "asker", area="posting-of-workers") == []


def test_finds_by_number_own_file_number_and_name(world: World) -> None:
    number = world.sent(provider_name="Űrhajó Kft.")
    assert numbers(world, "asker", text=number) == [number]
    assert numbers(world, "asker", text=number.split("-")[1].lstrip("0")) == [number]
    assert numbers(world, "asker", text=number[:6]) == [number], "a number that is not typed to its end"
    assert numbers(world, "asker", text="1999-") == []
    assert numbers(world, "asker", text="hu-77") == [number]
    assert numbers(world, "answerer", text="hu-77") == [], "the other side's file number is not ours"


def test_only_areas_with_a_role_are_listed(world: World) -> None:
    from imi.accounts.queries import Standing

    world.sent()
    who = world.people["asker"]
    elsewhere = Standing(
        user_id=who.user_id, authority_id=who.authority_id, country=who.country, language=who.language,
        roles={}, administrator=False, linked=frozenset(),
    )  # fmt: skip
    assert list(lists.exchanges(elsewhere, Filters()).rows) == []


def test_linked_authorities_are_listed_apart_without_drafts(world: World) -> None:
    world.open()
    sent = world.sent()
    assert numbers(world, "onlooker") == []
    page = lists.exchanges(world.people["onlooker"], Filters(linked=True))
    assert [row.number for row in page.rows] == [sent]


def test_paging_forth_and_back_shows_each_row_once(world: World) -> None:
    made = []
    for _ in range(7):
        made.append(world.sent())
        world.at(minutes=1)
    who = world.people["asker"]
    first = lists.exchanges(who, Filters(), size=3)
    second = lists.exchanges(who, Filters(), first.next or "", size=3)
    third = lists.exchanges(who, Filters(), second.next or "", size=3)
    found = [row.number for page in (first, second, third) for row in page.rows]
    assert found == made[::-1]
    assert (first.previous, third.next) == (None, None)
    back = lists.exchanges(who, Filters(), third.previous or "", size=3)
    assert [row.number for row in back.rows] == [row.number for row in second.rows]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "bnVsbA", "WzAsMSwyXQ", "%%%", "a" * 5000])
def test_a_strange_cursor_is_named_as_such(world: World, cursor: str) -> None:
    with pytest.raises(lists.BadCursor):
        lists.exchanges(world.people["asker"], Filters(), cursor)


@pytest.mark.parametrize("text", ["'", "%", "_", '"AND(', "a" * 10_000, "\x00", "𝒳", "  "])
def test_hostile_words_find_nothing_and_break_nothing(world: World, text: str) -> None:
    world.sent()
    assert isinstance(numbers(world, "asker", text=text), list)


@pytest.mark.parametrize("rows", [1, 12])
def test_a_list_is_a_fixed_number_of_queries(
    world: World, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        world.sent()
    who = world.people["asker"]
    with django_assert_num_queries(1):
        list(lists.exchanges(who, Filters()).rows)
    with django_assert_num_queries(1):
        lists.counts(who)
    with django_assert_num_queries(1):
        lists.tasks(world.people["answerer"], world.now)


def test_late_is_what_is_over(world: World) -> None:
    number = world.sent()
    tasks = lists.tasks(world.people["answerer"], world.now + timedelta(days=9))
    assert (tasks.tasks[0].number, tasks.late) == (number, 1)
    assert [row.number for row in lists.stuck(world.people["answercoord"], world.now + timedelta(days=9))] == [number]


def test_the_next_task_is_another_one(world: World) -> None:
    first, second = world.sent(), world.sent()
    following = lists.next_task(world.people["answerer"], after=first)
    assert following is not None
    assert following.exchange.number == second


@pytest.mark.parametrize("value", ["\x00", "²", "9" * 40, "-1", "x' OR 1=1"])
def test_hostile_filters_find_nothing_and_break_nothing(world: World, value: str) -> None:
    world.sent()
    for name in ("direction", "state", "phase", "area", "country", "due", "handler"):
        assert isinstance(numbers(world, "asker", **{name: value}), list)


def test_a_task_that_was_allocated_is_gone_with_the_access_to_the_area(world: World) -> None:
    number = world.sent()
    answerer = world.people["answerer"]
    world.act("answerer", number, "allocate", colleagues=[str(answerer.user_id)])
    assert [one.number for one in lists.tasks(answerer, world.now).tasks] == [number]
    assert lists.tasks(replace(answerer, roles={}), world.now).tasks == []
    assert lists.tasks(replace(answerer, authority_id="pt-other"), world.now).tasks == []
