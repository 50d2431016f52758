"""Finding authorities and registers, and an authority's page."""

from __future__ import annotations

from datetime import date

import pytest
from django.test import Client

from imi.directory import actions
from imi.directory.models import Authority
from imi.web import directory
from tests.exchanges.conftest import AREA, World
from tests.web.pages.conftest import Visit

GUIDES = "pt-guides"


@pytest.fixture
def guides(world: World) -> World:
    """One more authority, with a register."""
    actions.load_authorities(
        [
            actions.NewAuthority(
                id=GUIDES,
                kind="competent",
                country="PT",
                name="Autoridade das Profissões do Turismo",
                city="Lisboa",
                email="imi@pt-guides.example",
                languages=("pt", "fr"),
                texts={"en": ("Tourism professions authority", "Recognises folk who show strangers around.")},
                access={AREA: "authority"},
                coordinators={AREA: ("pt-coord",)},
                registers=(
                    actions.NewRegister(
                        "https://register.pt-guides.example", {"en": ("National register of guides", "All of them")}, ()
                    ),
                ),
            )
        ]
    )
    return world


def test_an_authority_is_found_and_says_why(guides: World, visit: Visit) -> None:
    page = visit("asker").get("/directory/?text=turismo").text
    assert "Tourism professions authority" in page
    assert "Found by:" in page
    assert "1 authority found" in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("country=PT", True),
        ("country=HU", False),
        ("language=fr", True),
        ("language=hu", False),
        (f"area={AREA}", True),
        ("area=none", False),
        ("profession=0000", False),
        ("text=strangers&country=PT&language=pt", True),
    ],
)
def test_the_search_is_narrowed(guides: World, visit: Visit, query: str, found: bool) -> None:
    assert ("Tourism professions authority" in visit("asker").get(f"/directory/?{query}").text) is found


def test_all_pages_can_be_turned(guides: World, visit: Visit) -> None:
    for index in range(30):
        values = {
            "kind": "competent",
            "country_id": "PT",
            "name": f"Office {index:02d}",
            "confirm_by": date(2027, 1, 1),
        }
        Authority.objects.create(id=f"x-{index}", **values)
    client = visit("asker")
    first = client.get("/directory/?country=PT").text
    assert 'href="/directory/?country=PT&amp;page=2"' in first
    assert 'rel="prev"' in client.get("/directory/?country=PT&page=2").text
    assert client.get("/directory/?country=PT&page=999999").status_code == 200


HOSTILE = [
    "%00",
    "%27--",
    "<script>alert(1)</script>",
    "a" * 3000,
    "%22%20OR%20NEAR(",
    "*",
    "%F0%9F%92%A3",
    "%FF",
    "%E2%80%AE",
]


@pytest.mark.parametrize("name", ["text", "page", *directory.FILTERS])
@pytest.mark.parametrize("address", ["/directory/", "/registers/"])
def test_hostile_words_break_nothing(visit: Visit, address: str, name: str) -> None:
    client = visit("asker")
    for value in HOSTILE:
        answer = client.get(f"{address}?{name}={value}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


@pytest.mark.parametrize("name", ["text", "country", "page", "next"])
def test_hostile_words_in_the_chooser(world: World, client: Client, name: str) -> None:
    for value in HOSTILE:
        answer = client.get(f"/training/?{name}={value}")
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text


def test_an_authoritys_page_tells_all_and_lets_handlers_ask(guides: World, visit: Visit) -> None:
    page = visit("asker").get(f"/directory/{GUIDES}/").text
    for text in ("Tourism professions authority", "Pt-Coord", "imi@pt-guides.example", "National register of guides"):
        assert text in page
    assert f"/requests/new?recipient={GUIDES}" in page
    for person in ("reader", "otherarea"):
        assert "recipient=" not in visit(person).get(f"/directory/{GUIDES}/").text
    assert "recipient=" not in visit("asker").get("/directory/hu-trade/").text


def test_there_is_no_page_of_nobody(guides: World, visit: Visit) -> None:
    assert visit("asker").get("/directory/nobody/").status_code == 404
    Authority.objects.filter(pk=GUIDES).update(active=False)
    assert visit("asker").get(f"/directory/{GUIDES}/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [("", True), ("text=guides", True), ("text=turismo", True), ("text=zzz", False), ("country=HU", False)],
)
def test_registers_are_found(guides: World, visit: Visit, query: str, found: bool) -> None:
    assert ("National register of guides" in visit("asker").get(f"/registers/?{query}").text) is found
