"""Every address of the frame, tried by nobody, by a reader and by a handler."""

from __future__ import annotations

import pytest
from django.test import Client, override_settings

from imi.accounts.models import RoleGrant, User
from imi.directory.models import Access
from tests.exchanges.conftest import AREA, World
from tests.web.pages.conftest import Visit

PUBLIC = ["/sign-in", "/session-ended", "/help/", "/accessibility/", "/privacy/", "/training/", "/training/mailbox"]
PRIVATE = [
    "/account/",
    "/tasks/",
    "/exchanges/",
    "/directory/",
    "/directory/pt-works/",
    "/registers/",
    "/notices/",
]
POSTED = ["/sign-out", "/language", "/training/become", "/training/counterparts"]
POSTED_PRIVATE = ["/exchanges/allocate", "/exchanges/filters/save", "/exchanges/filters/remove", "/notices/read"]


@pytest.mark.parametrize("address", PUBLIC)
def test_anybody_opens_public_pages(world: World, visit: Visit, address: str) -> None:
    assert Client().get(address).status_code == 200
    assert visit("reader").get(address).status_code in (200, 302)


@pytest.mark.parametrize("address", [*PRIVATE, "/session"])
def test_nobody_opens_other_pages_without_signing_in(db: None, address: str) -> None:
    answer = Client().get(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in?next=%2F")


@pytest.mark.parametrize("person", ["reader", "asker", "answercoord", "otherarea", "onlooker"])
def test_everybody_signed_in_opens_them(visit: Visit, person: str) -> None:
    client = visit(person)
    assert {address: client.get(address).status_code for address in ["/", *PRIVATE]} == dict.fromkeys(
        ["/", *PRIVATE], 200
    )


@pytest.mark.parametrize("address", [*POSTED, *POSTED_PRIVATE])
def test_what_changes_something_cannot_be_linked_to(visit: Visit, address: str) -> None:
    assert visit("asker").get(address).status_code == 405


@pytest.mark.parametrize("address", POSTED_PRIVATE)
def test_nobody_changes_anything_without_signing_in(db: None, address: str) -> None:
    answer = Client().post(address)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in")


@pytest.mark.parametrize("address", [*POSTED, *POSTED_PRIVATE])
def test_forged_forms_change_nothing(visit: Visit, address: str) -> None:
    honest = visit("asker")
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = honest.cookies
    assert careful.post(address, {"language": "bg"}).status_code == 403


def test_allocating_needs_the_role(visit: Visit) -> None:
    answer = visit("reader").post("/exchanges/allocate", {"number": "2026-000001", "handler": "1"})
    assert answer.status_code == 403
    assert "You need another role" in answer.text


def test_the_first_page_sends_strangers_to_choose_or_to_sign_in(db: None) -> None:
    assert Client().get("/")["Location"] == "/training/"
    with override_settings(IMI_TRAINING=False):
        assert Client().get("/")["Location"] == "/sign-in"


@pytest.mark.parametrize("address", ["/training/", "/training/mailbox", "/training/become", "/training/counterparts"])
def test_outside_of_training_there_is_no_training(world: World, address: str) -> None:
    person = world.people["asker"].user_id
    with override_settings(IMI_TRAINING=False):
        client = Client()
        assert client.get(address).status_code in (404, 405)
        assert client.post(address, {"person": person}).status_code in (404, 405)
        assert client.get("/account/").status_code == 302


def test_a_change_of_roles_bites_at_the_next_click(world: World, visit: Visit) -> None:
    client = visit("asker")
    assert "New request" in client.get("/").text
    RoleGrant.objects.filter(user=world.people["asker"].user_id).delete()
    assert "New request" not in client.get("/").text
    number = world.sent()
    assert number in client.get("/exchanges/?tab=sent").text
    Access.objects.filter(authority="hu-trade", area=AREA).update(suspended=True)
    assert number not in client.get("/exchanges/?tab=sent").text
    User.objects.filter(pk=world.people["asker"].user_id).update(is_active=False)
    assert client.get("/account/").status_code == 302


def test_a_part_of_a_page_leads_the_whole_browser_to_sign_in(db: None) -> None:
    answer = Client().get(
        "/exchanges/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks/?a=1"}
    )
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in?next=%2Ftasks%2F%3Fa%3D1"


def test_public_pages_know_who_is_signed_in(visit: Visit) -> None:
    page = visit("asker").get("/help/").text
    assert "Asker Test" in page
    assert "New request" in page
