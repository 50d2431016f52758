"""The second factor: asked of whom it is due, each code good once, guessing limited, and nothing told too early."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.accounts import actions, doors, factors, gate, recovery, second_step, signing, totp
from imi.accounts.gate import Way
from imi.accounts.models import AccountMail, Door, Factor, RecoveryCode, RoleGrant, SignIn, User
from imi.accounts.second_step import Answer

from .conftest import GUIDES, PASSWORD, attempts, browser, characters, known, sign_in

pytestmark = pytest.mark.usefixtures("at_once")


@pytest.fixture
def strong(settings: Any) -> None:
    settings.IMI_SIGN_IN = "strong"


def app_of(user: User) -> Factor:
    """Give a person an app that has shown no code yet."""
    return factors.add_app(user.pk, "App", totp.new_secret(user.pk), 0, timezone.now())


def code_of(app: Factor, at: datetime | None = None) -> str:
    """What the app shows."""
    moment = int((at or timezone.now()).timestamp())
    return totp._generator(app.sealed, app.user_id).generate(moment).decode()


def wrong_code(app: Factor) -> str:
    now = timezone.now()
    good = {code_of(app, now + timedelta(seconds=30 * step)) for step in (-2, -1, 0, 1, 2)}
    return next(text for text in ("000000", "111111", "222222", "333333", "444444", "555555") if text not in good)


def halfway(name: str, made: HttpRequest | None = None) -> HttpRequest:
    """A browser in which the first proof was given."""
    made = made or browser()
    assert sign_in(made, name) is not None
    assert get_user(made).is_anonymous
    return made


# --- who is asked ----------------------------------------------------------------------------------------------------


def test_whoever_has_a_factor_is_in_only_with_it(people: dict[str, User]) -> None:
    app = app_of(people["rui"])
    made = halfway("rui")
    assert second_step.waiting(made).way == Way.SECOND
    assert attempts(people["rui"]) == [False]
    assert second_step.answer_code(made, code_of(app)) == Answer(entered=True)
    assert get_user(made) == people["rui"]
    assert attempts(people["rui"]) == [True]
    assert (Door.objects.get().strange_failures, Door.objects.get().with_password) == (0, 0)
    assert second_step.waiting(made) is None


@pytest.mark.usefixtures("strong")
def test_administrators_must_set_one_up_in_the_strong_profile(people: dict[str, User]) -> None:
    made = halfway("ana")
    assert second_step.waiting(made).way == Way.SET_UP
    assert second_step.answer_code(made, "000000") == Answer(over=True)
    made = halfway("ana")
    app_of(people["ana"])
    assert second_step.finish_set_up(made) == people["ana"]
    assert get_user(made) == people["ana"]
    assert attempts(people["ana"]) == [False, True]


@pytest.mark.usefixtures("strong")
def test_data_administrators_must_have_one_and_others_need_not(people: dict[str, User]) -> None:
    assert not factors.must_have(people["rui"])
    assert sign_in(made := browser(), "rui")
    assert get_user(made) == people["rui"]
    RoleGrant.objects.create(user=people["rui"], area_id=GUIDES, role="data_administrator")
    assert factors.must_have(people["rui"])
    halfway("rui")
    assert factors.administrators_without() == 3
    app_of(people["rui"])
    assert factors.administrators_without() == 2


@pytest.mark.parametrize(("profile", "kinds", "must"), [("strong", ("totp",), True), ("strong", (), False)])
def test_the_installation_says_which_kinds_there_are(
    people: dict[str, User], settings: Any, profile: str, kinds: tuple[str, ...], must: bool
) -> None:
    settings.IMI_SIGN_IN, settings.IMI_SECOND_FACTORS = profile, kinds
    assert factors.must_have(people["ana"]) is must
    settings.IMI_SIGN_IN = "classic"
    assert not factors.must_have(people["ana"])


def test_a_kind_that_is_switched_off_is_neither_asked_for_nor_taken(people: dict[str, User], settings: Any) -> None:
    app = app_of(people["rui"])
    settings.IMI_SECOND_FACTORS = ("passkey",)
    assert sign_in(made := browser(), "rui")
    assert get_user(made) == people["rui"]
    assert second_step.take_code(people["rui"], code_of(app), timezone.now()) is None


# --- any other first proof -------------------------------------------------------------------------------------------


def test_an_outside_proof_of_one_factor_leads_to_the_second(people: dict[str, User]) -> None:
    app, made = app_of(people["rui"]), browser()
    assert gate.proceed(made, people["rui"], two_factors=False, by=gate.By.OUTSIDE) == Way.SECOND
    assert get_user(made).is_anonymous
    assert second_step.answer_code(made, code_of(app)).entered
    assert attempts(people["rui"]) == [True]


def test_an_outside_proof_of_two_factors_is_enough(people: dict[str, User], settings: Any) -> None:
    settings.IMI_SIGN_IN = "strong"
    app_of(people["rui"])
    for name in ("rui", "ana"):
        assert gate.proceed(made := browser(), people[name], two_factors=True, by=gate.By.OUTSIDE) == Way.IN
        assert get_user(made) == people[name]
        assert attempts(people[name]) == [True]
    assert gate.proceed(browser(), people["ana"], two_factors=False, by=gate.By.OUTSIDE) == Way.SET_UP


def test_nobody_who_is_not_active_proceeds(people: dict[str, User]) -> None:
    people["rui"].is_active = False
    with pytest.raises(PermissionDenied):
        gate.proceed(browser(), people["rui"], two_factors=True, by=gate.By.OUTSIDE)


def test_guessing_after_an_outside_proof_is_limited_too(people: dict[str, User]) -> None:
    app = app_of(people["rui"])
    for _ in range(doors.FAILURES_ALLOWED):
        made = browser()
        gate.proceed(made, people["rui"], two_factors=False, by=gate.By.OUTSIDE)
        assert second_step.answer_code(made, wrong_code(app)) == Answer()
    gate.proceed(made := browser(), people["rui"], two_factors=False, by=gate.By.OUTSIDE)
    assert second_step.answer_code(made, code_of(app)) == Answer(over=True)


# --- codes of an app -------------------------------------------------------------------------------------------------


def test_a_code_works_once_and_so_does_none_before_it(people: dict[str, User]) -> None:
    user, now = people["rui"], timezone.now()
    app = app_of(user)
    before, present = code_of(app, now - timedelta(seconds=30)), code_of(app, now)
    assert totp.accept(user.pk, present, now)
    assert not totp.accept(user.pk, present, now)
    assert not totp.accept(user.pk, before, now)
    assert totp.accept(user.pk, code_of(app, now + timedelta(seconds=30)), now)


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_one_step(people: dict[str, User], steps: int, right: bool) -> None:
    app, now = app_of(people["rui"]), timezone.now()
    assert totp.accept(people["rui"].pk, code_of(app, now + timedelta(seconds=30 * steps)), now) is right


@pytest.mark.parametrize("typed", ["", " ", "12345", "1234567", "abcdef", "１２３４５６", "\x00" * 6, "-12345"])
def test_odd_codes_are_wrong_codes(people: dict[str, User], typed: str) -> None:
    app_of(people["rui"])
    assert second_step.answer_code(halfway("rui"), typed) == Answer()


def test_a_code_may_be_typed_with_a_gap(people: dict[str, User]) -> None:
    app, now = app_of(people["rui"]), timezone.now()
    code = code_of(app, now)
    assert totp.accept(people["rui"].pk, f" {code[:3]} {code[3:]} ", now)


def test_codes_are_those_of_the_standard(people: dict[str, User]) -> None:
    """RFC 6238, appendix B: the last six of the eight digits shown there."""
    from imi.accounts import keyring

    sealed = keyring.seal(b"12345678901234567890", f"totp:{people['rui'].pk}")
    for seconds, digits in ((59, "287082"), (1111111109, "081804"), (20000000000, "353130")):
        at = datetime.fromtimestamp(seconds, timezone.get_default_timezone())
        assert totp.step_of(sealed, people["rui"].pk, digits, at) == seconds // 30


def test_the_secret_is_of_no_use_to_a_thief_of_the_database(people: dict[str, User]) -> None:
    app = app_of(people["rui"])
    Factor.objects.filter(pk=app.pk).update(user=people["ana"])
    assert not totp.accept(people["ana"].pk, code_of(app), timezone.now())
    assert totp.key_text(app.sealed, people["rui"].pk).replace(" ", "") not in app.sealed


# --- recovery codes --------------------------------------------------------------------------------------------------


def test_a_recovery_code_opens_once_and_is_told(people: dict[str, User]) -> None:
    app_of(people["rui"])
    codes = recovery.renew(people["rui"].pk)
    assert len(set(codes)) == recovery.left(people["rui"].pk) == 10
    assert second_step.answer_code(halfway("rui"), codes[3].upper().replace("-", " ")).entered
    assert recovery.left(people["rui"].pk) == 9
    assert second_step.answer_code(halfway("rui"), codes[3]) == Answer()
    assert AccountMail.objects.get().kind == "recovery_used"


def test_new_codes_take_the_place_of_the_old_ones(people: dict[str, User]) -> None:
    old, now = recovery.renew(people["rui"].pk), timezone.now()
    new = recovery.renew(people["rui"].pk)
    assert not any(recovery.use(people["rui"].pk, code, now) for code in old)
    assert not recovery.use(people["ana"].pk, new[0], now)
    assert recovery.use(people["rui"].pk, new[0], now)
    assert not any(code.replace("-", "") in str(list(RecoveryCode.objects.values())) for code in new)


# --- guessing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_home", [True, False])
def test_five_wrong_answers_lock_whoever_has_the_first_proof(people: dict[str, User], at_home: bool) -> None:
    app = app_of(people["rui"])
    made = halfway("rui", known(people["rui"]) if at_home else browser())
    for _ in range(doors.FAILURES_ALLOWED):
        assert second_step.answer_code(made, wrong_code(app)) == Answer()
    assert second_step.answer_code(made, code_of(app)) == Answer(over=True)
    assert doors.locked([people["rui"].pk]) == {people["rui"].pk}
    assert sign_in(known(people["rui"]), "rui") is None


def test_the_right_code_in_the_second_answer_counts(people: dict[str, User]) -> None:
    app = app_of(people["rui"])
    made = halfway("rui")
    assert second_step.answer_code(made, wrong_code(app)) == Answer()
    assert second_step.answer_code(made, code_of(app)).entered
    assert Door.objects.get().with_password == 0


def test_one_attempt_pays_for_one_answer_only(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies of a session do not get a look each."""
    app = app_of(people["rui"])
    made = halfway("rui")
    step = dict(made.session.items())
    looks = 0
    for _ in range(20):
        copy = browser()
        copy.session.update(step)
        looks += second_step.answer_code(copy, wrong_code(app)) == Answer()
    assert looks == doors.FAILURES_ALLOWED


def test_waits_grow_between_answers(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(people["rui"])
    made = halfway("rui")
    monkeypatch.setattr(doors, "DELAYS", (0, 1, 2, 4, 8))
    assert second_step.answer_code(made, wrong_code(app)) == Answer()
    assert second_step.answer_code(made, wrong_code(app)) == Answer()
    assert second_step.answer_code(made, code_of(app)).wait in (1, 2)


def test_a_step_ends_by_time_reset_or_dismissal(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    app = app_of(people["rui"])
    made = halfway("rui")
    User.objects.filter(pk=people["rui"].pk).update(is_active=False)
    assert second_step.answer_code(made, code_of(app)) == Answer(over=True)
    User.objects.filter(pk=people["rui"].pk).update(is_active=True)
    made = halfway("rui")
    actions.issue_temporary_password(None, people["rui"])
    assert second_step.answer_code(made, code_of(app)) == Answer(over=True)
    gate.proceed(made := browser(), people["eva"], two_factors=False, by=gate.By.OUTSIDE)
    app = app_of(people["eva"])
    gate.proceed(made := browser(), people["eva"], two_factors=False, by=gate.By.OUTSIDE)
    later = timezone.now() + doors.ANSWER_WITHIN + timedelta(seconds=1)
    monkeypatch.setattr(second_step.timezone, "now", lambda: later)
    assert second_step.answer_code(made, code_of(app, later)) == Answer(over=True)


# --- nothing is told before the first proof is right -----------------------------------------------------------------


@pytest.mark.parametrize(("password", "code"), [("wrong", None), (PASSWORD, "Aaaaaaaaaaaa")])
def test_nothing_tells_who_has_a_second_factor(people: dict[str, User], password: str, code: str | None) -> None:
    def shape(name: str) -> tuple[list[str], list[str]]:
        made = browser()
        with CaptureQueriesContext(connection) as captured:
            signing.begin(made, name, password)
            made.session.save()
            places = signing.places_asked(made)
            assert signing.answer(made, characters(places, code) if code else "xxx") is None
            made.session.save()
        sent = [re.sub(r"\d+|'[^']*'|NULL|TRUE|FALSE|true|false", "?", one["sql"]) for one in captured.captured_queries]
        return sent, sorted(made.session.keys())

    app_of(people["rui"])
    assert shape("rui") == shape("ana") == shape("nobody")


# --- after a reset ---------------------------------------------------------------------------------------------------


def test_a_reset_removes_all_factors_and_tells(people: dict[str, User]) -> None:
    app_of(people["rui"])
    recovery.renew(people["rui"].pk)
    assert actions.issue_temporary_password(None, people["rui"]) == 1
    assert not Factor.objects.exists()
    assert not RecoveryCode.objects.exists()
    told = set(AccountMail.objects.values_list("kind", "user__username"))
    assert told == {("first_password", "rui"), ("factors_reset", "rui"), ("colleague_reset", "ana")} or told == {
        ("reset_password", "rui"),
        ("factors_reset", "rui"),
        ("colleague_reset", "ana"),
    }
    assert actions.issue_temporary_password(None, people["ana"]) == 0
    assert SignIn.objects.count() == 0
