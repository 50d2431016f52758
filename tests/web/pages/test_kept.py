"""A form that is sent after the session has ended is kept for its author, and for nobody else."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as configured
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from imi.accounts.gate import CARRIED
from imi.accounts.models import Session, User
from tests.exchanges.conftest import World
from tests.web.pages.conftest import Visit

TEXT = "A long remark\nof <b>two</b> lines"


def expired(client: Client, settings: Any, path: str, data: dict[str, Any], **headers: str) -> Any:
    """Send a form in a session that has just ended."""
    settings.SESSION_IDLE_SECONDS = 0
    answer = client.post(path, data, headers=headers or None)
    del settings.SESSION_IDLE_SECONDS
    return answer


def become(client: Client, world: World, name: str) -> Any:
    return client.post("/training/become", {"person": world.people[name].user_id, "next": "/tasks/"})


def hidden_fields(page: str) -> dict[str, str]:
    import html

    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    return {name: html.unescape(value) for name, value in found}


def test_what_was_typed_comes_back_after_signing_in(visit: Visit, world: World, settings: Any) -> None:
    client = visit("asker")
    data = {"name": TEXT, "query": "tab=sent", "do": "submit"}
    answer = expired(client, settings, "/exchanges/filters/save?x=1", data)
    assert answer["Location"].startswith("/session-ended")
    assert "kept for an hour" in client.get(answer["Location"]).text
    assert "A long remark" not in str(list(Session.objects.values_list("data", flat=True)))
    back = become(client, world, "asker")
    assert back["Location"] == "/session-ended/typed?next=%2Ftasks%2F"
    page = client.get(back["Location"]).text
    assert "A long remark<br>of &lt;b&gt;two&lt;/b&gt; lines" in page
    assert hidden_fields(page) == data
    sent = client.post(back["Location"], {**data, "kept-send": "1"})
    assert (sent.status_code, sent["Location"]) == (307, "/exchanges/filters/save?x=1")
    assert client.get(back["Location"])["Location"] == "/tasks/"


def test_it_can_be_given_up(visit: Visit, world: World, settings: Any) -> None:
    client = visit("asker")
    expired(client, settings, "/exchanges/filters/save", {"name": TEXT})
    back = become(client, world, "asker")["Location"]
    assert client.post(back, {"name": TEXT, "kept-forget": "1"})["Location"] == "/tasks/"
    assert CARRIED not in client.session


def test_somebody_else_in_the_same_browser_does_not_get_it(visit: Visit, world: World, settings: Any) -> None:
    client = visit("asker")
    expired(client, settings, "/exchanges/filters/save", {"name": TEXT})
    assert become(client, world, "answerer")["Location"] == "/tasks/"
    assert client.get("/session-ended/typed")["Location"] == "/"
    assert become(client, world, "asker")["Location"] == "/tasks/"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/account/security/password", {"present": "My old password", "secret": "My new one", "again": "My new one"}),
        ("/account/security/prove", {"code": "123 456"}),
        ("/exchanges/filters/save", {"name": TEXT, "password": "A secret"}),
        ("/notices/read", {"do": "all"}),
        ("/exchanges/filters/remove", {"filter": "17"}),
    ],
)
def test_neither_secrets_nor_mere_buttons_are_kept(
    visit: Visit, world: World, settings: Any, path: str, data: dict[str, str]
) -> None:
    client = visit("asker")
    assert expired(client, settings, path, data)["Location"].startswith("/session-ended")
    assert CARRIED not in client.session
    assert become(client, world, "asker")["Location"] == "/tasks/"


def test_an_autosave_is_not_kept_since_its_page_is_still_open(visit: Visit, settings: Any) -> None:
    client = visit("asker")
    expired(client, settings, "/exchanges/filters/save", {"name": TEXT}, **{"X-Autosave": "1"})
    assert CARRIED not in client.session


def test_files_cannot_be_kept_and_the_page_says_so(visit: Visit, world: World, settings: Any) -> None:
    client = visit("asker")
    expired(client, settings, "/exchanges/filters/save", {"name": TEXT, "file": SimpleUploadedFile("a.txt", b"x")})
    back = become(client, world, "asker")["Location"]
    page = client.get(back).text
    assert "could not be kept" in page
    assert "kept-send" not in page
    assert client.post(back, {"name": TEXT, "kept-send": "1"})["Location"] == "/tasks/"


def test_in_a_session_that_was_ended_elsewhere_it_is_shown_at_once(visit: Visit) -> None:
    client = visit("asker")
    Session.objects.all().delete()
    answer = client.post("/exchanges/filters/save", {"name": TEXT})
    assert answer.status_code == 403
    assert "A long remark<br>of &lt;b&gt;two" in answer.text
    assert not Session.objects.filter(user__isnull=False).exists()
    client.cookies.pop(configured.SESSION_COOKIE_NAME)
    assert client.post("/exchanges/filters/save", {"name": TEXT}).status_code == 302


def test_a_page_left_open_while_one_signed_in_beside_it_loses_nothing(visit: Visit, world: World) -> None:
    visit("asker")
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(pk=world.people["asker"].user_id))
    data = {"name": TEXT, "csrfmiddlewaretoken": "x" * 64}
    client.get("/tasks/")
    here = client.post("/exchanges/filters/save", data, headers={"Origin": "http://testserver"})
    assert here.status_code == 302
    assert urlsplit(here["Location"]).path == "/session-ended/typed"
    assert parse_qs(urlsplit(here["Location"]).query) == {"next": ["/"]}
    assert "csrfmiddlewaretoken" not in hidden_fields(client.get(here["Location"]).text)
    for origin in ("https://evil.example", "null", ""):
        headers = {"Origin": origin} if origin else None
        assert client.post("/exchanges/filters/save", data, headers=headers).status_code == 403
