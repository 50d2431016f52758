"""Signs that no browser types and a database may refuse: an answer all the same, on every page and in every field."""

from __future__ import annotations

import pytest
from django.test import Client

from imi.accounts.models import User
from tests.administration.conftest import Country, country, ground

__all__ = ["country", "ground"]

pytestmark = pytest.mark.django_db
NUL = "\x00"


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/administration/mail-problems/test", {"address": f"office{NUL}@crafts.example"}),
        ("/administration/authority/texts/discard", {"lang": NUL}),
        ("/administration/authority/texts/draft", {"source": NUL}),
    ],
)
def test_a_field_may_hold_what_no_database_keeps(country: Country, path: str, fields: dict[str, str]) -> None:
    answer = signed_in(country.masters).post(path, fields)
    assert answer.status_code in (302, 404, 422)


@pytest.mark.parametrize("kind", ["authorities", "coordinators"])
def test_an_address_may_hold_what_no_database_keeps(country: Country, kind: str) -> None:
    given = dict.fromkeys(("name", "city", "email", "website"), NUL)
    answer = signed_in(country.national).get(f"/administration/{kind}/register/", given)
    assert answer.status_code == 200


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client
