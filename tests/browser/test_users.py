"""The pages about users in a browser: axe finds no fault, nothing scrolls sideways, and they work without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import TrainingSite
from tests.browser.test_pages import NARROW, WIDE, _rows, look_at, speak

pytestmark = pytest.mark.browser

Become = Callable[..., Page]
Check = Callable[[Page], None]


def administrator(site: TrainingSite) -> tuple[str, str, str]:
    """Name of a coordinator's local data administrator and data administrator, a colleague's id, an authority's id."""
    found = _rows(
        site,
        "SELECT u.given_name || ' ' || u.family_name, c.id, a.id FROM accounts_user u"
        " JOIN accounts_rolegrant g ON g.user_id = u.id AND g.role = 'data_administrator'"
        " JOIN accounts_user c ON c.authority_id = u.authority_id AND c.id <> u.id"
        " JOIN directory_authority a ON a.validator_id = u.authority_id AND a.id <> u.authority_id"
        " WHERE u.is_administrator ORDER BY u.id, c.id, a.id LIMIT 1",
    )
    assert found, "the training world has a coordinator with two users"
    return found[0]


def test_pages_about_users_are_accessible_and_fit(training: TrainingSite, become: Become, accessible: Check) -> None:
    name, colleague, authority = administrator(training)
    faults: list[str] = []
    users = "/administration/users/"
    pages = [
        "/administration/",
        users,
        f"{users}?text=zzzz",
        f"{users}new",
        f"{users}{colleague}/",
        f"{users}{colleague}/data",
        f"{users}{colleague}/roles",
        f"{users}{colleague}/remove",
        f"{users}{colleague}/user-name",
        f"{users}{colleague}/changes",
        "/administration/changes/",
        "/administration/changes/mine",
        "/administration/help/",
        f"/administration/help/{authority}/",
    ]
    for language, sizes in (("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])):
        page = become(name)
        speak(page, language)
        for path in pages:
            assert look_at(page, path, sizes, accessible, faults) == 200, path
        page.goto(f"{users}{colleague}/")
        for summary in page.locator("main details summary").all():
            summary.click()
        accessible(page)
        page.goto(f"{users}new")
        page.locator("main form button[type=submit]").click()
        expect(page.locator("[data-error-summary]")).to_be_focused()
        accessible(page)
    assert not faults, "\n".join(faults)


def test_a_colleague_comes_and_goes_without_scripts(training: TrainingSite, become: Become) -> None:
    """Registered with a role, the user name read from the sheet, other roles, removed; on a narrow screen."""
    name, _colleague, _authority = administrator(training)
    page = become(name, width=390, scripts=False)
    page.goto("/administration/users/")
    page.locator("a[href='/administration/users/new']").first.click()
    page.locator("#id_given_name").fill("Ágnes")
    page.locator("#id_family_name").fill("Zzőri")
    page.locator("#id_email").fill("agnes.zzori@new.example")
    page.locator("input[name=role][value$=':handler']").first.check(force=True)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/users/\d+/user-name"))
    assert re.fullmatch(r"[a-z]+\d{3,}", page.locator("main code").inner_text())
    page.locator("main .imi-actions a").click()
    page.wait_for_url(re.compile(r"/users/\d+/$"))
    page.locator("a[href$='/roles']").click()
    page.locator("input[name=role][value$=':handler']").first.uncheck(force=True)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/users/\d+/$"))
    page.locator("a[href$='/remove']").click()
    page.locator("main form button[type=submit]").click()
    page.wait_for_url(re.compile(r"/users/$"))
    page.goto("/administration/users/?text=zzori")
    expect(page.locator(".imi-empty")).to_be_visible()
