"""A country with its national coordinator, an area coordinator and an authority, set up by the acts themselves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import connection, transaction

from imi.accounts.models import User
from imi.administration import registering
from imi.directory import actions as directory
from imi.directory.models import Authority
from tests.administration.country import AREAS, CRAFTS, NOW, card, person, who


@dataclass
class Country:
    """Who is there; each authority has one user, who holds every role."""

    national: User
    crafts: User
    masters: User
    abroad: User

    def of(self, name: str) -> Authority:
        """The authority of a user by name."""
        return getattr(self, name).authority


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Countries and areas, taken back after the tests of a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        directory.load_countries()
        directory.sync_areas(AREAS)
        connection.check_constraints()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def country(ground: None, db: None) -> Country:
    """A national coordinator, a coordinator of one area, an authority behind it; another country has one, too."""
    national = registering.register_national_coordinator("BG", card("Национален координатор"), person("Нели"), NOW)
    abroad = registering.register_national_coordinator("LT", card("Nacionalinis koordinatorius"), person("Rasa"), NOW)
    chief = who(national.user)
    crafts = registering.register_coordinator(
        chief, "limic", "BG", card("Координатор занаяти"), person("Крум"), [CRAFTS], now=NOW
    )
    masters = registering.register_authority(
        chief, "BG", card("Камара на майсторите"), person("Мила"), {CRAFTS: (crafts.authority.pk,)}, now=NOW
    )
    return Country(national.user, crafts.user, masters.user, abroad.user)
