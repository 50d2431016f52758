"""Mails about events as they go out: the calendar file in them, and nothing that people typed stands for a secret."""

from __future__ import annotations

from datetime import timedelta

import pytest
from icalendar import Calendar

from imi.accounts.models import User
from imi.administration import admissions
from imi.notify import outreach, post
from imi.notify.models import OutgoingMail
from imi.outreach import bulletin, events, registrations
from imi.outreach.bulletin import Shown
from tests.administration.country import NOW, who
from tests.outreach.conftest import Country
from tests.outreach.offers import published

pytestmark = pytest.mark.django_db


def mails(user: User) -> list[OutgoingMail]:
    outreach.post_notes(NOW + timedelta(days=1))
    return list(OutgoingMail.objects.filter(recipient=user.email).order_by("pk"))


def test_an_invitation_carries_its_calendar_file_without_the_address_of_the_meeting(country: Country) -> None:
    published(country.national, place="", online_url="https://meet.example/room", title="Среща — ред 1")
    (mail,) = mails(country.masters)
    message = post.compose(mail)
    (file,) = message.iter_attachments()
    assert (file.get_content_type(), file.get_filename()[-4:]) == ("text/calendar", ".ics")
    calendar = Calendar.from_ical(file.get_payload(decode=True))
    assert str(calendar["METHOD"]) == file.get_param("method") == "PUBLISH"
    assert str(calendar.walk("VEVENT")[0]["SUMMARY"]) == "Среща — ред 1"
    assert "meet.example" not in message.as_string() + file.get_payload(decode=True).decode()
    assert "/events/" in message.get_body().get_content()


def test_who_has_a_place_is_sent_the_cancellation_for_the_own_calendar(country: Country) -> None:
    event = published(country.national)
    registrations.register(who(country.masters), event.pk, NOW)
    events.cancel(who(country.national), event.pk, "Няма зала.", NOW)
    message = post.compose(mails(country.masters)[-1])
    (file,) = message.iter_attachments()
    calendar = Calendar.from_ical(file.get_payload(decode=True))
    assert (str(calendar["METHOD"]), calendar.walk("VEVENT")[0]["SEQUENCE"]) == ("CANCEL", 1)
    assert "Няма зала." in message.get_body().get_content()


def test_a_title_cannot_stand_for_the_link_of_a_registration(country: Country) -> None:
    admission = admissions.invite(who(country.national), "office@guild.example", "bg", [], NOW)
    published(country.national, title=f"Среща \ue010{admission.pk}\ue011", place="\ue000")
    (mail,) = mails(country.masters)
    assert "/join/" not in post.compose(mail).get_body().get_content()


def test_several_events_in_one_daily_mail_have_no_file(country: Country) -> None:
    User.objects.filter(pk=country.masters.pk).update(mail_choice="daily")
    published(country.national)
    published(country.national, title="Друга")
    (mail,) = mails(country.masters)
    assert not list(post.compose(mail).iter_attachments())


@pytest.mark.parametrize("sign", ["\u2028", "\x0b", "\x85", "\x1c", "\n"])
def test_a_subject_of_several_lines_is_sent_as_one(country: Country, sign: str) -> None:
    item = bulletin.write_news(who(country.national), Shown(NOW.date()), {"bg": ("Новина", "")}, now=NOW)
    bulletin.show_news(who(country.national), item.pk, True, NOW)
    heads = {"bg": (f"Ред 1{sign}Ред 2", "")}
    issue = bulletin.write_issue(who(country.national), [item.pk], heads, now=NOW)
    bulletin.send_issue(who(country.national), issue.pk, NOW)
    (mail,) = mails(country.masters)
    assert post.compose(mail)["Subject"] == "Ред 1 Ред 2"
