"""Plans in several languages: written by people, drafted by the real engine, and what each reader gets."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext, override

from imi.accounts.models import User
from imi.administration.models import Act
from imi.administration.reasons import Invalid
from imi.notify import outreach
from imi.notify.models import OutgoingMail
from imi.outreach import plan_texts, plans
from imi.outreach.models import Plan, PlanDraftOrder, PlanText
from imi.outreach.plan_texts import Wording, text_of, todo_in
from imi.translation import engines
from imi.translation.models import Job
from imi.translation.work import Translating
from tests.administration.country import NOW, who
from tests.outreach.conftest import Country
from tests.outreach.test_pages import browser, page, send
from tests.outreach.test_plans import TODAY, WEEK, outline, refusal

pytestmark = pytest.mark.django_db
ENGLISH = Wording("A new area", "A new area comes.", ("Name the authorities", "Register them"))
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def plan(country: Country) -> Plan:
    """A plan announced in Bulgarian."""
    return plans.announce(who(country.national), outline(), NOW)


def in_language(plan: Plan, lang: str) -> PlanText:
    return text_of(Plan.objects.get(pk=plan.pk), lang)


def drafted(country: Country, plan: Plan) -> PlanText:
    """Write it in English, order, translate, collect."""
    plan_texts.write(who(country.national), plan.pk, "en", ENGLISH, NOW)
    plan_texts.order(who(country.national), plan.pk, "en", NOW)
    Translating().all()
    assert plan_texts.collect(LATER) == 1
    return PlanText.objects.get(plan=plan, lang="pt")


def test_a_reader_gets_the_own_language_else_english_else_the_one_of_the_announcement(
    country: Country, plan: Plan
) -> None:
    assert in_language(plan, "lt").title == "Нова област"
    plan_texts.write(who(country.national), plan.pk, "en", ENGLISH, NOW)
    assert in_language(plan, "lt").title == "A new area"
    assert in_language(plan, "bg").title == "Нова област"
    assert [todo_in(in_language(plan, "en"), one.number) for one in plan.todos.order_by("due_on")] == list(
        ENGLISH.todos
    )


def test_a_plan_is_announced_in_several_languages_at_once_and_mailed_in_the_readers(country: Country) -> None:
    User.objects.filter(pk=country.crafts.pk).update(language="en")
    plans.announce(who(country.national), outline(others={"en": ENGLISH}), NOW)
    outreach.post_notes(NOW)
    assert "A new area" in OutgoingMail.objects.get(recipient=country.crafts.email).body


def test_a_reminder_names_the_to_do_in_the_readers_language(country: Country, plan: Plan) -> None:
    plan_texts.write(who(country.national), plan.pk, "en", ENGLISH, NOW)
    User.objects.filter(pk=country.crafts.pk).update(language="en")
    first = plan.todos.order_by("due_on").first()
    assert first is not None
    plans.remind(first.pk, NOW + 2 * WEEK)
    outreach.post_notes(NOW + 2 * WEEK)
    bodies = OutgoingMail.objects.filter(recipient=country.crafts.email).values_list("body", flat=True)
    assert any("Name the authorities" in body for body in bodies)


def test_only_its_announcer_words_it(country: Country, plan: Plan) -> None:
    for person in (country.crafts, country.masters, country.abroad):
        for act in (
            lambda who: plan_texts.write(who, plan.pk, "en", ENGLISH),
            lambda who: plan_texts.order(who, plan.pk, "bg"),
            lambda who: plan_texts.discard(who, plan.pk, "en"),
        ):
            assert refusal(act, who(person)) == "not_found"
    of_all = plans.announce_to_all(outline(), NOW)
    assert refusal(plan_texts.write, who(country.national), of_all.pk, "en", ENGLISH) == "not_found"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Wording("Title", "", ("Only one",)), "todos"),
        (Wording("Title", "", ("First", " ")), "todo_2"),
        (Wording("Title", "", ("First", "x" * 201)), "todo_2"),
        (Wording("x" * 201, "", ("First", "Second")), "title"),
    ],
)
def test_every_to_do_has_its_words_in_each_language(country: Country, plan: Plan, wrong: Wording, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        plan_texts.write(who(country.national), plan.pk, "en", wrong, NOW)
    assert list(caught.value.errors) == [field]


def test_a_language_can_go_but_not_that_of_the_announcement(country: Country, plan: Plan) -> None:
    nothing = Wording("", "", ())
    plan_texts.write(who(country.national), plan.pk, "en", ENGLISH, NOW)
    plan_texts.write(who(country.national), plan.pk, "en", nothing, NOW)
    assert refusal(plan_texts.write, who(country.national), plan.pk, "bg", nothing) == "announced_in"
    assert [text.lang for text in plan.texts.all()] == ["bg"]
    changes = Act.objects.filter(kind="plan.text_changed").order_by("pk")
    assert [act.details["before"] for act in changes] == [
        "",
        "A new area · A new area comes. · " + " · ".join(ENGLISH.todos),
    ]


def test_a_draft_is_marked_says_whence_it_came_and_is_confirmed_by_saving(country: Country, plan: Plan) -> None:
    draft = drafted(country, plan)
    assert draft.machine
    assert (draft.source_lang, draft.engine, draft.drafted_at) == ("en", "fxtranslate", LATER)
    assert set(draft.todos) == {"1", "2"}
    assert all(draft.todos.values())
    assert not PlanDraftOrder.objects.exists()
    act = Act.objects.get(kind="plan.text_drafted")
    assert (act.by_user_id, act.details["source"]) == (country.national.pk, "en")
    same = Wording(draft.title, draft.body, tuple(draft.todos.values()))
    plan_texts.write(who(country.national), plan.pk, "pt", same, NOW)
    assert not PlanText.objects.get(pk=draft.pk).machine
    assert Act.objects.filter(kind="plan.text_changed", details__lang="pt").exists()


def test_a_person_who_was_quicker_keeps_the_words(country: Country, plan: Plan) -> None:
    plan_texts.write(who(country.national), plan.pk, "en", ENGLISH, NOW)
    assert plan_texts.order(who(country.national), plan.pk, "en", NOW) == ["pt"]
    assert plan_texts.order(who(country.national), plan.pk, "en", NOW) == [], "it is on its way"
    own = Wording("Uma nova área", "", ("Nomear", "Registar"))
    plan_texts.write(who(country.national), plan.pk, "pt", own, NOW)
    Translating().all()
    plan_texts.collect(LATER)
    assert in_language(plan, "pt").title == "Uma nova área"
    assert not PlanDraftOrder.objects.exists()


def test_nothing_is_drafted_from_a_draft_or_without_an_engine(country: Country, plan: Plan, monkeypatch: Any) -> None:
    drafted(country, plan)
    assert refusal(plan_texts.order, who(country.national), plan.pk, "pt") == "no_text"
    monkeypatch.setattr(engines, "installed", list)
    assert plan_texts.order(who(country.national), plan.pk, "en", NOW) == []


def test_a_draft_can_be_thrown_away_and_a_text_cannot(country: Country, plan: Plan) -> None:
    drafted(country, plan)
    plan_texts.discard(who(country.national), plan.pk, "pt", NOW)
    assert not plan.texts.filter(lang="pt").exists()
    assert refusal(plan_texts.discard, who(country.national), plan.pk, "en") == "overtaken"


def test_an_order_whose_jobs_are_gone_is_given_up_and_the_others_go_on(country: Country, plan: Plan) -> None:
    other = plans.announce(who(country.national), outline(others={"en": ENGLISH}), NOW)
    plan_texts.write(who(country.national), plan.pk, "en", Wording("Gone", "", ("Lost", "Lost too")), NOW)
    for one in (plan, other):
        plan_texts.order(who(country.national), one.pk, "en", NOW)
    Translating().all()
    Job.objects.filter(text="Lost").delete()
    assert plan_texts.collect(LATER) == 2
    assert PlanDraftOrder.objects.get().error == "crashed"
    assert other.texts.filter(lang="pt", machine=True).exists()


def test_the_operator_says_it_in_one_language_and_nobody_else_words_it(country: Country) -> None:
    call_command("announce_plan", "New", "--planned-on=2035-06-01", "--todo=2035-01-31 Name them")
    (text,) = PlanText.objects.all()
    assert (text.lang, text.title, text.todos) == ("en", "New", {"1": "Name them"})


# --- pages -----------------------------------------------------------------------------------------------------------


def test_a_plan_is_typed_in_two_languages(country: Country) -> None:
    typed = {"planned_on": "2035-01-01", "due_1": "2034-01-01"}
    words = {"title_bg": "Нова област", "todo_1_bg": "Намерете", "title_en": "A new area", "todo_1_en": "Find them"}
    assert "Say it in this language" in send(country.national, "/plans/new", **typed, **{**words, "todo_1_en": ""})
    assert "was announced" in send(country.national, "/plans/new", **typed, **words)
    plan = Plan.objects.get()
    assert {text.lang: text.todos["1"] for text in plan.texts.all()} == {"bg": "Намерете", "en": "Find them"}
    assert "Find them" in page(country.crafts, f"/plans/{plan.pk}/")
    assert "A new area" in page(country.crafts, "/plans/")


def test_nothing_that_was_typed_without_a_title_is_dropped_silently(country: Country, plan: Plan) -> None:
    typed = {"planned_on": "2035-01-01", "due_1": "2034-01-01", "title_bg": "Нова област", "todo_1_bg": "Намерете"}
    for forgotten in ({"body_en": "What comes in English"}, {"todo_1_en": "Find them"}):
        answer = send(country.national, "/plans/new", **typed, **forgotten)
        assert "Say it in this language" in answer
        assert next(iter(forgotten.values())) in answer
    assert Plan.objects.count() == 1
    for forgotten in ({"body": "What comes in English"}, {"todo_1": "Find them"}):
        answer = send(country.national, f"/plans/{plan.pk}/texts?lang=en", title="", **forgotten)
        assert "was changed" not in answer
        assert "Say it in this language" in answer
    assert [text.lang for text in plan.texts.all()] == ["bg"]
    plan_texts.write(who(country.national), plan.pk, "en", ENGLISH, NOW)
    send(country.national, f"/plans/{plan.pk}/texts?lang=en", title="", body="An empty title takes it away")
    assert [text.lang for text in plan.texts.all()] == ["bg"]


def test_who_saves_later_does_not_undo_what_somebody_else_has_written_meanwhile(country: Country, plan: Plan) -> None:
    here, chief = f"/plans/{plan.pk}/texts?lang=bg", who(country.national)
    shown = browser(country.national).get(here).content.decode()
    seen = re.search(r'name="seen" value="([^"]*)"', shown)[1]  # type: ignore[index]
    mine = {"title": "Друга област", "todo_1": "Намерете органите", "todo_2": "Регистрирайте ги"}
    plan_texts.write(chief, plan.pk, "bg", Wording("Трета област", "", ("Първо", "Второ")), NOW)
    refused = send(country.national, here, **mine, seen=seen)
    assert "Somebody else has changed this meanwhile" in refused
    assert "Друга област" in refused, "and what was typed stays"
    assert plan.texts.get().title == "Трета област"
    seen = re.search(r'name="seen" value="([^"]*)"', refused)[1]  # type: ignore[index]
    assert "was changed" in send(country.national, here, **mine, seen=seen)
    assert plan.texts.get().title == "Друга област"


def test_another_language_has_room_and_what_was_typed_stays(country: Country) -> None:
    answer = send(country.national, "/plans/new", title_bg="Нова", more_language="pt", add_language="1")
    assert 'name="title_pt"' in answer
    assert 'value="Нова"' in answer
    assert "ecl-notification--error" not in answer


def test_the_page_of_the_languages_writes_orders_and_throws_away(country: Country, plan: Plan) -> None:
    here = f"/plans/{plan.pk}/texts"
    assert here in page(country.national, f"/plans/{plan.pk}/")
    assert here not in page(country.crafts, f"/plans/{plan.pk}/")
    page(country.crafts, here, 404)
    typed = {"title": "A new area", "body": "", "todo_1": "Name the authorities", "todo_2": ""}
    assert "Say it in this language" in send(country.national, f"{here}?lang=en", **typed)
    assert "was changed" in send(country.national, f"{here}?lang=en", **{**typed, "todo_2": "Register them"})
    assert "is being translated" in send(country.national, f"{here}/draft", source="en")
    Translating().all()
    plan_texts.collect(LATER)
    edited = page(country.national, here, lang="pt")
    assert "Save and confirm" in edited
    User.objects.filter(pk=country.crafts.pk).update(language="pt")
    shown = browser_in(country.crafts, "pt", f"/plans/{plan.pk}/")
    assert "imi-card--warning" in shown, "the draft is marked"
    assert "Name the authorities" in shown, "and its original can be read"
    assert send(country.national, f"{here}/discard", lang="pt")
    assert not plan.texts.filter(lang="pt").exists()


def browser_in(user: User, lang: str, address: str) -> str:
    client = browser(user)
    User.objects.filter(pk=user.pk).update(language=lang)
    return client.get(address).content.decode()


def test_what_is_not_in_the_readers_language_says_so(country: Country, plan: Plan) -> None:
    assert "Bulgarian" in page(country.crafts, f"/plans/{plan.pk}/")
    assert "Bulgarian" in page(country.crafts, "/plans/")
    assert "Bulgarian" in page(country.crafts, "/outreach/")


def test_lists_of_plans_take_a_fixed_number_of_queries(country: Country, plan: Plan) -> None:
    client = browser(country.crafts)
    for address in ("/plans/", "/outreach/", "/notices/"):
        client.get(address)
        with CaptureQueriesContext(connection) as few:
            client.get(address)
        for _time in range(3):
            plans.announce(who(country.national), outline(planned_on=TODAY + WEEK), NOW)
        with CaptureQueriesContext(connection) as many:
            client.get(address)
        assert len(many) == len(few), address


# --- visibly ---------------------------------------------------------------------------------------------------------


def test_a_mail_with_the_words_of_a_draft_says_so(country: Country, plan: Plan) -> None:
    drafted(country, plan)
    User.objects.filter(pk=country.crafts.pk).update(language="pt")
    first = plan.todos.order_by("due_on").first()
    assert first is not None
    plans.remind(first.pk, NOW + 2 * WEEK)
    outreach.post_notes(NOW + 2 * WEEK)
    mail = OutgoingMail.objects.filter(recipient=country.crafts.email).latest("pk")
    with override("pt"):
        assert f"({gettext('machine draft')})" in mail.body
