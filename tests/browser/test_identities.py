"""Signing in at a certified OpenID provider in a browser, in Hungarian, with and without scripts; axe reads every page.

The site is called by its number and the provider by its name, so that for the browser they are two sites.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from imi.training.people import CODE, PASSWORD
from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, WIDE, fits, speak
from tests.browser.test_signing import _answer, _person, _send
from tests.openid.real import SECRET, RealProvider

pytestmark = pytest.mark.browser

Check = Callable[[Page], None]


class TrustingSite(TrainingSite):
    """The same site, with a service that it trusts."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "IMI_OPENID": str(self.home / "openid.toml")}


@pytest.fixture(scope="module")
def trusting(training: TrainingSite) -> Iterator[TrustingSite]:
    """A second web server beside the first one, on the same database."""
    site = TrustingSite(home=training.home, database=training.database)
    provider = RealProvider(site.url, "one")
    try:
        (site.home / "secret").write_text(SECRET)
        (site.home / "openid.toml").write_text(provider.entry())
        site.start_web()
        yield site
    finally:
        site.stop()
        provider.stop()


def _checked(page: Page, accessible: Check | None) -> None:
    """Nothing scrolls sideways; and axe, which is a script itself, finds no fault."""
    for size in (NARROW, WIDE):
        fits(page, size)
        if accessible is not None:
            accessible(page)


def _prove(page: Page, subject: str, acr: str = "urn:strong") -> None:
    """Say at the provider's page who one is."""
    page.locator("[name=login]").fill(subject)
    page.locator("[name=acr]").fill(acr)
    page.locator("button[value=in]").click()


@pytest.mark.parametrize("scripts", [True, False])
def test_from_an_unknown_identity_to_a_link_and_back(
    trusting: TrustingSite, browser: Browser, accessible: Check, scripts: bool
) -> None:
    check = accessible if scripts else None
    username, _email = _person(trusting, 3 + scripts)
    subject = f"subject-{1 + scripts}"
    service = page_link("Szolgáltatás one")

    def fresh() -> Page:
        context = browser.new_context(base_url=trusting.url, java_script_enabled=scripts)
        page = context.new_page()
        speak(page, "hu")
        page.goto("/sign-in")
        return page

    page = fresh()
    _checked(page, check)
    page.locator(service).click()
    _prove(page, subject)
    expect(page).to_have_url(re.compile("/sign-in/not-linked"))
    _checked(page, check)
    page.locator("main .ecl-link--primary").click()
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(PASSWORD)
    _send(page)
    _answer(page, CODE)
    expect(page).to_have_url(re.compile("/account/identities/confirm"))
    speak(page, "hu")
    page.goto("/account/identities/confirm")
    _checked(page, check)
    page.locator("button[name=link]").click()
    page.goto("/account/identities/")
    expect(page.locator("a[href$='/unlink']")).to_have_count(1)
    _checked(page, check)
    page.goto("/account/identities/one/link")
    _checked(page, check)
    page.locator("form[action$='sign-out'] button").first.click()

    # Known at the service, and linked here: one press is enough. What it said last is said again.
    page.goto("/sign-in")
    page.locator(service).click()
    expect(page).to_have_url(f"{trusting.url}/")
    page.locator("form[action$='sign-out'] button").first.click()
    expect(page).to_have_url(re.compile("signed_out=one"))
    _checked(page, check)
    page.context.close()

    page = fresh()
    page.locator(service).click()
    _prove(page, subject, "urn:weak")
    expect(page).to_have_url(re.compile("/sign-in/code"))
    _answer(page, CODE)
    expect(page).to_have_url(f"{trusting.url}/")
    page.goto("/account/identities/")
    page.locator("a[href$='/unlink']").click()
    _checked(page, check)
    page.locator("main form button").first.click()
    expect(page.locator("a[href$='/unlink']")).to_have_count(0)
    _checked(page, check)
    page.context.close()


def page_link(text: str) -> str:
    """Where a link of the main part is, by what it says."""
    return f"main a:has-text('{text}')"


def test_a_silent_service_is_said_on_the_sign_in_page(
    trusting: TrustingSite, browser: Browser, accessible: Check
) -> None:
    page = browser.new_context(base_url=trusting.url).new_page()
    page.goto("/sign-in/with/one/back?state=made-up&code=x")
    expect(page.locator("[data-error-summary]")).to_be_visible()
    _checked(page, accessible)
    page.context.close()
