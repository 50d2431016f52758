"""Mail that does not arrive, and drafts by machine, in a browser: by the worker, with the real engine, read by axe."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import TrainingSite
from tests.browser.test_authorities import national
from tests.browser.test_pages import NARROW, WIDE, _rows, look_at, speak

pytestmark = pytest.mark.browser

Become = Callable[..., Page]
Check = Callable[[Page], None]
TEXTS = "/administration/authority/texts/"
LANGUAGES = [("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])]


def mark(site: TrainingSite, *addresses: str) -> None:
    """Note that mail to addresses came back, as the worker does."""
    now = "2026-11-30 08:00:00"
    with sqlite3.connect(site.database, timeout=20) as connection:
        connection.executemany(
            "INSERT INTO notify_mailproblem (address, reason, status, failures, counted_from, last_at, marked_at)"
            " VALUES (lower(?), 'no_mailbox', '5.1.1', 1, ?, ?, ?) ON CONFLICT DO NOTHING",
            [(address, now, now, now) for address in addresses],
        )


def test_pages_about_mail_are_accessible_and_a_test_mail_ends_it(
    training: TrainingSite, become: Become, accessible: Check
) -> None:
    name, authority, _area = national(training)
    own = _rows(
        training,
        "SELECT u.email, a.email, a.id FROM accounts_user u JOIN directory_authority a ON a.id = u.authority_id"
        f" WHERE u.given_name || ' ' || u.family_name = '{name}'",
    )[0]
    below = _rows(training, f"SELECT email FROM directory_authority WHERE id = '{authority}'")[0][0]
    page, faults = become(name), []
    spoken = page.locator("html").get_attribute("lang") or "en"
    look_at(page, "/administration/mail-problems/", [NARROW, WIDE], accessible, faults)
    mark(training, own[0], own[1], below)
    page = become(name)
    expect(page.locator("#mail-problem")).to_be_visible()
    for language, sizes in LANGUAGES:
        speak(page, language)
        for path in (
            "/",
            "/administration/",
            "/administration/mail-problems/",
            "/administration/authority/",
            f"/administration/authorities/{authority}/",
        ):
            assert look_at(page, path, sizes, accessible, faults) == 200, path
    assert look_at(page, "/mail-arrived/x", [WIDE, NARROW], accessible, faults) == 410
    page.goto("/administration/mail-problems/")
    expect(page.locator("main tbody tr")).to_have_count(3)
    for address in (own[0], own[1], below):
        page.goto("/administration/mail-problems/")
        with page.expect_navigation():
            page.locator(f"main form:has(input[value='{address}']) button").click()
    for link in links_of_test_mails(page, 3):
        page.goto(link)
        accessible(page)
        with page.expect_navigation():
            page.locator("main form button").click()
    page.goto("/administration/mail-problems/")
    expect(page.locator("main .imi-empty")).to_be_visible()
    speak(page, spoken)
    assert not faults, "\n".join(faults)


def links_of_test_mails(page: Page, count: int, seconds: int = 60) -> set[str]:
    """The links of so many test mails, from the mails of the training world."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page.goto("/training/mailbox")
        found = set(re.findall(r"/mail-arrived/[\w:-]+", page.content()))
        if len(found) == count:
            return found
        time.sleep(1)
    raise AssertionError("the test mails did not come")


def test_a_missing_language_is_drafted_by_machine_and_confirmed(
    training: TrainingSite, become: Become, accessible: Check
) -> None:
    name, authority = _rows(
        training,
        "SELECT u.given_name || ' ' || u.family_name, a.id FROM accounts_user u"
        " JOIN directory_authority a ON a.id = u.authority_id AND a.kind = 'competent' AND a.country_id = 'PT'"
        " WHERE u.is_administrator AND u.is_active ORDER BY a.id DESC, u.id LIMIT 1",
    )[0]
    page, faults = become(name), []
    spoken = page.locator("html").get_attribute("lang") or "en"
    for language in ("hu", "bg", "en"):
        page.goto(f"{TEXTS}?lang={language}")
        page.locator("#id_informal").fill("")
        with page.expect_navigation():
            page.locator(f"form[action='{TEXTS}?lang={language}'] button").click()
    for language, sizes in LANGUAGES:
        speak(page, language)
        look_at(page, f"{TEXTS}?lang=pt", sizes, accessible, faults)
    with page.expect_navigation():
        page.locator("form[action$='/draft'] button").click()
    accessible(page)
    drafted(page)
    for language, sizes in LANGUAGES:
        speak(page, language)
        look_at(page, f"{TEXTS}?lang=en", sizes, accessible, faults)
        look_at(page, f"/directory/{authority}/", sizes, accessible, faults)
        expect(page.locator("#machine")).to_be_visible()
    page.goto(f"{TEXTS}?lang=en")
    with page.expect_navigation():
        page.locator(f"form[action='{TEXTS}?lang=en'] button").click()
    page.goto(f"/directory/{authority}/")
    expect(page.locator("#machine")).to_have_count(0)
    speak(page, spoken)
    assert not faults, "\n".join(faults)


def drafted(page: Page, seconds: int = 90) -> None:
    """Wait until the worker's process has translated."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page.goto(f"{TEXTS}?lang=en")
        if page.locator("#id_informal").input_value():
            return
        time.sleep(1)
    raise AssertionError("no draft came")
