"""Typed text outlives the end of a session, in a browser without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import _rows, fits, speak
from tests.browser.test_second_factors import NARROW, WIDE
from tests.browser.test_story import ASKER

pytestmark = pytest.mark.browser

Become = Callable[..., Page]
Check = Callable[[Page], None]

TEXT = "Az utolsó két szó hiányzik:\n„és társai”"


def end_session(site: TrainingSite, page: Page) -> None:
    """Let half an hour pass in the session of a browser."""
    cookie = next(one["value"] for one in page.context.cookies() if one["name"] == "imi-session")
    lines = [
        "from imi.accounts.session_store import SessionStore",
        f"session = SessionStore({cookie!r})",
        "session['seen_at'] = 0",
        "session.save()",
    ]
    site.manage("shell", "--no-imports", "-c", "; ".join(lines))


@pytest.mark.parametrize(("language", "size", "scripts"), [("hu", WIDE, False), ("bg", NARROW, True)])
def test_what_was_typed_is_sent_after_signing_in_again(
    training: TrainingSite, become: Become, accessible: Check, language: str, size: dict[str, int], scripts: bool
) -> None:
    page = become(ASKER, width=size["width"], scripts=True)
    speak(page, language)
    if not scripts:
        page = become(ASKER, width=size["width"], scripts=False)
    (authority,) = _rows(training, "SELECT id FROM directory_authority WHERE country_id = 'PT' ORDER BY id LIMIT 1")[0]
    page.goto(f"/administration/authorities/{authority}/correct/")
    page.locator("#id_field").select_option("other")
    page.locator("#id_proposal").fill(TEXT)
    page.locator("#id_remark").fill("Köszönöm")
    end_session(training, page)
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/session-ended"))
    fits(page, size)
    accessible(page) if scripts else None
    page.goto("/training/")
    page.locator("#text").fill(ASKER)
    page.locator("#text").press("Enter")
    page.locator("form[action*='become'] button").first.click()
    expect(page).to_have_url(re.compile("/session-ended/typed"))
    fits(page, size)
    accessible(page) if scripts else None
    quoted = page.locator(".imi-kept")
    expect(quoted).to_have_count(2)
    expect(quoted.first).to_contain_text("„és társai”")
    page.locator("button[name=kept-send]").click()
    expect(page).to_have_url(re.compile(f"/directory/{authority}/"))
    query = "SELECT proposal, remark FROM administration_correction ORDER BY id DESC LIMIT 1"
    ((proposal, remark),) = _rows(training, query)
    assert (proposal.replace("\r\n", "\n"), remark) == (TEXT, "Köszönöm")
