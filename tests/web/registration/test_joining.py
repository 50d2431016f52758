"""From "Not registered yet?" to the registration that awaits the coordinator."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.administration import admissions
from imi.administration.models import Admission, Throttle
from imi.notify.administrative import post_administrative_mail, with_link
from imi.notify.models import OutgoingMail
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, STEPS, who

pytestmark = pytest.mark.django_db

ASK = {"country": "BG", "email": "office@new-body.example", "language": "bg"}


def text(answer) -> str:
    return html.unescape(answer.content.decode())


def invited(country: Country, email: str = "office@new-body.example") -> Admission:
    return admissions.invite(who(country.crafts), email, "bg", [CRAFTS])


def begun(country: Country) -> tuple[Client, Admission]:
    """A browser in which a link has been followed."""
    admission = invited(country)
    client = Client()
    token = admissions.mint_link(admission.pk, timezone.now())
    answer = client.post(f"/join/{token}")
    assert answer["Location"] == "/join/steps/authority/"
    client.cookies["imi-language"] = "en"
    return client, admission


def fill_in(client: Client) -> None:
    for number, (step, typed) in enumerate(STEPS.items()):
        answer = client.post(f"/join/steps/{step}/", typed | {"version": number + 1})
        assert answer.status_code == 302, text(answer)


def test_the_whole_way(country: Country, client: Client) -> None:
    assert 'href="/join/"' in text(client.get("/sign-in"))
    assert client.post("/join/", ASK)["Location"] == "/join/asked"
    assert client.get("/join/asked").status_code == 200
    post_administrative_mail(timezone.now())
    mail = OutgoingMail.objects.get(recipient="office@new-body.example")
    found = re.search(r"(/join/[\w-]{43})", with_link(mail.body))
    assert found is not None
    assert client.get(found[1]).status_code == 200
    assert client.get(found[1]).status_code == 200, "programs that look at links use none up"
    assert client.post(found[1])["Location"] == "/join/steps/authority/"
    fill_in(client)
    shown = text(client.get("/join/preview"))
    assert "Служба за занаятите Пловдив" in shown
    assert "BG421" in shown
    assert client.post("/join/preview")["Location"] == "/join/submitted"
    assert "Национален координатор" in text(client.get("/join/submitted"))
    admission = Admission.objects.get()
    assert (admission.state, admission.coordinator) == ("submitted", country.of("national"))
    assert client.get("/join/steps/authority/")["Location"] == "/join/submitted"
    assert client.get(found[1]).status_code == 410


def test_the_language_of_the_link_is_spoken(country: Country, client: Client) -> None:
    admission = invited(country)
    client.post(f"/join/{admissions.mint_link(admission.pk, timezone.now())}")
    assert '<html lang="bg"' in text(client.get("/join/steps/authority/"))


def test_a_known_address_is_not_told(country: Country, client: Client) -> None:
    invited(country)
    assert client.post("/join/", ASK)["Location"] == "/join/asked"
    assert Admission.objects.count() == 1


def test_asking_too_often_is_refused_clearly_and_keeps_what_was_typed(country: Country, client: Client) -> None:
    for _ in range(admissions.REQUESTS_OF_AN_ADDRESS):
        assert client.post("/join/", ASK).status_code == 302
    answer = client.post("/join/", ASK)
    assert answer.status_code == 429
    assert "This was asked for too often. Try again tomorrow." in text(answer)
    assert "office@new-body.example" in text(answer)
    assert Throttle.objects.count() == 2


def test_only_countries_with_somebody_who_decides_are_offered(country: Country, client: Client) -> None:
    shown = text(client.get("/join/"))
    assert '<option value="BG">' in shown
    assert '<option value="MT">' not in shown
    assert client.post("/join/", ASK | {"country": "MT"}).status_code == 422


def test_a_used_link_leads_on(country: Country, client: Client) -> None:
    admission = invited(country)
    token = admissions.mint_link(admission.pk, timezone.now())
    client.post(f"/join/{token}")
    again = client.get(f"/join/{token}")
    assert again.status_code == 410
    assert "/join/steps/authority/" in text(again), "the browser in which it was used goes on"
    other = Client().post(f"/join/{token}")
    assert other.status_code == 410
    assert 'href="/join/"' in text(other)


@pytest.mark.parametrize("path", ["steps/authority/", "preview", "submitted"])
def test_without_a_link_there_is_no_form(country: Country, client: Client, path: str) -> None:
    assert client.get(f"/join/{path}").status_code == 410


def test_an_invitation_that_is_too_old_is_over(country: Country) -> None:
    client, admission = begun(country)
    Admission.objects.filter(pk=admission.pk).update(expires_at=timezone.now() - timedelta(days=1))
    assert client.get("/join/steps/authority/").status_code == 410
    assert client.post("/join/preview").status_code == 410


def test_an_incomplete_step_is_kept_and_leads_to_its_field(country: Country) -> None:
    client, admission = begun(country)
    answer = client.post("/join/steps/authority/", {"name": "Служба", "version": 1})
    assert answer.status_code == 422
    shown = text(answer)
    assert 'href="#id_informal"' in shown
    assert 'name="version" value="2"' in shown
    admission.refresh_from_db()
    assert admission.data["authority"]["name"] == "Служба"
    late = client.post("/join/preview")
    assert late.status_code == 422
    assert "/join/steps/authority/#id_informal" in text(late)


def test_it_saves_itself(country: Country) -> None:
    client, admission = begun(country)
    kept = client.post("/join/steps/authority/", {"name": "Служба", "version": 1}, headers={"X-Autosave": "1"})
    assert (kept.status_code, kept.json()) == (200, {"fields": {"version": "2"}})
    late = client.post("/join/steps/authority/", {"name": "Друга", "version": 1}, headers={"X-Autosave": "1"})
    assert late.status_code == 409
    admission.refresh_from_db()
    assert admission.data["authority"]["name"] == "Служба"
    by_hand = client.post("/join/steps/authority/", {"name": "Друга", "version": 1})
    assert by_hand.status_code == 409
    assert "Друга" in text(by_hand)
    assert client.post("/join/steps/authority/", {"name": "Друга", "version": 2, "later": "1"}).status_code == 302


def test_what_is_registered_already_is_shown_before_it_is_typed_again(country: Country) -> None:
    client, _admission = begun(country)
    client.post("/join/steps/authority/", STEPS["authority"] | {"name": "Камара на майсторите", "version": 1})
    assert "Камара на майсторите" in text(client.get("/join/steps/contact/"))
    assert "Is it registered already?" in text(client.get("/join/steps/contact/"))


def test_registrations_of_others_are_not_told(country: Country) -> None:
    admissions.request("BG", "somebody@else.example", "bg", [], "192.0.2.1")
    Admission.objects.filter(email="somebody@else.example").update(name="Тайна служба по занаятите")
    client, _admission = begun(country)
    client.post("/join/steps/authority/", STEPS["authority"] | {"name": "Тайна служба по занаятите", "version": 1})
    assert "Is it registered already?" not in text(client.get("/join/steps/contact/"))


def test_giving_up_forgets_what_was_typed(country: Country) -> None:
    client, admission = begun(country)
    fill_in(client)
    assert client.post("/join/give-up").status_code == 200
    admission.refresh_from_db()
    assert (admission.state, admission.data) == ("withdrawn", {})
    assert client.get("/join/preview").status_code == 410


def test_the_session_changes_its_name_with_the_link(country: Country, client: Client) -> None:
    admission = invited(country)
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["imi-session"] = before
    client.post(f"/join/{admissions.mint_link(admission.pk, timezone.now())}")
    assert client.session.session_key != before


def test_a_step_asks_a_fixed_number_of_questions(country: Country) -> None:
    client, _admission = begun(country)
    fill_in(client)
    client.get("/join/steps/authority/")
    with CaptureQueriesContext(
        connection,
    ) as first:
        client.get("/join/steps/authority/")
    assert len(first) <= 4, [one["sql"] for one in first]
