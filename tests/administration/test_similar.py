"""What is registered already is found before it is typed twice, at any number of authorities."""

from __future__ import annotations

from typing import Any

import pytest

from imi.administration import admissions
from imi.administration.similar import SHOWN, similar
from imi.directory.actions import NewAuthority, load_authorities
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, fill_in, open_form, who

pytestmark = pytest.mark.django_db

ENTRIES = [
    NewAuthority(
        id="el-health",
        kind="competent",
        country="EL",
        name="Υπουργείο Υγείας",
        city="Αθήνα",
        email="info@moh.example",
        website="https://www.moh.example/el",
    ),
    NewAuthority(id="el-labour", kind="competent", country="EL", name="Υπουργείο Εργασίας", city="Αθήνα"),
    NewAuthority(
        id="el-gone", kind="competent", country="EL", name="Λιμεναρχείο Πειραιά", city="Πειραιάς", email="x@gmail.com"
    ),
    NewAuthority(id="pl-chamber", kind="competent", country="PL", name="Izba Rzemieślnicza w Łodzi", city="Łódź"),
    NewAuthority(id="cy-health", kind="competent", country="CY", name="Υπουργείο Υγείας", city="Λευκωσία"),
]


@pytest.fixture
def bodies(ground: None, db: None) -> None:
    load_authorities(ENTRIES)


@pytest.mark.parametrize(
    ("country", "name", "expected"),
    [
        ("EL", "ΥΠΟΥΡΓΕΙΟ ΥΓΕΙΑΣ", "el-health"),
        ("EL", "Ypourgeio Ygeias", "el-health"),
        ("EL", "Υπουργείο Υγείας και Πρόνοιας", "el-health"),
        ("PL", "Izba Rzemieslnicza w Lodzi", "pl-chamber"),
        ("PL", "Izba Rzemeślnicza w Łodzi", "pl-chamber"),
        ("PL", "Łódzka Izba Rzemieślnicza", "pl-chamber"),
    ],
)
def test_names_are_compared_across_scripts_accents_and_slips(
    bodies: None, country: str, name: str, expected: str
) -> None:
    found = similar(country, name)
    assert found[0].id == expected
    assert "name" in found[0].why


@pytest.mark.parametrize(
    ("email", "website", "why"),
    [
        ("INFO@moh.example", "", {"email", "domain"}),
        ("other@moh.example", "", {"domain"}),
        ("", "http://moh.example", {"website"}),
    ],
)
def test_addresses_tell_a_body_by_themselves(bodies: None, email: str, website: str, why: set[str]) -> None:
    found = similar("EL", "Something else", "", email, website)
    assert [(one.id, one.why) for one in found] == [("el-health", why)]


def test_a_domain_where_anybody_gets_an_address_tells_nothing(bodies: None) -> None:
    assert similar("EL", "Something else", "", "y@gmail.com") == []
    assert [one.id for one in similar("EL", "Something else", "", "X@gmail.com")] == ["el-gone"]


@pytest.mark.parametrize("name", ["", "  ", "Δημαρχείο Βόλου", "%", "a" * 300, "\x00"])
def test_what_is_new_looks_like_nothing(bodies: None, name: str) -> None:
    assert similar("EL", name.replace("\x00", "")) == []
    assert similar("XX", "Υπουργείο Υγείας") == []


def test_the_same_town_comes_first(bodies: None) -> None:
    load_authorities([NewAuthority(id="el-two", kind="competent", country="EL", name="Υπουργείο Υγείας", city="Βόλος")])
    assert similar("EL", "Υπουργείο Υγείας", "Βόλος")[0].id == "el-two"


def test_open_registrations_are_found_too(country: Country) -> None:
    admission, key = open_form(admissions.invite(who(country.national), "a@guild.example", "bg", [CRAFTS], NOW))
    assert [one.id for one in similar("BG", "", "", "b@guild.example")] == [f"admission:{admission.pk}"]
    fill_in(admission, key)
    assert [one.id for one in similar("BG", "СЛУЖБА ЗА ЗАНАЯТИТЕ ПЛОВДИВ")] == [f"admission:{admission.pk}"]
    admissions.withdraw(who(country.national), admission.pk, NOW)
    assert similar("BG", "СЛУЖБА ЗА ЗАНАЯТИТЕ ПЛОВДИВ") == []


def test_the_cost_does_not_grow_with_the_number_of_authorities(
    ground: None, db: None, django_assert_max_num_queries: Any
) -> None:
    load_authorities(
        NewAuthority(id=f"fr-{number}", kind="competent", country="FR", name=f"Préfecture de région {number}")
        for number in range(600)
    )
    with django_assert_max_num_queries(4):
        found = similar("FR", "Préfecture de région 577", "Paris", "a@prefecture.example", "https://prefecture.example")
    assert len(found) == SHOWN
    assert found[0].id == "fr-577"
