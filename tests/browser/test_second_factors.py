"""Second factors in a browser: a passkey of a virtual device, an app, recovery codes; every page read by axe."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser, BrowserContext, Page, expect

from imi.training.people import CODE, PASSWORD
from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import _rows, fits, speak
from tests.browser.test_signing import _answer, _first_step, _send

pytestmark = pytest.mark.browser

Check = Callable[[Page], None]
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 800}


class StrictSite(TrainingSite):
    """The same site with the strong profile: whoever administers needs a second factor."""

    @property
    def environment(self) -> dict[str, str]:
        return {**super().environment, "IMI_SIGN_IN": "strong"}


@pytest.fixture(scope="module")
def strict(training: TrainingSite) -> Iterator[StrictSite]:
    """A second web server of the strong profile beside the first one, on the same database."""
    site = StrictSite(home=training.home, database=training.database)
    try:
        site.start_web()
        yield site
    finally:
        site.stop()


def administrators(site: TrainingSite) -> list[str]:
    """User names of local data administrators of the training world, from the end of the list."""
    people = "accounts_user JOIN training_persona ON training_persona.user_id = accounts_user.id"
    found = _rows(site, f"SELECT username, '', '' FROM {people} WHERE is_administrator ORDER BY accounts_user.id DESC")
    return [str(one[0]) for one in found]


def checked(page: Page, accessible: Check, size: dict[str, int]) -> None:
    fits(page, size)
    accessible(page)


def enter(page: Page, username: str) -> None:
    """The classic dialogue, up to the second factor."""
    _first_step(page, username, PASSWORD)
    _answer(page, CODE)


def sign_out(page: Page) -> None:
    page.locator("form[action$='sign-out'] button").first.click()
    expect(page).to_have_url(re.compile("/sign-in"))


def shown_key(page: Page) -> TOTP:
    """What somebody types into an app who reads the key off the page."""
    return TOTP(base64.b32decode(page.locator(".imi-key").inner_text().replace(" ", "")), 6, SHA1(), 30)


def device(context: BrowserContext, page: Page) -> Any:
    """A device with a fingerprint reader, to whose owner the finger belongs."""
    cdp = context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    return cdp, cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]


@pytest.mark.parametrize(("language", "size", "number"), [("hu", WIDE, 0), ("bg", NARROW, 1)])
def test_an_administrator_sets_a_passkey_up_and_signs_in_with_it(
    strict: StrictSite, browser: Browser, accessible: Check, language: str, size: dict[str, int], number: int
) -> None:
    username = administrators(strict)[number]
    context = browser.new_context(base_url=strict.url, viewport=size)
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    cdp, authenticator = device(context, page)
    speak(page, language)

    enter(page, username)
    expect(page).to_have_url(re.compile("/sign-in/set-up"))
    checked(page, accessible, size)
    page.goto("/tasks/")
    expect(page).to_have_url(re.compile("/sign-in"))
    page.goto("/sign-in/set-up?next=/account/")
    page.locator("a[href*='set-up/passkey']").click()
    checked(page, accessible, size)
    _send(page)
    expect(page).to_have_url(re.compile("/account/security/recovery"))
    checked(page, accessible, size)
    codes = page.locator(".imi-codes code").all_inner_texts()
    assert len(set(codes)) == 10
    _send(page)
    expect(page).to_have_url(re.compile("/account/$"))
    assert len(cdp.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]) == 1

    sign_out(page)
    page.locator("a[href^='/sign-in/passkey']").click()
    expect(page).to_have_url(re.compile("/$"))
    expect(page.locator("form[action$='sign-out']")).to_have_count(1)

    sign_out(page)
    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    page.goto("/sign-in/passkey")
    expect(page.locator("[data-passkey-says=failed]")).to_be_visible()
    checked(page, accessible, size)

    cdp.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": True})
    enter(page, username)
    expect(page).to_have_url(re.compile("/sign-in/second"))
    checked(page, accessible, size)
    _send(page)
    expect(page).to_have_url(re.compile("/account/$"))
    page.goto("/account/security/")
    checked(page, accessible, size)
    page.locator("a[href$='/remove']").click()
    checked(page, accessible, size)
    _send(page)
    expect(page.locator(".ecl-notification--error")).to_be_visible()

    sign_out(page)
    enter(page, username)
    page.locator("#id_code").fill(codes[0].upper())
    page.locator("form:has(#id_code) button[type=submit]").click()
    expect(page).to_have_url(re.compile("/account/$"))
    context.close()
    assert [fault for fault in faults if "status of 4" not in fault] == []


@pytest.mark.parametrize(("language", "size", "number"), [("hu", WIDE, 2), ("bg", NARROW, 3)])
def test_an_app_and_a_recovery_code_without_scripts(
    strict: StrictSite, browser: Browser, accessible: Check, language: str, size: dict[str, int], number: int
) -> None:
    username = administrators(strict)[number]
    reading = browser.new_context(base_url=strict.url, viewport=size)
    speak(reading.new_page(), language)
    context = browser.new_context(
        base_url=strict.url, viewport=size, java_script_enabled=False, storage_state=reading.storage_state()
    )
    reading.close()
    page = context.new_page()
    enter(page, username)
    page.locator("a[href*='set-up/app']").click()
    app = shown_key(page)
    expect(page.locator("svg.imi-square")).to_be_visible()
    page.locator("#id_code").fill("000000")
    _send(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    assert shown_key(page).generate(0) == app.generate(0)
    used = app.generate(time.time()).decode()
    page.locator("#id_code").fill(used)
    _send(page)
    codes = page.locator(".imi-codes code").all_inner_texts()
    _send(page)
    expect(page).to_have_url(re.compile("/account/$"))

    sign_out(page)
    enter(page, username)
    page.locator("#id_code").fill(used)
    _send(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    time.sleep(1.5)
    page.locator("#id_code").fill(app.generate(time.time() + 30).decode())
    _send(page)
    expect(page).to_have_url(re.compile("/account/$"))
    sign_out(page)
    time.sleep(2)  # the door makes whoever was wrong once wait a little
    enter(page, username)
    page.locator("#id_code").fill(codes[4])
    _send(page)
    expect(page).to_have_url(re.compile("/account/$"))
    page.goto("/account/security/")
    expect(page.locator("#recovery + p")).to_contain_text("9")
    context.close()


@pytest.mark.parametrize(("language", "size", "number"), [("hu", WIDE, 4), ("bg", NARROW, 5)])
def test_every_page_of_ones_own_security(
    training: TrainingSite, browser: Browser, accessible: Check, language: str, size: dict[str, int], number: int
) -> None:
    username = administrators(training)[number]
    context = browser.new_context(base_url=training.url, viewport=size)
    page = context.new_page()
    device(context, page)
    speak(page, language)
    enter(page, username)
    expect(page).to_have_url(re.compile("/account/$"))
    base = "/account/security/"
    page.goto(base)
    checked(page, accessible, size)
    page.goto(f"{base}app")
    checked(page, accessible, size)
    page.locator("#id_code").fill(shown_key(page).generate(time.time()).decode())
    _send(page)
    checked(page, accessible, size)
    _send(page)
    page.goto(f"{base}passkey")
    checked(page, accessible, size)
    _send(page)
    expect(page).to_have_url(re.compile("/account/security/$"))
    checked(page, accessible, size)
    page.locator("a[href$='/name']").first.click()
    checked(page, accessible, size)
    for path in ("password", "code", "prove", "recovery/new"):
        page.goto(base + path)
        checked(page, accessible, size)
        if path != "recovery/new":
            page.locator("main form:not([data-passkey]) button[type=submit]").click()
            expect(page.locator("[data-error-summary]")).to_be_visible()
            checked(page, accessible, size)
    page.goto(f"{base}prove?next={base}code")
    page.locator("form[data-passkey] button[type=submit]").click()
    expect(page).to_have_url(re.compile("/account/security/code$"))
    sign_out(page)
    page.goto("/sign-in")
    checked(page, accessible, size)
    enter(page, username)
    checked(page, accessible, size)
    context.close()
