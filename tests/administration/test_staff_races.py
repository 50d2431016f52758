"""Acts on users at the same moment: one administrator is left, an address is given once, nobody waits for ever."""

from __future__ import annotations

from typing import Any

import pytest

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
from tests.exchanges import conftest as small
from tests.exchanges.conftest import AREA, World, catalogue  # noqa: F401 - a fixture

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
    world: World = small.world.__wrapped__(None, catalogue)  # type: ignore[attr-defined]
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
