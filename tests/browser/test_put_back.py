"""Who becomes an administrator while signed in, and what an applicant typed too late: every page read by axe."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import _rows, speak
from tests.browser.test_second_factors import (
    NARROW,
    WIDE,
    StrictSite,
    checked,
    enter,
    shown_key,
    sign_out,
    strict,
)
from tests.browser.test_signing import _send
from tests.faults.installation import ROOT

__all__ = ["strict"]
pytestmark = pytest.mark.browser

Check = Callable[[Page], None]
TEXT = "Az utolsó két szó hiányzik:\n„és társai”"


def run(site: TrainingSite, *lines: str) -> str:
    """Run lines of Python on the site's database; what they print."""
    command = [sys.executable, "-m", "imi.site", "shell", "--no-imports", "-c", "; ".join(lines)]
    done = subprocess.run(command, env=site.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1] if done.stdout.strip() else ""


def administers(site: TrainingSite, username: str, yes: bool) -> None:
    """Make somebody a local data administrator, or no longer one."""
    run(
        site,
        "from imi.accounts.models import User, Factor",
        f"User.objects.filter(username={username!r}).update(is_administrator={yes})",
        "" if yes else f"Factor.objects.filter(user__username={username!r}).delete()",
    )


def let_session_hold(site: TrainingSite, username: str, key: str, value: object) -> None:
    """Change what the session of somebody holds."""
    run(
        site,
        "from imi.accounts.models import Session",
        "from imi.accounts.session_store import SessionStore",
        f"row = Session.objects.get(user__username={username!r})",
        "data = SessionStore().decode(row.data)",
        f"data[{key!r}] = {value!r}",
        "Session.objects.filter(pk=row.pk).update(data=SessionStore().encode(data))",
    )


def handlers(site: TrainingSite) -> list[str]:
    """User names of people of the training world who administer nothing."""
    people = "accounts_user JOIN training_persona ON training_persona.user_id = accounts_user.id"
    grants = "SELECT user_id FROM accounts_rolegrant WHERE role = 'data_administrator'"
    query = f"SELECT username, '', '' FROM {people} WHERE NOT is_administrator AND accounts_user.id NOT IN ({grants})"
    return [str(one[0]) for one in _rows(site, f"{query} AND is_active ORDER BY accounts_user.id DESC")]


@pytest.mark.parametrize(("language", "size", "number"), [("hu", WIDE, 0), ("bg", NARROW, 1)])
def test_a_new_administrator_sets_a_factor_up_and_loses_nothing(
    strict: StrictSite, browser: Browser, accessible: Check, language: str, size: dict[str, int], number: int
) -> None:
    username = handlers(strict)[number]
    context = browser.new_context(base_url=strict.url, viewport=size)
    page = context.new_page()
    speak(page, language)
    enter(page, username)
    expect(page.locator("form[action$='sign-out']")).to_have_count(1)
    ((authority, *_),) = _rows(strict, "SELECT id, '', '' FROM directory_authority ORDER BY id LIMIT 1")
    page.goto(f"/administration/authorities/{authority}/correct/")
    page.locator("#id_field").select_option("other")
    page.locator("#id_proposal").fill(TEXT)
    administers(strict, username, True)
    try:
        page.locator("main form button[type=submit]").click()
        expect(page).to_have_url(re.compile("/sign-in/set-up"))
        checked(page, accessible, size)
        page.locator("a[href*='set-up/app']").click()
        app = shown_key(page)
        page.locator("#id_code").fill(app.generate(time.time()).decode())
        _send(page)
        expect(page).to_have_url(re.compile("/account/security/recovery"))
        _send(page)
        expect(page).to_have_url(re.compile("/session-ended/typed"))
        expect(page.locator(".imi-kept").first).to_contain_text("„és társai”")
        page.locator("button[name=kept-send]").click()
        expect(page).to_have_url(re.compile(f"/directory/{authority}/"))
        page.goto("/account/security/")
        checked(page, accessible, size)

        # Without the role and with the factor the person signs in by it; a session of before has to give it once more.
        let_session_hold(strict, username, "two_factors", False)
        page.goto("/tasks/")
        expect(page).to_have_url(re.compile("/sign-in/second"))
        checked(page, accessible, size)
        page.locator("#id_code").fill(app.generate(time.time() + 30).decode())
        page.locator("form:has(#id_code) button[type=submit]").click()
        expect(page).to_have_url(re.compile("/tasks/"))
        sign_out(page)
    finally:
        administers(strict, username, False)
        context.close()


@pytest.mark.parametrize(("language", "size", "number"), [("hu", NARROW, 2), ("bg", WIDE, 3)])
def test_a_session_that_lay_open_ends_and_says_why(
    strict: StrictSite, browser: Browser, accessible: Check, language: str, size: dict[str, int], number: int
) -> None:
    username = handlers(strict)[number]
    context = browser.new_context(base_url=strict.url, viewport=size)
    page = context.new_page()
    speak(page, language)
    enter(page, username)
    administers(strict, username, True)
    try:
        let_session_hold(strict, username, "proved_at", 0)
        page.goto("/tasks/")
        expect(page).to_have_url(re.compile("/session-ended"))
        checked(page, accessible, size)
    finally:
        administers(strict, username, False)
        context.close()


@pytest.mark.parametrize(("language", "size"), [("hu", WIDE), ("bg", NARROW)])
def test_what_an_applicant_typed_too_late_comes_back(
    training: TrainingSite, browser: Browser, accessible: Check, language: str, size: dict[str, int]
) -> None:
    address = f"late-{language}@new-body.example"
    link = (
        "from django.utils import timezone",
        "from imi.administration import admissions",
        "from imi.administration.models import Admission",
        f"token = admissions.mint_link(Admission.objects.get(email={address!r}).pk, timezone.now())",
        "print(token)",
    )
    begin = f"admissions.request('HU', {address!r}, {language!r}, [], '192.0.2.1')"
    context = browser.new_context(base_url=training.url, viewport=size)
    page = context.new_page()
    run(training, link[1], begin)
    minted = f"SELECT 1, '', '' FROM administration_admission WHERE email = '{address}' AND token_digest IS NOT NULL"
    while not _rows(training, minted):
        time.sleep(0.2)  # the worker makes a link of its own when it mails it
    page.goto(f"/join/{run(training, *link)}")
    page.locator("main form button[type=submit]").click()
    page.goto("/join/steps/contact/")
    page.locator("#id_street").fill("Fő utca 1 („udvar”)")
    run(training, "from imi.accounts.models import Session", "Session.objects.filter(user=None).delete()")
    page.locator("main form button[type=submit]").first.click()
    expect(page.locator(".ecl-notification--warning")).to_be_visible()
    checked(page, accessible, size)
    page.goto(f"/join/{run(training, *link)}")
    page.locator("main form button[type=submit]").click()
    expect(page).to_have_url(re.compile("/join/typed"))
    checked(page, accessible, size)
    page.locator("button[name=kept-send]").click()
    expect(page).to_have_url(re.compile("/join/steps/contact/"))
    expect(page.locator("#id_street")).to_have_value("Fő utca 1 („udvar”)")
    context.close()
