"""Signing in: one answer for every failure, a lock after five, sessions that end."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from http.cookies import SimpleCookie
from importlib import import_module

import pytest
from django.conf import settings as configured
from django.contrib.auth import get_user
from django.contrib.auth.hashers import make_password
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from imi.accounts import actions, sessions
from imi.accounts.models import SignIn, User
from imi.directory.models import Authority

from .conftest import PASSWORD

BACKENDS = ["imi.accounts.backends.SessionBackend"]


@pytest.fixture(autouse=True)
def _backend(settings) -> None:
    settings.AUTHENTICATION_BACKENDS = BACKENDS


def request(cookie: str | None = None) -> HttpRequest:
    made = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    made.session = import_module(configured.SESSION_ENGINE).SessionStore(cookie)
    return made


def visit(cookie: str) -> HttpRequest:
    """Send a request through the middleware of a session, as a browser would."""
    made = RequestFactory().get("/")
    made.COOKIES = {configured.SESSION_COOKIE_NAME: cookie}
    layers = SessionMiddleware(
        AuthenticationMiddleware(sessions.SessionExpiryMiddleware(lambda _: HttpResponse("page")))
    )
    response = layers(made)
    assert isinstance(response.cookies, SimpleCookie)
    return made


def signed_in(user: User) -> str:
    made = request()
    actions.open_session(made, user)
    made.session.save()
    return made.session.session_key


# --- who gets in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ana", "ANA", " Ana "])
def test_the_right_password_opens_a_session_under_a_new_id(people: dict[str, User], name: str) -> None:
    made = request()
    made.session.save()
    before = made.session.session_key
    user = actions.sign_in(name, PASSWORD, made)
    assert user == people["ana"]
    assert get_user(made) == user
    assert made.session.session_key != before
    record = SignIn.objects.get()
    assert (record.user, record.ok, record.address) == (user, True, "192.0.2.7")
    assert User.objects.get(pk=user.pk).last_seen is not None


def test_every_failure_looks_alike(people: dict[str, User]) -> None:
    User.objects.filter(username="rui").update(is_active=False)
    User.objects.filter(username="eva").update(locked_at=timezone.now())
    for name, password in [("ana", "wrong"), ("rui", PASSWORD), ("eva", PASSWORD), ("nobody", PASSWORD), ("", "")]:
        made = request()
        assert actions.sign_in(name, password, made) is None
        assert dict(made.session.items()) == {}
    assert list(SignIn.objects.order_by("pk").values_list("user__username", "ok")) == [
        ("ana", False),
        ("rui", False),
        ("eva", False),
        (None, False),
        (None, False),
    ]


def test_users_of_an_inactive_authority_stay_outside(people: dict[str, User]) -> None:
    Authority.objects.filter(pk="pt-guides").update(active=False)
    assert actions.verify_password("ana", PASSWORD) is None
    assert actions.verify_password("eva", PASSWORD) == people["eva"]


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("password", ["", "!", "\x00", "x" * 100_000, PASSWORD.lower(), PASSWORD + " "])
def test_odd_passwords_are_wrong_passwords(password: str) -> None:
    assert actions.verify_password("ana", password) is None


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", ["\x00", "ana\x00", "%", "x" * 100_000, "аna", "ana'--"])
def test_odd_names_are_unknown_names(name: str) -> None:
    assert actions.verify_password(name, PASSWORD) is None


@pytest.mark.usefixtures("people")
def test_nobody_without_a_password_gets_in() -> None:
    User.objects.filter(username="ana").update(password=make_password(None))
    assert actions.verify_password("ana", "") is None
    User.objects.filter(username="rui").update(password="")
    assert actions.verify_password("rui", "") is None


@pytest.mark.usefixtures("people")
def test_success_and_failure_cost_one_hash_each(monkeypatch) -> None:
    hashes = []
    check = actions.check_password
    monkeypatch.setattr(actions, "check_password", lambda *args, **more: hashes.append(1) or check(*args, **more))
    for name in ("ana", "nobody", "eva"):
        actions.verify_password(name, "wrong")
    assert len(hashes) == 3


def test_a_password_stored_at_a_lower_cost_is_stored_anew(people: dict[str, User], settings) -> None:
    settings.PASSWORD_HASHERS = [
        "imi.site.hashers.ModestArgon2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    assert actions.verify_password("ana", PASSWORD)
    assert User.objects.get(username="ana").password.startswith("argon2$argon2id$")
    assert actions.verify_password("ana", PASSWORD)


# --- the lock ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("people")
def test_five_failures_lock_until_somebody_unlocks() -> None:
    for _ in range(5):
        assert actions.verify_password("ana", "wrong") is None
    user = User.objects.get(username="ana")
    assert user.failed_sign_ins == 5
    assert user.locked_at is not None
    assert actions.verify_password("ana", PASSWORD) is None
    actions.unlock(user)
    assert actions.verify_password("ana", PASSWORD) == user


@pytest.mark.usefixtures("people")
def test_success_before_the_fifth_failure_starts_again() -> None:
    for _ in range(3):
        for _ in range(4):
            assert actions.verify_password("ana", "wrong") is None
        assert actions.verify_password("ana", PASSWORD)
    user = User.objects.get(username="ana")
    assert (user.failed_sign_ins, user.locked_at) == (0, None)


@pytest.mark.django_db(transaction=True)
def test_a_thousand_tries_at_once_get_five_looks_at_the_password(people: dict[str, User], monkeypatch) -> None:
    looks = []
    check = actions.check_password

    def counting(password: str, stored: str, **more: object) -> bool:
        if stored == people["ana"].password:
            looks.append(password)
        return check(password, stored, **more)

    monkeypatch.setattr(actions, "check_password", counting)

    def attempt(number: int) -> bool:
        try:
            return actions.verify_password("ana", f"wrong {number}") is not None
        finally:
            if connection.vendor == "postgresql":
                connection.close()  # back to the pool, as a request does at its end

    if connection.vendor == "postgresql":
        with ThreadPoolExecutor(5) as threads:
            results = list(threads.map(attempt, range(1000)))
    else:
        results = [attempt(number) for number in range(1000)]
    assert results == [False] * 1000
    assert len(looks) == 5
    user = User.objects.get(username="ana")
    assert user.failed_sign_ins == 5
    assert user.locked_at is not None
    assert SignIn.objects.filter(user=user, ok=False).count() == 1000
    assert actions.verify_password("rui", PASSWORD)


# --- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_ends_after_half_an_hour_without_use(people: dict[str, User], monkeypatch) -> None:
    cookie = signed_in(people["ana"])
    made = visit(cookie)
    assert made.user == people["ana"]
    assert 1790 < sessions.seconds_left(made.session) <= 1800
    start = time.time()
    for minutes in (20, 40, 60):
        monkeypatch.setattr(sessions.time, "time", lambda minutes=minutes: start + 60 * minutes)
        assert visit(cookie).user == people["ana"]
    monkeypatch.setattr(sessions.time, "time", lambda: start + 60 * 91)
    late = visit(cookie)
    assert late.user.is_anonymous
    assert late.session_expired
    assert sessions.seconds_left(late.session) == 0


def test_a_session_ends_after_twelve_hours_of_use(people: dict[str, User], monkeypatch) -> None:
    cookie = signed_in(people["ana"])
    start = time.time()
    for minutes in range(20, 12 * 60, 20):
        monkeypatch.setattr(sessions.time, "time", lambda minutes=minutes: start + 60 * minutes)
        assert visit(cookie).user == people["ana"]
    monkeypatch.setattr(sessions.time, "time", lambda: start + 12 * 3600 + 1)
    assert visit(cookie).user.is_anonymous


def test_the_limits_are_settings(people: dict[str, User], settings) -> None:
    settings.SESSION_IDLE_SECONDS = 100
    assert sessions.seconds_left(visit(signed_in(people["ana"])).session) <= 100
    settings.SESSION_LONGEST_SECONDS = 50
    assert sessions.seconds_left(visit(signed_in(people["ana"])).session) <= 50


def test_pages_in_quick_succession_write_nothing(people: dict[str, User], django_assert_num_queries) -> None:
    cookie = signed_in(people["ana"])
    with django_assert_num_queries(2):  # the session and the user
        visit(cookie).user.get_full_name()


def test_signing_out_ends_the_session(people: dict[str, User]) -> None:
    cookie = signed_in(people["ana"])
    made = visit(cookie)
    actions.sign_out(made)
    assert visit(cookie).user.is_anonymous


@pytest.mark.parametrize("change", ["user", "authority", "password"])
def test_a_running_session_ends_with_the_right_to_it(people: dict[str, User], change: str) -> None:
    cookie = signed_in(people["ana"])
    if change == "user":
        User.objects.filter(username="ana").update(is_active=False)
    elif change == "authority":
        Authority.objects.filter(pk="pt-guides").update(active=False)
    else:
        User.objects.filter(username="ana").update(password=make_password("another"))
    assert visit(cookie).user.is_anonymous
