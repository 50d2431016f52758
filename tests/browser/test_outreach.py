"""Events, news, plans, materials and access to training: read by axe, narrow and wide, and used without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.access.test_addresses_of_everybody import ADDRESSES
from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, WIDE, Become, Check, _rows, look_at, speak

pytestmark = pytest.mark.browser
# What is sent, or is a file.
NO_PAGE = {
    "my_calendar",
    "event_calendar",
    "event_register",
    "event_withdraw",
    "participants_file",
    "attendance",
    "tick",
    "plan_text_draft",
    "plan_text_discard",
    "material_file",
}
# A newsletter is written in the test; a draft has pages of its own.
LATER = {"issue", "issue_edit", "issue_send", "event_publish", "event_discard"}
ALSO = ["/events/?when=past", "/events/?kind=online", "/materials/?text=zzzz", "/bulletin/?own=1", "/notices/", "/"]


def national(site: TrainingSite, country: str) -> tuple[str, str]:
    """Id of a country's national coordinator and the name of somebody who may do everything there."""
    found = _rows(
        site,
        "SELECT a.id, u.given_name || ' ' || u.family_name FROM accounts_user u"
        " JOIN directory_authority a ON a.id = u.authority_id JOIN training_persona t ON t.user_id = u.id"
        f" WHERE a.kind = 'national_coordinator' AND a.country_id = '{country}' ORDER BY u.id",
    )
    return found[0][0], found[0][1]


def paths(site: TrainingSite, host: str) -> list[str]:
    """The pages of outreach, filled with what a coordinator has offered."""
    first = {
        name: _rows(site, f"SELECT min(id) FROM outreach_{table} WHERE {column} = '{host}'")[0][0]
        for name, table, column in (
            ("event_id", "event", "host_id"),
            ("item_id", "newsitem", "host_id"),
            ("plan_id", "plan", "host_id"),
            ("material_id", "material", "host_id"),
        )
    }
    first["person_id"] = _rows(site, f"SELECT max(id) FROM accounts_user WHERE authority_id = '{host}'")[0][0]
    found = []
    for name, path in ADDRESSES.items():
        space, _colon, short = name.partition(":")
        if space != "outreach" or short in NO_PAGE | LATER or "request_id" in path:
            continue
        for part, value in first.items():
            path = path.replace(f"<int:{part}>", str(value))
        found.append(path.replace("<slug:kind>", "film"))
    return found


@pytest.mark.parametrize(("language", "sizes"), [("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])])
def test_the_pages_of_an_organiser_are_accessible_and_fit(
    training: TrainingSite, become: Become, accessible: Check, language: str, sizes: list[dict[str, int]]
) -> None:
    host, name = national(training, "HU")
    faults: list[str] = []
    page = become(name)
    speak(page, language)
    for path in (*paths(training, host), *ALSO):
        assert look_at(page, path, sizes, accessible, faults) == 200, path
    speak(page, "hu")
    assert not faults, "\n".join(faults)


def test_an_event_without_scripts(training: TrainingSite, become: Become) -> None:
    _host, name = national(training, "PT")
    page = become(name, scripts=False)
    page.goto("/events/new")
    page.locator("#id_title").fill("Sessão de perguntas")
    for field, value in (
        ("starts_at", "2035-03-26T09:00"),
        ("ends_at", "2035-03-26T08:00"),
        ("register_until", "2035-03-20T18:00"),
    ):
        page.locator(f"#id_{field}").fill(value)
    page.locator("#id_place").fill("Porto")
    page.locator("form.imi-panel .ecl-button--primary").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    expect(page.locator("#id_title")).to_have_value("Sessão de perguntas")
    page.locator("#id_ends_at").fill("2035-03-26T11:00")
    page.locator("form.imi-panel .ecl-button--primary").click()
    page.locator("a[href$='/publish']").click()
    page.locator("form.imi-confirm .ecl-button--primary").click()
    page.locator("form[action$='/register'] button").click()
    expect(page.locator("form[action$='/withdraw'] button")).to_be_visible()


def test_a_newsletter_from_its_news_to_its_mails(training: TrainingSite, become: Become, accessible: Check) -> None:
    _host, name = national(training, "PT")
    page = become(name)
    page.goto("/bulletin/newsletters/new")
    accessible(page)
    page.locator("#id_title_pt").fill("Boletim de dezembro")
    page.locator("label[for='id_items_0']").click()
    page.locator("form.imi-panel button.ecl-button--primary").click()
    expect(page.locator("h1")).to_have_text("Boletim de dezembro")
    accessible(page)
    page.locator("a[href$='/send']").click()
    accessible(page)
    page.locator("form.imi-confirm .ecl-button--primary").click()
    for _ in range(30):
        page.reload()
        gauge = page.locator("progress.imi-gauge")
        if gauge.get_attribute("value") == gauge.get_attribute("max"):
            break
        page.wait_for_timeout(1000)
    expect(gauge).to_have_attribute("value", gauge.get_attribute("max") or "")
    accessible(page)
