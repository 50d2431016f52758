"""Routes A and D: authorities and coordinators registered at once."""

from __future__ import annotations

import pytest

from imi.accounts.models import RoleGrant, User
from imi.administration import registering
from imi.administration.models import Act, Dispatch
from imi.administration.reasons import Refused
from imi.directory.models import Access, Authority, CoordinatorLink
from tests.administration.conftest import Country
from tests.administration.country import AREAS, CRAFTS, NOW, SCHOOLS, card, person, who

pytestmark = pytest.mark.django_db


def reason_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.reason.code


def test_the_operator_registers_one_national_coordinator_for_a_country(country: Country) -> None:
    national = country.of("national")
    assert (national.kind, national.coordinator_kind, national.validator_id) == ("national_coordinator", "nimic", None)
    assert set(Access.objects.filter(authority=national).values_list("area", "role", "coordinator")) == {
        (area, "coordinator", None) for area in AREAS
    }
    with pytest.raises(Refused) as refused:
        registering.register_national_coordinator("BG", card("Втори координатор"), person(), NOW)
    assert reason_of(refused) == "has_national"
    with pytest.raises(Refused) as refused:
        registering.register_national_coordinator("XX", card("Nobody"), person(), NOW)
    assert reason_of(refused) == "unknown_country"


def test_the_first_user_of_a_coordinator_has_every_role_there(country: Country) -> None:
    granted = set(RoleGrant.objects.filter(user=country.crafts).values_list("area", "role"))
    assert granted == {(CRAFTS, role) for role in RoleGrant.Role.values}
    assert country.crafts.is_administrator


def test_the_first_user_of_an_authority_has_every_role_that_it_can_give(country: Country) -> None:
    granted = set(RoleGrant.objects.filter(user=country.masters).values_list("role", flat=True))
    assert granted == {"basic", "handler", "allocator"}
    assert country.masters.is_administrator


def test_an_authority_is_registered_with_its_coordinators_and_the_acts_say_so(country: Country) -> None:
    masters = country.of("masters")
    access = Access.objects.get(authority=masters)
    assert (masters.validator_id, access.coordinator_id) == (country.of("national").pk,) * 2
    assert list(CoordinatorLink.objects.filter(authority=masters).values_list("area", "coordinator")) == [
        (CRAFTS, country.of("crafts").pk)
    ]
    acts = Act.objects.filter(authority=masters).order_by("pk")
    assert [act.kind for act in acts] == ["authority.registered", "access.granted", "user.registered"]
    assert {act.by_user_id for act in acts} == {country.national.pk}
    assert Dispatch.objects.filter(kind="access_granted", about=masters).count() == 1


@pytest.mark.parametrize(
    ("registrar", "country_code", "behind", "expected"),
    [
        ("masters", "BG", "crafts", "no_coordinator"),
        ("crafts", "LT", "crafts", "other_country"),
        ("national", "BG", "masters", "not_coordinating"),
        ("national", "BG", "abroad", "not_coordinating"),
        ("national", "BG", None, "needs_request_coordinator"),
    ],
)
def test_who_may_not_register_is_told_why(
    country: Country, registrar: str, country_code: str, behind: str | None, expected: str
) -> None:
    coordinators = {CRAFTS: (country.of(behind).pk,) if behind else ()}
    with pytest.raises(Refused) as refused:
        registering.register_authority(
            who(getattr(country, registrar)), country_code, card("Ново"), person(), coordinators, now=NOW
        )
    assert reason_of(refused) == expected
    assert not Authority.objects.filter(name="Ново").exists()


def test_a_coordinator_gives_no_access_to_an_area_that_is_not_its_own(country: Country) -> None:
    with pytest.raises(Refused) as refused:
        registering.register_authority(
            who(country.crafts), "BG", card("Ново"), person(), {SCHOOLS: (country.of("national").pk,)}, now=NOW
        )
    assert reason_of(refused) == "no_coordinator"


def test_only_data_administrators_register(country: Country) -> None:
    RoleGrant.objects.filter(user=country.crafts, role="data_administrator").delete()
    with pytest.raises(Refused) as refused:
        registering.register_authority(who(country.crafts), "BG", card("Ново"), person(), {}, now=NOW)
    assert reason_of(refused) == "no_data_administrator"


def test_an_address_that_somebody_has_stops_the_whole_registration(country: Country) -> None:
    taken = person(email=country.masters.email.upper())
    with pytest.raises(Refused) as refused:
        registering.register_authority(
            who(country.crafts), "BG", card("Ново"), taken, {CRAFTS: (country.of("crafts").pk,)}, now=NOW
        )
    assert reason_of(refused) == "mail_taken"
    assert not Authority.objects.filter(name="Ново").exists()


def test_what_looks_alike_has_to_be_looked_at_first(country: Country) -> None:
    twin = card("Камара на  МАЙСТОРИТЕ")
    with pytest.raises(registering.LooksAlike) as alike:
        registering.register_authority(
            who(country.crafts), "BG", twin, person(), {CRAFTS: (country.of("crafts").pk,)}, now=NOW
        )
    assert [one.id for one in alike.value.found] == [country.of("masters").pk]
    seen = [one.id for one in alike.value.found]
    made = registering.register_authority(
        who(country.crafts), "BG", twin, person(), {CRAFTS: (country.of("crafts").pk,)}, seen, NOW
    )
    assert made.authority.pk != country.of("masters").pk


@pytest.mark.parametrize(
    ("registrar", "kind", "areas", "expected"),
    [
        ("national", "limic", [CRAFTS], "area_taken"),
        ("national", "limic", AREAS, "wrong_areas"),
        ("national", "dimic", [], "wrong_areas"),
        ("national", "nimic", AREAS, "unknown_kind"),
        ("national", "sdimic", [], "needs_region"),
        ("crafts", "limic", [CRAFTS], "not_national"),
        ("crafts", "dimic", [SCHOOLS], "no_coordinator"),
    ],
)
def test_which_coordinators_are_not_registered(
    country: Country, registrar: str, kind: str, areas: list[str], expected: str
) -> None:
    with pytest.raises(Refused) as refused:
        registering.register_coordinator(
            who(getattr(country, registrar)), kind, "BG", card("Още един"), person(), areas, now=NOW
        )
    assert reason_of(refused) == expected


def test_an_area_coordinator_registers_a_delegated_one_for_its_area(country: Country) -> None:
    made = registering.register_coordinator(
        who(country.crafts), "dimic", "BG", card("Занаяти изток"), person(), [CRAFTS], now=NOW
    )
    assert made.authority.coordinator_kind == "dimic"
    assert Access.objects.get(authority=made.authority).role == "coordinator"


def test_a_regional_coordinator_has_all_areas_and_stays_in_its_region(country: Country) -> None:
    east = card("Координатор изток", regions=("BG33",))
    made = registering.register_coordinator(who(country.national), "sdimic", "BG", east, person(), [], now=NOW)
    assert set(Access.objects.filter(authority=made.authority).values_list("area", flat=True)) == set(AREAS)
    own = {CRAFTS: (made.authority.pk,)}
    inside = registering.register_authority(
        who(made.user), "BG", card("Варна", regions=("BG331",)), person(), own, now=NOW
    )
    assert inside.authority.validator_id == made.authority.pk
    for regions in (("BG421",), (), ("BG331", "BG421")):
        with pytest.raises(Refused) as refused:
            registering.register_authority(who(made.user), "BG", card("Отвъд", regions=regions), person(), own, now=NOW)
        assert reason_of(refused) == "no_mandate"


def test_ids_are_readable_and_never_the_same(country: Country) -> None:
    first = registering.register_authority(who(country.national), "BG", card("Съвсем друго"), person(), {}, now=NOW)
    again = registering.register_authority(
        who(country.national), "BG", card("Съвсем друго"), person(), {}, [first.authority.pk], NOW
    )
    assert first.authority.pk.startswith("bg-savsem-drugo") or first.authority.pk.startswith("bg-s")
    assert again.authority.pk.startswith(first.authority.pk)
    assert User.objects.filter(authority__in=[first.authority, again.authority]).count() == 2
