"""The small world of the exchanges' tests, in which one person looks after the users of each side."""

from __future__ import annotations

import pytest

from imi.accounts.models import User
from imi.directory.models import Authority
from tests.administration.conftest import Country, country, ground
from tests.exchanges.conftest import World, catalogue
from tests.exchanges.conftest import world as bare_world
from tests.web.pages.conftest import Visit, _same_start, visit
from tests.web.pages.conftest import world as playable

__all__ = [
    "Country",
    "Visit",
    "World",
    "_same_start",
    "bare_world",
    "catalogue",
    "country",
    "ground",
    "playable",
    "visit",
]


@pytest.fixture
def world(playable: World) -> World:
    """The small world with a local data administrator in three authorities; coordinators validate their country's."""
    chiefs = [playable.people[name].user_id for name in ("answermate", "askcoord", "asker")]
    User.objects.filter(pk__in=chiefs).update(is_administrator=True)
    for code, coordinator in (("PT", "pt-coord"), ("HU", "hu-coord")):
        Authority.objects.filter(country=code).exclude(pk=coordinator).update(validator=coordinator)
    return playable
