"""The history of signing in says by which means, and what failed as far as that helps nobody who guesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest

from imi.accounts import actions, doors, gate, history, outbox, passkey_sign_in, recovery, second_step, signing
from imi.accounts.models import AccountMail, User
from tests.accounts.test_second_step import app_of, code_of, halfway, strong, wrong_code

from .conftest import PASSWORD, browser, characters, sign_in

__all__ = ["strong"]
pytestmark = pytest.mark.usefixtures("at_once")


def how(user: User) -> list[tuple[str, str, str, str]]:
    """What the history of a user says, latest first."""
    return [(one.by, one.service, one.second, one.fault) for one in history.latest(user.pk)]


def test_password_and_code(people: dict[str, User]) -> None:
    assert sign_in(browser(), "rui")
    assert how(people["rui"]) == [("password", "", "", "")]


@pytest.mark.parametrize("means", ["app", "recovery"])
def test_a_second_factor_is_named(people: dict[str, User], means: str) -> None:
    user, made = people["rui"], browser()
    app, codes = app_of(user), recovery.renew(user.pk)
    halfway("rui", made)
    assert how(user) == [("password", "", "", "no_second")]
    assert second_step.answer_code(made, wrong_code(app)) == second_step.Answer()
    assert how(user) == [("password", "", "", "second")]
    assert second_step.answer_code(made, code_of(app) if means == "app" else codes[0]).entered
    assert how(user) == [("password", "", means, "")]


@pytest.mark.usefixtures("strong")
def test_setting_a_factor_up_is_named(people: dict[str, User]) -> None:
    made = halfway("ana")
    app_of(people["ana"])
    assert second_step.finish_set_up(made) == people["ana"]
    assert how(people["ana"]) == [("password", "", "set_up", "")]


def test_a_temporary_password_is_named(people: dict[str, User]) -> None:
    actions.issue_temporary_password(None, people["rui"])
    password = outbox.secret_of(AccountMail.objects.exclude(sealed="").get())
    made = browser()
    assert signing.begin(made, "rui", password).choosing
    assert how(people["rui"]) == [("temporary", "", "", "unfinished")]
    held = signing.choosing(made)
    assert held is not None
    assert signing.choose_password(made, held, PASSWORD + "!") == []
    assert signing.choose_code(made, held, "Zw5qN8rTf3Lk") == []
    assert how(people["rui"]) == [("temporary", "", "", "")]


def test_a_service_is_named_and_what_followed_it(people: dict[str, User]) -> None:
    user = people["rui"]
    gate.proceed(browser(), user, two_factors=True, by=gate.By.OUTSIDE, service="national")
    signing.ask_code(made := browser(), user, "national")
    places = signing.places_asked(made)
    assert how(user)[0] == ("outside", "national", "code", "unfinished")
    assert signing.answer(made, characters(places)) == user
    signing.ask_code(made, user, "national")
    assert signing.answer(made, "xxx") is None
    assert how(user) == [
        ("outside", "national", "code", "first"),
        ("outside", "national", "code", ""),
        ("outside", "national", "", ""),
    ]


def test_a_passkey_alone_and_one_that_is_refused(people: dict[str, User]) -> None:
    gate.proceed(browser(), people["rui"], two_factors=True, by=gate.By.PASSKEY)
    assert how(people["rui"]) == [("passkey", "", "", "")]
    assert passkey_sign_in.answer(browser(), "{}").user is None


@pytest.mark.usefixtures("strong")
def test_a_session_that_ran_is_named(people: dict[str, User]) -> None:
    app, made = app_of(people["rui"]), browser()
    gate.open_session(made, people["rui"], two_factors=False)
    User.objects.filter(pk=people["rui"].pk).update(is_administrator=True)
    assert gate.step_back(made, User.objects.get(pk=people["rui"].pk)) == gate.Way.SECOND
    assert second_step.answer_code(made, code_of(app)).entered
    assert how(people["rui"]) == [("session", "", "app", "")]


def _wrong_password(made: HttpRequest) -> None:
    signing.begin(made, "rui", "wrong")
    signing.answer(made, characters(signing.places_asked(made)))


def _wrong_code(made: HttpRequest) -> None:
    signing.begin(made, "rui", PASSWORD)
    signing.answer(made, "xxx")


@pytest.mark.parametrize("attempt", [_wrong_password, _wrong_code])
def test_whoever_reads_it_does_not_learn_whether_the_password_was_right(
    people: dict[str, User], attempt: Callable[[HttpRequest], None]
) -> None:
    attempt(browser())
    assert how(people["rui"]) == [("password", "", "", "first")]


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_nor_from_an_attempt_that_was_not_finished(people: dict[str, User], password: str) -> None:
    signing.begin(browser(), "rui", password)
    assert how(people["rui"]) == [("password", "", "", "unfinished")]


def test_an_attempt_at_a_shut_door_is_told_as_such(people: dict[str, User]) -> None:
    for _ in range(doors.FAILURES_ALLOWED + 1):
        _wrong_code(browser())
    assert [one[3] for one in how(people["rui"])] == ["locked", *["first"] * doors.FAILURES_ALLOWED]


def test_a_shut_door_at_the_second_step_too(people: dict[str, User]) -> None:
    app = app_of(people["rui"])
    made = halfway("rui")
    for _ in range(doors.FAILURES_ALLOWED):
        second_step.answer_code(made, wrong_code(app))
    assert second_step.answer_code(made, code_of(app)).over
    assert how(people["rui"])[0] == ("password", "", "", "locked")
