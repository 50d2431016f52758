"""Help pages, help desks, first steps and practice as people see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.accounts.models import User
from imi.directory.models import Authority
from imi.web.help import queries
from imi.web.help.models import StepTaken
from tests.exchanges.conftest import World
from tests.web.pages.conftest import Visit


def _ticked(page: str, step: str) -> bool:
    part = page.partition(f'id="{step}"')[2].partition("</li>")[0]
    return ">done<" in part


def test_the_help_desk_is_one_click_away_from_every_page(visit: Visit) -> None:
    client = visit("asker")
    for address in ("/", "/tasks/", "/exchanges/", "/directory/", "/help/", "/account/"):
        assert 'href="/help/desks/"' in client.get(address).text.partition("</header>")[0], address
    assert 'href="/help/desks/"' not in Client().get("/help/").text.partition("</header>")[0]


def test_the_desk_shows_the_own_coordinators_first_and_all_countries(visit: Visit) -> None:
    Authority.objects.filter(pk="hu-coord").update(email="desk@hu.example", kind="national_coordinator")
    Authority.objects.filter(pk="pt-coord").update(email="desk@pt.example", kind="national_coordinator")
    own, _all, every = visit("asker").get("/help/desks/").text.partition('id="all"')
    assert "desk@hu.example" in own
    assert "Your coordinator" in own
    assert "desk@pt.example" not in own
    assert "desk@pt.example" in every
    assert "desk@pt.example" in Client().get("/help/desks/").text


def test_a_page_leads_to_its_help(visit: Visit) -> None:
    assert 'href="/help/pages/#page-directory"' in visit("asker").get("/directory/").text
    assert 'id="page-directory"' in visit("asker").get("/help/pages/").text


def test_the_help_is_searched_in_words(visit: Visit) -> None:
    page = visit("asker").get("/help/?text=linked").text
    assert 'href="/help/glossary/#linked-authority"' in page
    nothing = visit("asker").get("/help/?text=%00<b>zzzz").text
    assert "Nothing in the help has all these words" in nothing
    assert "<b>zzzz" not in nothing
    assert Client().get("/help/no-such-section/").status_code == 404


# --- first steps -----------------------------------------------------------------------------------------------------


def test_the_steps_tick_themselves(world: World, visit: Visit) -> None:
    client = visit("asker")
    now = timezone.now()
    mine = Authority.objects.get(pk=world.people["asker"].authority_id)
    User.objects.filter(authority=mine).update(last_seen=now)
    Authority.objects.filter(pk=mine.pk).update(confirmed_at=None)
    page = client.get("/help/first-steps/").text
    assert _ticked(page, "registered")
    assert _ticked(page, "deputy")
    assert _ticked(page, "leavers")
    assert not _ticked(page, "exchange")
    assert not _ticked(page, "data")
    world.sent()
    User.objects.filter(authority=mine).exclude(pk=world.people["asker"].user_id).update(last_seen=now - queries.ABSENT)
    Authority.objects.filter(pk=mine.pk).update(confirmed_at=now, confirm_by=now.date() + timedelta(days=1))
    page = client.get("/help/first-steps/").text
    assert _ticked(page, "exchange")
    assert _ticked(page, "data")
    assert not _ticked(page, "leavers")
    User.objects.filter(authority=mine).exclude(pk=world.people["asker"].user_id).update(is_active=False)
    page = client.get("/help/first-steps/").text
    assert not _ticked(page, "deputy")
    assert _ticked(page, "leavers")


def test_a_step_without_a_trace_is_ticked_by_opening_it(visit: Visit) -> None:
    client = visit("asker")
    assert not _ticked(client.get("/help/first-steps/").text, "counterparts")
    assert client.post("/help/first-steps/take", {"step": "counterparts"})["Location"] == "/directory/"
    assert _ticked(client.get("/help/first-steps/").text, "counterparts")
    client.post("/help/first-steps/take", {"step": "counterparts"})
    assert StepTaken.objects.count() == 1


def test_nobody_ticks_by_hand_what_the_data_shows(world: World, visit: Visit) -> None:
    client = visit("asker")
    User.objects.filter(authority=world.people["asker"].authority_id).update(last_seen=timezone.now() - queries.ABSENT)
    User.objects.filter(pk=world.people["asker"].user_id).update(last_seen=timezone.now())
    client.post("/help/first-steps/take", {"step": "leavers"})
    assert not _ticked(client.get("/help/first-steps/").text, "leavers")


@pytest.mark.parametrize("onwards", ["https://evil.example/", "//evil.example", "javascript:1"])
def test_a_step_leads_nowhere_else(visit: Visit, onwards: str) -> None:
    sent = visit("asker").post("/help/first-steps/take", {"step": "counterparts", "next": onwards})
    assert sent["Location"] == "/help/first-steps/"


def test_the_card_stays_until_it_is_put_away(visit: Visit) -> None:
    client = visit("asker")
    assert "New to IMI?" in client.get("/").text
    assert client.post("/help/first-steps/take", {"step": "card"})["Location"] == "/"
    assert "New to IMI?" not in client.get("/").text
    assert "New to IMI?" in visit("answerer").get("/").text


# --- practice --------------------------------------------------------------------------------------------------------


def test_the_exercises_check_what_was_really_done(world: World, visit: Visit) -> None:
    client = visit("answerer")
    assert not _ticked(client.get("/help/practice/").text, "accept-request")
    number = world.sent(days=14)
    world.act("answerer", number, "accept", days=14)
    assert not _ticked(client.get("/help/practice/").text, "accept-request")
    world.accepted()
    assert _ticked(client.get("/help/practice/").text, "accept-request")
    assert not _ticked(visit("other").get("/help/practice/").text, "accept-request")
    assert _ticked(visit("asker").get("/help/practice/").text, "send-request")
    answered = world.answered()
    page = client.get("/help/practice/").text
    assert _ticked(page, "answer-request")
    assert f'href="/requests/{answered}/"' in page
    assert _ticked(client.get("/help/first-steps/").text, "training")


def test_there_is_no_practice_with_real_cases(visit: Visit, settings: pytest.FixtureRequest) -> None:
    client = visit("asker")
    settings.IMI_TRAINING = False  # type: ignore[attr-defined]
    assert client.get("/help/practice/").status_code == 404


@pytest.mark.parametrize("address", ["/help/desks/", "/help/first-steps/", "/help/practice/"])
def test_the_number_of_queries_is_fixed(world: World, visit: Visit, address: str) -> None:
    client = visit("asker")
    world.sent()
    client.get(address)
    with CaptureQueriesContext(connection) as before:
        client.get(address)
    for _time in range(3):
        world.answered()
    with CaptureQueriesContext(connection) as after:
        client.get(address)
    assert len(after) == len(before)
    assert len(after) < 20


def test_only_administrators_are_led_to_the_users(world: World, visit: Visit) -> None:
    assert 'href="/administration/users/"' not in visit("asker").get("/help/first-steps/").text.partition("<main")[2]
    User.objects.filter(pk=world.people["asker"].user_id).update(is_administrator=True)
    assert 'href="/administration/users/"' in visit("asker").get("/help/first-steps/").text.partition("<main")[2]


def test_practice_elsewhere_is_ticked_by_the_persons_word(visit: Visit, settings: pytest.FixtureRequest) -> None:
    client = visit("asker")
    client.post("/help/first-steps/take", {"step": "training"})
    assert not _ticked(client.get("/help/first-steps/").text, "training"), "in training only what was done counts"
    StepTaken.objects.all().delete()
    settings.IMI_TRAINING = False  # type: ignore[attr-defined]
    page = client.get("/help/first-steps/").text
    assert not _ticked(page, "training")
    assert "I have done this" in page
    sent = client.post("/help/first-steps/take", {"step": "training", "next": "/help/first-steps/"})
    assert sent["Location"] == "/help/first-steps/"
    assert _ticked(client.get("/help/first-steps/").text, "training")


def test_the_step_about_data_leads_to_the_own_card(visit: Visit) -> None:
    assert 'href="/directory/hu-trade/"' in visit("asker").get("/help/first-steps/").text
