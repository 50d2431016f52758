"""Three ways of setting a country up: one desk for all, coordinators of regions, a coordinator for each area."""

from __future__ import annotations

import pytest
from django.db import connection

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing, standing
from imi.administration import reasons, rights
from imi.administration.mandates import GRANT_ACCESS, REGISTER, Mandate, mandate
from imi.administration.models import Act, Delegation
from imi.directory.actions import DirectoryError, NewAuthority, register_authority
from imi.directory.models import Access, Authority, AuthorityRegion
from imi.exchanges.models import EventRecord, Participation
from imi.training import build

from .conftest import REFERENCE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CENTRAL, REGIONAL, BY_AREA = "LI", "ES", "RO"
PQ, POSTING = "professional-qualifications", "posting-of-workers"


@pytest.fixture(scope="module")
def three(ground: None) -> build.Built:
    told = build.build(REFERENCE, countries=(CENTRAL, REGIONAL, BY_AREA), exchanges=1)
    connection.check_constraints()
    return told


def administrator_of(authority: str) -> Standing:
    grant = RoleGrant.objects.filter(
        role=RoleGrant.Role.DATA_ADMINISTRATOR, user__authority=authority, user__is_active=True
    ).order_by("user_id")[0]
    return standing(User.objects.select_related("authority").get(pk=grant.user_id))


def of(authority: str) -> Mandate:
    return mandate(administrator_of(authority))


def test_no_step_of_any_plan_is_refused(three: build.Built) -> None:
    assert not three.stopped


def test_the_central_desk_asks_answers_allocates_and_is_approved(three: build.Built) -> None:
    sides = Participation.objects.filter(authority="li-desk").values_list("direction", flat=True)
    assert {"sent", "received"} <= set(sides)
    done = set(
        EventRecord.objects.filter(kind="action", exchange__participations__authority="li-desk").values_list(
            "name", flat=True
        )
    )
    assert {"approve_request", "approve_reply", "allocate"} <= done
    passed_on = EventRecord.objects.filter(kind="action", authority="li-desk", name__in=["forward", "split"])
    assert not passed_on.values_list("exchange__number", "name")


def test_delegations_are_acts_of_the_national_coordinator(three: build.Built) -> None:
    given = Delegation.objects.filter(holder__country=REGIONAL)
    acts = Act.objects.filter(kind="delegation.made", authority__country=REGIONAL)
    assert given.count() == acts.count() > 2
    assert {act.by_authority_id for act in acts} == {"es-nimic"}
    assert {act.at.date() for act in acts} == {one.made_at.date() for one in given}
    assert not Delegation.objects.exclude(holder__country=REGIONAL).exists()


def test_who_gave_an_access_has_the_task(three: build.Built) -> None:
    """The rule bites: a regional coordinator only in its regions, a delegated one only where a task was delegated."""
    mandates: dict[str, Mandate] = {}
    for access in Access.objects.filter(role=Access.Role.AUTHORITY).select_related("authority"):
        giver = access.coordinator_id or ""
        mandates.setdefault(giver, of(giver))
        territory = AuthorityRegion.objects.filter(authority=access.authority_id).values_list("code", flat=True)
        refused = rights.to_grant(mandates[giver], access.authority, access.area_id, list(territory))
        assert refused is None, (giver, access)


def test_a_regional_coordinator_acts_in_its_region_only(three: build.Built) -> None:
    andalusia = of("es-andalucia")
    assert rights.to_register(andalusia, REGIONAL, (PQ, POSTING), ("ES618",)) is None
    assert rights.to_register(andalusia, REGIONAL, (PQ,), ("ES511",)) == reasons.NO_MANDATE
    assert rights.to_register(andalusia, REGIONAL, (PQ,), ()) == reasons.NO_MANDATE


def test_a_delegated_coordinator_has_what_was_delegated(three: build.Built) -> None:
    posting = of("es-sw-coord")
    assert posting.has(REGISTER, POSTING, ("ES620",))
    assert not posting.has(REGISTER, POSTING, ("ES511",))
    assert not posting.has(REGISTER, "services", ("ES620",))
    assert of("es-pq-coord").has(GRANT_ACCESS, PQ, ())


def test_a_coordinator_of_an_area_registers_and_gives_access_itself(three: build.Built) -> None:
    work = of("ro-work-coord")
    assert work.kind is not None
    assert work.kind.id == "limic"
    assert rights.to_register(work, BY_AREA, (POSTING,), ("RO223",)) is None
    assert rights.to_register(work, BY_AREA, (PQ,), ()) == reasons.NO_COORDINATOR


@pytest.mark.parametrize(
    ("kind", "areas", "regions"),
    [
        ("sdimic", (PQ,), ()),
        ("limic", (PQ, POSTING), ("ES61",)),
        ("nimic", (PQ,), ()),
    ],
)
def test_a_kind_that_does_not_fit_is_not_loaded(
    three: build.Built, kind: str, areas: tuple[str, ...], regions: tuple[str, ...]
) -> None:
    entry = NewAuthority(
        id="es-odd",
        kind=Authority.Kind.AREA_COORDINATOR,
        country=REGIONAL,
        name="Odd",
        access=dict.fromkeys(areas, "coordinator"),
        coordinator_kind=kind,
        regions=regions,
    )
    with pytest.raises(DirectoryError):
        register_authority(entry)
