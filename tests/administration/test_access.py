"""Access to areas, suspension and deactivation: nothing is left behind without somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from imi.accounts.backends import SessionBackend
from imi.accounts.models import User
from imi.administration import access, queries, registering
from imi.administration.models import Act, Dispatch
from imi.administration.reasons import Refused
from imi.directory.models import Access, Authority, CoordinatorLink
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, SCHOOLS, card, person, who

pytestmark = pytest.mark.django_db


def refused_by(act: Callable[..., Any], *args: Any, **named: Any) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **named)
    return refused.value.reason.code


def another_coordinator(country: Country, name: str = "Бюро за дърворезба") -> User:
    made = registering.register_coordinator(
        who(country.national), "dimic", "BG", card(name), person(), [CRAFTS], now=NOW
    )
    return made.user


# --- access ----------------------------------------------------------------------------------------------------------


def test_access_is_granted_with_request_coordinators(country: Country) -> None:
    masters, national = country.of("masters").pk, country.of("national").pk
    granted = access.grant(who(country.national), masters, SCHOOLS, [national], NOW)
    assert (granted.coordinator_id, granted.role) == (national, "authority")
    assert who(country.masters).roles_in(SCHOOLS) == {"basic"}
    assert Act.objects.filter(authority=masters).latest("pk").area_id == SCHOOLS
    assert refused_by(access.grant, who(country.national), masters, SCHOOLS, [national]) == "has_access"


@pytest.mark.parametrize(
    ("actor", "area", "coordinators", "expected"),
    [
        ("crafts", SCHOOLS, ["national"], "no_coordinator"),
        ("abroad", SCHOOLS, ["abroad"], "other_country"),
        ("masters", SCHOOLS, ["national"], "itself"),
        ("national", SCHOOLS, [], "needs_request_coordinator"),
        ("national", SCHOOLS, ["crafts"], "not_coordinating"),
        ("national", SCHOOLS, ["masters"], "not_coordinating"),
        ("national", "nothing", ["national"], "no_coordinator"),
    ],
)
def test_who_may_not_grant_access(
    country: Country, actor: str, area: str, coordinators: list[str], expected: str
) -> None:
    chosen = [country.of(one).pk for one in coordinators]
    assert refused_by(access.grant, who(getattr(country, actor)), country.of("masters").pk, area, chosen) == expected


def test_a_suspended_access_takes_the_rights_at_once_and_gives_them_back(country: Country) -> None:
    masters, chief = country.of("masters").pk, who(country.national)
    access.suspend(chief, masters, CRAFTS, "Не отговаря.", NOW)
    assert who(country.masters).roles_in(CRAFTS) == frozenset()
    assert Act.objects.filter(kind="access.suspended").get().details == {"reason": "Не отговаря."}
    assert refused_by(access.suspend, chief, masters, CRAFTS, "x") == "suspended"
    access.resume(chief, masters, CRAFTS, NOW)
    assert "handler" in who(country.masters).roles_in(CRAFTS)
    assert refused_by(access.resume, chief, masters, CRAFTS) == "not_suspended"
    kinds = Dispatch.objects.filter(about=masters).order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["access_granted", "access_suspended", "access_resumed"]


def test_only_the_access_coordinator_and_the_national_one_suspend(country: Country) -> None:
    masters = country.of("masters").pk
    assert refused_by(access.suspend, who(country.crafts), masters, CRAFTS, "x") == "not_access_coordinator"
    assert refused_by(access.suspend, who(country.national), masters, CRAFTS, " ") == "needs_reason"
    assert refused_by(access.suspend, who(country.national), masters, SCHOOLS, "x") == "no_access"
    assert refused_by(access.suspend, who(country.national), "nobody", CRAFTS, "x") == "not_found"
    access.hand_over_access(who(country.national), masters, CRAFTS, country.of("crafts").pk, NOW)
    access.suspend(who(country.crafts), masters, CRAFTS, "x", NOW)
    access.resume(who(country.national), masters, CRAFTS, NOW)


def test_an_access_coordinator_coordinates_the_area(country: Country) -> None:
    masters = country.of("masters").pk
    act, chief = access.hand_over_access, who(country.national)
    assert refused_by(act, chief, masters, CRAFTS, country.of("abroad").pk) == "not_coordinating"
    assert refused_by(act, chief, masters, CRAFTS, masters) == "not_coordinating"
    assert refused_by(act, chief, masters, CRAFTS, country.of("national").pk) == "already"


def test_request_coordinators_come_and_go_but_never_the_last(country: Country) -> None:
    masters, chief = country.of("masters").pk, who(country.national)
    crafts, national = country.of("crafts").pk, country.of("national").pk
    assert refused_by(access.remove_request_coordinator, chief, masters, CRAFTS, crafts) == "needs_request_coordinator"
    access.add_request_coordinator(chief, masters, CRAFTS, national, NOW)
    assert refused_by(access.add_request_coordinator, chief, masters, CRAFTS, national) == "already"
    access.remove_request_coordinator(chief, masters, CRAFTS, crafts, NOW)
    assert refused_by(access.remove_request_coordinator, chief, masters, CRAFTS, crafts) == "not_found"
    assert list(CoordinatorLink.objects.filter(authority=masters).values_list("coordinator", flat=True)) == [national]


# --- nobody is left without a coordinator ----------------------------------------------------------------------------


def test_whoever_others_depend_on_hands_over_first(country: Country) -> None:
    crafts, masters, chief = country.of("crafts").pk, country.of("masters").pk, who(country.national)
    with pytest.raises(Refused) as refused:
        access.suspend(chief, crafts, CRAFTS, "x", NOW)
    assert refused.value.reason.code == "still_needed"
    assert country.of("masters").name in str(refused.value.reason)
    assert refused_by(access.deactivate, chief, crafts, "x") == "still_needed"
    access.add_request_coordinator(chief, masters, CRAFTS, country.of("national").pk, NOW)
    access.deactivate(chief, crafts, "Закрит.", NOW)
    assert not Authority.objects.get(pk=crafts).active


def test_a_validating_coordinator_hands_over_first(country: Country) -> None:
    chief = who(country.national)
    made = registering.register_authority(
        who(country.crafts), "BG", card("Дърводелци"), person(), {CRAFTS: (country.of("national").pk,)}, now=NOW
    )
    access.hand_over_access(chief, made.authority.pk, CRAFTS, country.of("national").pk, NOW)
    access.add_request_coordinator(chief, country.of("masters").pk, CRAFTS, country.of("national").pk, NOW)
    assert refused_by(access.deactivate, chief, country.of("crafts").pk, "x") == "still_needed"
    access.hand_over_validation(who(country.crafts), made.authority.pk, country.of("national").pk, NOW)
    access.deactivate(chief, country.of("crafts").pk, "x", NOW)


def test_the_validation_goes_to_a_coordinator_that_validates(country: Country) -> None:
    masters, chief = country.of("masters").pk, who(country.national)
    dimic = another_coordinator(country)
    for to in (masters, country.of("abroad").pk, dimic.authority_id, "nobody"):
        assert refused_by(access.hand_over_validation, chief, masters, to) == "no_mandate"
    assert refused_by(access.hand_over_validation, who(country.crafts), masters, "x") == "not_validator"
    access.hand_over_validation(chief, masters, country.of("crafts").pk, NOW)
    assert Authority.objects.get(pk=masters).validator_id == country.of("crafts").pk
    assert refused_by(access.hand_over_validation, chief, masters, country.of("crafts").pk) == "already"


def test_the_national_coordinator_cannot_be_taken_out_of_use(country: Country) -> None:
    crafts_coordinator, national = who(country.crafts), country.of("national").pk
    assert refused_by(access.deactivate, who(country.national), national, "x") == "itself"
    assert refused_by(access.deactivate, crafts_coordinator, national, "x") == "national"
    assert refused_by(access.suspend, crafts_coordinator, national, CRAFTS, "x") == "national"


# --- out of use and back ---------------------------------------------------------------------------------------------


def test_users_of_a_deactivated_authority_have_no_rights_and_no_session(country: Country) -> None:
    masters, chief = country.of("masters").pk, who(country.national)
    assert SessionBackend().get_user(country.masters.pk) is not None
    access.deactivate(chief, masters, "Слята с друга.", NOW)
    assert SessionBackend().get_user(country.masters.pk) is None
    assert who(country.masters).roles == {}
    assert not who(country.masters).administrator
    assert refused_by(access.deactivate, chief, masters, "x") == "inactive"
    assert refused_by(access.grant, chief, masters, SCHOOLS, [country.of("national").pk]) == "inactive"
    access.reactivate(chief, masters, NOW)
    assert SessionBackend().get_user(country.masters.pk) is not None
    assert refused_by(access.reactivate, chief, masters) == "active"


def test_nothing_is_reactivated_without_a_local_data_administrator(country: Country) -> None:
    masters, chief = country.of("masters").pk, who(country.national)
    access.deactivate(chief, masters, "x", NOW)
    User.objects.filter(pk=country.masters.pk).update(is_active=False)
    assert refused_by(access.reactivate, chief, masters) == "needs_administrator"


def test_coordinators_that_have_gone_meanwhile_are_replaced(country: Country) -> None:
    masters, crafts, chief = country.of("masters").pk, country.of("crafts").pk, who(country.national)
    access.hand_over_access(chief, masters, CRAFTS, crafts, NOW)
    access.hand_over_validation(chief, masters, crafts, NOW)
    access.deactivate(chief, masters, "x", NOW)
    access.deactivate(chief, crafts, "x", NOW)
    access.reactivate(chief, masters, NOW)
    national = country.of("national").pk
    assert Authority.objects.get(pk=masters).validator_id == national
    assert Access.objects.get(authority=masters).coordinator_id == national
    assert CoordinatorLink.objects.filter(authority=masters, coordinator=national).exists()


# --- what is shown before --------------------------------------------------------------------------------------------


def test_consequences_name_users_links_and_whoever_depends(
    country: Country, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    chief = who(country.national)
    with django_assert_max_num_queries(12):
        found = queries.consequences(chief, country.of("crafts").pk)
    assert found.dependents == (country.of("masters").name,)
    assert (found.users, found.tasks, found.links, found.exchanges) == (1, 0, 0, ())
    assert found.stand_ins == (country.of("national").name,)
    assert refused_by(queries.consequences, who(country.crafts), country.of("masters").pk) == "not_validator"
    assert refused_by(queries.consequences, chief, country.of("crafts").pk, SCHOOLS) == "no_access"
