"""The operator's command, and what the worker keeps in order."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from imi.accounts.models import AccountMail, User
from imi.administration import admissions, chores, limits, registering
from imi.administration.models import Act, Admission, Throttle
from imi.directory import actions as directory
from imi.directory.models import Access, Authority, CoordinatorLink
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, card, person, who

pytestmark = pytest.mark.django_db

GIVEN = {
    "name": "Nacionalinė koordinavimo tarnyba",
    "informal": None,
    "language": "lt",
    "city": "Vilnius",
    "email": "imi@koordinavimas.example",
    "website": "",
    "given_name": "Rasa",
    "family_name": "Kazlauskienė",
    "user_email": "rasa@koordinavimas.example",
}


def test_the_operator_registers_a_national_coordinator(ground: None, db: None) -> None:
    said = StringIO()
    call_command("register_national_coordinator", "LT", stdout=said, **GIVEN)
    authority = Authority.objects.get(kind="national_coordinator", country="LT")
    user = User.objects.get(authority=authority)
    assert authority.pk == "lt-nacionaline-koordinavimo-tarnyba"
    assert f"user name of Rasa Kazlauskienė: {user.username}" in said.getvalue()
    assert AccountMail.objects.filter(user=user).count() == 1
    assert set(Act.objects.filter(authority=authority).values_list("source", flat=True)) == {"operator"}
    with pytest.raises(CommandError, match="has a national coordinator already"):
        call_command("register_national_coordinator", "LT", **GIVEN | {"user_email": "other@koordinavimas.example"})


@pytest.mark.parametrize(
    ("country", "changed", "message"),
    [
        ("XX", {}, "no such country"),
        ("LT", {"language": "xx"}, "--language"),
        ("LT", {"user_email": "nobody"}, "--user-email"),
        ("LT", {"given_name": " "}, "--given-name"),
        ("LT", {"name": ""}, "--name"),
    ],
)
def test_bad_input_is_named(ground: None, db: None, country: str, changed: dict[str, str], message: str) -> None:
    with pytest.raises(CommandError, match=message):
        call_command("register_national_coordinator", country, **GIVEN | changed)
    assert not Authority.objects.exists()


def test_invitations_expire(country: Country) -> None:
    admission = admissions.invite(who(country.national), "a@b.example", "bg", [CRAFTS], NOW)
    later = NOW + admissions.INVITATION_LASTS
    assert chores.expire_admissions(later - timedelta(seconds=1)) == 0
    assert chores.expire_admissions(later) == 1
    assert chores.expire_admissions(later) == 0
    assert Admission.objects.get(pk=admission.pk).state == "expired"
    admissions.invite(who(country.national), "a@b.example", "bg", [CRAFTS], later)


def test_counters_are_forgotten(db: None) -> None:
    limits.take("mail", "a@b.example", 3, timedelta(days=1), NOW)
    assert "a@b" not in Throttle.objects.get().key
    assert chores.forget_counters(NOW + timedelta(days=1)) == 0
    assert chores.forget_counters(NOW + timedelta(days=3)) == 1


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("nothing", "unknown"),
    ],
)
def test_networks_are_counted_as_one(address: str, network: str) -> None:
    assert limits.network(address) == network


def test_coordinators_of_all_areas_get_the_new_ones(country: Country) -> None:
    east = registering.register_coordinator(
        who(country.national), "sdimic", "BG", card("Изток", regions=("BG33",)), person(), [], now=NOW
    ).authority
    assert chores.open_new_areas(NOW) == 0
    directory.sync_areas(["waste"])
    assert chores.open_new_areas(NOW) == 3  # two national coordinators and the one of a region
    assert chores.open_new_areas(NOW) == 0
    opened = Access.objects.get(authority=east, area="waste")
    assert (opened.role, opened.coordinator_id) == ("coordinator", country.of("national").pk)
    assert CoordinatorLink.objects.filter(authority=east, area="waste").count() == 1
    assert who(country.national).roles_in("waste") == {"basic"}
    assert Act.objects.filter(kind="access.granted", source="system").count() == 3
