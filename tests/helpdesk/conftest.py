"""The small world of the exchanges' tests with national coordinators and administrators: who plays at the help desk."""

from __future__ import annotations

import pytest

from imi.accounts.actions import NewUser, load_users
from imi.accounts.models import User
from imi.accounts.queries import Standing, standing
from imi.directory.actions import NewAuthority, load_authorities
from imi.helpdesk import actions
from imi.helpdesk.models import Thread
from tests.exchanges.conftest import AREA, World, catalogue
from tests.exchanges.conftest import world as bare_world

__all__ = ["bare_world", "catalogue"]

OTHER_AREA = "posting-of-workers"
KEYS = iter(range(10**6))


def people_of_the_desk(world: World) -> None:
    """Add a national coordinator in each country, and local data administrators, to the people of the world."""
    load_authorities([_national("hu-nat", "HU"), _national("pt-nat", "PT")])
    staff = {AREA: ("data_administrator",), OTHER_AREA: ("data_administrator",)}
    entries = [
        _user("Nati", "hu-nat", staff),
        _user("Natihandler", "hu-nat", {OTHER_AREA: ("handler",)}),
        _user("Natreader", "hu-nat", {AREA: ("basic",)}),
        _user("Natpt", "pt-nat", staff),
        _user("Chief", "hu-trade", {AREA: ("basic",)}, administrator=True),
        _user("Askdata", "hu-coord", {AREA: ("data_administrator",)}),
        _user("Coordreader", "hu-coord", {AREA: ("basic",)}),
        _user("Worksboss", "pt-works", {AREA: ("basic",)}, administrator=True),
    ]
    for entry, user in zip(entries, load_users(entries), strict=True):
        world.people[entry.given_name.lower()] = standing(user)


def _national(name: str, country: str) -> NewAuthority:
    return NewAuthority(
        id=name,
        kind="national_coordinator",
        country=country,
        name=name.title(),
        email=f"office@{name}.example",
        languages=("hu",) if country == "HU" else ("pt",),
        texts={"en": (name.title(), "")},
        access={AREA: "coordinator", OTHER_AREA: "coordinator"},
        coordinators={},
        linked=(),
    )


def _user(name: str, authority: str, roles: dict[str, tuple[str, ...]], administrator: bool = False) -> NewUser:
    return NewUser(
        authority=authority,
        given_name=name,
        family_name="Test",
        email=f"{name.lower()}@{authority}.example",
        language="hu" if authority.startswith("hu") else "pt",
        roles=roles,
        administrator=administrator,
    )


@pytest.fixture
def world(bare_world: World) -> World:
    """The small world with everybody who plays at the help desk."""
    people_of_the_desk(bare_world)
    return bare_world


def now_of(world: World, name: str) -> Standing:
    """What somebody may do at this moment."""
    return standing(User.objects.select_related("authority").get(pk=world.people[name].user_id))


def question(
    world: World, name: str = "asker", desk: str = "hu-coord", area: str | None = AREA, **given: str
) -> Thread:
    """A question that somebody has asked."""
    values = {"kind": "technical", "subject": "How do I forward?", "text": "I cannot find the button.", **given}
    key = values.pop("key", f"key-{next(KEYS)}")
    return actions.ask(world.people[name], desk, area, key=key, now=world.now, **values)


def message(world: World, number: str, name: str = "answercoord", to: str = "pt-works") -> Thread:
    """A message by which a coordinator steps in."""
    key = f"key-{next(KEYS)}"
    return actions.step_in(world.people[name], number, to, "Please look at it.", key, now=world.now)


def fresh(thread: Thread) -> Thread:
    """A thread as it is now."""
    return Thread.objects.get(pk=thread.pk)
