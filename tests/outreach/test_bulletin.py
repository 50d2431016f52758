"""News and newsletters: who writes, who reads, in which language, and that each reader is mailed once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imi.accounts.models import User
from imi.administration.reasons import Invalid, Refused
from imi.database.chore import REST
from imi.notify import outreach
from imi.notify.models import OutgoingMail
from imi.outreach import bulletin, queries
from imi.outreach.bulletin import Shown
from imi.outreach.models import Note
from imi.outreach.queries import NewsFilter
from imi.outreach.words import chosen
from tests.administration.country import CRAFTS, NOW, SCHOOLS, who
from tests.outreach.conftest import Country

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
TEXTS = {"bg": ("Нови въпроси", "Въпросите са променени."), "en": ("New questions", "The questions have changed.")}


def written(writer: User, texts: Any = TEXTS, published: bool = True, **shown: Any) -> int:
    item = bulletin.write_news(who(writer), Shown(**{"from_on": TODAY, **shown}), texts, now=NOW)
    bulletin.show_news(who(writer), item.pk, published, NOW)
    return item.pk


def read(reader: User, **wish: Any) -> list[int]:
    return [one.pk for one in queries.news(who(reader), NewsFilter(**wish), TODAY).rows]


def test_who_reads_what(country: Country) -> None:
    ours = written(country.crafts)
    everybody = written(country.national, abroad=True)
    schools = written(country.national, areas=(SCHOOLS,))
    draft = written(country.national, published=False)
    assert read(country.masters) == [everybody, ours]
    assert read(country.abroad) == [everybody]
    assert read(country.national, own=True) == [draft, schools, everybody]
    assert read(country.national, area=CRAFTS) == [everybody]


def test_news_is_shown_from_its_first_day_to_its_last(country: Country) -> None:
    day = timedelta(days=1)
    written(country.national, from_on=TODAY + day)
    written(country.national, from_on=TODAY - 2 * day, until_on=TODAY - day)
    last = written(country.national, from_on=TODAY - day, until_on=TODAY)
    assert read(country.masters) == [last]
    with pytest.raises(Invalid):
        written(country.national, until_on=TODAY - day)


def test_who_may_not_write(country: Country) -> None:
    with pytest.raises(Refused) as caught:
        written(country.masters)
    assert caught.value.reason.code == "no_coordinator"
    item = written(country.national)
    with pytest.raises(Refused) as caught:
        bulletin.show_news(who(country.crafts), item, False)
    assert caught.value.reason.code == "not_found"
    with pytest.raises(Invalid):
        written(country.national, texts={"bg": ("", "Без заглавие.")})


def test_a_missing_language_falls_back(country: Country) -> None:
    written(country.national)
    item = queries.news(who(country.masters), NewsFilter(), TODAY).rows[0]
    assert [chosen(item.texts.all(), lang).lang for lang in ("bg", "en", "pt")] == ["bg", "en", "en"]
    only = written(country.national, texts={"lt": ("Naujiena", "")})
    found = queries.news_item(who(country.masters), only, TODAY)
    assert chosen(found.texts.all(), "pt").lang == "lt"
    assert read(country.masters, language="lt") == [only]


def test_the_latest_three_cost_one_query(country: Country) -> None:
    pks = [written(country.national) for _ in range(5)]
    reader = who(country.masters)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        texts = queries.latest_news(reader, TODAY)
    assert len(asked) == 1
    assert list(dict.fromkeys(text.item_id for text in texts)) == pks[:1:-1]


# --- newsletters -----------------------------------------------------------------------------------------------------


def composed(writer: User, **others: Any) -> int:
    items = [written(writer), written(writer, texts={"en": ("Second", "<b>Bold</b> =1+1")})]
    heads = {"bg": ("Бюлетин", "Здравейте!"), "en": ("Newsletter", "Hello!")}
    return bulletin.write_issue(who(writer), items, heads, now=NOW, **others).pk


def test_each_reader_gets_one_mail_in_the_own_language(country: Country) -> None:
    User.objects.filter(pk=country.crafts.pk).update(language="en", mail_choice="daily")
    issue = composed(country.national)
    assert bulletin.send_issue(who(country.national), issue, NOW) == 3
    assert outreach.post_notes(NOW) == 3
    assert outreach.post_notes(NOW) == 0
    mails = {mail.recipient: mail for mail in OutgoingMail.objects.all()}
    assert len(mails) == 3
    bg, en = mails[country.masters.email], mails[country.crafts.email]
    assert (bg.subject, en.subject) == ("Бюлетин", "Newsletter")
    assert "Нови въпроси" in bg.body
    assert "Second" in bg.body
    assert "/account/" in bg.body
    assert "New questions" in en.body
    with pytest.raises(Refused) as caught:
        bulletin.send_issue(who(country.national), issue, NOW)
    assert caught.value.reason.code == "sent"


def test_who_has_declined_or_wants_no_mail_gets_none(country: Country) -> None:
    bulletin.choose_newsletters(country.masters.pk, False)
    User.objects.filter(pk=country.crafts.pk).update(mail_choice="none")
    assert bulletin.send_issue(who(country.national), composed(country.national), NOW) == 1
    bulletin.choose_newsletters(country.masters.pk, True)
    assert bulletin.takes_newsletters(country.masters.pk)


def test_an_area_coordinator_reaches_its_authorities_only(country: Country) -> None:
    bulletin.send_issue(who(country.crafts), composed(country.crafts), NOW)
    assert set(Note.objects.filter(issue__isnull=False).values_list("user", flat=True)) == {
        country.masters.pk,
        country.crafts.pk,
    }


def test_a_worker_killed_between_two_mails_loses_and_doubles_none(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = composed(country.national)
    bulletin.send_issue(who(country.national), issue, NOW)
    compose, made = outreach.letter_of, []

    def dies(notes: Any, language: str) -> Any:
        made.append(notes)
        if len(made) == 2:
            raise KeyboardInterrupt
        return compose(notes, language)

    monkeypatch.setattr(outreach, "letter_of", dies)
    with pytest.raises(KeyboardInterrupt):
        outreach.post_notes(NOW)
    assert OutgoingMail.objects.count() == 1
    monkeypatch.setattr(outreach, "letter_of", compose)
    assert outreach.post_notes(NOW) == 2
    assert OutgoingMail.objects.count() == 3
    OutgoingMail.objects.filter(recipient=country.masters.email).update(sent_at=NOW)
    assert outreach.sending(issue) == outreach.Sending(sent=1, failed=0, all=3)


def test_a_mail_that_cannot_be_made_rests_and_holds_up_no_other(
    country: Country, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulletin.send_issue(who(country.national), composed(country.national), NOW)
    compose = outreach.letter_of

    def fails_for_one(notes: Any, language: str) -> Any:
        if notes[0].user_id == country.masters.pk:
            raise ValueError("no words")
        return compose(notes, language)

    monkeypatch.setattr(outreach, "letter_of", fails_for_one)
    assert outreach.post_notes(NOW) == 2
    assert outreach.post_notes(NOW) == 0
    monkeypatch.setattr(outreach, "letter_of", compose)
    assert outreach.post_notes(NOW + REST) == 1


def test_news_of_others_does_not_get_into_a_newsletter(country: Country) -> None:
    with pytest.raises(Refused) as caught:
        bulletin.write_issue(who(country.crafts), [written(country.national)], {"bg": ("Б", "")})
    assert caught.value.reason.code == "no_items"
    issue = composed(country.national)
    with pytest.raises(Refused) as caught:
        bulletin.send_issue(who(country.crafts), issue)
    assert caught.value.reason.code == "not_found"


def test_news_that_was_taken_back_is_in_no_newsletter_any_more(country: Country) -> None:
    kept, gone = written(country.national), written(country.national, texts={"bg": ("Оттеглена", "Тайна.")})
    issue = bulletin.write_issue(who(country.national), [kept, gone], {"bg": ("Бюлетин", "")}, now=NOW).pk
    bulletin.show_news(who(country.national), gone, False, NOW)
    bulletin.send_issue(who(country.national), issue, NOW)
    outreach.post_notes(NOW)
    mail = OutgoingMail.objects.get(recipient=country.masters.email)
    assert "Нови въпроси" in mail.body
    assert "Оттеглена" not in mail.body
    read_by = queries.issue(who(country.masters), issue)
    assert [one.pk for one in queries.items_of(read_by)] == [kept]


def test_a_newsletter_whose_news_were_all_taken_back_is_not_sent(country: Country) -> None:
    only = written(country.national)
    issue = bulletin.write_issue(who(country.national), [only], {"bg": ("Бюлетин", "")}, now=NOW).pk
    bulletin.show_news(who(country.national), only, False, NOW)
    with pytest.raises(Refused) as caught:
        bulletin.send_issue(who(country.national), issue, NOW)
    assert caught.value.reason.code == "no_items"


def test_a_newsletter_names_the_language_of_what_is_not_in_the_readers(country: Country) -> None:
    User.objects.filter(pk=country.masters.pk).update(language="en")
    item = written(country.national, texts={"bg": ("Само на български", "Текст.")})
    issue = bulletin.write_issue(who(country.national), [item], {"bg": ("Бюлетин", "Увод.")}, now=NOW).pk
    bulletin.send_issue(who(country.national), issue, NOW)
    outreach.post_notes(NOW)
    mail = OutgoingMail.objects.get(recipient=country.masters.email)
    assert "Само на български (Bulgarian)" in mail.body
    assert mail.subject == "Бюлетин"
