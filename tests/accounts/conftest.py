"""Two authorities with users."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import make_password

from imi.accounts import actions
from imi.accounts.models import User
from imi.directory import actions as directory
from imi.directory.models import Country

GUIDES, TEACHERS = "crafts", "schools"  # two areas
PASSWORD = "Correct horse 7 battery"


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """Register a coordinator with one user and a competent authority with two."""
    Country.objects.create(code="PT", iso="PT", languages=["pt"], timezone="Europe/Lisbon")
    directory.sync_areas([GUIDES, TEACHERS])
    directory.load_authorities(
        [
            directory.NewAuthority(
                id="pt-coord",
                kind="area_coordinator",
                country="PT",
                name="Coordenação",
                access={GUIDES: "coordinator"},
            ),
            directory.NewAuthority(
                id="pt-guides",
                kind="competent",
                country="PT",
                name="Guias",
                access={GUIDES: "authority", TEACHERS: "authority"},
                coordinators={GUIDES: ("pt-coord",)},
                linked=("pt-coord",),
            ),
        ]
    )
    password = make_password(PASSWORD)
    users = actions.load_users(
        [
            actions.NewUser(
                "Ana", "Sousa", "ana@pt.example", "pt-guides", "pt", {GUIDES: ["handler"]}, True, "ana", password
            ),
            actions.NewUser("Rui", "Melo", "rui@pt.example", "pt-guides", "pt", {}, False, "rui", password),
            actions.NewUser(
                "Eva", "Lima", "eva@pt.example", "pt-coord", "en", {GUIDES: ["approver"]}, True, "eva", password
            ),
        ]
    )
    return {user.username: user for user in users}
