"""Every page about an authority, opened and posted to by each kind of administrator; expectations written by hand.

The authority is one that the national coordinator validated and gave access, with the crafts coordinator behind it.
"""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from imi.accounts.models import User
from imi.administration import admissions
from imi.administration.models import Admission
from tests.access.test_addresses_of_everybody import ADDRESSES
from tests.administration.conftest import Country, country, ground
from tests.administration.country import CRAFTS, NOW, person, submitted, who

__all__ = ["country", "ground"]

pytestmark = pytest.mark.django_db

# Statuses of reading and of posting nothing, for: the national coordinator (which validated the authority and gave it
# access), the coordinator of its area, its own administrator, a colleague there without roles, and the national
# coordinator of another country. 405: not that way. 422: may, but nothing was filled in. 302: done.
PEOPLE = ("national", "crafts", "masters", "colleague", "abroad")
ALL = {"national", "crafts", "masters", "colleague", "abroad"}
COORDINATORS = {"national", "crafts", "abroad"}
ADMINISTRATORS = {"national", "crafts", "masters", "abroad"}
VALIDATOR = {"national"}
OWN_COORDINATORS = {"national", "crafts"}

# Who may, what they get for reading and posting, and what others get.
RULES: dict[str, tuple[set[str], int, int, int]] = {
    "own": (ALL, 200, 405, 403),
    "confirm": (ADMINISTRATORS, 405, 302, 403),
    "contacts": (ADMINISTRATORS, 200, 422, 403),
    "reach": (ADMINISTRATORS, 200, 422, 403),
    "texts": (ADMINISTRATORS, 200, 422, 403),
    "draft_texts": (ADMINISTRATORS, 405, 302, 403),
    "discard_draft": (ADMINISTRATORS, 405, 302, 403),
    "competence": (ADMINISTRATORS, 200, 200, 403),
    "settings": (ADMINISTRATORS, 200, 200, 403),
    "links": (ADMINISTRATORS, 200, 200, 403),
    "corrections": (ADMINISTRATORS, 200, 200, 403),
    "list": (COORDINATORS, 200, 405, 403),
    "export": (COORDINATORS, 200, 405, 403),
    "register": (COORDINATORS, 200, 422, 403),
    "one": (OWN_COORDINATORS, 200, 405, 403),
    "propose": (ALL, 200, 422, 403),
    "registered": (set(), 200, 405, 404),
    "history": ({"national", "crafts", "masters"}, 200, 405, 404),
    "rename": (VALIDATOR, 200, 422, 403),
    "regions": (VALIDATOR, 200, 302, 403),
    "hand_over": (VALIDATOR, 200, 422, 403),
    "deactivate": (VALIDATOR, 200, 422, 403),
    "reactivate": (VALIDATOR, 200, 422, 403),
    "grant": (OWN_COORDINATORS, 200, 422, 403),
    "coordinators": (VALIDATOR, 200, 200, 403),
    "suspend": (VALIDATOR, 200, 422, 403),
    "resume": (VALIDATOR, 200, 422, 403),
    "register_coordinator": ({"national", "crafts", "abroad"}, 200, 422, 403),
    "delegations": (COORDINATORS, 200, 200, 403),
    "admissions": (COORDINATORS, 200, 405, 403),
    "invite": (COORDINATORS, 200, 422, 403),
    "admission": (OWN_COORDINATORS, 200, 200, 404),
}
# Where the answer of one person is another one.
APART = {
    ("one", "abroad", "get"): 404,
    ("delegations", "crafts", "post"): 403,
}


@pytest.fixture
def people(country: Country) -> dict[str, User]:
    """One person of each kind; a registration waits at the area coordinator."""
    admission = admissions.invite(who(country.crafts), "office@crafts-plovdiv.example", "bg", [CRAFTS], NOW)
    submitted(admission)
    entry = person("Колегата")
    colleague = User.objects.create(
        username="colleague",
        email=entry.email,
        given_name=entry.given_name,
        family_name=entry.family_name,
        authority=country.of("masters"),
        language="en",
    )
    return {
        "national": country.national,
        "crafts": country.crafts,
        "masters": country.masters,
        "colleague": colleague,
        "abroad": country.abroad,
    }


def expected(name: str, person_name: str, method: str) -> int:
    """The status that somebody gets at an address."""
    may, reading, posting, refused = RULES[name]
    status = reading if method == "get" else posting
    if (name, person_name, method) in APART:
        return APART[name, person_name, method]
    return status if status == 405 or person_name in may else refused


def test_every_page_about_an_authority_has_an_expectation() -> None:
    assert {f"authorities:{name}" for name in RULES} == {one for one in ADDRESSES if one.startswith("authorities:")}


def test_each_kind_of_administrator_at_each_page(country: Country, people: dict[str, User]) -> None:
    wrong = []
    for person_name in PEOPLE:
        client = Client()
        client.force_login(User.objects.get(pk=people[person_name].pk))
        for name in RULES:
            path = ADDRESSES[f"authorities:{name}"].replace("<slug:authority_id>", country.of("masters").pk)
            path = path.replace("<slug:area>", CRAFTS)
            path = path.replace("<int:admission_id>", str(Admission.objects.get().pk))
            for method in ("get", "post"):
                with transaction.atomic():
                    answer = getattr(client, method)(path)
                    transaction.set_rollback(True)
                want = expected(name, person_name, method)
                if answer.status_code != want:
                    wrong.append(f"{method} {name} by {person_name}: {answer.status_code} instead of {want}")
    assert not wrong, "\n".join(wrong)
