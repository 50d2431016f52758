"""Writes of the directory: reference data, authorities, links, holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from imi.directory import actions, queries
from imi.directory.models import (
    Access,
    Authority,
    AuthorityLink,
    AuthorityText,
    AuthorityToken,
    Concept,
    ConceptLabel,
    ConceptToken,
    CoordinatorLink,
    Country,
    Holiday,
    PolicyArea,
)

from .conftest import ENTRIES, GUIDES, TEACHERS

NIMIC, PT_GUIDES = ENTRIES[0], ENTRIES[1]
NEW = actions.NewAuthority(
    id="pt-new", kind="competent", country="PT", name="Nova Autoridade", access={GUIDES: "authority"}
)


def refused() -> pytest.RaisesExc[actions.DirectoryError]:
    return pytest.raises(actions.DirectoryError)


# --- reference data ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("reference", "db")
def test_reference_data_is_complete_and_may_be_loaded_again(django_assert_max_num_queries) -> None:
    assert Country.objects.count() == 30
    before = (Concept.objects.count(), ConceptLabel.objects.count(), ConceptToken.objects.count())
    assert before[0] == 619 + 975
    assert Concept.objects.get(scheme="isco", code="5113").parent.parent.parent.code == "5"
    assert Concept.objects.get(scheme="nace", code="79.11").parent.parent.code == "79"
    holidays = Holiday.objects.count()
    with django_assert_max_num_queries(30):
        actions.load_reference_data(2026)
    assert before == (Concept.objects.count(), ConceptLabel.objects.count(), ConceptToken.objects.count())
    assert Holiday.objects.count() == holidays


@pytest.mark.usefixtures("world")
def test_a_new_edition_of_the_concepts_replaces_names_and_keeps_tags(monkeypatch) -> None:
    entries = [
        replace(entry, pref="Wegweiser" if entry.lang == "de" else entry.pref)
        for entry in actions.reference.concepts()
        if entry.scheme == "isco" and "5113".startswith(entry.code)
    ]
    monkeypatch.setattr(actions.reference, "concepts", lambda: entries)
    monkeypatch.setattr(actions.reference, "concepts_digest", lambda: "another edition")
    actions.load_concepts()
    assert queries.concept_label("5113", "isco", "de") == "Wegweiser"
    assert [find.authority.pk for find in queries.find_authorities("de", "wegweiser", country="PT")] == ["pt-guides"]


@pytest.mark.usefixtures("reference", "db")
def test_areas_follow_the_catalogue_and_never_disappear() -> None:
    actions.sync_areas(["fish", GUIDES])
    actions.sync_areas(["fish"])
    assert set(PolicyArea.objects.values_list("slug", flat=True)) == {"fish", GUIDES, TEACHERS}


# --- holidays ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("reference", "db")
def test_every_country_has_holidays_in_five_years_in_its_own_language() -> None:
    for country in Country.objects.all():
        years = set(Holiday.objects.filter(country=country).values_list("date__year", flat=True))
        assert years == {2025, 2026, 2027, 2028, 2029}, country
    assert Holiday.objects.get(country="IS", date=date(2026, 6, 17)).name == "Þjóðhátíðardagurinn"
    assert Holiday.objects.filter(country="LI", date=date(2026, 8, 15)).exists()
    assert Holiday.objects.filter(country="MT", date=date(2026, 9, 8)).exists()
    assert Holiday.objects.get(country="HU", date=date(2026, 10, 23)).source == Holiday.Source.CALENDAR


@pytest.mark.usefixtures("reference", "db")
def test_calendars(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        calendars = queries.calendars(["PT", "HU", "XX"], date(2026, 12, 20), date(2026, 12, 31))
    assert list(calendars["PT"]) == [date(2026, 12, 25)]
    assert list(calendars["HU"]) == [date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 26)]
    assert calendars["XX"] == {}


@pytest.mark.usefixtures("reference", "db")
def test_a_holiday_announced_later_is_entered_once() -> None:
    before = timezone.now()
    day = date(2026, 11, 30)
    holiday = actions.add_holiday("PT", day, " Luto nacional ", by=7)
    assert (holiday.name, holiday.source, holiday.added_by) == ("Luto nacional", Holiday.Source.ANNOUNCED, 7)
    assert before <= holiday.added_at <= timezone.now() + timedelta(seconds=1)
    assert queries.calendars(["PT"], day, day) == {"PT": {day: "Luto nacional"}}
    with refused():
        actions.add_holiday("PT", day, "Again")
    with refused():
        actions.add_holiday("XX", day, "Nowhere")
    with refused():
        actions.add_holiday("PT", date(2026, 11, 29), "  ")
    actions.load_holidays([2026])
    assert queries.calendars(["PT"], day, day) == {"PT": {day: "Luto nacional"}}


# --- authorities ------------------------------------------------------------------------------------------------------


def test_what_is_registered_is_there(world: dict[str, Authority]) -> None:
    guides = Authority.objects.get(pk="pt-guides")
    assert (guides.country_id, guides.city, guides.languages) == ("PT", "Lisboa", ["pt", "fr"])
    assert AuthorityText.objects.filter(authority=guides).count() == 2
    assert Access.objects.get(authority=guides).settings == {"uses_allocation": True}
    assert CoordinatorLink.objects.get(authority=guides).coordinator_id == "pt-nimic"
    assert AuthorityLink.objects.get(authority=guides).linked_id == "pt-schools"


@pytest.mark.usefixtures("world")
def test_the_number_of_statements_does_not_grow_with_the_authorities(django_assert_max_num_queries) -> None:
    many = [replace(NEW, id=f"pt-{index}", coordinators={GUIDES: ("pt-nimic",)}) for index in range(200)]
    with django_assert_max_num_queries(25):
        actions.load_authorities(many)
    assert Authority.objects.filter(country="PT").count() == 203


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "wrong",
    [
        {"country": "XX"},
        {"access": {"unknown-area": "authority"}},
        {"concepts": (("isco", "99999"),)},
        {"linked": ("hu-guides",)},
        {"linked": ("nobody",)},
        {"coordinators": {GUIDES: ("pt-schools",)}},
        {"coordinators": {GUIDES: ("hu-guides",)}},
        {"coordinators": {TEACHERS: ("pt-nimic",)}},
        {"coordinators": {GUIDES: ("nobody",)}},
    ],
)
def test_what_the_rules_forbid_is_refused_and_nothing_is_half_done(wrong: dict) -> None:
    with refused():
        actions.load_authorities([replace(NEW, id="pt-first"), replace(NEW, **wrong)])
    assert not Authority.objects.filter(pk__in=["pt-first", "pt-new"]).exists()


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    "wrong",
    [{"id": "Not A Slug"}, {"kind": "ministry"}, {"email": "nobody"}, {"website": "javascript:alert(1)"}, {"name": ""}],
)
def test_malformed_values_are_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        actions.register_authority(replace(NEW, **wrong))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("wrong", [{"id": "pt-guides"}, {"kind": "national_coordinator"}])
def test_an_authority_exists_once_and_a_country_has_one_national_coordinator(wrong: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.register_authority(replace(NEW, **wrong))


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("model", "values"),
    [
        (Access, {"authority_id": "pt-guides", "area_id": GUIDES, "role": "authority"}),
        (Access, {"authority_id": "pt-guides", "area_id": TEACHERS, "role": "king"}),
        (CoordinatorLink, {"authority_id": "pt-guides", "area_id": GUIDES, "coordinator_id": "pt-guides"}),
        (CoordinatorLink, {"authority_id": "pt-guides", "area_id": GUIDES, "coordinator_id": "pt-nimic"}),
        (AuthorityLink, {"authority_id": "pt-guides", "linked_id": "pt-guides"}),
        (AuthorityLink, {"authority_id": "pt-guides", "linked_id": "pt-schools"}),
        (AuthorityText, {"authority_id": "pt-guides", "lang": "pt", "informal": "twice"}),
    ],
)
def test_the_database_itself_refuses(model: type, values: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(**values)


@pytest.mark.usefixtures("world")
def test_changed_words_are_found_after_indexing() -> None:
    before = set(AuthorityToken.objects.filter(authority="pt-guides").values_list("token", "field"))
    actions.index_authorities(["pt-guides"])
    assert before == set(AuthorityToken.objects.filter(authority="pt-guides").values_list("token", "field"))
    Authority.objects.filter(pk="pt-guides").update(city="Évora")
    assert list(queries.find_authorities("en", "evora")) == []
    actions.index_authorities(["pt-guides", "nobody"])
    assert [find.authority.pk for find in queries.find_authorities("en", "evora")] == ["pt-guides"]
