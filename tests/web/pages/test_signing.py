"""Signing in and out, the end of a session, languages, and becoming somebody in training."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.test import Client, override_settings
from django.utils import timezone

from imi.accounts import codes, doors
from imi.accounts.models import Credentials, User
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


def attempt(client: Client, username: str, password: str, code: str = CODE, **more: str) -> Any:
    """Both steps; the characters are answered for whatever places the page asks."""
    places = re.findall(r'name="(place\d+)"', first_step(client, username, password, **more).text)
    given = {name: code[int(name[5:]) - 1] for name in places}
    return client.post("/sign-in", {"step": "code", **given, **more})


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
