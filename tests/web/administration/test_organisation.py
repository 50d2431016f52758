"""How a country is organised: the drawing, the authorities below a coordinator, and the cards that lead there."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imi.accounts.models import User
from imi.administration import organisation, registering, relations
from imi.administration.organisation import organisation as drawn
from imi.directory.actions import NewAuthority, index_authorities, load_authorities
from imi.directory.models import Authority
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, SCHOOLS, card, person, who

pytestmark = pytest.mark.django_db
HERE = "/directory/countries/BG/"


def browser(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def many(country: Country, count: int, coordinator: str) -> None:
    """Authorities behind a coordinator, all at once."""
    load_authorities(
        NewAuthority(
            id=f"bg-many-{index}",
            kind="competent",
            country="BG",
            name=f"Служба {index:04d}",
            languages=("bg",),
            access={CRAFTS: "authority"},
            coordinators={CRAFTS: (coordinator,)},
        )
        for index in range(count)
    )


@pytest.fixture
def regional(country: Country) -> str:
    """A regional coordinator."""
    chief = who(country.national)
    sofia = card("Областен координатор", regions=("BG411",))
    made = registering.register_coordinator(chief, "sdimic", "BG", sofia, person("Рада"), (), now=NOW)
    return made.authority.pk


def test_the_tree_follows_who_registered_whom(country: Country, regional: str) -> None:
    crafts = country.of("crafts").pk
    under = registering.register_coordinator(
        who(country.crafts), "dimic", "BG", card("Делегиран"), person("Дона"), [CRAFTS], now=NOW
    ).authority.pk
    found = drawn("BG")
    assert [desk.authority.pk for desk in found.tops] == [country.of("national").pk]
    below = {desk.authority.pk: desk for desk in found.tops[0].below}
    assert below.keys() == {crafts, regional}
    assert [desk.authority.pk for desk in below[crafts].below] == [under]
    assert below[regional].regions == ["BG411"]
    assert below[crafts].behind == {CRAFTS: 1}
    assert below[crafts].total == 1
    assert (found.coordinators, found.authorities, found.left_out) == (4, 1, 0)


def test_coordinators_that_validated_each_other_are_all_drawn(country: Country, regional: str) -> None:
    crafts = country.of("crafts").pk
    Authority.objects.filter(pk=crafts).update(validator=regional)
    Authority.objects.filter(pk=regional).update(validator=crafts)
    assert {desk.authority.pk for desk in drawn("BG").desks()} == {country.of("national").pk, crafts, regional}


def test_only_active_competent_authorities_count_as_looked_after(country: Country) -> None:
    crafts = country.of("crafts").pk
    many(country, 3, crafts)
    under = registering.register_coordinator(
        who(country.crafts), "dimic", "BG", card("Делегиран"), person("Дона"), [CRAFTS], now=NOW
    )
    Authority.objects.filter(pk="bg-many-0").update(active=False)
    desks = {desk.authority.pk: desk for desk in drawn("BG").desks()}
    assert (desks[crafts].behind, desks[crafts].total) == ({CRAFTS: 3}, 3)
    assert (desks[under.authority.pk].behind, desks[under.authority.pk].total) == ({}, 0)


def test_an_inactive_national_coordinator_leaves_the_others_at_the_top(country: Country, regional: str) -> None:
    Authority.objects.filter(pk=country.of("national").pk).update(active=False)
    assert {desk.authority.pk for desk in drawn("BG").tops} == {country.of("crafts").pk, regional}


def test_everybody_sees_kinds_areas_territories_and_delegated_tasks(country: Country, regional: str) -> None:
    crafts = country.of("crafts").pk
    relations.delegate(who(country.national), crafts, "register", CRAFTS, "BG421", NOW)
    for user in (country.masters, country.abroad):
        page = text(browser(user).get(HERE))
        assert "How Bulgaria is organised" in page
        assert "3 coordinators, 1 authority" in page
        for words in (
            "National IMI coordinator",
            "Super-delegated IMI coordinator",
            "Legislative-area IMI coordinator",
        ):
            assert words in page
        assert "София (столица)" in page
        assert "the whole country" in page
        assert "Register authorities: crafts, Пловдив" in page
        assert 'aria-expanded="false"' in page
        assert f'href="/directory/{country.of("masters").pk}/"' not in page


def test_authorities_are_shown_on_demand_and_paged(country: Country) -> None:
    crafts = country.of("crafts").pk
    many(country, 60, crafts)
    client = browser(country.abroad)
    assert "61 authorities" in text(client.get(HERE))
    first = text(client.get(f"{HERE}?open={crafts}"))
    assert 'aria-expanded="true"' in first
    assert first.count("Служба") + first.count("Камара") == organisation.PAGE
    assert f'rel="next" href="{HERE}?open={crafts}&page=2#{crafts}"' in first
    last = text(client.get(f"{HERE}?open={crafts}&page=3"))
    assert "Служба 0059" in last
    assert 'rel="next"' not in last


def test_the_drawing_costs_the_same_however_many_there_are(country: Country, regional: str) -> None:
    client, crafts = browser(country.abroad), country.of("crafts").pk
    client.get(HERE)
    with CaptureQueriesContext(connection) as few:
        client.get(f"{HERE}?open={crafts}")
    many(country, 2000, crafts)
    chief = who(country.national)
    for name in ("Птици", "Злато", "Гори"):
        registering.register_coordinator(chief, "dimic", "BG", card(name), person(name), [SCHOOLS], now=NOW)
    with CaptureQueriesContext(connection) as much:
        page = client.get(f"{HERE}?open={crafts}")
    assert "2001 authorities" in text(page)
    assert len(page.content) < 60_000
    assert len(few) == len(much) <= 12


def test_of_very_many_coordinators_some_are_left_to_the_directory(
    country: Country, regional: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(organisation, "MOST", 2)
    found = drawn("BG")
    assert (len(list(found.desks())), found.coordinators, found.left_out) == (2, 3, 1)
    assert "1 more coordinator is in the directory" in text(browser(country.abroad).get(HERE))


@pytest.mark.parametrize("code", ["XX", "bg", "%00", "AT", "B'"])
def test_a_country_without_coordinators_has_no_drawing(country: Country, code: str) -> None:
    assert browser(country.abroad).get(f"/directory/countries/{code}/").status_code == 404


@pytest.mark.parametrize("query", ["open=nobody", "open=%00", "open=lt-x&page=-1", "page=999999"])
def test_what_is_no_coordinator_opens_nothing(country: Country, query: str) -> None:
    assert browser(country.abroad).get(f"{HERE}?{query}").status_code == 200


def test_cards_tell_kind_tasks_and_territory_in_the_readers_words(country: Country, regional: str) -> None:
    page = text(browser(country.abroad).get(f"/directory/{regional}/"))
    assert "Super-delegated IMI coordinator" in page
    assert "Approve requests and replies" in page
    assert "София (столица)" in page
    assert f"{HERE}?open={regional}#{regional}" in page
    assert "As a coordinator" not in text(browser(country.abroad).get(f"/directory/{country.of('masters').pk}/"))


def test_a_card_says_which_language_stands_in_and_shows_the_original(country: Country) -> None:
    masters = country.of("masters").pk
    foreign = text(browser(country.abroad).get(f"/directory/{masters}/"))
    assert "they are shown in this language: Bulgarian" in foreign
    assert '<span lang="bg">Камара на майсторите</span>' in foreign
    Authority.objects.get(pk=masters).texts.create(lang="en", informal="Chamber of masters", machine=True)
    translated = text(browser(country.abroad).get(f"/directory/{masters}/"))
    assert "<h1>Chamber of masters</h1>" in translated
    assert "Title and description were translated by a machine; nobody has confirmed them." in translated
    assert "In the original language: Bulgarian" in translated
    assert "they are shown in this language" not in translated


def test_the_search_offers_regions_of_the_chosen_country_and_roles(country: Country, regional: str) -> None:
    client = browser(country.abroad)
    assert 'name="region"' not in text(client.get("/directory/"))
    page = text(client.get("/directory/?country=BG&region=BG411"))
    assert '<option value="BG411" selected>' in page
    assert "Областен координатор" in page
    assert HERE in page
    assert "Областен координатор" not in text(client.get("/directory/?country=BG&region=BG421"))
    assert "Bulgaria (4)" in text(client.get("/directory/"))
    assert "All coordinators (3)" in text(client.get("/directory/?country=BG"))
    assert "3 authorities found" in text(client.get("/directory/?country=BG&role=coordinator"))
    # The region goes with its country.
    assert 'name="region"' not in text(client.get("/directory/?region=BG411"))


def test_the_search_costs_the_same_however_much_it_finds(country: Country) -> None:
    client = browser(country.abroad)
    client.get("/directory/?country=BG&region=BG411")
    with CaptureQueriesContext(connection) as few:
        client.get("/directory/?country=BG&region=BG411")
    many(country, 60, country.of("crafts").pk)
    with CaptureQueriesContext(connection) as much:
        client.get("/directory/?country=BG&region=BG411")
    assert len(few) == len(much)


def test_a_title_drafted_by_machine_is_marked_wherever_it_is_shown(country: Country) -> None:
    masters, crafts = country.of("masters"), country.of("crafts")
    masters.texts.create(lang="en", informal="Chamber of masters", machine=True)
    index_authorities([masters.pk])
    for address in ("/directory/?text=Chamber", f"{HERE}?open={crafts.pk}"):
        shown = text(browser(country.abroad).get(address))
        assert "Chamber of masters" in shown, address
        assert "(machine draft)" in shown, address
    assert "(machine draft)" in text(browser(country.masters).get("/administration/authority/"))
