"""A small world for tests of the shell: two countries, an authority and a coordinator on each side, one more to
forward to, one linked, one stranger; published procedures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from imi.accounts.actions import NewUser, load_users
from imi.accounts.queries import Standing, standing
from imi.catalogue.registry import Catalogue
from imi.core.samples import expanded
from imi.directory.actions import NewAuthority, load_authorities, load_countries, sync_areas
from imi.exchanges import actions, definitions
from imi.exchanges.facts import facts_for
from imi.exchanges.models import Exchange
from imi.exchanges.publish import publish_all

AREA = "services"
PROCEDURE = f"{AREA}/information-request"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ROLES = ("handler", "allocator")


@dataclass
class World:
    """Who plays in the tests, by name, and short ways to act."""

    people: dict[str, Standing]
    now: datetime = NOW

    def at(self, **later: int) -> None:
        """Let time pass."""
        self.now += timedelta(**later)

    def data(self, name: str, number: str, action: str, **given: Any) -> dict[str, Any]:
        """The form's data, where "some" stands for any valid value of the procedure."""
        row = Exchange.objects.get(number=number)
        compiled, state = definitions.compiled(row.definition_id), actions.state_of(row)
        who = self.people[name]
        facts = facts_for(compiled, state, who.authority_id, self.now, compiled.actions[action], given)
        return expanded(compiled, compiled.actions[action], given, state, facts, who.authority_id)

    def open(self, name: str = "asker", key: str = "open") -> str:
        """A new draft's number."""
        done = actions.open_exchange(self.people[name], PROCEDURE, f"{key}-{self.now}-{self._next()}", now=self.now)
        assert isinstance(done, actions.Done), done
        return done.number

    def act(self, name: str, number: str, action: str, **given: Any) -> actions.Done | actions.Refused:
        """Take an action with sample data."""
        key = given.pop("key", f"{number}-{action}-{self._next()}")
        seen = given.pop("seen", None)
        data = self.data(name, number, action, **given)
        return actions.act(self.people[name], number, action, data, seen, key, now=self.now)

    def sent(self, **given: Any) -> str:
        """A request that was sent."""
        number = self.open()
        done = self.act("asker", number, "send", **{**SEND, **given})
        assert isinstance(done, actions.Done), done
        return number

    def accepted(self) -> str:
        """A request that was accepted."""
        number = self.sent()
        assert isinstance(self.act("answerer", number, "accept", days=10), actions.Done)
        return number

    def answered(self) -> str:
        """A request that was answered."""
        number = self.accepted()
        done = self.act("answerer", number, "reply", answers="some", remark="It is so.")
        assert isinstance(done, actions.Done), done
        return number

    _count = 0

    def _next(self) -> int:
        self._count += 1
        return self._count


SEND = {
    "recipient": "pt-works",
    "questions": "some",
    "justification": "We doubt the papers.",
    "legal_basis": "some",
    "days": 14,
    "reference": "HU-77/2026",
}


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The procedures of the repository."""
    return Catalogue(Path(__file__).parents[2] / "procedures")


@pytest.fixture(scope="module")
def settled(django_db_setup: None, django_db_blocker: Any, catalogue: Catalogue) -> Iterator[dict[str, Standing]]:
    """The procedures, authorities and people of the small world, by name; taken back after the tests of a module."""
    with django_db_blocker.unblock(), transaction.atomic():
        people = settle(catalogue)
        # Check the references now, or each test would check all of them again at its end.
        connection.check_constraints()
        yield people
        transaction.set_rollback(True)


@pytest.fixture
def world(settled: dict[str, Standing], db: None) -> World:
    """The small world, with nothing exchanged yet."""
    return World(dict(settled))


@pytest.fixture
def lone_world(db: None, catalogue: Catalogue) -> World:
    """The small world for modules in which a test commits what it does or begins with nothing: it is not shared."""
    return World(settle(catalogue))


def settle(catalogue: Catalogue) -> dict[str, Standing]:
    """Publish the procedures and register authorities and people; what these may do, by name."""
    load_countries()
    sync_areas([area.area for area in catalogue.areas()])
    publish_all(catalogue, NOW)
    load_authorities(_authorities())
    users = load_users(_users())
    names = [entry.given_name.lower() for entry in _users()]
    return {name: standing(user) for name, user in zip(names, users, strict=True)}


def _authorities() -> list[NewAuthority]:
    return [
        _authority("hu-coord", "HU", "coordinator"),
        _authority("pt-coord", "PT", "coordinator"),
        _authority("hu-trade", "HU", "authority", ("hu-coord",), linked=("hu-linked",)),
        _authority("hu-linked", "HU", "authority", ("hu-coord",)),
        _authority("pt-works", "PT", "authority", ("pt-coord",)),
        _authority("pt-other", "PT", "authority", ("pt-coord",)),
        _authority("pt-stranger", "PT", "authority", ()),
    ]


def _authority(
    name: str, country: str, role: str, coordinators: tuple[str, ...] = (), linked: tuple[str, ...] = ()
) -> NewAuthority:
    return NewAuthority(
        id=name,
        kind="area_coordinator" if role == "coordinator" else "competent",
        country=country,
        name=name.title(),
        email=f"office@{name}.example",
        languages=("hu",) if country == "HU" else ("pt",),
        texts={"en": (name.title(), "")},
        access={AREA: role, "posting-of-workers": "authority"},
        coordinators={AREA: coordinators} if coordinators else {},
        linked=linked,
    )


def _users() -> list[NewUser]:
    handler, approver = {AREA: ROLES}, {AREA: ("handler", "approver")}
    return [
        _user("Asker", "hu-trade", handler),
        _user("Askermate", "hu-trade", handler),
        _user("Reader", "hu-trade", {AREA: ("basic",)}),
        _user("Otherarea", "hu-trade", {"posting-of-workers": ("handler",)}),
        _user("Onlooker", "hu-linked", handler),
        _user("Askcoord", "hu-coord", approver),
        _user("Answerer", "pt-works", handler),
        _user("Answermate", "pt-works", handler),
        _user("Other", "pt-other", handler),
        _user("Answercoord", "pt-coord", approver),
        _user("Stranger", "pt-stranger", handler),
    ]


def _user(name: str, authority: str, roles: dict[str, tuple[str, ...]]) -> NewUser:
    return NewUser(
        authority=authority,
        given_name=name,
        family_name="Test",
        email=f"{name.lower()}@{authority}.example",
        language="hu" if authority.startswith("hu") else "pt",
        roles=roles,
        administrator=False,
    )
