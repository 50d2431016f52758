"""The pages about authorities in a browser: axe finds no fault, nothing scrolls sideways, they work without scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.access.test_addresses_of_everybody import ADDRESSES
from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, NO_PAGE, OF_AN_AUTHORITY, WIDE, _rows, look_at, speak

pytestmark = pytest.mark.browser

Become = Callable[..., Page]
Check = Callable[[Page], None]

# They need something that has just happened; the walk below goes through them.
ON_THE_WAY = {"authorities:registered", "authorities:admission"}


def national(site: TrainingSite) -> tuple[str, str, str]:
    """A data administrator of a national coordinator, an authority that it validated, and an area of that one."""
    found = _rows(
        site,
        "SELECT u.given_name || ' ' || u.family_name, a.id, h.area_id FROM accounts_user u"
        " JOIN directory_authority n ON n.id = u.authority_id AND n.kind = 'national_coordinator'"
        " JOIN accounts_rolegrant g ON g.user_id = u.id AND g.role = 'data_administrator'"
        " JOIN directory_authority a ON a.validator_id = n.id AND a.kind = 'competent'"
        " JOIN directory_access h ON h.authority_id = a.id"
        " WHERE u.is_administrator AND n.country_id = 'HU' ORDER BY u.id, a.id, h.area_id LIMIT 1",
    )
    assert found, "the training world has a national coordinator with authorities"
    return found[0]


def test_pages_about_authorities_are_accessible_and_fit(
    training: TrainingSite, become: Become, accessible: Check
) -> None:
    name, authority, area = national(training)
    own_area = _rows(
        training,
        "SELECT h.area_id FROM accounts_user u JOIN directory_access h ON h.authority_id = u.authority_id"
        f" WHERE u.given_name || ' ' || u.family_name = '{name}' LIMIT 1",
    )[0][0]
    faults: list[str] = []
    for language, sizes in (("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])):
        page = become(name)
        speak(page, language)
        for address in sorted(OF_AN_AUTHORITY - ON_THE_WAY - NO_PAGE):
            path = ADDRESSES[address].replace("<slug:authority_id>", authority)
            path = path.replace("<slug:area>", own_area if address == "authorities:competence" else area)
            assert look_at(page, path, sizes, accessible, faults) == 200, path
        for path in (
            "/administration/authorities/?text=zzzz",
            "/administration/authorities/register/?name=Hivatal",
            "/administration/coordinators/register/?name=Hivatal",
            "/administration/registrations/?tab=invited",
            "/administration/authority/texts/?lang=en",
        ):
            look_at(page, path, sizes, accessible, faults)
        page.goto("/administration/authorities/register/?name=Hivatal")
        page.locator("main form button[type=submit]").click()
        expect(page.locator("[data-error-summary]")).to_be_focused()
        accessible(page)
    assert not faults, "\n".join(faults)


def links(page: Page) -> set[str]:
    """The links to registrations in the mails of the training world."""
    page.goto("/training/mailbox")
    return set(re.findall(r"/join/[\w-]{43}", page.content()))


def invited(page: Page, email: str, seconds: int = 60) -> str:
    """Invite an authority; the link that comes by mail."""
    before = links(page)
    page.goto("/administration/registrations/invite/")
    page.locator("#id_email").fill(email)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/registrations/?tab=invited")
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = links(page) - before
        if found:
            return found.pop()
        time.sleep(1)
    raise AssertionError("no mail with a link came")


def test_an_authority_comes_in_without_scripts(
    training: TrainingSite, become: Become, browser: Browser, accessible: Check
) -> None:
    """Invited, registered by itself on a narrow screen, validated, and its user name told."""
    name, _authority, area = national(training)
    coordinator = become(name, scripts=False)
    link = invited(coordinator, "office@new-body.example")
    applicant = browser.new_context(
        base_url=training.url, viewport={"width": 390, "height": 844}, java_script_enabled=False
    ).new_page()
    applicant.goto(link)
    applicant.locator("main form button[type=submit]").click()
    fill_in(applicant)
    applicant.locator("main form button[type=submit]").first.click()
    applicant.wait_for_url("**/join/submitted")
    coordinator.goto("/administration/registrations/")
    coordinator.locator("main .imi-card a").first.click()
    coordinator.locator(f"#id_access-area-{area}").check(force=True)
    coordinator.locator("button[value=validate]").click()
    coordinator.wait_for_url("**/registered/")
    assert re.fullmatch(r"[a-z]+\d{3,}", coordinator.locator("main code").inner_text())
    applicant.context.close()


def fill_in(page: Page) -> None:
    """The three steps of a registration."""
    page.wait_for_url("**/join/steps/authority/")
    page.locator("#id_name").fill("Új Szakmai Kamara")
    page.locator("#id_informal").fill("Szakmai kamara (Győr)")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/join/steps/contact/")
    page.locator("#id_city").fill("Győr")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/join/steps/person/")
    page.locator("#id_given_name").fill("Ágota")
    page.locator("#id_family_name").fill("Újfalusi")
    page.locator("#id_email").fill("agota@new-body.example")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url("**/join/preview")


def test_a_registration_saves_itself(
    training: TrainingSite, become: Become, browser: Browser, accessible: Check
) -> None:
    """The steps are accessible, say when they were saved, and an error leads to its field."""
    name, _authority, _area = national(training)
    coordinator = become(name)
    link = invited(coordinator, "second@another-body.example")
    page = browser.new_context(base_url=training.url, viewport={"width": 390, "height": 844}).new_page()
    page.goto(link)
    accessible(page)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/join/steps/authority/")
    accessible(page)
    page.locator("#id_name").fill("Másik Kamara")
    expect(page.locator("[data-autosave-status][data-state=saved]")).to_be_visible(timeout=10_000)
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator("[data-error-summary]")).to_be_focused()
    page.locator("[data-error-summary] a").first.click()
    expect(page.locator("#id_informal")).to_be_focused()
    accessible(page)
    page.goto("/join/preview")
    accessible(page)
    page.context.close()
