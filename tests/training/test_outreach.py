"""What coordinators of the training world offer."""

from __future__ import annotations

import pytest
from django.db import connection

from imi.accounts.models import User
from imi.accounts.queries import standing
from imi.outreach import library, queries
from imi.outreach.library import MaterialFilter
from imi.outreach.models import Event, Note, Plan, Registration, TrainingRequest
from imi.outreach.queries import EventFilter, NewsFilter
from imi.training import build
from imi.training.models import Persona
from imi.training.world_files import world_files
from tests.training.conftest import COUNTRIES, REFERENCE

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def quiet(ground: None) -> build.Built:
    """The small world without exchanges, of which outreach knows nothing."""
    told = build.build(REFERENCE, countries=COUNTRIES, exchanges=0)
    connection.check_constraints()
    return told


def somebody(persona: str) -> User:
    return User.objects.select_related("authority").get(pk=Persona.objects.get(pk=persona).user_id)


def test_every_offer_of_these_countries_was_made(quiet: build.Built) -> None:
    written = world_files().outreach
    hosts = {one["host"] for subject in ("events", "plans") for one in written[subject]}
    here = {host for host in hosts if host[:2].upper() in COUNTRIES}
    assert here
    assert set(Event.objects.values_list("host", flat=True)) | set(Plan.objects.values_list("host", flat=True)) == here
    assert not Event.objects.exclude(state="published").exists()
    assert all(event.starts_at.weekday() < 5 for event in Event.objects.all())


def test_some_are_full_and_nobody_is_mailed_about_the_past(quiet: build.Built) -> None:
    assert Registration.objects.filter(state="waiting").exists()
    assert Note.objects.exists()
    assert not Note.objects.filter(due_at__isnull=False).exists()


def test_a_handler_and_a_coordinator_find_something_on_each_page(quiet: build.Built) -> None:
    handler, coordinator = standing(somebody("hu-guides-1")), standing(somebody("hu-pq-coord-1"))
    now = Event.objects.order_by("starts_at")[0].made_at
    assert queries.events(handler, EventFilter(), now).rows
    assert queries.news(handler, NewsFilter(), REFERENCE).rows
    assert {one.kind for one in library.materials(handler, MaterialFilter()).rows} == {"document", "link"}
    assert library.open_todos(coordinator, REFERENCE)
    plan = Plan.objects.get(host="hu-nimic")
    assert {text.lang for text in plan.texts.all()} == {"hu", "en"}
    assert TrainingRequest.objects.filter(coordinator="hu-pq-coord").exists()
