"""Narrowing the search by region and role, and counting what is found."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imi.directory import queries
from imi.directory.actions import NewAuthority, load_authorities
from imi.directory.facets import AUTHORITY, COORDINATOR, regions_of, roles
from imi.directory.models import Authority
from imi.directory.reference import regions

from .conftest import GUIDES, TEACHERS

pytestmark = pytest.mark.usefixtures("spain")
EVERYWHERE = {"es-nimic", "es-all"}


@pytest.fixture
def spain(world: None) -> None:
    """A country with a coordinator of a region, authorities of regions, of a part of one and of everything."""

    def office(pk: str, *regions: str, **others: object) -> NewAuthority:
        values = {"kind": "competent", "access": {GUIDES: "authority"}, "languages": ("es",)} | others
        return NewAuthority(id=pk, country="ES", name=f"Oficina {pk}", regions=regions, **values)  # type: ignore[arg-type]

    both = {GUIDES: "coordinator", TEACHERS: "coordinator"}
    load_authorities(
        [
            office("es-nimic", kind="national_coordinator", access=both),
            office("es-south", "ES61", kind="area_coordinator", coordinator_kind="sdimic", access=both),
            office("es-field", kind="area_coordinator", access={GUIDES: "coordinator"}),
            office("es-seville", "ES618"),
            office("es-andalusia", "ES61"),
            office("es-catalonia", "ES51"),
            office("es-two", "ES512", "ES617"),
            office("es-all"),
        ]
    )


def found(**facets: str) -> set[str]:
    return {one.authority.pk for one in queries.find_authorities("en", "", size=50, **facets)}


@pytest.mark.parametrize(
    ("region", "expected"),
    [
        ("ES618", {"es-south", "es-seville", "es-andalusia"}),
        ("ES61", {"es-south", "es-seville", "es-andalusia", "es-two"}),
        ("ES6", {"es-south", "es-seville", "es-andalusia", "es-two"}),
        ("ES51", {"es-catalonia", "es-two"}),
        ("ES513", {"es-catalonia"}),
        ("ES30", set()),
    ],
)
def test_who_is_competent_in_a_region_is_found(region: str, expected: set[str]) -> None:
    assert found(country="ES", region=region) == expected | EVERYWHERE | {"es-field"}


def test_a_region_implies_its_country() -> None:
    assert {pk[:2] for pk in found(region="ES618")} == {"es"}
    assert found(country="PT", region="ES618") == set()


def test_very_many_regions_are_chosen_from_the_large_ones_to_the_small(world: None) -> None:
    large = {code for code, _name in regions_of("DE")}
    assert 16 < len(large) < 100
    assert max(map(len, large)) == 4
    around = {code for code, _name in regions_of("DE", "DEA2")}
    assert around - large == {code for code in regions() if code.startswith("DEA2") and code != "DEA2"}
    assert {code for code, _name in regions_of("DE", "DEA22")} == around, "the chosen one stays a choice"
    assert {code for code, _name in regions_of("DE", "DE")} == large
    assert max(len(code) for code, _name in regions_of("ES")) == 5, "few enough to show them all"


def test_words_and_regions_go_together() -> None:
    catalonia, south = (queries.find_authorities("en", "oficina seville", region=code) for code in ("ES51", "ES61"))
    assert "es-seville" not in {one.authority.pk for one in catalonia}
    assert "es-seville" in {one.authority.pk for one in south}


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (COORDINATOR, {"es-nimic", "es-south", "es-field"}),
        ("sdimic", {"es-south"}),
        ("dimic", {"es-field"}),
        (AUTHORITY, {"es-seville", "es-andalusia", "es-catalonia", "es-two", "es-all"}),
    ],
)
def test_a_role_narrows(role: str, expected: set[str]) -> None:
    assert found(country="ES", role=role) == expected


@pytest.mark.parametrize("facets", [{"role": "nobody"}, {"region": "ES9999"}, {"region": "%"}, {"role": ""}])
def test_what_is_no_role_or_region_finds_nothing(facets: dict[str, str]) -> None:
    assert found(**facets) == set()


@pytest.mark.parametrize("words", ["", "oficina"])
def test_what_is_found_is_counted(words: str) -> None:
    every = queries.find_authorities("en", words, size=1, count=True)
    assert every.counts is not None
    assert every.counts.countries["ES"] == 8
    assert every.counts.total == every.total
    assert every.counts.roles[COORDINATOR] == 3 + (1 if not words else 0)  # Portugal's has another name
    assert every.counts.roles["sdimic"] == 1
    assert every.counts.roles[AUTHORITY] == every.total - every.counts.roles[COORDINATOR]
    assert queries.find_authorities("en", words).counts is None


def test_counts_are_remembered_for_a_while_and_never_hide_what_is_shown() -> None:
    with CaptureQueriesContext(connection) as first:
        queries.find_authorities("en", "", country="ES", role=AUTHORITY, count=True)
    Authority.objects.filter(pk="es-south").update(coordinator_kind="")
    with CaptureQueriesContext(connection) as second:
        again = queries.find_authorities("en", "", country="ES", role=AUTHORITY, count=True)
    assert len(second) == len(first) - 1
    assert again.counts is not None
    assert (again.counts.total, again.total) == (5, 6)
    assert {one.authority.pk for one in again} >= {"es-south"}
    other = queries.find_authorities("en", "", country="ES", role="dimic", count=True)
    assert other.counts is not None
    assert other.counts.total == 1, "what was counted for others does not count for it"


@pytest.mark.parametrize("words", ["", "oficina seville"])
def test_the_number_of_queries_is_fixed(words: str, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(7):
        queries.find_authorities(
            "hu", words, country="ES", region="ES61", role=AUTHORITY, area=GUIDES, language="es", count=True
        )


def test_regions_are_a_tree_by_their_codes() -> None:
    codes = [code for code, _name in regions_of("ES")]
    assert codes.index("ES6") < codes.index("ES61") < codes.index("ES618") < codes.index("ES62")
    assert regions_of("") == regions_of("E") == []
    assert {*roles()} >= {"nimic", "sdimic", "limic", "dimic", COORDINATOR, AUTHORITY}


def test_territories_name_the_regions() -> None:
    told = queries.territories(Authority.objects.filter(country="ES").values_list("pk", flat=True))
    assert told["es-two"] == ["Girona", "Málaga"]
    assert not told.keys() & EVERYWHERE
