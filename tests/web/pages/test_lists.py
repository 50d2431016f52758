"""Lists of exchanges: tabs, filters, order, pages, saved filters, allocating several at once."""

from __future__ import annotations

import html
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imi.directory.models import Access
from imi.exchanges.models import Allocation, Participation
from imi.web.actions import MOST_SAVED_FILTERS
from imi.web.models import SavedFilter
from tests.exchanges.conftest import World
from tests.web.pages.conftest import Visit, copies

NUMBER = re.compile(r'id="x-([0-9-]+)"')


def numbers(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    return NUMBER.findall(answer.text)


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_each_tab_holds_its_own(world: World, visit: Visit) -> None:
    draft, sent = world.open(), world.sent()
    asker, answerer, coordinator = visit("asker"), visit("answerer"), visit("answercoord")
    assert numbers(asker, "/exchanges/?tab=sent") == [sent]
    assert numbers(asker, "/exchanges/?tab=sent&phase=any") == [sent], "a draft has not been sent"
    assert numbers(asker, "/exchanges/?tab=drafts") == [draft]
    assert numbers(asker, "/exchanges/?tab=received") == []
    assert numbers(answerer, "/exchanges/?tab=received") == [sent]
    assert numbers(coordinator, "/exchanges/?tab=coordinated") == [sent]
    assert numbers(visit("stranger"), "/exchanges/?tab=received") == []
    assert numbers(visit("onlooker"), "/exchanges/?tab=linked") == [sent]


def test_the_first_tab_that_holds_something_comes_first(world: World, visit: Visit) -> None:
    number = world.sent()
    assert numbers(visit("asker"), "/exchanges/") == [number]


def test_a_row_says_state_turn_and_deadline_in_the_readers_language(world: World, visit: Visit) -> None:
    world.sent()
    page = visit("answerer").get("/exchanges/?tab=received").text
    assert "Your turn:" in page
    assert "Accept or forward the request" in page
    assert 'class="imi-deadline imi-deadline--late"' in page
    assert '<span class="imi-hint imi-hint--mine">' in page
    assert '<span class="ecl-label imi-label imi-label--info">' in page
    assert "&lt;" not in page
    assert "Hungary" in page
    other = visit("asker", "hu").get("/exchanges/?tab=sent").text
    assert "Portugália" in other
    assert "Kérés elküldve" in other


def test_the_coordinated_authority_is_named(world: World, visit: Visit) -> None:
    world.sent()
    page = visit("askcoord").get("/exchanges/?tab=coordinated").text
    assert "Hu-Trade" in page
    assert "Pt-Works" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=sent", True),
        ("state=accepted", False),
        ("phase=done", False),
        ("phase=any", True),
        ("area=services", True),
        ("area=posting-of-workers", False),
        ("country=HU", True),
        ("country=PT", False),
        ("due=late", True),
        ("due=week", False),
        ("text=2026-0", True),
        ("text=nonsense", False),
        ("state=sent&country=HU&due=late&area=services", True),
    ],
)
def test_filters_narrow_the_list(world: World, visit: Visit, query: str, found: bool) -> None:
    number = world.sent()
    client = visit("answerer")
    assert numbers(client, f"/exchanges/?tab=received&{query}") == ([number] if found else [])


def test_filters_in_force_can_be_taken_away(world: World, visit: Visit) -> None:
    world.sent()
    page = visit("answerer").get("/exchanges/?tab=received&country=HU&due=late").text
    assert "Remove the filter Other side's country: Hungary" in html.unescape(page)
    assert 'href="/exchanges/?tab=received&amp;due=late"' in page


def test_the_own_file_number_finds_the_request_for_its_owner_only(world: World, visit: Visit) -> None:
    number = world.sent()
    assert numbers(visit("asker"), "/exchanges/?tab=sent&text=HU-77") == [number]
    assert numbers(visit("answerer"), "/exchanges/?tab=received&text=HU-77") == []


def test_pages_lead_forward_and_back_through_everything_once(world: World, visit: Visit) -> None:
    copies(world.sent(), 60)
    client, seen, address = visit("answerer"), [], "/exchanges/?tab=received"
    previous = ""
    for _ in range(3):
        page = client.get(address).text
        seen.append(NUMBER.findall(page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        previous = re.search(r'rel="prev" href="([^"]+)"', page)
        address = found[1].replace("&amp;", "&") if found else ""
    assert [len(one) for one in seen] == [25, 25, 11]
    assert address == ""
    assert len({number for one in seen for number in one}) == 61
    back = client.get(previous[1].replace("&amp;", "&")).text
    assert NUMBER.findall(back) == seen[1]


@pytest.mark.parametrize("sort", ["updated", "due", "opened"])
def test_the_list_can_be_sorted(world: World, visit: Visit, sort: str) -> None:
    for later in (3, 1, 2):
        world.at(days=later)
        world.sent()
    page = visit("answerer").get(f"/exchanges/?tab=received&sort={sort}").text
    found = NUMBER.findall(page)
    rows = Participation.objects.filter(authority="pt-works")
    order = {"updated": "-updated_at", "due": "due_at", "opened": "-number"}[sort]
    assert found == list(rows.order_by(order).values_list("number", flat=True))
    assert page.count("aria-sort") == 1


@pytest.mark.parametrize(
    "marker",
    [
        "x",
        "%00",
        "W10",
        "bnVsbA",
        "WzAsIjIwMjUiXQ",
        "WzAsICIyMDI1LTAwMDAwMSIsIDVd",
        "WzAsICJcdTAwMDAiLCA1XQ",
        "A" * 5000,
    ],
)
def test_a_marker_that_is_not_ours_leads_to_the_first_page(world: World, visit: Visit, marker: str) -> None:
    answer = visit("answerer").get(f"/exchanges/?tab=received&page={marker}")
    assert (answer.status_code, answer["Location"]) == (302, "/exchanges/?tab=received")


HOSTILE = [
    "%00",
    "%27%20OR%201=1--",
    "<script>alert(1)</script>",
    "%E2%80%AE" * 50,
    "9" * 400,
    "../../etc",
    "%F0%9F%92%A3",
    "%FF%FE",
]


@pytest.mark.parametrize("name", ["tab", "text", "state", "phase", "area", "country", "due", "handler", "sort"])
def test_hostile_filters_find_nothing_and_break_nothing(world: World, visit: Visit, name: str) -> None:
    client = visit("answerer")
    for value in HOSTILE:
        answer = client.get(f"/exchanges/?{name}={value}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "address", ["/exchanges/?tab=received", "/exchanges/?tab=received&due=late&country=HU", "/tasks/", "/"]
)
def test_the_number_of_queries_does_not_depend_on_rows(world: World, visit: Visit, address: str) -> None:
    number = world.sent()
    client = visit("answerer")
    counted = [queries(client, address)]
    copies(number, 9)
    counted.append(queries(client, address))
    copies(number, 90, year=2024)
    counted.append(queries(client, address))
    assert len(set(counted)) == 1
    assert counted[0] <= 16


@pytest.mark.parametrize(("person", "tab"), [("answercoord", "coordinated"), ("onlooker", "linked")])
def test_nor_do_those_of_coordinators_and_linked_authorities(world: World, visit: Visit, person: str, tab: str) -> None:
    number = world.sent()
    client = visit(person)
    counted = {queries(client, f"/exchanges/?tab={tab}"), queries(client, "/")}
    copies(number, 50)
    assert {queries(client, f"/exchanges/?tab={tab}"), queries(client, "/")} == counted


def test_the_place_in_the_lists_is_kept(world: World, visit: Visit) -> None:
    world.sent()
    client = visit("answerer")
    client.get("/exchanges/?tab=received&due=late&sort=due")
    assert client.session["list_place"] == "/exchanges/?tab=received&due=late&sort=due"


# --- saved filters ---------------------------------------------------------------------------------------------------


def test_a_filter_is_saved_used_and_removed(world: World, visit: Visit) -> None:
    client = visit("answerer")
    query = {"query": "tab=received&due=late&evil=1&country=HU", "name": " Late  ones "}
    assert client.post("/exchanges/filters/save", query)["Location"] == "/exchanges/?tab=received&country=HU&due=late"
    page = client.get("/exchanges/").text
    assert 'href="/exchanges/?tab=received&amp;country=HU&amp;due=late">Late ones</a>' in page
    saved = SavedFilter.objects.get()
    visit("asker").post("/exchanges/filters/remove", {"id": saved.pk})
    assert SavedFilter.objects.exists()
    client.post("/exchanges/filters/remove", {"id": saved.pk})
    assert not SavedFilter.objects.exists()


def test_the_same_name_replaces_and_there_is_a_limit(visit: Visit) -> None:
    client = visit("answerer")
    for index in range(MOST_SAVED_FILTERS + 2):
        client.post("/exchanges/filters/save", {"query": "tab=sent", "name": f"f{index}"})
    assert SavedFilter.objects.count() == MOST_SAVED_FILTERS
    client.post("/exchanges/filters/save", {"query": "tab=drafts", "name": "f0"})
    assert SavedFilter.objects.get(name="f0").query == "tab=drafts"
    assert "as many filters as you can" in client.get("/exchanges/").text


@pytest.mark.parametrize("name", ["", "   ", "\x00", "a\nb\x1b"])
def test_a_filter_needs_a_name(visit: Visit, name: str) -> None:
    client = visit("answerer")
    client.post("/exchanges/filters/save", {"query": "tab=sent", "name": name})
    client.post("/exchanges/filters/remove", {"id": "x" * 50})
    assert not SavedFilter.objects.filter(name="").exists()


# --- several at once -------------------------------------------------------------------------------------------------


@pytest.fixture
def allocating(world: World) -> World:
    Access.objects.filter(authority="pt-works").update(settings={"uses_allocation": True})
    return world


def test_ticked_exchanges_are_allocated_together(allocating: World, visit: Visit) -> None:
    chosen = [allocating.sent(), allocating.sent()]
    left = allocating.sent()
    client, mate = visit("answerer"), allocating.people["answermate"].user_id
    page = client.get("/exchanges/?tab=received").text
    assert page.count('name="number"') == 3
    key = re.search(r'name="key" value="([^"]+)"', page)[1]
    form = {"number": chosen, "handler": [mate], "key": key}
    assert client.post("/exchanges/allocate", form)["Location"] == "/exchanges/?tab=received"
    assert set(Allocation.objects.values_list("exchange__number", "user_id")) == {(one, mate) for one in chosen}
    page = client.get("/exchanges/?tab=received").text
    assert "2 exchanges were allocated." in page
    assert "Answermate Test" in page
    assert numbers(client, f"/exchanges/?tab=received&handler={mate}") == sorted(chosen, reverse=True)
    client.post("/exchanges/allocate", {**form, "key": "other", "number": [chosen[0]], "nobody": "1"})
    assert set(Allocation.objects.values_list("exchange__number", flat=True)) == {chosen[1]}
    assert left not in set(Allocation.objects.values_list("exchange__number", flat=True))


def test_what_cannot_be_allocated_says_why(world: World, visit: Visit) -> None:
    number = world.sent()
    client, mate = visit("answerer"), world.people["answermate"].user_id
    client.post("/exchanges/allocate", {"number": [number, "2026-999999", "<b>"], "handler": [mate], "key": "k"})
    page = client.get("/exchanges/").text
    assert f"{number}: Your authority does not use allocation." in page
    assert "2026-999999, &lt;b&gt;: There is no such exchange" in page
    assert not Allocation.objects.exists()


@pytest.mark.parametrize("handler", ["0", "x", "<b>", "9" * 30])
def test_only_colleagues_can_be_chosen(allocating: World, visit: Visit, handler: str) -> None:
    number = allocating.sent()
    client = visit("answerer")
    client.post("/exchanges/allocate", {"number": [number], "handler": [handler], "key": "k"})
    assert not Allocation.objects.exists()
    assert number in client.get("/exchanges/").text


def test_nothing_ticked_says_so(visit: Visit) -> None:
    client = visit("answerer")
    client.post("/exchanges/allocate", {"key": "k"})
    assert "Tick at least one exchange" in client.get("/exchanges/").text
