"""Plans: who announces, to whom, what each coordinator has to do, and that overdue ones are told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from imi.accounts.models import RoleGrant, User
from imi.administration.models import Act
from imi.administration.reasons import Invalid, Refused
from imi.outreach import chores, library, plans
from imi.outreach.models import Done, Plan
from imi.outreach.plan_texts import text_of, todo_in
from imi.outreach.plans import Outline
from tests.administration.country import CRAFTS, NOW, SCHOOLS, who
from tests.outreach.conftest import Country
from tests.outreach.offers import told

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
WEEK = timedelta(days=7)


def outline(**changes: Any) -> Outline:
    given = {
        "language": "bg",
        "title": "Нова област",
        "text": "Идва нова област.",
        "legal_basis": "Регламент",
        "legal_url": "https://eur-lex.europa.eu/",
        "planned_on": TODAY + 12 * WEEK,
        "todos": [("Намерете органите", TODAY + WEEK), ("Регистрирайте ги", TODAY + 2 * WEEK)],
    }
    return Outline(**{**given, **changes})


def refusal(act: Any, *given: Any) -> str:
    with pytest.raises(Refused) as caught:
        act(*given)
    return caught.value.reason.code


def titles(reader: User) -> list[str]:
    return [text_of(one, "bg").title for one in library.plans_for(who(reader)).rows]


def test_the_national_coordinator_announces_to_its_coordinators(country: Country) -> None:
    assert refusal(plans.announce, who(country.crafts), outline()) == "not_national"
    assert refusal(plans.announce, who(country.masters), outline()) == "no_coordinator"
    plans.announce(who(country.national), outline(), NOW)
    assert titles(country.crafts) == titles(country.national) == ["Нова област"]
    assert titles(country.masters) == titles(country.abroad) == []
    assert (told(country.crafts), told(country.masters), told(country.abroad)) == (["announced"], [], [])


def test_only_coordinators_of_its_areas_are_addressed(country: Country) -> None:
    plans.announce(who(country.national), outline(areas=(SCHOOLS,)), NOW)
    assert titles(country.crafts) == told(country.crafts) == []
    plans.announce(who(country.national), outline(areas=(CRAFTS,)), NOW)
    assert titles(country.crafts) == ["Нова област"]


def test_the_operator_announces_to_all_countries(country: Country) -> None:
    plan = plans.announce_to_all(outline(), NOW)
    assert plan.host is None
    assert titles(country.abroad) == titles(country.crafts) == ["Нова област"]
    assert titles(country.masters) == []
    assert {line.authority.pk for line in library.table(plan, TODAY)} == {
        country.of(name).pk for name in ("national", "crafts", "abroad")
    }


def test_each_ticks_off_its_own(country: Country) -> None:
    plan = plans.announce(who(country.national), outline(), NOW)
    first, second = plan.todos.order_by("due_on")
    plans.tick(who(country.crafts), first.pk, True, NOW)
    plans.tick(who(country.crafts), first.pk, True, NOW + WEEK)
    done = Done.objects.get()
    assert (done.authority_id, done.by_user_id, done.at) == (country.of("crafts").pk, country.crafts.pk, NOW)
    assert [one.todo for one in library.open_todos(who(country.crafts), TODAY)] == [second]
    assert [one.todo for one in library.open_todos(who(country.national), TODAY)] == [first, second]
    cells = {line.authority.pk: [bool(cell.done) for cell in line.cells] for line in library.table(plan, TODAY)}
    assert cells == {country.of("crafts").pk: [True, False], country.of("national").pk: [False, False]}
    plans.tick(who(country.crafts), first.pk, False, NOW)
    assert not Done.objects.exists()
    assert Act.objects.filter(kind__startswith="plan.", by_user=country.crafts).count() == 2


def test_who_is_not_addressed_ticks_nothing(country: Country) -> None:
    todo = plans.announce(who(country.national), outline(), NOW).todos.first()
    assert refusal(plans.tick, who(country.abroad), todo.pk, True) == "not_addressed"
    assert refusal(plans.tick, who(country.masters), todo.pk, True) == "no_coordinator"
    RoleGrant.objects.filter(user=country.crafts, role__in=["approver", "data_administrator"]).delete()
    assert refusal(plans.tick, who(country.crafts), todo.pk, True) == "no_coordinating_role"


def test_overdue_ones_are_told_once_to_those_who_have_not_done_them(country: Country) -> None:
    plan = plans.announce(who(country.national), outline(), NOW)
    first = plan.todos.order_by("due_on").first()
    plans.tick(who(country.national), first.pk, True, NOW)
    on_the_day, after = NOW + WEEK, NOW + WEEK + timedelta(days=1)
    assert chores.remind_overdue(on_the_day) == 0
    assert chores.remind_overdue(after) == 1
    assert chores.remind_overdue(after) == 0
    assert (told(country.crafts), told(country.national)) == (["announced", "overdue"], [])
    assert [one.late for one in library.open_todos(who(country.crafts), after.date())] == [True, False]


def test_a_withdrawn_plan_is_gone_and_reminds_nobody(country: Country) -> None:
    plan = plans.announce(who(country.national), outline(), NOW)
    assert refusal(plans.withdraw, who(country.crafts), plan.pk) == "not_found"
    plans.withdraw(who(country.national), plan.pk, NOW)
    assert titles(country.crafts) == library.open_todos(who(country.crafts), TODAY) == []
    assert chores.remind_overdue(NOW + 10 * WEEK) == 0
    assert refusal(plans.tick, who(country.crafts), plan.todos.first().pk, True) == "not_found"


def test_a_plan_without_anything_to_do_is_none(country: Country) -> None:
    for wrong in ({"todos": [("  ", TODAY)]}, {"title": " "}, {"legal_url": "javascript:alert(1)"}):
        with pytest.raises(Invalid):
            plans.announce(who(country.national), outline(**wrong), NOW)
    assert not Plan.objects.exists()


def test_the_command_of_the_operator(country: Country) -> None:
    given = ["Нова процедура", "--language=bg", "--planned-on=2035-06-01", f"--area={CRAFTS}"]
    call_command("announce_plan", *given, "--todo=2035-01-31 Намерете органите", "--todo=2035-03-01 Обучете ги")
    plan = Plan.objects.get()
    text = text_of(plan, "bg")
    assert [(todo_in(text, one.number), one.due_on.isoformat()) for one in plan.todos.order_by("due_on")] == [
        ("Намерете органите", "2035-01-31"),
        ("Обучете ги", "2035-03-01"),
    ]
    assert told(country.abroad) == ["announced"]
    assert Act.objects.get(kind="plan.announced").source == "operator"
    for wrong in (["--todo=soon x"], ["--todo=2035-01-31 x", "--area=no-such"], ["--todo=2035-01-31 "]):
        with pytest.raises(CommandError):
            call_command("announce_plan", *given, *wrong)
    assert Plan.objects.count() == 1
