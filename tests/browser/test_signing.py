"""The classic sign-in in a browser: from the mail with the temporary password to being in, and in again by the code."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from imi.training.people import CODE, PASSWORD
from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, WIDE, fits, speak

pytestmark = pytest.mark.browser

OWN, OWN_CODE = "Zk7!bbqx", "Tm4!vB8#sD2x"
Check = Callable[[Page], None]


def _person(site: TrainingSite, number: int) -> tuple[str, str]:
    """User name and mail address of somebody of the training world, from the end of the list."""
    with sqlite3.connect(f"file:{site.database}?mode=ro", uri=True) as connection:
        found = connection.execute("SELECT username, email FROM accounts_user ORDER BY id DESC").fetchall()
    username, email = found[number]
    return str(username), str(email)


def _mailed(page: Page, email: str) -> str:
    """The temporary password, as it arrives in the mailbox of the training world."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        page.goto(f"/training/mailbox?recipient={email}")
        found = re.search(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b", page.locator("main").text_content() or "")
        if found:
            return found[0]
        time.sleep(0.5)
    raise AssertionError("no mail came")


def _checked(page: Page, accessible: Check) -> None:
    """No fault that axe finds, and nothing scrolls sideways in a narrow or a wide window."""
    for size in (NARROW, WIDE):
        fits(page, size)
        accessible(page)


def _send(page: Page) -> None:
    page.locator("main form button[type=submit]").first.click()


def _first_step(page: Page, username: str, password: str) -> None:
    page.goto("/sign-in?next=/account/")
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(password)
    _send(page)


def _answer(page: Page, code: str) -> None:
    """Type the characters at the places that the page asks for, as somebody who reads the labels."""
    cells = page.locator(".imi-code__cell--asked")
    expect(cells).to_have_count(3)
    for index in range(3):
        place = int(re.sub(r"\D", "", cells.nth(index).locator("label span[aria-hidden]").inner_text()))
        cells.nth(index).locator("input").fill(code[place - 1])
    _send(page)


@pytest.mark.parametrize(("language", "number", "scripts"), [("hu", 0, True), ("bg", 1, False)])
def test_from_the_mail_to_being_in(
    training: TrainingSite, browser: Browser, accessible: Check, language: str, number: int, scripts: bool
) -> None:
    """With and without scripts; every page of the way in Hungarian and in Bulgarian."""
    username, email = _person(training, number)
    training.manage("reset_password", username)
    context = browser.new_context(base_url=training.url, java_script_enabled=True)
    page = context.new_page()
    speak(page, language)
    password = _mailed(page, email)

    _first_step(page, username, password)
    expect(page).to_have_url(re.compile("/sign-in/own-password"))
    _checked(page, accessible)
    page.locator("#id_secret").fill("short")
    page.locator("#id_again").fill("other")
    _send(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    _checked(page, accessible)
    page.locator("#id_secret").fill(OWN)
    page.locator("#id_again").fill(OWN)
    _send(page)
    expect(page).to_have_url(re.compile("/sign-in/own-code"))
    _checked(page, accessible)
    page.locator("#id_secret").fill("Password2024")
    page.locator("#id_again").fill("Password2024")
    _send(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    _checked(page, accessible)
    page.locator("#id_secret").fill(OWN_CODE)
    page.locator("#id_again").fill(OWN_CODE)
    _send(page)
    expect(page).to_have_url(re.compile("/account/$"))
    context.close()

    context = browser.new_context(base_url=training.url, java_script_enabled=scripts)
    page = context.new_page()
    _first_step(page, username, OWN)
    expect(page).to_have_url(re.compile("/sign-in/code"))
    _answer(page, OWN_CODE)
    expect(page).to_have_url(re.compile("/account/$"))
    assert page.locator("#sessions").count() == 1
    assert page.locator("button[name=session]").count() == 1
    page.locator("button[name=session]").click()
    expect(page.locator("button[name=session]")).to_have_count(0)
    context.close()


def test_the_code_is_asked_by_boxes_that_everybody_can_use(
    training: TrainingSite, browser: Browser, accessible: Check
) -> None:
    username, _email = _person(training, 2)
    page = browser.new_context(base_url=training.url).new_page()
    _first_step(page, username, PASSWORD)
    for language in ("hu", "bg", "en"):
        speak(page, language)
        page.goto("/sign-in/code")
        _checked(page, accessible)
    _send(page)
    expect(page.locator("[data-error-summary]")).to_be_visible()
    _checked(page, accessible)
    names = [one.get_attribute("id") for one in page.locator(".imi-code__cell--asked input").all()]
    page.locator(f"#{names[0]}").focus()
    for name in names[1:]:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.id") == name
    _answer(page, CODE[::-1])
    expect(page.locator("[data-error-summary]")).to_be_visible()
    _checked(page, accessible)
    expect(page.locator("#id_username")).to_have_value("")
    page.context.close()
