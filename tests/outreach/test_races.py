"""The last places of an event at the same moment."""

from __future__ import annotations

from typing import Any

import pytest

from imi.administration import registering
from imi.directory import actions as directory
from imi.outreach import registrations
from imi.outreach.models import Event, Registration
from tests.administration.country import AREAS, CRAFTS, NOW, card, person, who
from tests.administration.test_races import at_once
from tests.outreach.offers import published

pytestmark = pytest.mark.django_db(transaction=True)
NAMES = ("Грънчари", "Дърводелци", "Ковачи", "Шивачи", "Обущари", "Златари", "Тъкачи", "Пекари")
PEOPLE, PLACES = len(NAMES), 3


@pytest.fixture
def crowd(transactional_db: None) -> tuple[Any, list[Any]]:
    """A national coordinator and many authorities with one user each."""
    directory.load_countries()
    directory.sync_areas(AREAS)
    chief = registering.register_national_coordinator("BG", card("Национален координатор"), person("Нели"), NOW).user
    made = [
        registering.register_authority(
            who(chief), "BG", card(name), person(), {CRAFTS: (chief.authority_id,)}, now=NOW
        ).user
        for name in NAMES
    ]
    return chief, made


def test_the_last_places_are_never_given_twice(crowd: tuple[Any, list[Any]]) -> None:
    chief, people = crowd
    event = published(chief, places=PLACES)
    standings = [who(one) for one in people]
    outcomes = at_once(*(lambda one=one: registrations.register(one, event.pk, NOW) for one in standings))
    assert outcomes == ["done"] * PEOPLE
    states = list(Registration.objects.filter(event=event).values_list("state", flat=True))
    assert states.count("registered") == PLACES == Event.objects.get(pk=event.pk).taken
    assert states.count("waiting") == PEOPLE - PLACES


def test_places_given_back_at_once_go_to_as_many_who_wait(crowd: tuple[Any, list[Any]]) -> None:
    chief, people = crowd
    event = published(chief, places=PLACES)
    standings = [who(one) for one in people]
    for one in standings:
        registrations.register(one, event.pk, NOW)
    held = Registration.objects.filter(event=event, state="registered").values_list("user", flat=True)
    leaving = [one for one in standings if one.user_id in set(held)]
    assert at_once(*(lambda one=one: registrations.withdraw(one, event.pk, NOW) for one in leaving)) == ["done"] * 3
    assert Registration.objects.filter(event=event, state="registered").count() == PLACES
    assert Event.objects.get(pk=event.pk).taken == PLACES


def test_the_same_person_twice_at_once_has_one_place(crowd: tuple[Any, list[Any]]) -> None:
    chief, people = crowd
    event, one = published(chief), who(people[0])
    outcomes = at_once(*[lambda: registrations.register(one, event.pk, NOW)] * 4)
    assert outcomes == ["done", "registered", "registered", "registered"]
    assert Event.objects.get(pk=event.pk).taken == 1
