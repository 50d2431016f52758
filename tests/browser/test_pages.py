"""Every page of the site: no fault that axe finds, nothing that scrolls sideways, and usable without mouse and scripts.

The pages are found by walking the addresses, and the forms by asking the database of the training site which request is
in which state; an address that nobody has put into one of the tables below fails the test.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Browser, Page, Route, expect

from imi.web.context import bare
from tests.access.test_actions_of_everybody import (
    ACTIONS,
    ANSWERING,
    ANSWERING_COORDINATOR,
    APPROVER,
    ASKING,
    ASKING_COORDINATOR,
    HANDLER,
)
from tests.access.test_addresses_of_everybody import ADDRESSES
from tests.browser.conftest import TrainingSite
from tests.browser.test_story import ANSWERER, ASKER

pytestmark = pytest.mark.browser

Check = Callable[[Page], None]
Become = Callable[..., Page]

# What is sent, or is part of a page, or a file.
NO_PAGE = {
    "sign_out",
    "end_sessions",
    "set_language",
    "become",
    "counterparts",
    "allocate_many",
    "save_filter",
    "remove_filter",
    "notices_read",
    "renew_session",
    "take_step",
    "registration:give_up",
    "mail_test",
    "authorities:draft_texts",
    "authorities:discard_draft",
    "authorities:confirm",
    "authorities:export",
    "user_reset",
    "user_unlock",
    "user_end_sessions",
    "user_helped_reset",
    "requests:start",
    "requests:concepts",
    "requests:draft",
    "requests:file",
}
SIGNED_OUT = ["sign_in", "passkey", "session_ended", "registration:ask", "registration:asked"]
# Pages of an address that names something.
NAMED = {"authority", "organisation", "help_section", "registration:step", "registration:link", "mail_arrived"}
OF_A_USER = {"user", "user_edit", "user_roles", "user_remove", "user_name", "user_acts", "user_helped"}
# Those are opened by tests/browser/test_second_factors.py.
OF_A_FACTOR = {"rename_factor", "remove_factor"}
# Those are opened by tests/browser/test_authorities.py, as people who may.
OF_AN_AUTHORITY = {name for name in ADDRESSES if name.startswith("authorities:")}
# And those by tests/browser/test_identities.py, on a site that trusts a service.
OF_A_SERVICE = {name for name, path in ADDRESSES.items() if "<slug:service>" in path} | {"identity_unlink"}
# Those are opened by tests/browser/test_help_desk.py, as people who have a part in a thread.
OF_A_THREAD = {name for name, path in ADDRESSES.items() if name.startswith("helpdesk:") and "<" in path}
# Those are opened by tests/browser/test_outreach.py, as organisers and as readers.
OF_OUTREACH = {name for name in ADDRESSES if name.startswith("outreach:")}
OF_A_REQUEST = {"requests:show", "requests:preview", "requests:print", "requests:act"}
ELSEWHERE = OF_A_REQUEST | OF_A_USER | OF_A_FACTOR | OF_AN_AUTHORITY | OF_A_SERVICE | OF_A_THREAD | OF_OUTREACH
# Pages that look different with these parameters.
ALSO = [
    "/exchanges/?tab=sent&sort=due",
    "/exchanges/?tab=received&text=zzzz",
    "/exchanges/?tab=drafts",
    "/directory/?text=orvos",
    "/registers/?text=a",
    "/help/?text=password",
    "/training/?text=a",
    "/no/such/page",
]
ROLES = {HANDLER: "handler", APPROVER: "approver", "Allocator": "allocator"}
ENOUGH_FORMS = 22  # of 28; a small training world has not every situation
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@dataclass(frozen=True)
class Somebody:
    """A person of the training world, and the requests in which an action may await the person, by action."""

    name: str
    forms: dict[str, list[str]]


def people(site: TrainingSite) -> list[Somebody]:
    """A few people of the training world who between them may take nearly every action."""
    left, found = set(ACTIONS) - {"create"}, []
    everybody = _everybody(site)
    while left and everybody:
        best = max(everybody, key=lambda one: (len(left & one.forms.keys()), one.name))
        mine = left & best.forms.keys()
        if not mine:
            break
        found.append(Somebody(best.name, {action: best.forms[action] for action in sorted(mine)}))
        left -= mine
    return found


def _everybody(site: TrainingSite) -> list[Somebody]:
    """Everybody but the people of the story, whose language must stay as it is."""
    rows = _rows(
        site,
        "SELECT u.given_name || ' ' || u.family_name, u.family_name || ' ' || u.given_name, g.role, p.number, p.state,"
        " p.direction, p.party FROM accounts_user u JOIN training_persona t ON t.user_id = u.id"
        " JOIN accounts_rolegrant g ON g.user_id = u.id"
        " JOIN exchanges_participation p ON p.authority_id = u.authority_id AND p.area_id = g.area_id"
        " WHERE u.is_active ORDER BY u.id, p.number DESC",
    )
    found: dict[str, dict[str, list[str]]] = {}
    for name, other_order, role, number, state, _direction, party in rows:
        if {name, other_order} & {ASKER, ANSWERER}:
            continue
        for action, (by, states) in ACTIONS.items():
            if state in states and any(PARTIES[side] == party and ROLES[need] == role for side, need in by):
                found.setdefault(name, {}).setdefault(action, []).append(number)
    return [Somebody(name, forms) for name, forms in found.items()]


PARTIES = {
    ASKING: "requesting",
    ANSWERING: "responding",
    ASKING_COORDINATOR: "requesting_coordinator",
    ANSWERING_COORDINATOR: "responding_coordinator",
}


def _rows(site: TrainingSite, query: str) -> list[tuple[str, ...]]:
    with sqlite3.connect(f"file:{site.database}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


def test_every_address_is_a_page_or_none() -> None:
    plain = {name for name, path in ADDRESSES.items() if "<" not in path or name in NAMED}
    assert plain | ELSEWHERE | NO_PAGE == ADDRESSES.keys()


def speak(page: Page, language: str) -> None:
    """Choose a language as people do: with the switch in the head of the page."""
    page.goto("/help/")
    page.locator("details.imi-language summary").click()
    page.locator(f"details.imi-language button[value='{language}']").click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def fits(page: Page, size: dict[str, int]) -> None:
    """Nothing scrolls sideways in a window of this size."""
    page.set_viewport_size({"width": size["width"], "height": size["height"]})
    page.wait_for_load_state()
    extra = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert extra <= 0, f"{page.url} scrolls sideways by {extra} px at {size['width']}"


def look_at(page: Page, path: str, sizes: list[dict[str, int]], accessible: Check, faults: list[str]) -> int:
    """Open a page, measure it in all sizes, and let axe read it in the last one."""
    answer = page.goto(path)
    assert answer is not None
    try:
        for size in sizes:
            fits(page, size)
        accessible(page)
    except AssertionError as fault:
        faults.append(f"{path}: {fault}")
    return answer.status


def site_pages(authority: str) -> Iterator[str]:
    """The pages that do not belong to a request."""
    for name, path in ADDRESSES.items():
        if name not in NO_PAGE | ELSEWHERE | {*SIGNED_OUT}:
            for part, value in (
                ("<slug:authority_id>", authority),
                ("<str:code>", "PT"),
                ("<slug:name>", "glossary"),
                ("<slug:step>", "authority"),
                ("<str:code>", "HU"),
                ("<str:token>", "x" * 43),
            ):
                path = path.replace(part, value)
            yield path
    yield from ALSO


def request_pages(page: Page, somebody: Somebody) -> tuple[list[str], list[str]]:
    """The forms that may be filled in now, and the other pages of the requests to which they belong."""
    forms, others = [], []
    for action, numbers in somebody.forms.items():
        for number in numbers[:4]:
            if page.request.get(f"/requests/{number}/{action}/").status == 200:
                forms.append(f"/requests/{number}/{action}/")
                break
        else:
            others.append(f"/requests/{numbers[0]}/{action}/")  # refused, with the reason
    if forms:
        own = "/".join(forms[0].split("/")[:3]) + "/"
        others += [own, f"{own}?tab=history", f"{own}?tab=overview", f"{own}print"]
    if "send" in somebody.forms:
        others.append(f"/requests/{somebody.forms['send'][0]}/preview/?action=send")
    return forms, others


@pytest.mark.slow
@pytest.mark.parametrize(("language", "sizes"), [("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])])
def test_every_page_is_accessible_and_fits(
    training: TrainingSite, become: Become, accessible: Check, language: str, sizes: list[dict[str, int]]
) -> None:
    """Hungarian is read by axe in a wide window and Bulgarian in a narrow one; both are measured in both."""
    faults: list[str] = []
    forms = 0
    for index, somebody in enumerate(people(training)):
        page = become(somebody.name)
        before = page.locator("html").get_attribute("lang")
        speak(page, language)
        mine, others = request_pages(page, somebody)
        forms += len(mine)
        for path in [*mine, *others, *(site_pages("pt-guides") if index == 0 else ())]:
            look_at(page, path, sizes, accessible, faults)
        speak(page, before or "en")
    assert not faults, "\n".join(faults)
    assert forms >= ENOUGH_FORMS


def drawn(route: Route, body: str) -> None:
    """Answer with a page that the server cannot be made to show."""
    route.fulfill(body=body, content_type="text/html")


def test_pages_before_signing_in_and_pages_of_faults(
    training: TrainingSite, browser: Browser, accessible: Check
) -> None:
    faults: list[str] = []
    for language, sizes in (("hu", [NARROW, WIDE]), ("bg", [WIDE, NARROW])):
        page = browser.new_context(base_url=training.url, viewport={"width": 1280, "height": 900}).new_page()
        page.goto("/sign-in")
        speak(page, language)
        for path in [*(ADDRESSES[name] for name in SIGNED_OUT), "/training/", "/no/such/page"]:
            look_at(page, path, sizes, accessible, faults)
        for status in (400, 403, 500, 503):
            with translation.override(language):
                body = render_to_string(f"errors/{status}.html", {**bare(), "request_id": "0" * 16, "reason": "?"})
            page.route(f"**/broken-{status}", partial(drawn, body=body))
            look_at(page, f"/broken-{status}", sizes, accessible, faults)
        page.context.close()
    assert not faults, "\n".join(faults)


# --- without a mouse -------------------------------------------------------------------------------------------------


def focused(page: Page) -> str:
    """What the keyboard would press now."""
    return str(page.evaluate("(e => e.id || e.getAttribute('href') || e.textContent.trim())(document.activeElement)"))


def test_the_keyboard_reaches_what_a_page_is_for(become: Become) -> None:
    """The first press of Tab leads to the skip link, which leads past the head; the page's main actions follow."""
    page = become(ASKER)
    page.goto("/")
    page.keyboard.press("Tab")
    assert focused(page) == "#main"
    assert page.evaluate("document.activeElement.getBoundingClientRect().height") > 0
    page.keyboard.press("Enter")
    passed = []
    for _press in range(12):
        page.keyboard.press("Tab")
        passed.append(focused(page))
    assert "/requests/new" in passed or any(one.startswith(("/requests/", "/tasks/")) for one in passed), passed
    page.goto("/requests/new")
    button = page.locator("main form button[type=submit]").first
    for _press in range(40):
        page.keyboard.press("Tab")
        if button.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/requests/\d{4}-\d{6}/send/"))


def test_what_is_wrong_is_told_at_the_top_and_leads_to_the_field(become: Become, accessible: Check) -> None:
    page = become(ASKER)
    page.goto("/requests/new")
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/send/"))
    page.locator("button[name='do'][value='submit']").first.click()
    summary = page.locator("[data-error-summary], .imi-error-summary").first
    expect(summary).to_be_visible()
    assert summary.evaluate("one => one === document.activeElement || one.contains(document.activeElement)")
    for size in (WIDE, NARROW):
        fits(page, size)
        accessible(page)
    link = summary.locator("a[href^='#']").first
    target = (link.get_attribute("href") or "#")[1:]
    link.focus()
    page.keyboard.press("Enter")
    field = page.locator(f"[id='{target}']")
    expect(field).to_be_in_viewport()
    assert field.evaluate("one => one === document.activeElement || one.contains(document.activeElement)")


# --- without scripts -------------------------------------------------------------------------------------------------


def press(page: Page, button: str) -> None:
    """Press a button of the form and wait for the next page."""
    with page.expect_navigation():
        page.locator(f"button[name='do'][value='{button}']").first.click()


def test_a_request_is_sent_and_accepted_and_answered_without_scripts(become: Become, training: TrainingSite) -> None:
    asker = become(ASKER, scripts=False)
    asker.goto("/requests/new")
    asker.locator("main form button[type=submit]").first.click()
    asker.wait_for_url(re.compile(r"/requests/\d{4}-\d{6}/send/"))
    number = asker.url.split("/requests/")[1].split("/")[0]
    asker.locator("#id_f-recipient--country").select_option("PT")
    asker.locator("#id_f-recipient--words").fill("idegenvezető")
    press(asker, "find:recipient")
    asker.locator("input[name='f-recipient'][value='pt-guides'] + label").click()
    asker.locator("label[for='id_f-list_0']").click()
    press(asker, "save")
    offered = asker.locator("#id_f-questions--offer-pq-107")
    category = asker.locator("details", has=offered).first
    if category.get_attribute("open") is None:
        category.locator("summary").first.click()
    asker.locator("label[for='id_f-questions--offer-pq-107']").click()
    asker.locator("#id_f-given_names").fill("Maria")
    asker.locator("#id_f-family_name").fill("Silva")
    asker.locator("#id_f-profession").fill("5113")
    asker.locator("#id_f-justification").fill("Kétségeink vannak.")
    asker.locator("#id_f-legal_basis").select_option(index=1)
    press(asker, "save")
    gap = asker.locator("#id_f-questions--pq-107--profession")
    if gap.input_value() == "":
        gap.fill("5113")
    press(asker, "submit")
    assert asker.url.endswith(f"/requests/{number}/"), asker.locator("main").inner_text()[:1500]
    wait_for(training, number, "sent")

    answerer = become(ANSWERER, scripts=False)
    answerer.goto(f"/requests/{number}/accept/")
    press(answerer, "submit")
    assert answerer.url.endswith(f"/requests/{number}/"), answerer.locator("main").inner_text()[:1500]
    answerer.goto(f"/requests/{number}/reply/")
    answerer.locator("input[type=radio][name$='--cannot_say'] + label, select[name$='--cannot_say']").first.evaluate(
        "one => one.tagName === 'SELECT' ? (one.selectedIndex = 1) : one.click()"
    )
    press(answerer, "submit")
    assert answerer.url.endswith(f"/requests/{number}/"), answerer.locator("main").inner_text()[:1500]


def wait_for(site: TrainingSite, number: str, state: str, seconds: int = 60) -> None:
    """Wait until the counterparts, who approve what is sent, have brought a request to a state."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = _rows(site, f"SELECT state FROM exchanges_exchange WHERE number = '{number}'")
        if found and found[0][0] == state:
            return
        time.sleep(0.5)
    raise AssertionError(f"{number} never was {state}")
