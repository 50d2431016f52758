"""Sessions: how long they last, whose they are, and how they end."""

from __future__ import annotations

import time
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import make_password
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from imi.accounts import actions, session_store, sessions
from imi.accounts.models import Session, User
from imi.accounts.session_store import SessionStore
from imi.directory.models import Authority

from .conftest import browser


def visit(cookie: str, page: Any = lambda _: HttpResponse("page")) -> HttpRequest:
    """Send a request through the middleware of a session, as a browser would."""
    made = RequestFactory().get("/")
    made.COOKIES = {configured.SESSION_COOKIE_NAME: cookie}
    layers = SessionMiddleware(AuthenticationMiddleware(sessions.SessionExpiryMiddleware(page)))
    response = layers(made)
    assert isinstance(response.cookies, SimpleCookie)
    return made


def signed_in(user: User) -> str:
    made = browser()
    actions.open_session(made, user, two_factors=False)
    made.session.save()
    return made.session.session_key


# --- how long ---------------------------------------------------------------------------------------------------------


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
    assert not Session.objects.exists()


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


# --- how they end -----------------------------------------------------------------------------------------------------


def test_signing_out_ends_the_session(people: dict[str, User]) -> None:
    cookie = signed_in(people["ana"])
    actions.sign_out(visit(cookie))
    assert visit(cookie).user.is_anonymous
    assert not Session.objects.exists()


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


@pytest.mark.parametrize("change", ["user", "authority"])
def test_a_session_that_lost_its_right_stays_ended_when_the_right_comes_back(
    people: dict[str, User], change: str
) -> None:
    cookie = signed_in(people["ana"])
    for active in (False, True):
        if change == "user":
            User.objects.filter(username="ana").update(is_active=active)
        else:
            Authority.objects.filter(pk="pt-guides").update(active=active)
        assert visit(cookie).user.is_anonymous


def test_a_session_that_was_ended_is_not_brought_back_by_a_request_still_running(people: dict[str, User]) -> None:
    cookie = signed_in(people["ana"])

    def page(request: HttpRequest) -> HttpResponse:
        request.session["typed"] = "something"
        sessions.end_sessions([people["ana"].pk])
        return HttpResponse("page")

    with pytest.raises(SessionInterrupted):
        visit(cookie, page)
    assert visit(cookie).user.is_anonymous


def test_a_person_ends_one_session_or_all_others_and_nobody_elses(people: dict[str, User]) -> None:
    here, there, elsewhere = (signed_in(people["ana"]) for _ in range(3))
    colleague = signed_in(people["rui"])
    found = sessions.running(people["ana"].pk)
    assert len(found) == 3
    row = next(one for one in found if sessions.is_this_one(SessionStore(there), one))
    assert not sessions.end_session(people["rui"].pk, row.pk)
    assert sessions.end_session(people["ana"].pk, row.pk)
    assert visit(there).user.is_anonymous
    assert sessions.end_sessions([people["ana"].pk], but=SessionStore(here)) == 1
    assert visit(elsewhere).user.is_anonymous
    assert visit(here).user == people["ana"]
    assert visit(colleague).user == people["rui"]


def test_a_person_sees_when_from_where_and_with_what(people: dict[str, User], django_assert_num_queries) -> None:
    before = timezone.now()
    signed_in(people["ana"])
    with django_assert_num_queries(1):
        (row,) = sessions.running(people["ana"].pk)
    assert (row.address, row.device) == ("192.0.2.7", "Firefox, Linux")
    assert row.opened_at is not None
    assert abs((row.opened_at - before).total_seconds()) < 5
    Session.objects.update(seen_at=before - timezone.timedelta(minutes=31))
    assert sessions.running(people["ana"].pk) == []


# --- where they are kept ----------------------------------------------------------------------------------------------


def test_the_database_does_not_hold_what_the_cookie_holds(people: dict[str, User]) -> None:
    cookie = signed_in(people["ana"])
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM accounts_session")
        assert cookie not in str(cursor.fetchall())


@pytest.mark.django_db
def test_a_key_that_nobody_gave_out_opens_nothing_and_is_not_taken_over() -> None:
    for key in ("chosen-by-an-attacker-123456789012", "", "\x00", "x" * 1000, "' OR 1=1 --"):
        store = SessionStore(key)
        assert store.get("x") is None
        store["x"] = 1
        store.save()
        assert store.session_key != key
        assert SessionStore(store.session_key)["x"] == 1


@pytest.mark.django_db
def test_the_store_keeps_djangos_promises() -> None:
    store = SessionStore()
    store.create()
    key = store.session_key
    assert store.exists(key)
    with pytest.raises(CreateError):
        store.save(must_create=True)
    store["kept"] = {"a": [1, "é"]}
    store.cycle_key()
    store.save()
    assert store.session_key != key
    assert not store.exists(key)
    assert SessionStore(store.session_key)["kept"] == {"a": [1, "é"]}
    store.delete()
    with pytest.raises(UpdateError):
        store.save()


@pytest.mark.django_db
def test_sessions_that_are_over_are_forgotten() -> None:
    for _ in range(3):
        SessionStore().create()
    Session.objects.filter(pk__in=Session.objects.values_list("pk")[:2]).update(expires_at=timezone.now())
    assert session_store.forget_expired(timezone.now(), 1) == 1
    SessionStore.clear_expired()
    assert Session.objects.count() == 1
