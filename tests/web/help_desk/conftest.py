"""The small world of the pages' tests with everybody who plays at the help desk."""

from __future__ import annotations

import pytest

from imi.training.models import Persona
from tests.exchanges.conftest import World
from tests.helpdesk.conftest import people_of_the_desk
from tests.web.pages.conftest import _same_start, bare_world, catalogue, visit

__all__ = ["_same_start", "bare_world", "catalogue", "visit"]


@pytest.fixture
def world(bare_world: World) -> World:
    """The small world, whose people can be played."""
    people_of_the_desk(bare_world)
    Persona.objects.bulk_create(Persona(key=name, user_id=who.user_id) for name, who in bare_world.people.items())
    return bare_world
