"""The help desk of the training world: everything the files tell happens, in the languages of the people."""

from __future__ import annotations

import pytest

from imi.accounts.queries import standing
from imi.helpdesk import queries
from imi.helpdesk.models import Answer, Post, Thread
from imi.training import build
from imi.training.models import Persona
from imi.training.world_files import world_files

from .conftest import COUNTRIES

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def test_the_files_name_people_and_authorities_that_exist() -> None:
    world = world_files()
    authorities = {one["id"] for found in world.countries.values() for one in found}
    people = {person["id"] for found in world.countries.values() for one in found for person in one["users"]}
    for one in (*world.threads["questions"], *world.threads["messages"]):
        assert one["by"] in people, one["id"]
        assert one.get("desk", next(iter(authorities))) in authorities, one["id"]
        for step in one.get("steps", ()):
            assert step.get("by", one["by"]) in people, one["id"]


def test_everything_of_these_countries_has_happened(built: build.Built) -> None:
    told = world_files().threads
    here = {one["id"] for one in told["questions"] if one["by"][:2].upper() in COUNTRIES}
    assert here
    keys = set(Thread.objects.values_list("key", flat=True))
    assert {f"training-{one}" for one in here} <= keys
    assert {"training-hu-own", "training-pt-own", "training-hu-abroad"} <= keys
    assert set(Thread.objects.values_list("state", flat=True)) == {"open", "answered", "settled"}
    assert Answer.objects.filter(language="hu").exists()
    assert not Post.objects.exclude(tells="").filter(told_at=None).exists()


def test_coordinators_and_users_find_something_to_do(built: build.Built) -> None:
    waiting = {
        one.key: queries.waiting(standing(one.user))
        for one in Persona.objects.filter(user__authority__country__in=COUNTRIES).select_related("user__authority")
    }
    assert waiting["hu-pq-coord-2"].desk
    assert waiting["hu-crafts-1"].asked
    assert any(one.messages for one in waiting.values())
