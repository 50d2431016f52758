"""The coordinators' desk: what lies still, traffic lights, sleeping authorities; and who sees it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.accounts.models import User
from imi.directory.models import Access, Authority, CoordinatorLink, Register
from imi.web.desk.figures import BEHIND, count_events
from imi.web.desk.indicators import Sums, marks
from imi.web.desk.models import Figure, Reading
from tests.exchanges.conftest import World
from tests.web.pages.conftest import Visit, copies


def _counted(world: World) -> None:
    while count_events(world.now + BEHIND + timedelta(seconds=1)):
        pass


def _sums(authority: str, *, coordinated: bool = False) -> dict[str, tuple[int, int, int]]:
    rows = Figure.objects.filter(authority=authority, coordinated=coordinated)
    return {one.measure: (one.total, one.good, one.days) for one in rows}


def _part(page: str, name: str) -> str:
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


# --- figures ---------------------------------------------------------------------------------------------------------


def test_the_reader_adds_up_what_was_accepted_answered_and_rated(world: World) -> None:
    number = world.sent()
    world.at(days=2)
    world.act("answerer", number, "accept", days=10)
    world.at(days=15)
    world.act("answerer", number, "reply", answers="some", remark="It is so.")
    world.act("asker", number, "close", timeliness="poor", effort="good")
    _counted(world)
    expected = {
        "acceptance": (1, 1, 2),
        "reply": (1, 0, 15),
        "close.timeliness": (1, 0, 0),
        "close.effort": (1, 1, 0),
    }
    assert _sums("pt-works") == expected
    assert _sums("pt-coord", coordinated=True) == expected
    assert _sums("hu-trade") == _sums("hu-coord", coordinated=True) == {}


def test_nothing_is_counted_twice_and_nothing_too_early(world: World) -> None:
    world.accepted()
    assert count_events(world.now + BEHIND) == 0
    _counted(world)
    before = _sums("pt-works")
    _counted(world)
    assert _sums("pt-works") == before == {"acceptance": (1, 1, 0)}
    world.accepted()
    _counted(world)
    assert _sums("pt-works") == {"acceptance": (2, 2, 0)}


def test_who_withdraws_has_not_accepted_for_the_other_side(world: World) -> None:
    number = world.sent()
    world.act("asker", number, "withdraw", reason="A mistake.")
    _counted(world)
    assert not Figure.objects.exists()


def test_a_failure_leaves_the_place_in_the_log(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.accepted()

    def fails(_figures: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("imi.web.desk.figures._add", fails)
    with pytest.raises(RuntimeError):
        _counted(world)
    assert not Reading.objects.filter(event__gt=0).exists()
    monkeypatch.undo()
    _counted(world)
    assert _sums("pt-works") == {"acceptance": (1, 1, 0)}


@pytest.mark.parametrize(
    ("sums", "tones", "mark"),
    [
        ({}, ["", "", "", "", ""], ""),
        ({"acceptance": Sums(10, 8)}, ["success", "", "", "", ""], "warning"),
        ({"acceptance": Sums(10, 6), "reply": Sums(10, 8, 159)}, ["warning", "success", "success", "", ""], "success"),
        ({"acceptance": Sums(10, 5), "reply": Sums(2, 0, 52)}, ["danger", "danger", "danger", "", ""], "danger"),
        ({"reply": Sums(1, 1, 16), "urgent_reply": Sums(1, 0, 16)}, ["", "warning", "danger", "", ""], "warning"),
        (
            {"close.timeliness": Sums(100, 96), "close.effort": Sums(100, 95)},
            ["", "", "", "success", "warning"],
            "warning",
        ),
        (
            {"close.timeliness": Sums(100, 85), "close.effort": Sums(100, 86)},
            ["", "", "", "danger", "warning"],
            "warning",
        ),
    ],
)
def test_lights_change_where_the_scoreboard_says(sums: dict[str, Sums], tones: list[str], mark: str) -> None:
    found = marks(sums)
    assert [one.tone for one in found.lights] == tones
    assert found.tone == mark


# --- the pages -------------------------------------------------------------------------------------------------------


PARTS = {"/desk/": 22, "/desk/deadlines/": 13, "/desk/authorities/": 16}
"""The pages of the desk, with how many queries each may take at the most."""


def test_a_coordinator_sees_what_lies_still_and_steps_in(world: World, visit: Visit) -> None:
    number = world.sent()
    page = visit("answercoord").get("/desk/").text
    part = _part(page, "still")
    assert f'href="/requests/{number}/"' in part
    assert "Pt-Works" in part
    assert f'href="/requests/{number}/remind/"' in part
    assert visit("answercoord").get(f"/requests/{number}/remind/").status_code == 200
    assert number in visit("answercoord").get("/desk/?state=sent").text
    assert number not in _part(visit("answercoord").get("/desk/?state=accepted").text, "still")
    assert 'href="/desk/"' in visit("answercoord").get("/").text


def test_only_what_is_coordinated_is_shown(world: World, visit: Visit) -> None:
    number = world.sent()
    for person in ("asker", "answerer", "stranger", "other"):
        for address in PARTS:
            page = visit(person).get(address).text
            assert number not in page
            assert "Your authority coordinates nobody" in page
    CoordinatorLink.objects.filter(authority="pt-other").delete()
    assert "Pt-Other" not in visit("answercoord").get("/desk/").text


def test_lights_are_shown_for_each_authority_and_all_together(world: World, visit: Visit) -> None:
    world.now = timezone.now() - timedelta(days=40)
    world.answered()
    _counted(world)
    part = _part(visit("answercoord").get("/desk/deadlines/").text, "standings")
    together, _row, own = part.partition("Pt-Works")
    assert "100 %" in together
    assert "100 %" in own
    assert "100 %" not in _part(visit("askcoord").get("/desk/deadlines/").text, "standings")
    Figure.objects.update(month=date(2020, 1, 1))
    assert "100 %" not in visit("answercoord").get("/desk/deadlines/").text


def test_who_never_signed_in_and_whose_data_is_old(world: World, visit: Visit) -> None:
    now = timezone.now()
    User.objects.filter(authority="pt-works").update(last_seen=now)
    User.objects.filter(authority="pt-other").update(last_seen=None)
    Register.objects.create(authority_id="pt-works", url="https://old.example", reviewed_on=date(2020, 1, 1))
    Register.objects.create(authority_id="pt-works", url="https://new.example", reviewed_on=now.date())
    Register.objects.create(authority_id="hu-trade", url="https://foreign.example")
    page = visit("answercoord").get("/desk/authorities/").text
    assert "Pt-Other" in _part(page, "asleep")
    assert "Pt-Works" not in _part(page, "asleep")
    assert "https://old.example" in _part(page, "outdated")
    assert "https://new.example" not in page
    assert "https://foreign.example" not in page


@pytest.mark.parametrize("query", ["page=x", "page=0", "page=99999999", "state=%00", "state=<b>", "page=２"])
def test_a_hostile_address_is_an_ordinary_page(visit: Visit, query: str) -> None:
    client = visit("answercoord")
    assert {client.get(f"{address}?{query}").status_code for address in PARTS} == {200}


@pytest.mark.parametrize(("address", "most"), PARTS.items())
def test_the_number_of_queries_is_fixed(world: World, visit: Visit, address: str, most: int) -> None:
    client = visit("answercoord")
    number = world.sent()
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    copies(number, 20)
    Authority.objects.filter(pk="pt-works").update(confirm_by=date(2020, 1, 1))
    _counted(world)
    with CaptureQueriesContext(connection) as after:
        client.get(address)
    assert len(after) == len(before)
    assert len(after) <= most


def test_a_link_alone_keeps_no_task_of_an_authority_that_is_active_no_more(world: World, visit: Visit) -> None:
    number = world.sent()
    Authority.objects.filter(pk="pt-works").update(active=False)
    assert number in _part(visit("answercoord").get("/desk/authorities/").text, "left")
    assert number not in _part(visit("askcoord").get("/desk/authorities/").text, "left")


def test_tasks_of_authorities_that_cannot_act_are_shown(world: World, visit: Visit) -> None:
    number = world.sent()
    client = visit("answercoord")
    assert number not in _part(client.get("/desk/authorities/").text, "left")
    Access.objects.filter(authority="pt-works").update(suspended=True)
    assert number in _part(client.get("/desk/authorities/").text, "left")
