"""Access to training given unasked, and plans in several languages: read by axe, narrow and wide."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import TrainingSite
from tests.browser.test_outreach import national
from tests.browser.test_pages import NARROW, WIDE, Become, Check, _rows, look_at, speak

pytestmark = pytest.mark.browser


def test_access_is_given_unasked_and_withdrawn(training: TrainingSite, become: Become, accessible: Check) -> None:
    host, name = national(training, "HU")
    page = become(name)
    speak(page, "en")
    faults: list[str] = []
    person, family = _rows(
        training,
        "SELECT u.id, u.family_name FROM accounts_user u JOIN directory_authority a ON a.id = u.authority_id"
        f" WHERE a.country_id = 'HU' AND a.id <> '{host}' AND u.is_active ORDER BY u.id DESC",
    )[0]
    assert look_at(page, "/training-access/people/?text=zzzz", [NARROW], accessible, faults) == 200
    page.goto(f"/training-access/people/?text={family}")
    page.locator(f"a[href='/training-access/people/{person}/give']").click()
    page.locator("#id_why").fill("A course begins on Monday.")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text(family)
    (given,) = _rows(
        training, f"SELECT id FROM outreach_trainingrequest WHERE person_id = {person} AND state = 'given'"
    )
    for path in (f"/training-access/{given[0]}/", f"/training-access/{given[0]}/withdraw"):
        assert look_at(page, path, [WIDE, NARROW], accessible, faults) == 200
    page.locator("#id_reason").fill("The course is over.")
    page.locator("main form button[type=submit]").click()
    expect(page.locator("main")).to_contain_text("Withdrawn")
    speak(page, "hu")
    assert not faults, "\n".join(faults)


def test_a_plan_is_written_in_another_language_and_drafted(
    training: TrainingSite, become: Become, accessible: Check
) -> None:
    host, name = national(training, "HU")
    (plan,) = _rows(training, f"SELECT min(id) FROM outreach_plan WHERE host_id = '{host}'")
    here = f"/plans/{plan[0]}/texts"
    page = become(name)
    speak(page, "en")
    faults: list[str] = []
    assert look_at(page, f"{here}?lang=en", [WIDE, NARROW], accessible, faults) == 200
    page.locator("#id_title").fill("A new area comes next year")
    for field in page.locator("input[id^=id_todo_]").all():
        field.fill("Name the authorities")
    page.locator("main form[data-dirty-warning] button[type=submit]").click()
    page.locator("form[action$='/texts/draft'] button").click()
    for _turn in range(60):
        page.goto(f"{here}?lang=pt")
        if page.locator("#id_title").input_value():
            break
        page.wait_for_timeout(1000)
    assert look_at(page, f"{here}?lang=pt", [WIDE, NARROW], accessible, faults) == 200
    speak(page, "pt")
    for path in (f"/plans/{plan[0]}/", "/plans/"):
        assert look_at(page, path, [WIDE, NARROW], accessible, faults) == 200
    expect(page.locator("main")).to_contain_text(")")
    speak(page, "hu")
    assert not faults, "\n".join(faults)
