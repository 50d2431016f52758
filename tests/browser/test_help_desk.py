"""The pages of the help desk and of the coordinators' desk in a browser: read by axe, narrow and wide, and used."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, WIDE, Become, Check, _rows, look_at, speak

pytestmark = pytest.mark.browser

ONE = "SELECT u.given_name || ' ' || u.family_name FROM accounts_user u JOIN training_persona t ON t.user_id = u.id"


def person(site: TrainingSite, key: str) -> str:
    """The name of an invented person."""
    (found,) = _rows(site, f"{ONE} WHERE t.key = '{key}'")
    return found[0]


def thread(site: TrainingSite, key: str) -> str:
    """The number of a thread of the training world."""
    (found,) = _rows(site, f"SELECT id FROM helpdesk_thread WHERE key = 'training-{key}'")
    return str(found[0])


def pages(site: TrainingSite) -> dict[str, list[str]]:
    """What each person opens, by key."""
    (answer,) = _rows(site, "SELECT min(id) FROM helpdesk_answer WHERE coordinator_id = 'hu-pq-coord'")
    (number,) = _rows(
        site,
        "SELECT number FROM exchanges_participation WHERE authority_id = 'hu-pq-coord' AND direction = 'coordinated'"
        " AND phase = 'open' AND state = 'sent' ORDER BY number LIMIT 1",
    )
    settled, legal = thread(site, "hu-forward"), thread(site, "hu-legal")
    return {
        "hu-guides-2": ["/helpdesk/", "/helpdesk/ask", f"/helpdesk/{settled}/", "/help/desks/"],
        "hu-pq-coord-2": [
            "/helpdesk/?tab=desk",
            "/helpdesk/?tab=desk&state=&kind=legal",
            "/helpdesk/?tab=messages",
            "/helpdesk/?tab=asked&state=settled",
            f"/helpdesk/{legal}/",
            f"/helpdesk/{legal}/hand-over",
            f"/helpdesk/{settled}/publish",
            f"/helpdesk/answers/{answer[0]}/",
            f"/helpdesk/answers/{answer[0]}/remove",
            f"/helpdesk/about/{number[0]}/",
            "/notices/",
        ],
        "hu-pq-coord-1": ["/desk/", "/desk/decisions/"],
        "pt-pq-coord-1": ["/desk/", "/desk/decisions/", "/desk/?authority=pt-guides&waits=accept"],
        "pt-nimic-1": ["/desk/", "/helpdesk/?tab=desk&state="],
    }


@pytest.mark.parametrize(("language", "sizes"), [("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])])
def test_the_pages_are_accessible_and_fit(
    training: TrainingSite, become: Become, accessible: Check, language: str, sizes: list[dict[str, int]]
) -> None:
    faults: list[str] = []
    for key, paths in pages(training).items():
        page = become(person(training, key))
        before = page.locator("html").get_attribute("lang")
        speak(page, language)
        for path in paths:
            assert look_at(page, path, sizes, accessible, faults) == 200, path
        if "/helpdesk/ask" in paths:
            page.goto("/helpdesk/ask")
            page.locator("main form[method=post] button[type=submit]").click()
            expect(page.locator("[data-error-summary]")).to_be_focused()
            accessible(page)
        speak(page, before or "en")
    assert not faults, "\n".join(faults)


def test_a_question_is_asked_and_answered_without_scripts(training: TrainingSite, become: Become) -> None:
    asker = become(person(training, "hu-nurses-2"), scripts=False)
    asker.goto("/help/desks/")
    asker.locator("main a[href='/helpdesk/ask']").first.click()
    asker.locator("#id_desk").select_option("professional-qualifications|hu-pq-coord")
    asker.locator("label[for=id_kind_0]").click()
    asker.locator("#id_subject").fill("A kérdés tárgya")
    asker.locator("#id_text").fill("Hol van a súgó?")
    asker.locator("main form[method=post] button[type=submit]").click()
    asker.wait_for_url("**/helpdesk/*/")
    address = asker.url
    desk = become(person(training, "hu-pq-coord-3"), scripts=False)
    desk.goto("/helpdesk/?tab=desk")
    desk.get_by_role("link", name="A kérdés tárgya").click()
    assert desk.url == address
    desk.locator("button[name=do][value=take]").click()
    desk.locator("#id_text").fill("A lap tetején.")
    desk.locator("button[name=do][value=write]").click()
    expect(desk.locator(".imi-timeline")).to_contain_text("A lap tetején.")
    asker.reload()
    expect(asker.locator(".imi-timeline")).to_contain_text("A lap tetején.")
    asker.locator("button[name=do][value=settle]").click()
    expect(asker.locator("button[name=do][value=settle]")).to_have_count(0)
