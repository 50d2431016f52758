"""What scripts add to the forms of a request: they save, find and unfold without a new page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from imi.directory import actions as directory
from imi.exchanges.models import Draft, Exchange
from tests.exchanges.conftest import lone_world as world  # noqa: F401 - a fixture
from tests.web.requests.conftest import begin
from tests.web.requests.test_faults import drafted, sent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def opened(live_server: Any, browser: Browser) -> Any:
    """A page in Chromium for a signed-in client; faults of scripts and of the security policy fail the test."""
    contexts, faults = [], []

    def open_page(client: Any, address: str, scripts: bool = True) -> Page:
        context = browser.new_context(java_script_enabled=scripts)
        contexts.append(context)
        cookie = next(one for name, one in client.cookies.items() if "session" in name)
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.goto(live_server.url + address)
        return page

    yield open_page
    for context in contexts:
        context.close()
    # The browser also notes every answer that is not 200; a form with faults is answered with 422.
    assert not [fault for fault in faults if "status of 422" not in fault]


def test_a_tick_puts_the_question_among_the_chosen(opened: Any, browsers: Any) -> None:
    number = begin(browsers("asker"))
    page = opened(browsers("asker"), f"/requests/{number}/send/")
    page.locator("details.ecl-accordion__item summary").first.click()
    page.locator('label[for="id_f-questions--offer-sd-101"]').click()
    expect(page.locator("#id_f-questions--sd-101")).to_be_visible()
    page.locator('label[for="id_f-questions--offer-sd-102"]').or_(
        page.locator('label[for="id_f-questions--offer-sd-105"]')
    ).first.click()
    expect(page.locator(".imi-picked__item")).to_have_count(2)
    expect(page.locator("details.ecl-accordion__item").first).to_have_attribute("open", "")
    page.locator("#id_f-questions--sd-101 button").click()
    expect(page.locator(".imi-picked__item")).to_have_count(1)
    page.locator("#id_f-justification").fill("Mert.")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved", timeout=10_000)
    assert Draft.objects.get().data["justification"] == "Mert."


def test_the_list_of_questions_narrows_while_typing(opened: Any, browsers: Any) -> None:
    number = begin(browsers("asker"))
    page = opened(browsers("asker"), f"/requests/{number}/send/")
    offers = page.locator("[data-question-offer] [data-filter-item]")
    before = offers.count()
    page.locator("#find-question").fill("zzzz")
    assert page.locator("[data-question-offer] [data-filter-item]:not([hidden])").count() == 0
    page.locator("#find-question").fill("")
    assert page.locator("[data-question-offer] [data-filter-item]:not([hidden])").count() == before


def test_the_finder_and_a_field_on_a_condition_need_no_new_page(opened: Any, browsers: Any) -> None:
    number = begin(browsers("asker"))
    page = opened(browsers("asker"), f"/requests/{number}/send/")
    page.locator("#id_f-justification").fill("Mert.")
    page.locator("#id_f-recipient--words").fill("Pt-Works")
    page.locator(".imi-finder button").click()
    page.locator('input[name="f-recipient"][value="pt-works"] + label').click()
    expect(page.locator("#id_f-urgency_reason")).to_have_count(0)
    page.locator('label[for="id_f-urgent_0"]').click()
    expect(page.locator("#id_f-urgency_reason")).to_be_visible()
    expect(page.locator("#id_f-justification")).to_have_value("Mert.")
    assert page.locator('input[name="f-recipient"][value="pt-works"]').is_checked()
    assert Draft.objects.get().data["recipient"] == "pt-works"


def test_names_of_activities_are_suggested_while_typing(opened: Any, browsers: Any) -> None:
    directory.load_concepts()
    number = begin(browsers("asker"))
    page = opened(browsers("asker"), f"/requests/{number}/send/")
    page.locator("#id_f-activity").press_sequentially("étter")
    expect(page.locator("#concepts-nace option").first).to_be_attached()


def test_what_is_typed_is_saved_by_itself(opened: Any, browsers: Any) -> None:
    number = drafted(browsers("asker"))
    page = opened(browsers("asker"), f"/requests/{number}/send/")
    page.locator("#id_f-justification").fill("Magától mentve.")
    expect(page.locator("[data-autosave-status]")).to_have_attribute("data-state", "saved", timeout=10_000)
    assert Draft.objects.get().data["justification"] == "Magától mentve."
    page.locator('.imi-request-form button[value="submit"]').click()
    page.wait_for_url(f"**/requests/{number}/")
    assert Exchange.objects.get().state == "sent"


def test_an_answer_opens_its_follow_up_questions(opened: Any, browsers: Any) -> None:
    number = sent(browsers("asker"))
    assert browsers("answerer").fill(f"/requests/{number}/accept/", days="9").status_code == 302
    page = opened(browsers("answerer"), f"/requests/{number}/reply/")
    expect(page.locator("#id_f-answers--sd-104")).to_have_count(0)
    page.locator('label[for="id_f-answers--sd-101--value_1"]').click()
    expect(page.locator("#id_f-answers--sd-104")).to_be_visible()
    assert page.locator("#id_f-answers--sd-101--value_1").is_checked()


def test_without_scripts_every_step_is_possible(opened: Any, browsers: Any) -> None:
    number = drafted(browsers("asker"))
    page = opened(browsers("asker"), f"/requests/{number}/send/", scripts=False)
    page.locator('label[for="id_f-urgent_0"]').click()
    page.locator('.imi-request-form button[value="submit"]').click()
    page.locator("#id_f-urgency_reason").fill("Holnap kezd.")
    page.locator('.imi-request-form button[value="submit"]').click()
    page.wait_for_url(f"**/requests/{number}/")
    assert Exchange.objects.get().state == "sent"
