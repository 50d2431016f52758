"""The matrix of the guide for the first user: which role does which administrative act, each cell of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing
from imi.administration import access, admissions, cards, corrections, registering, relations
from imi.administration.reasons import Refused
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, SCHOOLS, card, person, submitted, who

pytestmark = pytest.mark.django_db

ROLES = (*RoleGrant.Role.values, "local_data_administrator")
LOCAL, DATA = {"local_data_administrator"}, {"data_administrator"}
Try = Callable[[Country, Standing], Any]


def validated(country: Country, actor: Standing) -> None:
    admission = admissions.invite(who(country.crafts), "a@new.example", "bg", [CRAFTS], NOW)
    admissions.validate(actor, submitted(admission).pk, {}, now=NOW)


# Act, and the roles of a coordinator's user that may do it.
MATRIX: dict[str, tuple[Try, set[str]]] = {
    "edit own data": (lambda _country, who: cards.change_contacts(who, {"phone": "1"}, NOW), LOCAL),
    "confirm own data": (lambda _country, who: cards.confirm_data(who, NOW), LOCAL),
    "link an authority": (lambda country, who: relations.link(who, country.of("masters").pk, NOW), LOCAL),
    "change settings": (lambda _country, who: relations.change_settings(who, CRAFTS, {}, NOW), LOCAL),
    "propose a correction": (
        lambda country, who: corrections.propose(who, country.of("abroad").pk, "city", "x", now=NOW),
        set(ROLES),
    ),
    "register an authority": (
        lambda _country, who: registering.register_authority(who, "BG", card("Ново"), person(), {}, now=NOW),
        DATA,
    ),
    "invite": (lambda _country, who: admissions.invite(who, "b@new.example", "bg", [], NOW), DATA),
    "validate": (validated, DATA),
    "change an official name": (lambda country, who: cards.rename(who, country.of("masters").pk, "Ново", NOW), DATA),
    "suspend access": (lambda country, who: access.suspend(who, country.of("masters").pk, CRAFTS, "x", NOW), DATA),
    "add a request coordinator": (
        lambda country, who: access.add_request_coordinator(
            who, country.of("masters").pk, CRAFTS, country.of("national").pk, NOW
        ),
        DATA,
    ),
    "deactivate": (lambda country, who: access.deactivate(who, country.of("masters").pk, "x", NOW), DATA),
}


@pytest.fixture
def coordinated(country: Country) -> Country:
    """The area coordinator validates the authority and governs its access."""
    masters, crafts, chief = country.of("masters").pk, country.of("crafts").pk, who(country.national)
    access.hand_over_access(chief, masters, CRAFTS, crafts, NOW)
    access.hand_over_validation(chief, masters, crafts, NOW)
    return country


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("act", MATRIX)
def test_each_cell_of_the_matrix(coordinated: Country, act: str, role: str) -> None:
    attempt, allowed = MATRIX[act]
    actor = User.objects.create(
        username="one",
        email="one@people.example",
        given_name="Един",
        family_name="Човек",
        authority=coordinated.of("crafts"),
        language="bg",
        is_administrator=role == "local_data_administrator",
    )
    if role in RoleGrant.Role.values:
        RoleGrant.objects.create(user=actor, area_id=CRAFTS, role=role)
    if role in allowed:
        attempt(coordinated, who(actor))
    else:
        with pytest.raises(Refused):
            attempt(coordinated, who(actor))


def test_a_data_administrator_of_one_area_is_none_in_another(country: Country) -> None:
    masters, national = country.of("masters").pk, country.of("national").pk
    RoleGrant.objects.filter(user=country.national, area=SCHOOLS, role="data_administrator").delete()
    with pytest.raises(Refused) as refused:
        access.grant(who(country.national), masters, SCHOOLS, [national], NOW)
    assert refused.value.reason.code == "no_data_administrator"


@pytest.mark.parametrize("act", [act for act, (_try, allowed) in MATRIX.items() if allowed == DATA])
def test_whose_authority_is_suspended_does_nothing_for_others(coordinated: Country, act: str) -> None:
    attempt, _allowed = MATRIX[act]
    actor = who(coordinated.crafts)
    coordinated.of("crafts").accesses.update(suspended=True)
    for one in (actor, who(coordinated.crafts)):
        with pytest.raises(Refused):
            attempt(coordinated, one)
