"""What an applicant typed when the hour was over comes back after a new link, to that applicant and to nobody else."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from imi.accounts.models import Session
from imi.administration import admissions
from imi.administration.models import Admission
from imi.web.registration import typed
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, STEPS, who

pytestmark = pytest.mark.django_db

TYPED = STEPS["contact"]
STREET = "ул. <b>Капитан</b> Райчо 12"


def begun(country: Country, email: str = "office@new-body.example") -> tuple[Client, Admission]:
    """A browser in which a link has been followed."""
    admission = admissions.invite(who(country.crafts), email, "bg", [CRAFTS])
    client = Client()
    client.cookies["imi-language"] = "en"
    follow(client, admission)
    return client, admission


def follow(client: Client, admission: Admission) -> Any:
    """Have a new link mailed and open it."""
    answer = client.post(f"/join/{admissions.mint_link(admission.pk, timezone.now())}")
    client.cookies["imi-language"] = "en"
    return answer


def drawn(client: Client, step: str = "contact") -> dict[str, str]:
    """What a page of a step sends beside what is typed."""
    page = client.get(f"/join/steps/{step}/").text
    names = ("version", "of")
    return {name: html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1]) for name in names}  # type: ignore[index]


def late(client: Client, fields: dict[str, Any], **headers: str) -> Any:
    """Send a form when the session's hour is over."""
    Session.objects.all().delete()
    return client.post("/join/steps/contact/", fields, headers=headers or None)


def test_what_was_typed_comes_back_with_a_new_link(country: Country) -> None:
    client, admission = begun(country)
    sent = {**TYPED, **drawn(client), "street": STREET}
    answer = late(client, sent)
    assert answer.status_code == 410
    assert "kept for an hour" in answer.text
    assert "Райчо" not in str(list(Session.objects.values_list("data", flat=True)))
    assert client.get("/join/typed").status_code == 410
    assert client.get("/join/steps/contact/").status_code == 410
    back = follow(client, admission)
    assert back["Location"] == "/join/typed"
    page = client.get(back["Location"]).text
    assert "&lt;b&gt;Капитан&lt;/b&gt;" in page
    again = client.post("/join/typed", {**sent, "kept-send": "1"})
    assert (again.status_code, again["Location"]) == (307, "/join/steps/contact/")
    assert client.post(again["Location"], {**sent, "kept-send": "1"})["Location"] == "/join/steps/person/"
    admission.refresh_from_db()
    assert admission.data["contact"]["street"] == STREET
    assert client.get("/join/typed")["Location"] == "/join/steps/authority/"


def test_it_can_be_given_up(country: Country) -> None:
    client, admission = begun(country)
    late(client, {**TYPED, **drawn(client)})
    follow(client, admission)
    assert client.post("/join/typed", {"kept-forget": "1"})["Location"] == "/join/steps/authority/"
    assert follow(client, admission)["Location"] == "/join/steps/authority/"
    admission.refresh_from_db()
    assert "contact" not in admission.data


def test_another_applicant_in_the_same_browser_does_not_get_it(country: Country) -> None:
    client, admission = begun(country)
    late(client, {**TYPED, **drawn(client), "street": STREET})
    other = admissions.invite(who(country.crafts), "office@other.example", "bg", [CRAFTS])
    assert follow(client, other)["Location"] == "/join/steps/authority/"
    assert client.get("/join/typed")["Location"] == "/join/steps/authority/"
    assert follow(client, admission)["Location"] == "/join/typed"
    assert follow(Client(), admission)["Location"] == "/join/steps/authority/"


def test_a_page_left_open_does_not_write_into_the_registration_of_another(country: Country) -> None:
    client, admission = begun(country)
    sent = {**TYPED, **drawn(client), "street": STREET}
    other = admissions.invite(who(country.crafts), "office@other.example", "bg", [CRAFTS])
    follow(client, other)
    assert client.post("/join/steps/contact/", sent).status_code == 410
    other.refresh_from_db()
    assert other.data == {}
    assert follow(client, admission)["Location"] == "/join/typed"


def test_a_key_that_was_given_to_another_browser_loses_nothing_either(country: Country) -> None:
    client, admission = begun(country)
    sent = {**TYPED, **drawn(client)}
    follow(Client(), admission)
    assert client.post("/join/steps/contact/", sent).status_code == 410
    assert follow(client, admission)["Location"] == "/join/typed"


@pytest.mark.parametrize("mark", ["", "nonsense", "k1.AAAA"])
def test_a_form_of_nobody_is_shown_and_kept_nowhere(country: Country, mark: str) -> None:
    client, admission = begun(country)
    answer = late(client, {**TYPED, "street": STREET, "of": mark})
    assert answer.status_code == 410
    assert "&lt;b&gt;Капитан" in answer.text
    assert "copy it before you leave" in answer.text
    assert not Session.objects.exists()
    assert follow(client, admission)["Location"] == "/join/steps/authority/"


def test_neither_passwords_nor_what_saves_itself_is_kept(country: Country) -> None:
    client, admission = begun(country)
    sent = {**TYPED, **drawn(client)}
    assert late(client, sent, **{"X-Autosave": "1"}).status_code == 410
    assert late(client, {**sent, "password": "A secret"}).status_code == 410
    assert follow(client, admission)["Location"] == "/join/steps/authority/"


def test_the_mark_of_a_form_says_nothing_and_opens_nothing(country: Country) -> None:
    client, admission = begun(country)
    mark = drawn(client)["of"]
    stranger = Client()
    assert stranger.get("/join/steps/contact/").status_code == 410
    assert stranger.post("/join/steps/contact/", {**TYPED, "of": mark, "version": "1"}).status_code == 410
    admission.refresh_from_db()
    assert admission.data == {}
    assert str(admission.pk) != mark
    assert drawn(client)["of"] != mark
    assert stranger.cookies[settings.SESSION_COOKIE_NAME]


def test_what_no_new_link_can_bring_back_is_shown_instead(country: Country) -> None:
    client, admission = begun(country)
    sent = {**TYPED, **drawn(client), "street": STREET}
    admissions.withdraw(who(country.crafts), admission.pk)
    answer = late(client, sent)
    assert answer.status_code == 410
    assert "kept for an hour" not in answer.text
    assert "&lt;b&gt;Капитан" in answer.text


def test_a_mark_fills_no_disk(country: Country) -> None:
    """Whoever has seen a form once can send it from as many browsers as they like, each with 200,000 characters."""
    client, _admission = begun(country)
    sent = {**TYPED, **drawn(client), "street": STREET}
    Session.objects.all().delete()
    answers = [Client().post("/join/steps/contact/", sent) for _time in range(typed.KEPT_A_DAY + 5)]
    assert Session.objects.count() == typed.KEPT_A_DAY
    assert "&lt;b&gt;Капитан" in answers[-1].text, "what is not kept is shown"
