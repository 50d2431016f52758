"""The backlog by authority, and requests that arrived at the coordinator itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.directory.models import CoordinatorLink
from imi.exchanges.models import Task
from imi.web.desk import backlog
from imi.web.desk.still import SIZE
from tests.access.conftest import switch
from tests.exchanges.conftest import World
from tests.web.desk.test_desk import _part
from tests.web.pages.conftest import Visit, copies


def cells(world: World, name: str, authority: str) -> dict[str, tuple[int, str]]:
    """Number and light of each column in the line of an authority."""
    found, _more = backlog.lines(world.people[name], 1, timezone.now())
    (line,) = [one for one in found if one.authority == authority]
    return {column.id: (cell.total, cell.tone) for column, cell in zip(backlog.columns(), line.cells, strict=True)}


def test_each_column_counts_what_is_awaited_of_that_authority(world: World) -> None:
    world.now = timezone.now() - timedelta(days=1)
    world.sent()
    world.sent()
    world.accepted()
    world.answered()
    assert cells(world, "answercoord", "pt-works") == {
        "accept": (2, "success"),
        "answer": (1, "success"),
        "close": (0, ""),
    }
    assert cells(world, "askcoord", "hu-trade") == {"accept": (0, ""), "answer": (0, ""), "close": (1, "success")}


@pytest.mark.parametrize(("days", "tone"), [(7, "success"), (8, "warning"), (14, "warning"), (15, "danger")])
def test_the_light_is_that_of_the_oldest(world: World, days: int, tone: str) -> None:
    world.sent()
    Task.objects.update(since=timezone.now() - timedelta(days=days))
    world.now = timezone.now()
    world.sent()
    assert cells(world, "answercoord", "pt-works")["accept"] == (2, tone)


def test_an_allocated_exchange_is_one(world: World) -> None:
    switch("pt-works", uses_allocation=True)
    number = world.accepted()
    both = [str(world.people[name].user_id) for name in ("answerer", "answermate")]
    world.act("answerer", number, "allocate", handlers=both)
    assert Task.objects.filter(action="reply").count() == 2
    assert cells(world, "answercoord", "pt-works")["answer"][0] == 1


def test_a_number_leads_to_its_exchanges(world: World, visit: Visit) -> None:
    waiting, accepted = world.sent(), world.accepted()
    client = visit("answercoord")
    part = _part(client.get("/desk/").text, "backlog")
    address = "/desk/?authority=pt-works&amp;waits=accept#still"
    assert address in part
    listed = _part(client.get(address.replace("&amp;", "&")).text, "still")
    assert waiting in listed
    assert accepted not in listed
    every = _part(client.get("/desk/?authority=pt-works").text, "still")
    assert waiting in every
    assert accepted in every
    assert waiting not in _part(client.get("/desk/?authority=pt-other&waits=accept").text, "still")
    # What another coordinator's authorities have to do is not told, whatever the address says.
    assert waiting not in visit("stranger").get("/desk/?authority=pt-works&waits=accept").text


def test_who_coordinates_nobody_gets_no_line(world: World) -> None:
    world.sent()
    CoordinatorLink.objects.filter(authority="pt-works").delete()
    assert backlog.lines(world.people["answercoord"], 1, timezone.now()) == ([], False)
    assert backlog.lines(world.people["stranger"], 1, timezone.now()) == ([], False)


def test_the_backlog_is_a_fixed_number_of_queries(world: World) -> None:
    number = world.sent()
    who = world.people["answercoord"]
    backlog.lines(who, 1, timezone.now())
    with CaptureQueriesContext(connection) as few:
        backlog.lines(who, 1, timezone.now())
    copies(number, 30)
    with CaptureQueriesContext(connection) as many:
        backlog.lines(who, 1, timezone.now())
    assert len(few) == len(many) <= 5
    assert cells(world, "answercoord", "pt-works")["accept"][0] == 31


def test_long_lists_come_in_pages(world: World, visit: Visit) -> None:
    copies(world.sent(), SIZE + 5)
    client = visit("answercoord")
    first = _part(client.get("/desk/?authority=pt-works&waits=accept").text, "still")
    assert "still=2" in first
    second = _part(client.get("/desk/?authority=pt-works&waits=accept&still=2").text, "still")
    assert second.count("imi-number") == 6
    assert "still=3" not in second


@pytest.mark.parametrize("query", ["still=x", "still=99999999", "waits=nothing", "authority=%00", "backlog=0"])
def test_a_hostile_address_is_an_ordinary_page(visit: Visit, query: str) -> None:
    assert visit("answercoord").get(f"/desk/?{query}").status_code == 200


# --- at the coordinator itself ---------------------------------------------------------------------------------------


def test_what_arrived_at_the_coordinator_is_passed_on(world: World, visit: Visit) -> None:
    number, other = world.sent(recipient="pt-coord"), world.sent()
    page = visit("answercoord").get("/desk/").text
    part = _part(page, "arrived")
    assert number in part
    assert other not in part
    assert f'href="/requests/{number}/forward/"' in part
    assert visit("answercoord").get(f"/requests/{number}/forward/").status_code == 200
    assert 'id="arrived"' not in visit("answerer").get("/desk/").text


def test_what_cannot_be_passed_on_any_more_is_not_there(world: World, visit: Visit) -> None:
    number = world.sent(recipient="pt-coord")
    world.act("answercoord", number, "accept", days=10)
    world.act("answercoord", number, "reply", answers="some")
    assert 'id="arrived"' not in visit("answercoord").get("/desk/").text
