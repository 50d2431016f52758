"""The main job, lived by two people in two browsers and two languages, with the counterparts doing the rest.

A Hungarian official doubts a Portuguese tourist guide's papers; her Portuguese colleague reads and answers in
Portuguese; she closes the request.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

ASKER, ANSWERER = "Kovács Ágnes", "João Almeida"
ASKED = ("pq-101", "pq-107", "pq-602", "pq-605")
Check = Callable[[Page], None]


def wait_for_state(page: Page, wanted: str, seconds: float = 60) -> None:
    """Reload the exchange's page until it shows a state's name."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        page.reload()
        if wanted in page.locator("h1").locator("xpath=..").inner_text():
            return
        time.sleep(1)
    raise AssertionError(f"{page.url} never showed {wanted!r}: {page.locator('h1').inner_text()}")


def settle(page: Page) -> None:
    """Wait until what a script has asked for has arrived."""
    page.wait_for_timeout(200)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)


def pick(page: Page, question: str) -> None:
    """Unfold the question's category if need be, and tick it."""
    offer = page.locator(f"label[for='id_f-questions--offer-{question}']")
    category = page.locator("details", has=page.locator(f"#id_f-questions--offer-{question}")).first
    expect(category).to_be_attached()
    if category.get_attribute("open") is None:
        category.locator("summary").first.click()
    offer.scroll_into_view_if_needed()
    offer.evaluate("label => label.click()")
    settle(page)
    expect(page.locator(f"#id_f-questions--{question}")).to_be_visible()


def ask(page: Page, diploma: Path, accessible: Check) -> str:
    """Write and send the request; the number it got."""
    page.goto("/requests/new")
    accessible(page)
    page.locator("main form button[type=submit]").first.click()
    page.wait_for_url(re.compile(r"/requests/\d{4}-\d{6}/send/"))
    number = page.url.split("/requests/")[1].split("/")[0]
    page.locator("#id_f-recipient--country").select_option("PT")
    page.locator("#id_f-recipient--words").fill("idegenvezető")
    page.locator("button[value='find:recipient']").click()
    settle(page)
    page.locator("input[name='f-recipient'][value='pt-guides'] + label").click()
    settle(page)
    page.locator("label[for='id_f-list_0']").click()
    settle(page)
    for question in ASKED:
        pick(page, question)
    page.locator("#id_f-attachments--new").set_input_files(str(diploma))
    page.locator("#id_f-given_names").fill("Maria")
    page.locator("#id_f-family_name").fill("Silva Titkos")
    page.locator("#id_f-profession").fill("5113")
    page.locator("#id_f-justification").fill("Kétségeink vannak a bemutatott oklevéllel kapcsolatban.")
    page.locator("#id_f-legal_basis").select_option(index=1)
    page.locator("#id_f-days").fill("14")
    page.locator("button[name='do'][value='save']").first.click()
    page.wait_for_load_state()
    for question in ("pq-101", "pq-107"):
        gap = page.locator(f"#id_f-questions--{question}--profession")
        if gap.input_value() == "":
            gap.fill("5113")
    for question in ("pq-602", "pq-605"):
        page.locator(f"#id_f-questions--{question}--attachment").select_option(index=1)
    accessible(page)
    page.locator("button[name='do'][value='preview']").first.click()
    page.wait_for_load_state()
    shown = page.locator("main").inner_text()
    assert "Titkos" not in shown, "the recipient's view before acceptance names nobody"
    assert "profissão" in shown.lower(), "the preview speaks the recipient's language"
    accessible(page)
    page.goto(f"/requests/{number}/send/")
    page.locator("button[name='do'][value='submit']").first.click()
    page.wait_for_url(re.compile(rf"/requests/{number}/$"))
    return number


def test_the_whole_story(become: Callable[..., Page], accessible: Check, tmp_path: Path) -> None:
    diploma = tmp_path / "oklevél αβγ.txt"
    diploma.write_text("Diploma de guia-intérprete, Lisboa 2019", encoding="utf-8")
    asker, answerer = become(ASKER), become(ANSWERER)
    accessible(asker)
    number = ask(asker, diploma, accessible)
    accessible(asker)

    # The Hungarian coordinator approves outgoing requests; the counterparts do it within seconds.
    wait_for_state(asker, "Kérés elküldve")

    answerer.goto("/")
    accessible(answerer)
    expect(answerer.locator("main")).to_contain_text(number)
    answerer.goto(f"/requests/{number}/")
    before = answerer.locator("main").inner_text()
    assert "Titkos" not in before
    assert "αβγ" not in before
    assert answerer.locator("html").get_attribute("lang") == "pt"
    assert "A profissão" in before or "profissão" in before
    accessible(answerer)
    answerer.goto(f"/requests/{number}/accept/")
    expect(answerer.locator("#id_f-days")).to_have_value("14")
    answerer.locator("#id_f-days").fill("10")
    accessible(answerer)
    answerer.locator("button[name='do'][value='submit']").click()
    answerer.wait_for_url(re.compile(rf"/requests/{number}/$"))
    assert "Titkos" in answerer.locator("main").inner_text()
    with answerer.expect_download() as download:
        answerer.get_by_role("link", name=re.compile("oklevél")).first.click()
    assert download.value.suggested_filename == diploma.name

    answerer.goto(f"/requests/{number}/reply/")
    accessible(answerer)
    answer(answerer)
    answerer.locator("button[name='do'][value='submit']").click()
    answerer.wait_for_url(re.compile(rf"/requests/{number}/$"))

    # The Portuguese coordinator approves outgoing replies.
    asker.goto(f"/requests/{number}/")
    wait_for_state(asker, "információ megadva")
    expect(asker.locator("main")).to_contain_text("Igen")
    asker.goto(f"/requests/{number}/close/")
    for field in ("timeliness", "effort"):
        asker.locator(f"label[for='id_f-{field}_0']").click()
    accessible(asker)
    asker.locator("button[name='do'][value='submit']").click()
    asker.wait_for_load_state()
    if "/close/" in asker.url:
        asker.locator("button[name='do'][value='submit']").click()
    asker.wait_for_url(re.compile(rf"/requests/{number}/$"))
    wait_for_state(asker, "Lezárva")

    asker.goto("/training/mailbox")
    accessible(asker)
    mails = asker.locator("main").inner_text()
    assert number in mails
    assert "Titkos" not in mails


def answer(page: Page) -> None:
    """Answer every open question: the first choice of each, and a remark in the answerer's language."""
    for _turn in range(6):
        open_ones = [
            box
            for box in page.locator("input[type=radio][name$='--value']").all()
            if page.locator(f"input[name='{box.get_attribute('name')}']:checked").count() == 0
        ]
        if not open_ones:
            break
        page.locator(f"label[for='{open_ones[0].get_attribute('id')}']").click()
        page.wait_for_timeout(400)
    for box in page.locator("textarea[name$='--value']").all():
        if box.input_value() == "":
            box.fill("Guia-intérprete nacional.")
    remarks = page.locator("textarea[name$='--remark']")
    for index in range(remarks.count()):
        if remarks.nth(index).is_visible() and remarks.nth(index).input_value() == "":
            remarks.nth(index).fill("Sim, é regulamentada por lei.")
    for label in page.locator("input[type=checkbox][name$='--value']").all()[:1]:
        page.locator(f"label[for='{label.get_attribute('id')}']").click()
