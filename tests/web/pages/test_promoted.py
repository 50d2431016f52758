"""Whoever becomes an administrator in a running session gives, or sets up, a second factor at the next click."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imi.accounts import doors, sessions
from imi.accounts.gate import CARRIED
from imi.accounts.models import RoleGrant, Session, User
from tests.exchanges.conftest import AREA, World
from tests.web.pages.conftest import Visit
from tests.web.pages.test_kept import hidden_fields
from tests.web.pages.test_security import BASE, app_of, forget_proof, from_key, shown, signed_in
from tests.web.pages.test_signing import PASSWORD, attempt, person

__all__ = ["person"]

TEXT = "A long remark\nof two lines"
FORM = {"name": TEXT, "query": "tab=sent"}


@pytest.fixture(autouse=True)
def _strong(settings: Any) -> None:
    settings.IMI_SIGN_IN = "strong"


def promote(person: User, way: str = "administrator") -> None:
    """Make somebody an administrator of the authority, or of a coordinator."""
    if way == "administrator":
        User.objects.filter(pk=person.pk).update(is_administrator=True)
    else:
        RoleGrant.objects.create(user=person, area_id=AREA, role="data_administrator")


@pytest.mark.parametrize("way", ["administrator", "data administrator"])
def test_at_the_next_click_the_factor_is_set_up(person: User, way: str) -> None:
    client, elsewhere = signed_in(person), signed_in(person)
    assert client.get("/tasks/").status_code == 200
    promote(person, way)
    led = client.get("/tasks/?page=1")
    assert led["Location"] == "/sign-in/set-up?next=%2Ftasks%2F%3Fpage%3D1"
    for path in ("/tasks/", "/account/", BASE, f"{BASE}app", "/administration/users/"):
        assert client.get(path)["Location"].startswith("/sign-in"), path
    assert "Set up an app" in client.get(led["Location"]).text
    key = re.search(r'imi-key">([^<]+)<', client.get("/sign-in/set-up/app?next=/tasks/").text)[1]  # type: ignore[index]
    done = client.post("/sign-in/set-up/app", {"code": shown(from_key(key)), "name": "App", "next": "/tasks/"})
    assert done["Location"] == "/account/security/recovery?next=%2Ftasks%2F"
    assert client.get("/tasks/").status_code == 200
    assert elsewhere.get("/tasks/")["Location"] == "/sign-in/second?next=%2Ftasks%2F"


def test_whoever_has_a_factor_gives_it(person: User, settings: Any) -> None:
    client = signed_in(person)
    app = app_of(person)
    assert client.get("/tasks/").status_code == 200
    forget_proof(client)
    promote(person)
    led = client.get("/tasks/")["Location"]
    assert led == "/sign-in/second?next=%2Ftasks%2F"
    assert "You administer users or authorities now" in client.get(led).text
    assert client.post("/sign-in/second", {"code": "1", "next": "/tasks/"}).status_code == 422
    assert client.get("/tasks/")["Location"].startswith("/sign-in")
    assert client.post("/sign-in/second", {"code": shown(app), "next": "/tasks/"})["Location"] == "/tasks/"
    assert client.get("/tasks/").status_code == 200


def test_guessing_the_code_in_a_running_session_is_limited(person: User) -> None:
    client, app = signed_in(person), app_of(person)
    promote(person)
    client.get("/tasks/")
    for _ in range(doors.FAILURES_ALLOWED):
        assert client.post("/sign-in/second", {"code": "1"}).status_code == 422
    assert "the user is locked" in client.post("/sign-in/second", {"code": shown(app)}).text


def test_a_session_that_lay_open_is_not_enough_to_set_the_first_factor_up(person: User) -> None:
    client = signed_in(person)
    forget_proof(client, int(time.time()) - 601)
    promote(person)
    led = client.post("/exchanges/filters/save", FORM)["Location"]
    assert led == "/session-ended"
    page = client.get(led).text
    assert "You administer users or authorities now" in page
    assert "kept for an hour" in page
    assert not Session.objects.filter(user=person).exists()
    assert client.get("/sign-in/set-up")["Location"] == "/sign-in"
    assert attempt(client, person.username, PASSWORD)["Location"] == "/sign-in/set-up"


def test_nothing_typed_is_lost_and_nobody_else_gets_it(person: User, world: World) -> None:
    client, app = signed_in(person), app_of(person)
    promote(person)
    led = client.post("/exchanges/filters/save", FORM)["Location"]
    assert led == "/sign-in/second"
    assert "kept for an hour" in client.get(led).text
    assert "A long remark" not in str(list(Session.objects.values_list("data", flat=True)))
    other = client.post("/exchanges/filters/save", {"name": "Text of another tab"})
    assert other.status_code == 403
    assert "Text of another tab" in other.text
    back = client.post("/sign-in/second", {"code": shown(app)})["Location"]
    assert back == "/session-ended/typed?next=%2F"
    assert hidden_fields(client.get(back).text) == FORM
    sent = client.post(back, {**FORM, "kept-send": "1"})
    assert (sent.status_code, sent["Location"]) == (307, "/exchanges/filters/save")


def test_what_a_page_sends_after_it_saved_itself_is_kept_too(person: User) -> None:
    client, app = signed_in(person), app_of(person)
    promote(person)
    by_itself = client.post("/exchanges/filters/save", FORM, headers={"X-Autosave": "1"})
    assert by_itself.status_code == 302
    assert Session.objects.filter(user=person).exists(), "nobody has clicked yet"
    client.get("/tasks/")
    assert client.post("/exchanges/filters/save", FORM)["Location"] == "/sign-in/second"
    back = client.post("/sign-in/second", {"code": shown(app)})["Location"]
    assert hidden_fields(client.get(back).text) == FORM


def test_somebody_else_in_the_same_browser_gets_nothing(person: User, world: World, visit: Visit) -> None:
    client = signed_in(person)
    app_of(person)
    promote(person)
    client.post("/exchanges/filters/save", FORM)
    answer = client.post("/training/become", {"person": world.people["answerer"].user_id, "next": "/tasks/"})
    assert answer["Location"] == "/tasks/"
    assert CARRIED not in client.session


def test_a_part_of_a_page_leads_the_whole_browser_there(person: User) -> None:
    client = signed_in(person)
    app_of(person)
    promote(person)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks/"}
    answer = client.get("/exchanges/", headers=headers)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in/second?next=%2Ftasks%2F")


def test_a_session_goes_on_for_no_longer_than_a_working_day(person: User) -> None:
    client, app = signed_in(person), app_of(person)
    begun = int(time.time()) - 3600
    session = client.session
    session["opened_at"] = begun
    session.save()
    promote(person)
    client.get("/tasks/")
    client.post("/sign-in/second", {"code": shown(app)})
    assert client.session["opened_at"] == begun


@pytest.mark.parametrize(("profile", "kinds"), [("classic", ("totp",)), ("strong", ())])
def test_where_nobody_must_nobody_is_asked(person: User, settings: Any, profile: str, kinds: tuple[str, ...]) -> None:
    settings.IMI_SIGN_IN, settings.IMI_SECOND_FACTORS = profile, kinds
    client = signed_in(person)
    promote(person)
    assert client.get("/tasks/").status_code == 200


def test_whoever_has_given_two_factors_is_not_asked_again_and_no_page_asks_the_database_more(person: User) -> None:
    def asked(client: Client) -> int:
        client.get("/account/")
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/account/").status_code == 200
        return len(captured)

    plain = asked(signed_in(person))
    app = app_of(person)
    attempt(client := Client(), person.username, PASSWORD)
    client.post("/sign-in/second", {"code": shown(app)})
    before = asked(client)
    promote(person)
    assert asked(client) <= before
    assert before == plain


def test_whoever_signs_in_anew_has_a_whole_working_day(person: User) -> None:
    client, app = signed_in(person), app_of(person)
    session = client.session
    session["opened_at"] = int(time.time()) - sessions.LONGEST_SECONDS + 60
    session.save()
    promote(person)
    client.get("/tasks/")
    assert attempt(client, person.username, PASSWORD)["Location"].startswith("/sign-in/second")
    client.post("/sign-in/second", {"code": shown(app)})
    assert sessions.seconds_left(client.session) > 60


def test_who_was_put_back_is_out_when_all_sessions_are_ended(person: User) -> None:
    client = signed_in(person)
    promote(person)
    assert client.get("/tasks/")["Location"] == "/sign-in/set-up?next=%2Ftasks%2F"
    sessions.end_sessions([person.pk])
    assert client.get("/sign-in/set-up")["Location"] == "/sign-in"
    assert client.get("/tasks/")["Location"] == "/sign-in?next=%2Ftasks%2F"


def test_a_second_factor_alone_is_no_fresh_proof(person: User) -> None:
    """A session that lay open and a code, without the password, are not enough to change what one signs in with."""
    client, app = signed_in(person), app_of(person)
    forget_proof(client, int(time.time()) - 3600)
    promote(person)
    client.get("/tasks/")
    assert client.post("/sign-in/second", {"code": shown(app), "next": "/tasks/"})["Location"] == "/tasks/"
    assert client.get(f"{BASE}app")["Location"].startswith(f"{BASE}prove")


def test_a_request_of_another_tab_that_was_under_way_loses_nothing(person: User, settings: Any) -> None:
    client, app, cookie = signed_in(person), app_of(person), settings.SESSION_COOKIE_NAME
    promote(person)
    late = Client()
    late.cookies[cookie] = client.cookies[cookie].value
    assert client.post("/exchanges/filters/save", FORM)["Location"] == "/sign-in/second"
    for path in ("/tasks/", "/sign-in", "/"):
        assert cookie not in late.get(path).cookies, "it would take the new session from the browser"
    back = client.post("/sign-in/second", {"code": shown(app)})["Location"]
    assert hidden_fields(client.get(back).text) == FORM
    client.post("/sign-out")
    assert not client.cookies[cookie].value
