"""Cards, registers, links, delegations and corrections: who edits what, and what the acts keep of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import access, cards, corrections, queries, registering, registers, relations
from imi.administration.models import Act, Correction, Delegation, Dispatch
from imi.administration.reasons import Invalid, Refused
from imi.directory.models import (
    Authority,
    AuthorityConcept,
    AuthorityKeyword,
    AuthorityRegion,
    AuthorityText,
    Concept,
    Register,
)
from imi.directory.queries import find_authorities
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, SCHOOLS, card, person, who

pytestmark = pytest.mark.django_db


def refused_by(act: Callable[..., Any], *args: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **named)
    return refused.value.reason.code


def errors_of(act: Callable[..., Any], *args: Any, **named: Any) -> set[str]:
    with pytest.raises(Invalid) as invalid:
        act(*args, **named)
    return set(invalid.value.errors)


@pytest.fixture
def head(country: Country) -> Standing:
    """The local data administrator of the authority."""
    return who(country.masters)


@pytest.fixture
def concepts(db: None) -> None:
    """Two professions."""
    Concept.objects.bulk_create(Concept(scheme="isco", code=code) for code in ("7115", "7522"))


def last_act() -> Act:
    return Act.objects.latest("pk")


# --- names, texts, contacts ------------------------------------------------------------------------------------------


def test_only_the_validating_coordinator_changes_the_official_name(country: Country, head: Standing) -> None:
    masters = country.of("masters").pk
    assert refused_by(cards.rename, head, masters, "Друго") == "itself"
    assert refused_by(cards.rename, who(country.crafts), masters, "Друго") == "not_validator"
    assert refused_by(cards.rename, who(country.abroad), masters, "Друго") == "other_country"
    assert errors_of(cards.rename, who(country.national), masters, " ") == {"name"}
    before = Authority.objects.get(pk=masters).name
    cards.rename(who(country.national), masters, "Επιμελητήριο", NOW)
    assert Authority.objects.get(pk=masters).name == "Επιμελητήριο"
    assert last_act().details == {"before": before, "after": "Επιμελητήριο"}
    assert [found.authority.pk for found in find_authorities("en", "epimelitirio")] == [masters]


def test_texts_are_written_in_each_language_and_marked_when_a_machine_wrote_them(
    country: Country, head: Standing
) -> None:
    cards.write_text(head, "en", "Chamber of craftsmen", "Recognises masters.", machine=True, now=NOW)
    text = AuthorityText.objects.get(authority=head.authority_id, lang="en")
    assert (text.informal, text.machine) == ("Chamber of craftsmen", True)
    cards.write_text(head, "en", "Chamber of crafts", "Recognises masters.", now=NOW)
    text.refresh_from_db()
    assert not text.machine
    assert last_act().details["before"]["machine"] is True
    assert [one.authority.pk for one in find_authorities("en", "chamber")] == [head.authority_id]
    cards.write_text(head, "en", "", "", now=NOW)
    assert refused_by(cards.write_text, head, "bg", " ", "") == "needs_title"
    assert errors_of(cards.write_text, head, "xx", "x", "") == {"lang"}
    assert errors_of(cards.write_text, head, "en", "x" * 301, "") == {"informal"}


def test_contacts_are_changed_one_by_one(country: Country, head: Standing) -> None:
    cards.change_contacts(head, {"phone": "+359 2 555 01", "email": "new@masters.example"}, NOW)
    masters = Authority.objects.get(pk=head.authority_id)
    assert (masters.phone, masters.email, masters.mail_domain) == (
        "+359 2 555 01",
        "new@masters.example",
        "masters.example",
    )
    assert masters.city == "София"
    assert last_act().details["after"] == {"phone": "+359 2 555 01", "email": "new@masters.example"}
    count = Act.objects.count()
    cards.change_contacts(head, {"phone": "+359 2 555 01"}, NOW)
    cards.change_contacts(head, {}, NOW)
    assert Act.objects.count() == count
    assert errors_of(cards.change_contacts, head, {"email": "nobody"}) == {"email"}
    assert errors_of(cards.change_contacts, head, {"name": "x"}) == {"name"}
    assert errors_of(cards.change_contacts, head, {"city": ""}) == {"city"}


@pytest.mark.parametrize(
    "act",
    [
        lambda one: cards.write_text(one, "en", "x", ""),
        lambda one: cards.change_contacts(one, {"city": "x"}),
        lambda one: cards.change_languages(one, ["en"]),
        lambda one: cards.change_competence(one, CRAFTS, [], []),
        lambda one: cards.change_regions(one, []),
        cards.confirm_data,
        lambda one: registers.enter(one, {}, {}),
        lambda one: registers.remove(one, 1),
        lambda one: relations.unlink(one, "x"),
        lambda one: relations.change_settings(one, CRAFTS, {}),
        queries.corrections,
    ],
)
def test_only_local_data_administrators_edit_the_card(country: Country, act: Callable[[Standing], Any]) -> None:
    User.objects.filter(pk=country.masters.pk).update(is_administrator=False)
    assert refused_by(act, who(country.masters)) == "no_administrator"


def test_languages_are_known_ones_and_never_none(country: Country, head: Standing) -> None:
    cards.change_languages(head, ["bg", "en", "bg"], NOW)
    assert Authority.objects.get(pk=head.authority_id).languages == ["bg", "en"]
    assert errors_of(cards.change_languages, head, []) == {"languages"}
    assert errors_of(cards.change_languages, head, ["xx"]) == {"languages"}


# --- competence ------------------------------------------------------------------------------------------------------


def test_competence_is_said_for_each_area(country: Country, head: Standing, concepts: None) -> None:
    access.grant(who(country.national), head.authority_id, SCHOOLS, [country.of("national").pk], NOW)
    everywhere = Concept.objects.get(code="7522")
    AuthorityConcept.objects.create(authority_id=head.authority_id, concept=everywhere)
    cards.change_competence(head, CRAFTS, [("isco", "7115")], ["дърворезба", " дърворезба "], NOW)
    rows = AuthorityConcept.objects.filter(authority=head.authority_id).values_list("area", "concept__code")
    assert set(rows) == {(CRAFTS, "7115"), (SCHOOLS, "7522")}
    assert list(AuthorityKeyword.objects.values_list("area", "text")) == [(CRAFTS, "дърворезба")]
    assert last_act().details == {
        "before": {"concepts": ["isco 7522"], "keywords": []},
        "after": {"concepts": ["isco 7115"], "keywords": ["дърворезба"]},
    }
    assert [(one.authority.pk, one.why) for one in find_authorities("en", "дърворезба")] == [
        (head.authority_id, ["keyword"])
    ]


def test_what_no_form_sends_is_refused(country: Country, head: Standing, concepts: None) -> None:
    assert refused_by(cards.change_competence, head, SCHOOLS, [], []) == "no_access"
    assert errors_of(cards.change_competence, head, CRAFTS, [("isco", "0")], []) == {"concepts"}
    assert errors_of(cards.change_competence, head, CRAFTS, [], ["x" * 81]) == {"keywords"}
    assert errors_of(cards.change_competence, head, CRAFTS, [], [str(one) for one in range(51)]) == {"keywords"}
    assert errors_of(cards.change_regions, head, ["LT011"]) == {"regions"}


def test_regions_of_authorities_and_of_coordinators(country: Country, head: Standing) -> None:
    cards.change_regions(head, ["BG421", "BG4"], NOW)
    assert set(AuthorityRegion.objects.values_list("code", flat=True)) == {"BG4", "BG421"}
    assert refused_by(cards.change_regions, who(country.crafts), ["BG4"]) == "not_validator"
    cards.assign_regions(who(country.national), country.of("crafts").pk, ["BG4"], NOW)
    assert last_act().kind == "authority.regions_changed"


# --- confirmation ----------------------------------------------------------------------------------------------------


def test_data_are_confirmed_every_six_months(country: Country, head: Standing, django_assert_num_queries: Any) -> None:
    cards.confirm_data(head, NOW)
    masters = Authority.objects.get(pk=head.authority_id)
    assert (masters.confirmed_at, masters.confirm_by) == (NOW, date(2027, 5, 23))
    chief = who(country.national)
    assert masters not in queries.unconfirmed(chief, date(2027, 5, 23))
    with django_assert_num_queries(2):
        late = queries.unconfirmed(chief, date(2027, 5, 24))
    assert masters in late
    assert masters in queries.unconfirmed(who(country.crafts), date(2027, 5, 24))
    assert queries.unconfirmed(head, date(2027, 5, 24)) == []
    assert queries.unconfirmed(who(country.abroad), date(2030, 1, 1)) == [country.of("abroad")]
    first, *rest = queries.unconfirmed(chief, date(2030, 1, 1))
    assert queries.unconfirmed(chief, date(2030, 1, 1), f"{first.confirm_by}|{first.pk}") == rest


# --- registers -------------------------------------------------------------------------------------------------------


def test_registers_are_entered_changed_and_removed(country: Country, head: Standing, concepts: None) -> None:
    typed = {"url": "https://register.masters.example", "kind": "profession", "charges_fee": True}
    row = registers.enter(head, typed, {"bg": ("Регистър на майсторите", "")}, [("isco", "7115")], NOW)
    assert (row.kind, row.charges_fee, row.reviewed_on) == ("profession", True, NOW.date())
    assert refused_by(registers.enter, head, typed, {"bg": ("Същият", "")}) == "already"
    registers.change(head, row.pk, typed | {"charges_fee": False}, {"en": ("Register of masters", "All.")}, now=NOW)
    details = last_act().details
    assert (details["before"]["concepts"], details["after"]["concepts"]) == (["isco 7115"], [])
    assert details["after"]["texts"] == {"en": ["Register of masters", "All."]}
    assert refused_by(registers.remove, who(country.crafts), row.pk) == "not_found"
    registers.remove(head, row.pk, NOW)
    assert not Register.objects.exists()
    assert last_act().details["before"]["url"] == typed["url"]


def test_malformed_registers_are_named(country: Country, head: Standing) -> None:
    good = {"url": "https://register.example", "kind": "trade"}
    assert errors_of(registers.enter, head, good | {"url": "javascript:x"}, {"bg": ("x", "")}) == {"url"}
    assert errors_of(registers.enter, head, good | {"kind": "x"}, {"bg": ("x", "")}) == {"kind"}
    assert errors_of(registers.enter, head, good, {}) == {"name"}
    assert errors_of(registers.enter, head, good, {"bg": ("", "")}) == {"name"}
    assert not Register.objects.exists()


# --- links and delegations -------------------------------------------------------------------------------------------


def test_links_are_made_within_the_country_by_the_authority_itself(country: Country, head: Standing) -> None:
    crafts = country.of("crafts").pk
    relations.link(head, crafts, NOW)
    assert head.authority_id in who(country.crafts).linked
    assert refused_by(relations.link, head, crafts) == "already"
    assert refused_by(relations.link, head, head.authority_id) == "itself"
    assert refused_by(relations.link, head, country.of("abroad").pk) == "other_country"
    assert refused_by(relations.link, head, "nobody") == "not_found"
    relations.unlink(head, crafts, NOW)
    assert who(country.crafts).linked == frozenset()
    assert refused_by(relations.unlink, head, crafts) == "not_found"


def test_single_tasks_are_delegated_for_an_area_or_a_region(country: Country) -> None:
    chief = who(country.national)
    made = registering.register_coordinator(chief, "dimic", "BG", card("Бюро за резба"), person(), [CRAFTS], now=NOW)
    behind = {CRAFTS: (made.authority.pk,)}

    def register(name: str, *regions: str) -> Authority:
        entry = card(name, regions=regions)
        return registering.register_authority(who(made.user), "BG", entry, person(), behind, now=NOW).authority

    assert refused_by(register, "Първо", "BG421") == "no_mandate"
    given = relations.delegate(chief, made.authority.pk, "register", CRAFTS, "BG4", NOW)
    assert refused_by(register, "Трето", "BG421") == "no_mandate", "it registers, but grants no access"
    relations.delegate(chief, made.authority.pk, "grant_access", now=NOW)
    assert register("Четвърто", "BG421").validator_id == made.authority.pk
    assert refused_by(register, "Пето", "BG331") == "no_mandate"
    assert [one.task for one in queries.delegations(chief)] == ["grant_access", "register"]
    relations.withdraw_delegation(chief, given.pk, NOW)
    assert refused_by(register, "Шесто", "BG421") == "no_mandate"
    assert not Delegation.objects.filter(task="register").exists()


@pytest.mark.parametrize(
    ("actor", "holder", "task", "area", "region", "expected"),
    [
        ("crafts", "crafts", "register", None, "", "not_national"),
        ("national", "masters", "register", None, "", "not_coordinating"),
        ("national", "abroad", "register", None, "", "other_country"),
        ("national", "national", "register", None, "", "itself"),
        ("national", "crafts", "rule", None, "", "unknown_task"),
        ("national", "crafts", "register", SCHOOLS, "", "not_coordinating"),
        ("national", "crafts", "register", None, "LT011", "unknown_region"),
    ],
)
def test_which_tasks_are_not_delegated(
    country: Country, actor: str, holder: str, task: str, area: str | None, region: str, expected: str
) -> None:
    reason = refused_by(relations.delegate, who(getattr(country, actor)), country.of(holder).pk, task, area, region)
    assert reason == expected


# --- corrections -----------------------------------------------------------------------------------------------------


def test_anybody_proposes_a_correction_and_the_authority_decides(country: Country, head: Standing) -> None:
    abroad = who(country.abroad)
    one = corrections.propose(abroad, head.authority_id, "phone", "+359 2 1", now=NOW)
    text = corrections.propose(abroad, head.authority_id, "informal", "Майстори", "bg", now=NOW)
    told = corrections.propose(abroad, head.authority_id, "other", "The office has moved.", now=NOW)
    assert Dispatch.objects.filter(kind="correction_proposed", authority=head.authority_id).count() == 3
    assert [row.pk for row in queries.corrections(head)] == [told.pk, text.pk, one.pk]
    assert refused_by(corrections.accept, abroad, one.pk) == "no_administrator"
    for correction in (one, text, told):
        corrections.accept(head, correction.pk, NOW)
    assert Authority.objects.get(pk=head.authority_id).phone == "+359 2 1"
    assert AuthorityText.objects.get(authority=head.authority_id).informal == "Майстори"
    assert refused_by(corrections.dismiss, head, one.pk) == "wrong_state"
    assert queries.corrections(head) == []


def test_a_correction_that_does_not_fit_stays_open(country: Country, head: Standing) -> None:
    one = corrections.propose(who(country.abroad), head.authority_id, "email", "nobody", now=NOW)
    assert errors_of(corrections.accept, head, one.pk) == {"email"}
    one.refresh_from_db()
    assert one.state == Correction.State.OPEN
    corrections.dismiss(head, one.pk, NOW)
    one.refresh_from_db()
    assert (one.state, one.ended_at) == ("dismissed", NOW)


def test_what_cannot_be_a_correction(country: Country, head: Standing) -> None:
    abroad = who(country.abroad)
    assert errors_of(corrections.propose, abroad, head.authority_id, "name", "x") == {"proposal"}
    assert errors_of(corrections.propose, abroad, head.authority_id, "city", " ") == {"proposal"}
    assert errors_of(corrections.propose, abroad, head.authority_id, "informal", "x", "hu") == {"lang"}
    assert refused_by(corrections.propose, abroad, "nobody", "city", "x") == "not_found"
    assert refused_by(corrections.accept, head, 0) == "not_found"
    for number in range(corrections.OPEN_AT_ONCE):
        corrections.propose(abroad, head.authority_id, "city", f"x{number}", now=NOW)
    assert refused_by(corrections.propose, abroad, head.authority_id, "city", "x") == "too_often"
