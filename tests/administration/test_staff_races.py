"""Acts on users at the same moment: one administrator is left, an address is given once, nobody waits for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import registering, staff, staff_leaving
from imi.administration.forms import Person
from imi.administration.reasons import Invalid, Reason, Refused
from imi.directory import actions as directory
from imi.directory.models import Access
from imi.exchanges import actions
from imi.exchanges.models import Allocation, EventRecord
from tests.administration.country import AREAS, NOW, card, person, who
from tests.administration.test_races import at_once
from tests.exchanges.conftest import AREA, World, catalogue, settle  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(transactional_db: None) -> tuple[User, User]:
    """The two local data administrators of an authority."""
    directory.load_countries()
    directory.sync_areas(AREAS)
    first = registering.register_national_coordinator("BG", card("Национален координатор"), person("Нели"), NOW).user
    return first, staff.register(who(first), person("Ана"), {}, True, NOW)


def administrators(user: User) -> int:
    return User.objects.filter(authority=user.authority_id, is_active=True, is_administrator=True).count()


def test_two_administrators_who_demote_each_other_leave_one(pair: tuple[User, User]) -> None:
    every = [(by, of, who(by), staff.mark_of_roles(of.pk), staff.roles_of(of.pk)) for by, of in (pair, pair[::-1])]
    outcomes = at_once(
        *(
            lambda standing=standing, of=of, mark=mark, roles=roles: staff.set_roles(
                standing, of.pk, roles, False, mark, now=NOW
            )
            for _by, of, standing, mark, roles in every
        )
    )
    assert outcomes == ["done", "no_administrator"]
    assert administrators(pair[0]) == 1


def test_two_administrators_who_remove_each_other_leave_one(pair: tuple[User, User]) -> None:
    first, second = pair
    third = staff.register(who(first), person("Бина"), {}, False, NOW)

    def removal(by: User, of: User) -> Any:
        standing, mark = who(by), staff_leaving.preview(who(by), of.pk).mark
        return lambda: staff_leaving.remove(standing, of.pk, third.pk, mark, NOW)

    assert at_once(removal(first, second), removal(second, first)) == ["done", "no_administrator"]
    assert administrators(first) == 1


def test_a_mail_address_is_given_once(pair: tuple[User, User]) -> None:
    entry = person("Вера")

    def registration(by: User) -> Any:
        standing = who(by)

        def run() -> None:
            try:
                staff.register(standing, entry, {}, now=NOW)
            except Invalid as invalid:
                raise Refused(Reason("taken", ", ".join(invalid.errors))) from invalid

        return run

    assert at_once(registration(pair[0]), registration(pair[1])) == ["done", "taken"]
    assert User.objects.filter(email=entry.email).count() == 1


def test_work_goes_on_while_somebody_is_removed(transactional_db: None, catalogue: Any) -> None:  # noqa: F811
    """Those who act in the exchange and those who take it over wait for each other, and never for ever."""
    world = World(settle(catalogue))
    User.objects.filter(pk=world.people["answermate"].user_id).update(is_administrator=True)
    chief = who(User.objects.get(pk=world.people["answermate"].user_id))
    deputy = staff.register(chief, Person("Chefe", "Santos", "chefe@pt-works.example", "pt"), {}, True, NOW)
    Access.objects.filter(authority="pt-works", area=AREA).update(settings={"uses_allocation": True})
    numbers = [world.accepted() for _each in range(4)]
    answerer = world.people["answerer"]
    for number in numbers:
        world.act("answermate", number, "allocate", handlers=[str(answerer.user_id)])

    def message(number: str, person: Standing) -> Any:
        def run() -> None:
            done = actions.act(person, number, "message", {"text": "On it."}, None, f"m-{number}", now=world.now)
            assert isinstance(done, (actions.Done, actions.Refused)), done

        return run

    mark = staff_leaving.preview(who(deputy), answerer.user_id).mark
    mate = world.people["answermate"].user_id
    outcomes = at_once(
        lambda: staff_leaving.remove(who(deputy), answerer.user_id, mate, mark, world.now),
        *(message(number, answerer) for number in numbers),
    )
    assert outcomes == ["done"] * 5
    assert set(Allocation.objects.values_list("user", flat=True)) == {mate}
    assert EventRecord.objects.filter(kind="replaced").count() == 4


# --- given to somebody who is leaving --------------------------------------------------------------------------------


@dataclass
class Office:
    """An authority that allocates: its chief, a colleague who leaves, and an exchange that is not allocated yet."""

    world: World
    chief: Standing
    deputy: Standing
    leaver: int
    number: str

    def allocate(self) -> actions.Done | actions.Refused:
        data = {"handlers": [str(self.leaver)]}
        mate = self.world.people["answermate"]
        return actions.act(mate, self.number, "allocate", data, None, "race", now=self.world.now)

    def removal(self) -> Callable[[], object]:
        mark = staff_leaving.preview(self.deputy, self.leaver).mark
        return lambda: staff_leaving.remove(self.deputy, self.leaver, self.chief.user_id, mark, self.world.now)

    def demotion(self) -> Callable[[], object]:
        mark = staff.mark_of_roles(self.leaver)
        every = staff.held_alone(User.objects.get(pk=self.leaver))
        return lambda: staff.set_roles(self.deputy, self.leaver, {}, False, mark, every, self.world.now)


@pytest.fixture
def office(transactional_db: None, catalogue: Any) -> Office:  # noqa: F811
    world = World(settle(catalogue))
    User.objects.filter(pk=world.people["answermate"].user_id).update(is_administrator=True)
    chief = who(User.objects.get(pk=world.people["answermate"].user_id))
    deputy = staff.register(chief, Person("Chefe", "Santos", "chefe@pt-works.example", "pt"), {}, True, NOW)
    Access.objects.filter(authority="pt-works", area=AREA).update(settings={"uses_allocation": True})
    return Office(world, chief, who(deputy), world.people["answerer"].user_id, world.accepted())


def overlapping(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Begin the second while the first has done everything but commit; what came of each.

    SQLite lets nobody begin to write meanwhile, so there they run one after the other.
    """
    if connection.vendor == "sqlite":
        return [refused_or(first), refused_or(second)]
    done, started = Event(), Event()

    def holding() -> object:
        try:
            with transaction.atomic():
                outcome = refused_or(first)
                done.set()
                started.wait(timeout=10)
                Event().wait(0.5)  # long enough for the other one to come to where it has to wait
                return outcome
        finally:
            connection.close()

    def coming() -> object:
        try:
            done.wait(timeout=10)
            started.set()
            return refused_or(second)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        return [one.result(timeout=30) for one in (pool.submit(holding), pool.submit(coming))]


def refused_or(act: Callable[[], object]) -> object:
    """What an act returned, or the code of its refusal."""
    try:
        return act()
    except Refused as refused:
        return refused.reason.code


@pytest.mark.parametrize("how", ["removal", "demotion"])
def test_what_is_allocated_at_this_moment_stops_a_removal(office: Office, how: str) -> None:
    allocated, taken = overlapping(office.allocate, getattr(office, how)())
    assert isinstance(allocated, actions.Done)
    # On SQLite the demotion begins afterwards, sees the allocation and gives it back to all.
    if connection.vendor == "sqlite" and how == "demotion":
        assert not Allocation.objects.exists()
    else:
        assert taken == "overtaken"
        assert Allocation.objects.get().user_id == office.leaver
        assert User.objects.get(pk=office.leaver).is_active


@pytest.mark.parametrize("how", ["removal", "demotion"])
def test_nothing_is_allocated_to_whoever_is_being_removed(office: Office, how: str) -> None:
    taken, allocated = overlapping(getattr(office, how)(), office.allocate)
    assert taken != "overtaken"
    assert isinstance(allocated, actions.Refused), allocated
    assert not Allocation.objects.exists()
