"""Signing in and out, the end of a session, languages, and becoming somebody in training."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings
from django.utils import timezone

from imi.accounts import codes, doors, hashing
from imi.accounts.actions import issue_temporary_password
from imi.accounts.models import AccountMail, Credentials, Session, User
from imi.accounts.outbox import secret_of
from imi.training.models import Impersonation, Persona
from tests.exchanges.conftest import World
from tests.web.pages.conftest import Visit

PASSWORD, CODE = "a long enough secret", "Kx7pW2mQz9Rt"


@pytest.fixture
def person(world: World, monkeypatch: pytest.MonkeyPatch) -> User:
    monkeypatch.setattr(doors, "DELAYS", (0,) * len(doors.DELAYS))
    user = User.objects.get(pk=world.people["asker"].user_id)
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
    held = Credentials.objects.get(user=user)
    sealed = codes.sealed(CODE, user.pk, held.version)
    Credentials.objects.filter(user=user).update(sealed_code=sealed, positions="2 5 9", chosen_at=timezone.now())
    return user


def first_step(client: Client, username: str, password: str, **more: str) -> Any:
    return client.post("/sign-in", {"username": username, "password": password, **more})


def second_step(client: Client, code: str = CODE, **more: str) -> Any:
    """Answer for whatever places the page asks."""
    places = re.findall(r'name="(place\d+)"', client.get("/sign-in/code").text)
    assert len(places) == 3
    return client.post("/sign-in/code", {**{name: code[int(name[5:]) - 1] for name in places}, **more})


def attempt(client: Client, username: str, password: str, code: str = CODE, **more: str) -> Any:
    """Both steps."""
    begun = first_step(client, username, password, **more)
    assert begun["Location"].startswith("/sign-in/code")
    return second_step(client, code, **more)


def test_the_right_details_lead_where_one_wanted_to_go(person: User) -> None:
    client = Client()
    answer = attempt(client, person.username.upper(), PASSWORD, next="/tasks/")
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    assert client.get("/sign-in?next=/tasks/")["Location"] == "/tasks/"
    assert client.cookies[settings.LANGUAGE_COOKIE_NAME].value == "hu"
    assert settings.IMI_DEVICE_COOKIE_NAME in client.cookies


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "x"]
)
def test_nobody_is_led_off_the_site(person: User, target: str) -> None:
    assert attempt(Client(), person.username, PASSWORD, next=target)["Location"] == "/"


def test_every_failure_looks_the_same(person: User) -> None:
    wrong = attempt(Client(), person.username, "wrong")
    wrong_code = attempt(Client(), person.username, PASSWORD, "Aaaaaaaaaaaa")
    unknown = attempt(Client(), "nobody", "wrong")
    for _ in range(5):
        attempt(Client(), person.username, "wrong")
    locked = attempt(Client(), person.username, PASSWORD)
    answers = (wrong, wrong_code, unknown, locked)
    said = {answer.text.partition("There is a problem")[2].partition("</ul>")[0] for answer in answers}
    assert len(said) == 1
    assert "the user is locked" in said.pop()
    assert {answer.status_code for answer in answers} == {422}


def test_the_wanted_page_goes_along(person: User) -> None:
    begun = first_step(Client(), person.username, PASSWORD, next="/tasks/?a=b")
    assert begun["Location"] == "/sign-in/code?next=%2Ftasks%2F%3Fa%3Db"
    client = Client()
    first_step(client, person.username, PASSWORD)
    assert 'name="next" value="/tasks/"' in client.get("/sign-in/code?next=/tasks/").text


def test_a_character_that_is_missing_is_asked_for_and_costs_nothing(person: User) -> None:
    client = Client()
    first_step(client, person.username, PASSWORD)
    for given in ({}, {"place2": "x"}, {"place2": "", "place5": "", "place9": ""}):
        page = client.post("/sign-in/code", given)
        assert page.status_code == 422
        assert "Character 5" in page.text.partition("There is a problem")[2].partition("</ul>")[0]
    assert second_step(client).status_code == 302


@pytest.mark.parametrize("path", ["/sign-in/code", "/sign-in/own-password", "/sign-in/own-code"])
def test_a_step_that_nobody_has_come_to_leads_to_the_first_one(db: None, path: str) -> None:
    assert Client().get(path)["Location"] == "/sign-in"
    answer = Client().post(f"{path}?next=/tasks/", {"secret": "x", "again": "x"})
    assert answer.status_code == (302 if path.endswith("/code") else 422)


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in/code", "/sign-in/own-password", "/sign-in/own-code"])
def test_whoever_is_signed_in_is_led_on(visit: Visit, path: str) -> None:
    assert visit("asker").get(f"{path}?next=/tasks/")["Location"] == "/tasks/"


def test_the_first_sign_in_goes_from_the_mail_to_the_first_page(person: User) -> None:
    issue_temporary_password(None, person)
    client = Client()
    begun = first_step(client, person.username, secret_of(AccountMail.objects.get()), next="/tasks/")
    assert begun["Location"] == "/sign-in/own-password?next=%2Ftasks%2F"
    page = client.get(begun["Location"]).text
    assert "At least 8 characters" in page
    assert client.get("/sign-in/own-code")["Location"] == "/sign-in/own-password"
    weak = client.post("/sign-in/own-password", {"secret": "short", "again": "shirt"})
    assert weak.status_code == 422
    assert "not what you typed above" in weak.text
    weak = client.post("/sign-in/own-password", {"secret": "short", "again": "short"})
    assert "at least 8 characters" in weak.text
    done = client.post("/sign-in/own-password", {"secret": "Zk7!bbqx", "again": "Zk7!bbqx", "next": "/tasks/"})
    assert done["Location"] == "/sign-in/own-code?next=%2Ftasks%2F"
    weak = client.post("/sign-in/own-code", {"secret": "Password2024", "again": "Password2024"})
    assert weak.status_code == 422
    assert "a month, or a year" in weak.text
    code = "Tm4!vB8#sD2x"
    done = client.post("/sign-in/own-code", {"secret": code, "again": code, "next": "/tasks/"})
    assert (done.status_code, done["Location"]) == (302, "/tasks/")
    assert settings.IMI_DEVICE_COOKIE_NAME in client.cookies
    assert client.get("/tasks/").status_code == 200
    assert attempt(Client(), person.username, "Zk7!bbqx", code).status_code == 302


def test_choosing_ends_with_another_reset(person: User) -> None:
    issue_temporary_password(None, person)
    client = Client()
    first_step(client, person.username, secret_of(AccountMail.objects.get()))
    issue_temporary_password(None, person)
    answer = client.post("/sign-in/own-password", {"secret": "Zk7!bbqx", "again": "Zk7!bbqx"})
    assert answer.status_code == 422
    assert "The time for choosing is over" in answer.text


def test_the_strong_profile_says_what_it_wants(person: User, settings: Any) -> None:
    settings.IMI_SIGN_IN = "strong"
    issue_temporary_password(None, person)
    client = Client()
    first_step(client, person.username, secret_of(AccountMail.objects.get()))
    page = client.get("/sign-in/own-password").text
    assert "At least 15 characters" in page
    assert "capitals" not in page


def test_whoever_comes_too_soon_is_told_when_to_come_back(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "DELAYS", (0, 3, 3, 3, 3))
    for name in (person.username, "nobody"):
        assert first_step(Client(), name, "wrong").status_code == 302
        answer = first_step(Client(), name, "wrong")
        assert answer.status_code == 429
        assert answer["Retry-After"] in ("2", "3")
        assert "seconds and try again" in answer.text


def test_whoever_comes_with_too_many_others_is_told_when_to_come_back(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hashing, "_waiting", threading.BoundedSemaphore(1))
    with hashing.place():
        answer = first_step(Client(), person.username, PASSWORD)
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_the_person_reads_when_and_where_the_last_sign_in_was(person: User) -> None:
    User.objects.filter(pk=person.pk).update(language="en")
    first = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0"})
    attempt(first, person.username, PASSWORD)
    assert "You signed in last" not in first.get("/").text
    second = Client()
    attempt(second, person.username, PASSWORD)
    assert "You signed in last on" in (page := second.get("/").text)
    assert "Firefox, Windows, 127.0.0.1" in page


def test_a_person_sees_and_ends_the_own_sessions(person: User) -> None:
    User.objects.filter(pk=person.pk).update(language="en")
    here = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Gecko/20100101 Firefox/140.0"})
    there, elsewhere = Client(), Client()
    for client in (here, there, elsewhere):
        attempt(client, person.username, PASSWORD)
    page = here.get("/account/").text
    assert page.count('name="session" value="') == 2
    assert "this session" in page
    number = re.findall(r'name="session" value="(\d+)"', page)[-1]
    assert here.post("/account/sessions/end", {"session": number})["Location"] == "/account/"
    assert there.get("/tasks/").status_code == 302
    assert elsewhere.get("/tasks/").status_code == 200
    here.post("/account/sessions/end", {"others": "1"})
    assert elsewhere.get("/tasks/").status_code == 302
    assert here.get("/tasks/").status_code == 200


@pytest.mark.parametrize("chosen", ["", "0", "x", "9" * 30, "-1", "²"])
def test_nobody_ends_somebody_elses_session(visit: Visit, chosen: str) -> None:
    mine, other = visit("asker"), visit("answerer")
    for given in ({"session": chosen}, {"session": str(Session.objects.order_by("-pk")[0].pk)}):
        assert mine.post("/account/sessions/end", given).status_code == 302
    assert other.get("/tasks/").status_code == 200
    assert mine.get("/tasks/").status_code == 200


def test_signing_out_ends_the_session(visit: Visit) -> None:
    client = visit("asker")
    assert client.post("/sign-out")["Location"] == "/sign-in?signed_out=1"
    assert "You are signed out" in client.get("/sign-in?signed_out=1").text
    assert client.get("/tasks/").status_code == 302


@pytest.mark.parametrize("clock", ["seen_at", "opened_at"])
def test_a_session_ends_and_keeps_the_place(visit: Visit, clock: str) -> None:
    client = visit("asker")
    session = client.session
    session[clock] = int(time.time()) - 13 * 3600
    session.save()
    answer = client.get("/exchanges/?tab=sent")
    assert answer["Location"] == "/session-ended?next=%2Fexchanges%2F%3Ftab%3Dsent"
    page = client.get(answer["Location"]).text
    assert "Your session has ended" in page
    assert "/sign-in?next=%2Fexchanges%2F%3Ftab%3Dsent" in page


def test_a_form_sent_too_late_leads_back_to_its_page(visit: Visit) -> None:
    client = visit("asker")
    session = client.session
    session["seen_at"] = 0
    session.save()
    answer = client.post("/notices/read", headers={"Referer": "http://testserver/notices/"})
    assert answer["Location"] == "/session-ended?next=%2Fnotices%2F"


def test_the_session_can_be_prolonged(visit: Visit) -> None:
    client = visit("asker")
    assert client.get("/session").status_code == 204
    assert client.get("/session", headers={"Sec-Fetch-Mode": "navigate"}).status_code == 302


def test_a_stranger_chooses_a_language(db: None) -> None:
    client = Client()
    client.post("/language", {"language": "bg", "next": "/help/"})
    assert '<html lang="bg"' in client.get("/help/").text


def test_a_person_keeps_the_language_on_other_machines(world: World, visit: Visit) -> None:
    client = visit("asker")
    answer = client.post("/language", {"language": "lt", "next": "/tasks/"})
    assert answer["Location"] == "/tasks/"
    assert '<html lang="lt"' in client.get("/tasks/").text
    assert User.objects.get(pk=world.people["asker"].user_id).language == "lt"


@pytest.mark.parametrize("language", ["", "xx", "en'--", "\x00", "e" * 1000])
def test_unknown_languages_change_nothing(visit: Visit, language: str) -> None:
    client = visit("asker")
    assert client.post("/language", {"language": language, "next": "//evil.example"})["Location"] == "/"
    assert '<html lang="en"' in client.get("/tasks/").text


def test_two_browsers_are_two_people_at_once(world: World) -> None:
    here, there = Client(), Client()
    assert here.post("/training/become", {"person": world.people["asker"].user_id}).status_code == 302
    assert there.post("/training/become", {"person": world.people["answerer"].user_id}).status_code == 302
    assert "Asker Test" in here.get("/").text
    assert "Answerer Test" in there.get("/").text
    here.post("/training/become", {"person": world.people["reader"].user_id})
    assert "Reader Test" in here.get("/").text


@pytest.mark.parametrize("person", ["", "0", "999999", "x", "1' OR 1", "9" * 40, "-1"])
def test_only_people_can_be_chosen(db: None, person: str) -> None:
    assert Client().post("/training/become", {"person": person}).status_code == 404


def test_nobody_but_invented_people_can_be_played(world: World) -> None:
    Persona.objects.filter(key="asker").delete()
    assert Client().post("/training/become", {"person": world.people["asker"].user_id}).status_code == 404
    assert "Asker Test" not in Client().get("/training/").text


def test_people_are_found_by_name_authority_and_country(world: World) -> None:
    client = Client()
    assert "Answermate" in client.get("/training/?text=answerm").text
    found = client.get("/training/?text=pt-works answerer&next=/tasks/").text
    assert "Answerer Test" in found
    assert "Answermate" not in found
    assert 'name="next" value="/tasks/"' in found
    assert "Asker Test" not in client.get("/training/?country=PT").text
    assert "Nobody found" in client.get("/training/?text=zzzz").text


def test_counterparts_can_be_switched_off_by_who_is_played(world: World, visit: Visit) -> None:
    client = visit("asker")
    (played,) = Impersonation.objects.all()
    assert (played.user_id, played.counterparts, played.ended_at) == (world.people["asker"].user_id, True, None)
    assert client.post("/training/counterparts", {})["Location"] == "/account/"
    assert Impersonation.objects.get().counterparts is False
    client.post("/training/counterparts", {"on": "1"})
    assert Impersonation.objects.get().counterparts is True
    client.post("/sign-out")
    assert Impersonation.objects.get().ended_at is not None


def test_the_suggested_people_come_first_and_only_in_training(world: World) -> None:
    user = User.objects.get(pk=world.people["answerer"].user_id)
    Persona.objects.filter(user=user).update(featured=True)
    page = Client().get("/training/").text
    assert "Answerer Test" in page.partition("Good to begin with")[2].partition("Everybody")[0]
    assert "Request handler, Allocator" in page
    assert "Become somebody else" in page
    with override_settings(IMI_TRAINING=False):
        assert "Become somebody else" not in Client().get("/help/").text
