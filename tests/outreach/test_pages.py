"""The pages of outreach, as organisers and readers use them."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from imi.accounts.models import User
from imi.outreach import bulletin, materials, plans, registrations, training_access
from imi.outreach.bulletin import Shown
from imi.outreach.materials import Version
from imi.outreach.models import Event, Issue, Material, NewsItem, Plan, Registration, TrainingRequest
from imi.outreach.plans import Outline
from tests.administration.country import CRAFTS, who
from tests.outreach.conftest import Country
from tests.outreach.offers import published

pytestmark = pytest.mark.django_db


def browser(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def page(user: User, address: str, status: int = 200, **given: str) -> str:
    answer = browser(user).get(address, given)
    assert answer.status_code == status, text(answer)[-2000:]
    return text(answer)


def send(user: User, address: str, **data: Any) -> str:
    answer = browser(user).post(address, data, follow=True)
    assert answer.status_code in (200, 422), text(answer)[-2000:]
    return text(answer)


def soon(organiser: User, **changes: Any) -> Event:
    """A published event of the days to come, whenever the tests run."""
    now = timezone.now()
    when = {
        "starts_at": now + timedelta(days=5),
        "ends_at": now + timedelta(days=5, hours=2),
        "register_until": now + timedelta(days=4),
    }
    return published(organiser, **{**when, **changes})


TYPED = {
    "title": "Обучение",
    "kind": "training",
    "language": "bg",
    "starts_at": "2035-03-26T09:00",
    "ends_at": "2035-03-26T12:00",
    "register_until": "2035-03-20T18:00",
    "place": "София",
    "online_url": "https://meet.example/room",
    "places": "20",
    "text": "Първо.\n\n- точка <b>\n- https://example.org/x",
    "areas": [CRAFTS],
}


# --- events ----------------------------------------------------------------------------------------------------------


def test_an_event_from_draft_to_cancelled(country: Country) -> None:
    assert "Nobody has been invited yet" in send(country.national, "/events/new", **TYPED)
    event = Event.objects.get()
    assert event.starts_at.isoformat() == "2035-03-26T06:00:00+00:00"  # after the change of clocks: three hours
    assert event.register_until.isoformat() == "2035-03-20T16:00:00+00:00"  # before it: two
    here = f"/events/{event.pk}/"
    page(country.masters, here, 404)
    assert 'value="2035-03-26T09:00"' in page(country.national, f"{here}change")
    assert "2 people are invited" in page(country.national, f"{here}publish")
    assert "invitations are on their way" in send(country.national, f"{here}publish")
    shown = page(country.masters, here)
    assert "точка &lt;b&gt;".encode() in browser(country.masters).get(here).content
    assert "https://meet.example/room" not in shown
    assert "You are registered." in send(country.masters, f"{here}register")
    assert "https://meet.example/room" in page(country.masters, here)
    assert "There is a problem" in send(country.national, f"{here}cancel", reason="")
    assert "Болест" in send(country.national, f"{here}cancel", reason="Болест")
    page(country.masters, f"{here}cancel", 403)


def test_a_wrong_form_keeps_what_was_typed(country: Country) -> None:
    wrong = {**TYPED, "ends_at": "2035-03-26T08:00", "online_url": "javascript:alert(1)"}
    shown = send(country.national, "/events/new", **wrong)
    assert "It has to end after it begins." in shown
    assert 'value="2035-03-26T08:00"' in shown
    assert "точка <b>" in shown
    assert not Event.objects.exists()
    # An hour that does not exist because the clocks jump over it.
    assert "There is a problem" in send(country.national, "/events/new", **{**TYPED, "starts_at": "2035-03-25T03:30"})


def test_who_saves_over_somebody_elses_change_is_told(country: Country) -> None:
    send(country.national, "/events/new", **TYPED)
    here = f"/events/{Event.objects.get().pk}/change"
    send(country.national, here, **{**TYPED, "title": "Първо"}, version=1)
    assert "Somebody else has changed this" in send(country.national, here, **{**TYPED, "title": "Второ"}, version=1)
    assert Event.objects.get().title == "Първо"


def test_registering_when_full_and_the_list_for_the_organiser(country: Country) -> None:
    event = soon(country.national, places=1)
    here = f"/events/{event.pk}/"
    send(country.masters, f"{here}register")
    shown = send(country.crafts, f"{here}register")
    assert "you are on the waiting list" in shown
    assert "Number 1 in the queue" in shown
    assert country.masters.email in page(country.national, f"{here}participants/")
    page(country.masters, f"{here}participants/", 403)
    page(country.masters, f"{here}participants.csv", 403)
    send(country.masters, f"{here}withdraw")
    assert "You are registered" in page(country.crafts, here)


def test_the_table_of_participants_holds_no_formula(country: Country) -> None:
    event = soon(country.national)
    User.objects.filter(pk=country.masters.pk).update(given_name='=HYPERLINK("x")')
    registrations.register(who(country.masters), event.pk)
    lines = page(country.national, f"/events/{event.pk}/participants.csv").splitlines()
    assert lines[1].startswith("\"'=HYPERLINK")


def test_who_came_is_noted(country: Country) -> None:
    event = soon(country.national)
    one = registrations.register(who(country.masters), event.pk)
    here = f"/events/{event.pk}/participants/"
    send_early = browser(country.national).post(f"{here}came", {"shown": one.pk, "present": one.pk})
    assert send_early.status_code == 403
    Event.objects.update(starts_at=timezone.now() - timedelta(hours=1), ends_at=timezone.now() + timedelta(hours=1))
    assert "It was noted who came" in send(country.national, f"{here}came", shown=one.pk, present=one.pk)
    assert Registration.objects.get().attended is True


def test_calendar_files(country: Country) -> None:
    event = soon(country.national, place="", online_url="https://meet.example/room")
    here = f"/events/{event.pk}/calendar.ics"
    answer = browser(country.masters).get(here)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"meet.example" not in answer.content
    registrations.register(who(country.masters), event.pk)
    assert "https://meet.example/room" in str(Calendar.from_ical(browser(country.masters).get(here).content))
    mine = Calendar.from_ical(browser(country.masters).get("/events/mine.ics").content).walk("VEVENT")
    assert [str(one["SUMMARY"]) for one in mine] == [event.title]
    assert not Calendar.from_ical(browser(country.crafts).get("/events/mine.ics").content).walk("VEVENT")
    page(country.abroad, here, 404)


def test_the_calendar_of_a_month(country: Country) -> None:
    event = soon(country.national)
    when = event.starts_at.strftime("%Y-%m")
    assert event.title in page(country.masters, "/events/calendar", month=when)
    assert event.title not in page(country.masters, "/events/calendar", month="2031-02")
    for odd in ("", "x", "2026-13", "0000-00", "9999-12"):
        page(country.masters, "/events/calendar", month=odd)


def test_lists_cost_the_same_however_long(country: Country) -> None:
    item = {"bg": ("Новина", "Текст.")}
    link = ("bg", Version("Връзка", url="https://example.org/"))
    todo = [("Нещо", timezone.now().date())]

    def more() -> None:
        chief = who(country.national)
        soon(country.national, areas=(CRAFTS,))
        made = bulletin.write_news(chief, Shown(timezone.now().date() - timedelta(days=1), areas=(CRAFTS,)), item)
        bulletin.show_news(chief, made.pk, True)
        bulletin.write_issue(chief, [made.pk], item)
        materials.publish(chief, "link", timezone.now().date(), link, (CRAFTS,))
        plans.announce(chief, Outline("bg", "План", "", "", "", timezone.now().date(), todo))

    def costs() -> dict[str, int]:
        found = {}
        for address in (
            "/outreach/",
            "/events/",
            "/bulletin/",
            "/bulletin/newsletters/",
            "/plans/",
            "/materials/",
            "/notices/",
            "/training-access/",
            "/",
        ):
            client = browser(country.national)
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            found[address] = len(asked)
        return found

    more()
    few = costs()
    for _ in range(4):
        more()
    assert costs() == few
    assert max(few.values()) <= 24, few


def test_lists_are_paged_and_filters_can_be_taken_away(country: Country) -> None:
    for number in range(22):
        soon(country.national, title=f"Среща {number:02}", kind="meeting")
    first = page(country.masters, "/events/", kind="meeting")
    assert first.count("Среща ") == 20
    onward = html.unescape(first.split('rel="next" href="')[1].split('"')[0])
    assert page(country.masters, onward).count("Среща ") == 2
    assert "Remove the filter Kind: Meeting" in first
    assert "No events here" in page(country.masters, "/events/", kind="online")
    page(country.masters, "/events/", page="99999", area="'; drop", language="xx", when="?")


# --- news and newsletters --------------------------------------------------------------------------------------------


def news_form(**changes: Any) -> dict[str, Any]:
    return {
        "from_on": timezone.now().date().isoformat(),
        "title_bg": "Новина",
        "body_bg": "Виж https://example.org/ <script>",
        "title_en": "News",
        "body_en": "",
        **changes,
    }


def test_news_in_several_languages(country: Country) -> None:
    more = send(country.national, "/bulletin/new", **news_form(), more_language="pt", add_language="1")
    assert 'name="title_pt"' in more
    assert "There is a problem" not in more
    assert "Новина" in more
    assert "The news was saved" in send(country.national, "/bulletin/new", **news_form(title_pt="Notícia"))
    item = NewsItem.objects.get()
    here = f"/bulletin/{item.pk}/"
    page(country.masters, here, 404)
    send(country.national, f"{here}publish")
    assert "News" in page(country.masters, here)
    shown = page(country.masters, here, language="bg")
    assert 'lang="bg"' in shown
    assert 'href="https://example.org/"' in shown
    assert b"&lt;script&gt;" in browser(country.masters).get(here, {"language": "bg"}).content
    assert "News" in page(country.masters, "/")
    page(country.crafts, f"{here}change", 403)
    send(country.national, f"{here}withdraw")
    page(country.masters, here, 404)


def test_a_newsletter_is_previewed_sent_once_and_its_progress_shown(country: Country) -> None:
    send(country.national, "/bulletin/new", **news_form())
    item = NewsItem.objects.get()
    send(country.national, f"/bulletin/{item.pk}/publish")
    page(country.masters, "/bulletin/newsletters/new", 403)
    heads = {"title_bg": "Бюлетин", "title_en": "Newsletter", "items": [item.pk]}
    assert "It has not been sent yet" in send(country.national, "/bulletin/newsletters/new", **heads)
    here = f"/bulletin/newsletters/{Issue.objects.get().pk}/"
    assert "Новина" in page(country.national, here, language="bg")
    page(country.masters, here, 404)
    assert "each of 3 readers" in page(country.national, f"{here}send")
    assert "0 of 3 sent" in send(country.national, f"{here}send")
    assert "has been sent already" in send(country.national, f"{here}send")
    assert "Newsletter" in page(country.masters, here)


def test_newsletters_can_be_declined_in_the_settings(country: Country) -> None:
    assert "Newsletters of my coordinators" in page(country.masters, "/account/")
    send(country.masters, "/account/", language="en", mail="immediate")
    assert not bulletin.takes_newsletters(country.masters.pk)
    send(country.masters, "/account/", language="en", mail="immediate", newsletters="on")
    assert bulletin.takes_newsletters(country.masters.pk)


# --- plans -----------------------------------------------------------------------------------------------------------


def test_a_plan_is_announced_and_ticked_off(country: Country) -> None:
    typed = {"title_bg": "Нова област", "planned_on": "2035-01-01", "legal_basis": "Регламент"}
    todos = {"todo_1_bg": "Намерете органите", "due_1": "2020-01-01", "todo_2_bg": "Обучете ги"}
    page(country.crafts, "/plans/new", 403)
    assert "Say by when." in send(country.national, "/plans/new", **typed, **todos)
    assert "was announced" in send(country.national, "/plans/new", **typed, **todos, due_2="2034-01-01")
    plan = Plan.objects.get()
    here = f"/plans/{plan.pk}/"
    assert "Overdue" in page(country.crafts, here)
    assert "Who has done what" not in page(country.crafts, here)
    assert "Намерете органите" in page(country.crafts, "/outreach/")
    page(country.masters, here, 404)
    first = plan.todos.order_by("due_on").first()
    assert "Ticked off." in send(country.crafts, f"/plans/to-dos/{first.pk}/tick", done="1")
    shown = page(country.national, here)
    assert "Who has done what" in shown
    assert country.crafts.get_full_name() in shown
    page(country.crafts, f"{here}withdraw", 403)
    assert "was withdrawn" in send(country.national, f"{here}withdraw")


# --- materials -------------------------------------------------------------------------------------------------------


def test_a_document_is_offered_found_and_downloaded(country: Country) -> None:
    today = timezone.now().date().isoformat()
    typed = {"lang": "bg", "title": "Наръчник", "body": "За всички.", "reviewed_on": today}
    assert "Choose a file." in send(country.national, "/materials/new/document", **typed)
    wrong = SimpleUploadedFile("x.pdf", b"MZ\x00\x01")
    assert "is of a kind that is not taken" in send(country.national, "/materials/new/document", **typed, upload=wrong)
    right = SimpleUploadedFile("наръчник.pdf", b"%PDF-1.4 x")
    assert "was published" in send(country.national, "/materials/new/document", **typed, upload=right)
    made = Material.objects.get()
    assert "Наръчник" in page(country.masters, "/materials/", text="НАРЪЧ всич")
    answer = browser(country.masters).get(f"/materials/{made.pk}/files/bg")
    assert b"".join(answer.streaming_content) == b"%PDF-1.4 x"
    assert "attachment" in answer["Content-Disposition"]
    assert "sandbox" in answer["Content-Security-Policy"]
    page(country.abroad, f"/materials/{made.pk}/files/bg", 404)
    page(country.masters, f"/materials/{made.pk}/files/en", 404)
    page(country.masters, f"/materials/{made.pk}/review", 403)
    send(country.national, f"/materials/{made.pk}/review", reviewed_on=today, abroad="on")
    assert browser(country.abroad).get(f"/materials/{made.pk}/files/bg").status_code == 200
    assert "was withdrawn" in send(country.national, f"/materials/{made.pk}/withdraw")
    page(country.masters, f"/materials/{made.pk}/", 404)


def test_a_film_in_two_languages(country: Country) -> None:
    today = timezone.now().date().isoformat()
    film = {"lang": "en", "title": "A film", "url": "https://example.org/en", "minutes": "4", "subtitles": "hu"}
    assert "was published" in send(country.crafts, "/materials/new/film", **film, reviewed_on=today)
    made = Material.objects.get()
    here = f"/materials/{made.pk}/language"
    assert "http:// or https://" in send(country.crafts, here, **{**film, "lang": "bg", "url": "data:text/html,x"})
    assert "The language was saved" in send(country.crafts, here, **{**film, "lang": "bg", "title": "Филм"})
    shown = page(country.masters, f"/materials/{made.pk}/")
    assert "4 minutes" in shown
    assert "subtitles: Hungarian" in shown


# --- access to training ----------------------------------------------------------------------------------------------


def test_access_is_asked_for_and_given(country: Country, settings: Any) -> None:
    settings.IMI_TRAINING, settings.IMI_TRAINING_URL = False, "https://training.example"
    assert "https://training.example" in page(country.masters, "/training-access/")
    steps = page(country.masters, "/help/first-steps/")
    assert 'id="training" class="imi-card imi-card--success' not in steps
    typed = {
        "person_id": country.masters.pk,
        "coordinator_id": country.of("crafts").pk,
        "from_on": "2035-01-01",
        "why": "Нова съм.",
    }
    assert "Your coordinator is told" in send(country.masters, "/training-access/ask", **typed)
    assert "has been asked for this person already" in send(country.masters, "/training-access/ask", **typed)
    one = TrainingRequest.objects.get()
    here = f"/training-access/{one.pk}/"
    assert "Нова съм." in page(country.crafts, here)
    page(country.masters, here, 403)
    page(country.national, here, 404)
    assert "There is a problem" in send(country.crafts, f"{here}refuse", reason="")
    assert "Access was given" in send(country.crafts, f"{here}give")
    assert "Given" in page(country.masters, "/training-access/")


def test_the_first_step_ticks_itself_when_access_was_asked_for(country: Country, settings: Any) -> None:
    settings.IMI_TRAINING = False
    before = page(country.masters, "/help/first-steps/")
    day = timezone.now().date()
    training_access.ask(who(country.masters), country.masters.pk, country.of("crafts").pk, day, "Нова съм.")
    after = page(country.masters, "/help/first-steps/")
    assert after.count("imi-card--success") == before.count("imi-card--success") + 1


def test_the_history_of_the_authority_says_what_was_offered(country: Country) -> None:
    User.objects.filter(pk=country.national.pk).update(is_administrator=True)
    event = soon(country.national)
    shown = page(country.national, "/administration/changes/")
    assert "Event was published" in shown
    assert event.title in shown


# --- notices ---------------------------------------------------------------------------------------------------------


def test_an_invitation_is_a_notice_until_it_is_read(country: Country) -> None:
    event = soon(country.national)
    shown = page(country.masters, "/notices/")
    assert f"You are invited: {event.title}" in shown
    assert "imi-bell__count" in shown
    page(country.masters, f"/events/{event.pk}/")
    assert "imi-bell__count" not in page(country.masters, "/notices/")


@pytest.mark.parametrize("day", ["0001-01-01T00:10", "9999-12-31T23:50"])
def test_days_at_the_ends_of_time_are_refused_in_the_form(country: Country, day: str) -> None:
    odd = {**TYPED, "starts_at": day, "ends_at": day, "register_until": day}
    assert "There is a problem" in send(country.national, "/events/new", **odd)
    assert not Event.objects.exists()
