"""Five failures in a row: who is kept out, who is not, and who is told."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from imi.accounts import actions, doors, hashing, signing
from imi.accounts.models import AccountMail, Door, SignIn, User

from .conftest import CODE, PASSWORD, attempts, browser, characters, known, sign_in, temporary

WRONG = "Aaaaaaaaaaaa"


def fail(user: User, times: int = 5, *, at_home: bool = False, password: str = "wrong") -> None:
    for _ in range(times):
        made = known(user) if at_home else browser()
        assert sign_in(made, user.username, password, WRONG) is None


def told(user: User) -> list[str]:
    return list(AccountMail.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


# --- who is kept out --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("password", ["wrong", PASSWORD])
def test_five_failures_in_a_row_close_the_door_for_strangers(people: dict[str, User], password: str) -> None:
    ana = people["ana"]
    fail(ana, password=password)
    assert sign_in(browser(), "ana") is None
    assert sign_in(browser(), "rui") == people["rui"]


@pytest.mark.usefixtures("at_once")
def test_strangers_do_not_lock_out_whoever_uses_a_known_device(people: dict[str, User]) -> None:
    ana = people["ana"]
    fail(ana, 20)
    assert doors.locked([ana.pk]) == set()
    assert sign_in(known(ana), "ana") == ana
    assert sign_in(browser(), "ana") == ana, "the owner came in, and that opened the other side"


@pytest.mark.usefixtures("at_once")
def test_a_device_known_to_a_colleague_is_a_strangers(people: dict[str, User]) -> None:
    fail(people["ana"])
    assert sign_in(known(people["rui"]), "ana") is None


@pytest.mark.usefixtures("at_once")
def test_failures_on_known_devices_lock_the_user_everywhere(people: dict[str, User]) -> None:
    ana = people["ana"]
    fail(ana, at_home=True)
    assert doors.locked([ana.pk, people["rui"].pk]) == {ana.pk}
    assert sign_in(known(ana), "ana") is None
    assert sign_in(browser(), "ana") is None


@pytest.mark.usefixtures("at_once")
def test_strangers_who_had_the_right_password_lock_the_user_everywhere(people: dict[str, User]) -> None:
    ana = people["ana"]
    fail(ana, password=PASSWORD)
    assert doors.locked([ana.pk]) == {ana.pk}
    assert sign_in(known(ana), "ana") is None


@pytest.mark.usefixtures("at_once")
def test_failures_with_the_right_password_add_up_over_days(people: dict[str, User]) -> None:
    """Four tries between two sign-ins of the owner would otherwise go on for ever."""
    ana = people["ana"]
    fail(ana, 4, password=PASSWORD)
    assert sign_in(known(ana), "ana") == ana
    fail(ana, 1, password=PASSWORD)
    assert sign_in(known(ana), "ana") is None
    assert doors.locked([ana.pk]) == {ana.pk}


@pytest.mark.usefixtures("at_once")
def test_success_before_the_fifth_failure_starts_again(people: dict[str, User]) -> None:
    for _ in range(3):
        fail(people["ana"], 4)
        assert sign_in(browser(), "ana")
    for _ in range(3):
        fail(people["ana"], 4, at_home=True)
        assert sign_in(known(people["ana"]), "ana")


@pytest.mark.usefixtures("at_once")
def test_wrong_passwords_and_wrong_codes_are_counted_together(people: dict[str, User]) -> None:
    fail(people["ana"], 3)
    fail(people["ana"], 2, password=PASSWORD)
    assert sign_in(browser(), "ana") is None


@pytest.mark.usefixtures("at_once")
def test_an_attempt_that_is_never_answered_counts(people: dict[str, User]) -> None:
    for _ in range(5):
        signing.begin(browser(), "ana", PASSWORD)
    assert sign_in(browser(), "ana") is None


@pytest.mark.usefixtures("at_once")
def test_a_new_temporary_password_is_the_cure(people: dict[str, User]) -> None:
    fail(people["ana"], at_home=True)
    password = temporary(people["ana"])
    assert doors.locked([people["ana"].pk]) == set()
    assert signing.begin(browser(), "ana", password).choosing


@pytest.mark.usefixtures("at_once")
def test_the_operator_can_open_a_door(people: dict[str, User]) -> None:
    fail(people["ana"], at_home=True)
    actions.unlock(people["ana"])
    assert sign_in(browser(), "ana") == people["ana"]


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("name", ["ANA", " ana", "Ana\t"])
def test_writing_the_name_differently_gives_no_more_tries(people: dict[str, User], name: str) -> None:
    fail(people["ana"], 4)
    assert sign_in(browser(), name, "wrong") is None
    assert sign_in(browser(), "ana") is None


# --- many at once -----------------------------------------------------------------------------------------------------


def rush(count: int, attempt) -> list[bool]:
    """All at once, in threads where the database can serve them at the same time."""

    def one(number: int) -> bool:
        try:
            return attempt(number)
        finally:
            if connection.vendor == "postgresql":
                connection.close()  # back to the pool, as a request does at its end

    if connection.vendor == "postgresql":
        with ThreadPoolExecutor(6) as threads:
            return list(threads.map(one, range(count)))
    return [one(number) for number in range(count)]


@pytest.mark.usefixtures("at_once")
@pytest.mark.django_db(transaction=True)
def test_many_tries_at_once_get_five_looks_at_the_password(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, matches = [], hashing.matches

    def counting(secret: str, stored: str, *more: object) -> bool:
        if stored == people["ana"].password:
            looks.append(secret)
        return matches(secret, stored, *more)

    monkeypatch.setattr(hashing, "matches", counting)

    def attempt(number: int) -> bool:
        made = browser()
        signing.begin(made, "ana", f"wrong {number}")
        return signing.answer(made, "xxx") is not None

    assert rush(200, attempt) == [False] * 200
    assert len(looks) == 5
    assert attempts(people["ana"]) == [False] * 200
    assert sign_in(browser(), "ana") is None
    assert sign_in(browser(), "rui")


@pytest.mark.usefixtures("at_once")
@pytest.mark.django_db(transaction=True)
def test_many_tries_at_once_from_a_known_device_get_five_looks_too(people: dict[str, User]) -> None:
    cookies = known(people["ana"]).COOKIES

    def attempt(number: int) -> bool:
        return signing.begin(browser(cookies), "ana", f"wrong {number}").choosing

    rush(50, attempt)
    door = Door.objects.get(user=people["ana"])
    assert (door.known_failures, door.strange_failures) == (6, 0)
    assert SignIn.objects.filter(known_device=True).count() == 50


@pytest.mark.django_db(transaction=True)
def test_with_waits_one_of_many_at_once_is_taken(people: dict[str, User]) -> None:
    begun = []
    rush(50, lambda number: bool(begun.append(signing.begin(browser(), "ana", f"wrong {number}").wait)))
    assert begun.count(0) <= 2  # a second one only when a second has passed
    assert all(0 <= wait <= 8 for wait in begun)


@pytest.mark.usefixtures("at_once")
@pytest.mark.django_db(transaction=True)
def test_one_attempt_answered_many_times_at_once_is_looked_at_once(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    places, step = signing.places_asked(made), dict(made.session.items())

    def answer(number: int) -> bool:
        again = browser()
        again.session.update(step)
        return signing.answer(again, characters(places)) is not None

    assert sum(rush(20, answer)) == 1


@pytest.mark.usefixtures("at_once")
@pytest.mark.django_db(transaction=True)
def test_the_same_question_answered_by_several_at_once_lets_one_in(people: dict[str, User]) -> None:
    """Whoever sees the three characters typed cannot use them at the same moment."""
    steps = []
    for _ in range(5):
        made = browser()
        signing.begin(made, "ana", PASSWORD)
        steps.append((signing.places_asked(made), dict(made.session.items())))

    def answer(number: int) -> bool:
        again = browser()
        again.session.update(steps[number][1])
        return signing.answer(again, characters(steps[number][0], CODE)) is not None

    assert sum(rush(5, answer)) == 1


# --- waits ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    now = [timezone.now()]
    monkeypatch.setattr(timezone, "now", lambda: now[0])
    return now


def test_waits_grow_and_count_nothing_while_they_last(people: dict[str, User], clock: list[datetime]) -> None:
    waits = []
    for _ in range(6):
        assert signing.begin(browser(), "ana", "wrong").wait == 0
        for _ in range(3):
            waits.append(signing.begin(browser(), "ana", "wrong").wait)
        clock[0] += timedelta(seconds=waits[-1])
    assert waits[::3] == [1, 2, 4, 8, 8, 8]
    assert len(attempts(people["ana"])) == 6


def test_strangers_make_the_owner_wait_nowhere(people: dict[str, User], clock: list[datetime]) -> None:
    signing.begin(browser(), "ana", "wrong")
    assert signing.begin(browser(), "ana", "wrong").wait == 1
    assert sign_in(known(people["ana"]), "ana") == people["ana"]


def test_a_wait_is_over_on_the_second(people: dict[str, User], clock: list[datetime]) -> None:
    signing.begin(browser(), "ana", "wrong")
    clock[0] += timedelta(milliseconds=999)
    assert signing.begin(browser(), "ana", "wrong").wait == 1
    clock[0] += timedelta(milliseconds=1)
    assert signing.begin(browser(), "ana", "wrong").wait == 0


# --- many names from one network --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_a_network_that_fails_too_often_waits_on_every_name_but_not_on_known_devices(
    people: dict[str, User], settings, clock: list[datetime]
) -> None:
    settings.IMI_FAILURES_PER_NETWORK = 20

    def begin(name: str, address: str, cookies: dict[str, str] | None = None) -> int:
        made = browser(cookies)
        made.META["REMOTE_ADDR"] = address
        return signing.begin(made, name, "wrong").wait

    waits = [begin(f"nobody{number}", f"2a00:1450:1:1::{number}") for number in range(20)]
    assert set(waits) == {0}
    assert begin("nobody", "2a00:1450:1:1::99") == begin("ana", "2a00:1450:1:1::99") == 60
    assert begin("ana", "2a00:1450:1:2::99") == 0
    assert begin("ana", "2a00:1450:1:1::99", known(people["ana"]).COOKIES) == 0
    clock[0] += doors.CROWDED_WITHIN + timedelta(seconds=1)
    assert begin("ana", "2a00:1450:1:1::99") == 0


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("most", "address"), [(0, "8.8.4.4"), (3, "127.0.0.1"), (3, "10.0.0.1")])
def test_no_limit_holds_where_it_is_switched_off_or_all_may_come_through_one_proxy(
    people: dict[str, User], settings, most: int, address: str
) -> None:
    settings.IMI_FAILURES_PER_NETWORK = most
    for number in range(8):
        made = browser()
        made.META["REMOTE_ADDR"] = address
        assert signing.begin(made, f"nobody{number}", "wrong").wait == 0


# --- who is told ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("at_once")
def test_a_lock_is_told_to_the_user_and_the_administrators_once(people: dict[str, User]) -> None:
    fail(people["rui"], at_home=True)
    assert doors.announce(timezone.now()) == 1
    fail(people["rui"], 3)
    assert doors.announce(timezone.now()) == 0
    assert told(people["rui"]) == ["locked"]
    assert told(people["ana"]) == ["colleague_locked"]
    assert told(people["eva"]) == []


@pytest.mark.usefixtures("at_once")
def test_strangers_at_the_door_are_told_of_in_other_words(people: dict[str, User]) -> None:
    fail(people["ana"])
    doors.announce(timezone.now())
    assert told(people["ana"]) == ["strangers_locked"]
    fail(people["ana"], at_home=True)
    doors.announce(timezone.now())
    assert told(people["ana"]) == ["strangers_locked", "locked"]


@pytest.mark.usefixtures("at_once")
def test_a_fifth_attempt_that_may_still_succeed_is_waited_for(people: dict[str, User]) -> None:
    ana = people["ana"]
    fail(ana, 4)
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    assert doors.announce(timezone.now()) == 0
    assert signing.answer(made, characters(signing.places_asked(made))) == ana
    assert doors.announce(timezone.now() + doors.ANSWER_WITHIN) == 0
    fail(ana, 4)
    signing.begin(browser(), "ana", PASSWORD)
    assert doors.announce(timezone.now()) == 0
    assert doors.announce(timezone.now() + doors.ANSWER_WITHIN) == 1


@pytest.mark.usefixtures("at_once")
def test_names_without_an_owner_are_announced_to_nobody_and_forgotten(people: dict[str, User]) -> None:
    for _ in range(6):
        sign_in(browser(), "nobody", "wrong")
    now = timezone.now()
    assert doors.announce(now) == 0
    assert not AccountMail.objects.exists()
    fail(people["ana"], 1)
    assert doors.forget_strangers(now, 100) == 0
    assert doors.forget_strangers(now + doors.STRANGERS_FORGOTTEN + timedelta(hours=1), 100) == 1
    assert Door.objects.get().user == people["ana"]


@pytest.mark.usefixtures("people", "at_once")
def test_what_was_typed_in_place_of_a_name_is_not_stored() -> None:
    """People type passwords into the wrong field."""
    sign_in(browser(), "my secret password", "x")
    assert "secret" not in str(list(Door.objects.values())) + str(list(SignIn.objects.values()))


@pytest.mark.usefixtures("at_once")
def test_many_locks_in_a_short_time_raise_an_alarm(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(doors, "ALARM_AT", 1)
    for name in ("ana", "rui"):
        fail(people[name])
        with caplog.at_level(logging.ERROR, "imi.accounts"):
            doors.announce(timezone.now())
    assert [record.count for record in caplog.records] == [2]
