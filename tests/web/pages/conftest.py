"""The small world of the exchanges' tests, and browsers of its people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from django.test import Client
from django.utils import translation

from imi.accounts.models import User
from imi.exchanges import definitions
from imi.exchanges.models import Exchange, Participation, Tally, Task
from imi.training.models import Persona
from imi.web import words
from tests.exchanges.conftest import World, catalogue
from tests.exchanges.conftest import world as bare_world

__all__ = ["Visit", "bare_world", "catalogue"]

Visit = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _same_start() -> Iterator[None]:
    """Begin each test without what an earlier one left in the process."""
    definitions.forget_wordings()
    words.forget()
    yield
    translation.deactivate()


@pytest.fixture
def world(bare_world: World) -> World:
    """The small world, whose people can be played."""
    Persona.objects.bulk_create(Persona(key=name, user_id=who.user_id) for name, who in bare_world.people.items())
    return bare_world


@pytest.fixture
def visit(world: World) -> Visit:
    """A browser in which a person of the small world is signed in and reads English."""

    def of(name: str, language: str = "en") -> Client:
        user = User.objects.get(pk=world.people[name].user_id)
        User.objects.filter(pk=user.pk).update(language=language)
        world.people[name] = replace(world.people[name], language=language)
        client = Client()
        client.post("/training/become", {"person": user.pk})
        return client

    return of


def copies(number: str, count: int, year: int = 2025) -> None:
    """Make copies of an exchange as lists see it, quickly and without a history, numbered in an earlier year."""
    first = Exchange.objects.get(number=number)
    parts = list(Participation.objects.filter(exchange=first))
    tasks = list(Task.objects.filter(exchange=first))
    made = []
    for index in range(count):
        made.append(
            Exchange(
                **{
                    **{field.attname: getattr(first, field.attname) for field in Exchange._meta.concrete_fields},
                    "id": None,
                    "number": f"{year}-{index + 1:06d}",
                }
            )
        )
    Exchange.objects.bulk_create(made)
    for sort, rows in ((Participation, parts), (Task, tasks)):
        fields = [field.attname for field in sort._meta.concrete_fields if field.attname != "id"]
        sort.objects.bulk_create(
            sort(
                **{
                    **{name: getattr(row, name) for name in fields},
                    "exchange_id": one.pk,
                    **({"number": one.number} if sort is Participation else {}),
                }
            )
            for one in made
            for row in rows
        )
    for tally in Tally.objects.filter(state=first.state):
        Tally.objects.filter(pk=tally.pk).update(total=tally.total + count)
