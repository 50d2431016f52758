"""The help and the coordinators' desk: read by axe, narrow and wide, by keyboard and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, WIDE, Become, Check, _rows, look_at, speak
from tests.browser.test_story import ASKER

pytestmark = pytest.mark.browser

PAGES = [
    "/",
    "/help/",
    "/help/?text=jelszo",
    "/help/?text=zzzz",
    "/help/desks/",
    "/help/first-steps/",
    "/help/practice/",
    "/help/questions/",
    "/help/glossary/#referral",
    "/help/pages/",
    "/help/protection/",
    "/help/coordinators/",
]


def coordinator(site: TrainingSite) -> str:
    """Somebody of the coordinator with most open exchanges."""
    rows = _rows(
        site,
        "SELECT u.given_name || ' ' || u.family_name, count(*) FROM accounts_user u"
        " JOIN training_persona t ON t.user_id = u.id JOIN accounts_rolegrant g ON g.user_id = u.id"
        " JOIN exchanges_participation p ON p.authority_id = u.authority_id AND p.area_id = g.area_id"
        " WHERE u.is_active AND p.direction = 'coordinated' AND p.phase = 'open' AND g.role = 'approver'"
        " GROUP BY u.id ORDER BY 2 DESC, u.id",
    )
    return rows[0][0]


@pytest.mark.parametrize(("language", "sizes"), [("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])])
def test_help_and_desk_are_accessible_and_fit(
    training: TrainingSite, become: Become, accessible: Check, language: str, sizes: list[dict[str, int]]
) -> None:
    faults: list[str] = []
    page = become(coordinator(training))
    before = page.locator("html").get_attribute("lang")
    speak(page, language)
    for path in (*PAGES, "/desk/", "/desk/?state=sent", "/desk/deadlines/", "/desk/authorities/"):
        status = look_at(page, path, sizes, accessible, faults)
        assert status == 200, path
    speak(page, before or "en")
    assert not faults, "\n".join(faults)


def test_steps_are_taken_without_scripts(become: Become) -> None:
    page = become(ASKER, scripts=False)
    page.goto("/")
    page.locator("a[href='/help/first-steps/']").first.click()
    page.locator("#counterparts button").click()
    page.wait_for_url("**/directory/")
    page.goto("/help/first-steps/")
    expect(page.locator("#counterparts.imi-card--success")).to_have_count(1)
    page.goto("/help/desks/")
    expect(page.locator("#own")).to_be_visible()
