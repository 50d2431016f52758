"""Reads of the directory: facts for the engine, cards, names."""

from __future__ import annotations

import pytest
from django.conf import settings

from imi.directory import queries, reference
from imi.directory.models import (
    Access,
    Authority,
    AuthorityConcept,
    AuthorityKeyword,
    AuthorityRegion,
    AuthorityText,
    Concept,
)

from .conftest import GUIDES, TEACHERS


@pytest.mark.usefixtures("world")
def test_facts_of_authorities(django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        facts = queries.authority_facts(["pt-guides", "pt-nimic", "el-health", "nobody"], GUIDES)
    assert set(facts) == {"pt-guides", "pt-nimic", "el-health"}
    guides = facts["pt-guides"]
    assert (guides.country, guides.timezone) == ("PT", "Europe/Lisbon")
    assert guides.has_access
    assert guides.coordinators == ("pt-nimic",)
    assert guides.settings == {"uses_allocation": True}
    assert facts["pt-nimic"].settings == {"approve_requests": True}
    assert facts["el-health"].country == "EL"
    assert not facts["el-health"].has_access
    assert facts["el-health"].settings == {}


@pytest.mark.usefixtures("world")
def test_suspended_access_and_inactive_authorities_have_none() -> None:
    Access.objects.filter(authority="pt-guides").update(suspended=True)
    Authority.objects.filter(pk="pt-nimic").update(active=False)
    facts = queries.authority_facts(["pt-guides", "pt-nimic"], GUIDES)
    assert not facts["pt-guides"].has_access
    assert not facts["pt-nimic"].has_access


@pytest.mark.usefixtures("world")
def test_the_card_speaks_the_readers_language(django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(11):
        card = queries.card("pt-guides", "hu")
    assert card is not None
    assert card.title == "Tourism professions authority (Lisbon)"
    assert card.country == "Portugália"
    assert card.languages == ("portugál", "francia")
    assert card.professions == {"5113": "Idegenvezetők"}
    assert list(card.activities) == ["79.11"]
    assert card.areas == {GUIDES: "authority"}
    assert [(register.name, register.concepts) for register in card.registers] == [
        ("National register of guides", ("Idegenvezetők",))
    ]
    portuguese = queries.card(card.authority, "pt")
    assert portuguese is not None
    assert portuguese.title == "Profissões do turismo (Lisboa)"
    assert portuguese.registers[0].name == "Registo nacional de guias"


def test_the_card_tells_regions_keywords_and_who_translated(world: dict[str, Authority]) -> None:
    guides = world["pt-guides"]
    AuthorityRegion.objects.create(authority=guides, code="PT1A")
    for area in (GUIDES, TEACHERS):
        AuthorityKeyword.objects.create(authority=guides, area_id=area, text="azulejos")
        AuthorityConcept.objects.create(authority=guides, area_id=area, concept=Concept.objects.get(code="5113"))
    AuthorityText.objects.filter(authority=guides, lang="en").update(machine=True)
    card = queries.card("pt-guides", "hu")
    assert card is not None
    assert card.regions == {"PT1A": "Grande Lisboa"}
    assert card.keywords == ("azulejos",)
    assert card.professions == {"5113": "Idegenvezetők"}
    assert card.machine
    assert not (queries.card("pt-guides", "pt") or card).machine
    assert (card.registers[0].kind, card.registers[0].charges_fee) == ("other", False)


@pytest.mark.usefixtures("world")
def test_a_card_without_texts_shows_the_official_name() -> None:
    card = queries.card("pt-schools", "bg")
    assert card is not None
    assert card.title == "Direção das Escolas"
    assert card.areas == {TEACHERS: "authority"}
    assert queries.card("nobody", "bg") is None


@pytest.mark.parametrize("lang", [code for code, _ in settings.LANGUAGES])
def test_every_country_has_a_name_in_every_language(lang: str) -> None:
    for code in reference.countries():
        assert queries.country_name(code, lang) != code


def test_names_of_countries_and_languages() -> None:
    assert queries.country_name("EL", "hu") == "Görögország"
    assert queries.country_name("CZ", "pt") == "Chéquia"
    assert queries.country_name("NO", "nb") == "Norge"
    assert queries.country_name("XX", "en") == "XX"
    assert queries.country_name("PT", "no such language") == "Portugal"
    assert queries.language_name("el", "bg") == "гръцки"


@pytest.mark.usefixtures("reference", "db")
def test_countries_for_a_list() -> None:
    assert ("EL", "Griechenland") in queries.countries("de")
    assert len(queries.countries("de")) == 30
