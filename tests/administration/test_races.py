"""Acts at the same moment: what one decides on, the other does not change behind its back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from imi.administration import access, admissions, registering
from imi.administration.models import Act, Admission
from imi.administration.reasons import Refused
from imi.directory import actions as directory
from imi.directory.models import Access, Authority
from tests.administration.country import AREAS, CRAFTS, NOW, card, fill_in, open_form, person, who

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def national(transactional_db: None) -> Any:
    """A country with nobody but its national coordinator."""
    directory.load_countries()
    directory.sync_areas(AREAS)
    return registering.register_national_coordinator("BG", card("Национален координатор"), person("Нели"), NOW).user


def outcome(act: Callable[[], Any]) -> str:
    try:
        act()
    except Refused as refused:
        return refused.reason.code
    return "done"


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Let all run at the same moment; "done", or the code of the refusal.

    SQLite lets one transaction write at a time, so there they run one after the other.
    """
    if connection.vendor == "sqlite":
        return sorted(map(outcome, acts))
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Any]) -> str:
        try:
            barrier.wait(timeout=10)
            return outcome(act)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_the_last_two_coordinators_do_not_both_go(national: Any) -> None:
    chief = who(national)
    behind = [
        registering.register_coordinator(chief, "dimic", "BG", card(name), person(), [CRAFTS], now=NOW).authority.pk
        for name in ("Бюро за дърворезба", "Съвет по грънчарство")
    ]
    made = registering.register_authority(
        chief, "BG", card("Камара на майсторите"), person(), {CRAFTS: tuple(behind)}, now=NOW
    )
    assert Access.objects.get(authority=made.authority).coordinator_id == national.authority_id
    outcomes = at_once(*(lambda one=one: access.deactivate(chief, one, "x", NOW) for one in behind))
    assert outcomes == ["done", "still_needed"]
    assert Authority.objects.filter(pk__in=behind, active=True).count() == 1


def test_nobody_becomes_dependent_on_whoever_is_leaving(national: Any) -> None:
    chief = who(national)
    leaving = registering.register_coordinator(
        chief, "dimic", "BG", card("Бюро за дърворезба"), person(), [CRAFTS], now=NOW
    ).authority.pk
    entry, first = card("Камара на майсторите"), person()
    outcomes = at_once(
        lambda: access.deactivate(chief, leaving, "x", NOW),
        lambda: registering.register_authority(chief, "BG", entry, first, {CRAFTS: (leaving,)}, [leaving], NOW),
    )
    assert outcomes in (["done", "not_coordinating"], ["done", "still_needed"])


def test_an_admission_is_decided_once(national: Any) -> None:
    chief = who(national)
    admission, key = open_form(admissions.invite(chief, "office@guild.example", "bg", [], NOW))
    fill_in(admission, key)
    admissions.submit(admission.pk, key, NOW)
    outcomes = at_once(
        lambda: admissions.validate(chief, admission.pk, {}, now=NOW),
        lambda: admissions.validate(chief, admission.pk, {}, now=NOW),
        lambda: admissions.refuse(chief, admission.pk, "Не.", NOW),
    )
    assert outcomes.count("done") == 1
    assert Act.objects.filter(kind__in=["admission.validated", "admission.refused"]).count() == 1
    assert Authority.objects.filter(kind="competent").count() == (
        Admission.objects.get(pk=admission.pk).state == "validated"
    )


def test_a_link_is_redeemed_once(national: Any) -> None:
    admission = admissions.invite(who(national), "office@guild.example", "bg", [], NOW)
    token = admissions.mint_link(admission.pk, NOW)
    assert token
    assert at_once(*[lambda: admissions.redeem(token, NOW)] * 4) == ["done", "link_over", "link_over", "link_over"]


def test_counters_give_no_place_twice(national: Any) -> None:
    ask = lambda: admissions.request("BG", "a@b.example", "bg", [], "192.0.2.1", NOW)  # noqa: E731
    assert at_once(*[ask] * 6).count("too_often") == 6 - admissions.REQUESTS_OF_AN_ADDRESS
    assert Admission.objects.count() == 1
