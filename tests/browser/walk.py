"""What the walk from an empty installation is made of: the installation, a language's words, a person's browser."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import polib
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.mailbox import Mailbox
from tests.faults.installation import ROOT, Installation

SIGN_IN = "strong"
"""The profile of sign-in that the walk goes through: ``strong``, the default of an installation, or ``classic``."""

STEP_SECONDS = 30  # of codes that an app shows
TEMPORARY = re.compile(r"\b[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}\b")
# What is the same in every language: addresses, and names of things.
SAME = re.compile(r"\S*[@/:]\S*|\b(IMI|PDF|CSV|Chrome|Linux)\b")
ALSO = {"lt": {"data", "sent"}}  # English words that are words of another language: a date, a saint
WORD = re.compile(r"[^\W\d_]{3,}")
# Everything that somebody reads or hears on a page, but for what says of itself that it is in another language. What
# says that it is English stands in for a missing translation, apart from citations of acts, which have none.
READ_ALOUD = """() => {
  const lang = document.documentElement.lang, found = [];
  const foreign = one => {
    const near = one.closest('[lang]');
    return near && near.lang !== lang && (near.lang !== 'en' || near.matches('.imi-citation'));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement, text = walker.currentNode.textContent.trim();
    if (text && !foreign(parent) && !parent.closest('script, style')) found.push(text);
  }
  for (const one of document.querySelectorAll('[aria-label], [placeholder], [title], [alt]'))
    for (const name of ['aria-label', 'placeholder', 'title', 'alt'])
      if (one.getAttribute(name) && !foreign(one)) found.push(one.getAttribute(name));
  return [document.title, ...found];
}"""
Check = Callable[[Page], None]


class EmptySite(Installation):
    """An installation that has its procedures and nobody in it, and is not for training."""

    @property
    def environment(self) -> dict[str, str]:
        """As in any installation, with the profile of sign-in and the address that its mails name."""
        return {**super().environment, "IMI_URL": self.url, "IMI_SIGN_IN": SIGN_IN}

    @property
    def url(self) -> str:
        """Where the site answers."""
        return f"http://localhost:{self.port}"

    def run(self, module: str, *arguments: str) -> str:
        """Run a module to its end; what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def build(self) -> None:
        """From nothing to a site that answers and has nobody in it."""
        self.run("imi.site.prepare", "migrate", "procedures")
        self.run("imi.site", "load_reference_data")
        self.start_web()
        self.start_worker()

    def register_national(self, country: str, name: str, city: str, host: str, person: tuple[str, str]) -> str:
        """What the operator does once for each country; the user name of the coordinator's first user."""
        language = country.lower()
        given, family = person
        typed = {
            "name": name,
            "language": language,
            "city": city,
            "email": f"office@{host}",
            "website": f"https://{host}",
            "given-name": given,
            "family-name": family,
            "user-email": f"first@{host}",
        }
        options = [f"--{option}={value}" for option, value in typed.items()]
        told = self.run("imi.site", "register_national_coordinator", country, *options)
        return told.split("user name of ")[1].splitlines()[0].rpartition(": ")[2]


@cache
def catalogue(language: str) -> dict[str, str]:
    """The texts of the interface in a language, by the English one."""
    entries = polib.mofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.mo"))
    # What has a context besides means something else there.
    in_order = sorted((entry for entry in entries if entry.msgid), key=lambda entry: entry.msgctxt is None)
    return {entry.msgid: entry.msgstr for entry in in_order}


def words(texts: Iterable[str]) -> set[str]:
    """The words of texts, apart from what stands in their holes and tags."""
    plain = (re.sub(r"%\(\w+\)\w|\{\w*\}|<[^>]*>", " ", text) for text in texts)
    return {word.lower() for text in plain for word in WORD.findall(text)}


@cache
def english(language: str) -> set[str]:
    """The words of the interface in English that are no words of it in another language."""
    found = catalogue(language)
    return words(found) - words(found.values()) - ALSO.get(language, set())


@dataclass
class Account:
    """What somebody signs in with."""

    username: str
    email: str
    password: str = ""
    code: str = "Tm4!vB8#sD2x"
    app: TOTP | None = None


@dataclass
class Walker:
    """Somebody at a browser of their own, who reads one language."""

    page: Page
    language: str
    check: Check | None = None
    faults: list[str] = field(default_factory=list)

    @classmethod
    def at(cls, browser: Browser, site: EmptySite, language: str, check: Check | None = None) -> Walker:
        """Open a browser that asks for pages in a language, as browsers do by their settings."""
        context = browser.new_context(
            base_url=site.url, locale=language, viewport={"width": 1280, "height": 900}, timezone_id="Europe/Brussels"
        )
        walker = cls(context.new_page(), language, check)
        walker.page.on("pageerror", lambda error: walker.faults.append(str(error)))
        walker.page.on("console", lambda line: walker.faults.append(line.text) if line.type == "error" else None)
        return walker

    def leave(self) -> None:
        """Close the browser; no script has failed in it, and nothing broke the security policy."""
        self.page.context.close()
        assert self.faults == [], self.faults

    # --- words -------------------------------------------------------------------------------------------------------

    def say(self, english: str) -> str:
        """A text of the interface in the walker's language, which has one of its own."""
        text = catalogue(self.language).get(english, "")
        assert text, f"{english!r} is not translated into {self.language}"
        return text

    def expect_heading(self, english: str, path: str, **values: str) -> None:
        """Be on the page that has this heading, in the walker's language; the page is read in whole."""
        expect(self.page).to_have_url(re.compile(path))
        self.expect_text(self.say(english) % values, path)

    def expect_text(self, heading: str, path: str) -> None:
        """Be on the page that has this heading, whoever wrote it."""
        expect(self.page).to_have_url(re.compile(path))
        expect(self.page.locator("h1")).to_have_text(heading)
        self.read()

    def read(self) -> None:
        """Read the page: it is in the walker's language, nothing of it is English, and axe finds no fault."""
        if self.check is None:
            return
        assert self.page.locator("html").get_attribute("lang") == self.language
        texts = [str(text) for text in self.page.evaluate(READ_ALOUD)]
        left = [text for text in texts if words([SAME.sub(" ", text)]) & english(self.language)]
        assert left == [], f"{self.page.url} says in English: {left}"
        self.check(self.page)
        self._picture()

    def _picture(self) -> None:
        """Keep a picture of the page, in the folder that ``IMI_WALK_PICTURES`` names, if it names one."""
        folder = os.environ.get("IMI_WALK_PICTURES", "")
        if folder:
            number = len(list(Path(folder).glob(f"{self.language}-*.png"))) + 1
            self.page.screenshot(path=f"{folder}/{self.language}-{number:02}.png", full_page=True, caret="initial")

    # --- hands -------------------------------------------------------------------------------------------------------

    def press(self, english: str, within: str = "main") -> None:
        """Press the button with this text, in the walker's language."""
        self.page.locator(within).get_by_role("button", name=self.say(english), exact=True).first.click()

    def follow(self, english: str, within: str = "main") -> None:
        """Follow the link with this text, in the walker's language."""
        self.page.locator(within).get_by_role("link", name=self.say(english), exact=True).first.click()

    def fill(self, prefix: str = "", /, **fields: str) -> None:
        """Type into fields, by their names."""
        for name, value in fields.items():
            self.page.locator(f"#id_{prefix}{name}").fill(value)

    def tick(self, box: str | Locator) -> None:
        """Tick a box or choose one of several, which lie under their labels."""
        found = self.page.locator(box) if isinstance(box, str) else box
        found.check(force=True)

    def told_username(self) -> str:
        """The user name that the page tells, of the form that all have."""
        told = self.page.locator("main code").inner_text()
        assert re.fullmatch(r"[a-z]+\d{3,}", told)
        return told

    # --- signing in --------------------------------------------------------------------------------------------------

    def sign_in_for_the_first_time(self, account: Account, box: Mailbox) -> None:
        """With the temporary password from the mail; then choose a password and a code of one's own."""
        mail = box.wait(account.email, self.say("IMI: your temporary password"))
        temporary = TEMPORARY.search(mail.body)
        assert temporary
        self.page.goto("/")
        self.expect_heading("Sign in", "/sign-in")
        self._first_step(account.username, temporary[0])
        self.expect_heading("Choose your password", "/sign-in/own-password")
        account.password = "трици маринова скала 77" if SIGN_IN == "strong" else "Zk7!bbqx"
        self.fill(secret=account.password, again=account.password)
        self.press("Continue")
        self.expect_heading("Choose your security code", "/sign-in/own-code")
        self.fill(secret=account.code, again=account.code)
        self.press("Finish and sign in")
        self._set_up_second_factor(account)
        self.expect_home()

    def sign_in(self, account: Account) -> None:
        """With the own password and the three characters of the code that are asked."""
        self.page.goto("/sign-in")
        self._first_step(account.username, account.password)
        self.expect_heading("Security code", "/sign-in/code")
        cells = self.page.locator(".imi-code__cell--asked")
        expect(cells).to_have_count(3)
        for index in range(3):
            place = int(re.sub(r"\D", "", cells.nth(index).locator("label span[aria-hidden]").inner_text()))
            cells.nth(index).locator("input").fill(account.code[place - 1])
        self.press("Sign in")
        if account.app is not None:
            self.expect_heading("Second factor", "/sign-in/second")
            # The present time step was used up when the app was set up.
            self.fill(code=account.app.generate(time.time() + STEP_SECONDS).decode())
            self.press("Sign in")
        self.expect_home()

    def sign_out(self) -> None:
        """Leave; the page says so."""
        self.press("Sign out", "header")
        self.expect_heading("Sign in", "/sign-in")
        expect(self.page.locator("main")).to_contain_text(self.say("You are signed out."))

    def _set_up_second_factor(self, account: Account) -> None:
        """Whoever administers anything sets up an app that shows codes, where the profile asks for a second factor."""
        expect(self.page).not_to_have_url(re.compile("/sign-in/own-code"))
        if "/sign-in/set-up" not in self.page.url:
            return
        self.expect_heading("Set up a second factor", "/sign-in/set-up")
        self.follow("Set up an app")
        self.expect_heading("Set up an app", "/sign-in/set-up/app")
        key = self.page.locator(".imi-key").inner_text().replace(" ", "")
        account.app = TOTP(base64.b32decode(key), 6, SHA1(), STEP_SECONDS)
        self.fill(code=account.app.generate(time.time()).decode())
        self.press("Confirm")
        self.expect_heading("Recovery codes", "/account/security/recovery")
        self.press("I have kept them")

    def _first_step(self, username: str, password: str) -> None:
        self.fill(username=username, password=password)
        self.press("Continue")

    def expect_home(self) -> None:
        """Be on the first page, greeted."""
        greeting = self.say("Good day, %(first_name)s").partition("%(")[0]
        expect(self.page.locator("h1")).to_contain_text(greeting)
        expect(self.page).to_have_url(re.compile(r":\d+/$"))
        self.read()

    # --- asking ------------------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """Wait until what a script has asked for has arrived."""
        expect(self.page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)

    def find_recipient(self, country: str, words: str) -> None:
        """Look for an authority abroad and take the one that is found."""
        self.page.locator("#id_f-recipient--country").select_option(country)
        self.page.locator("#id_f-recipient--words").fill(words)
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.locator("button[value='find:recipient']").click()
        found = self.page.locator("input[name='f-recipient']")
        expect(found).to_have_count(1)
        self.settle()
        found.locator("xpath=following-sibling::label").click()
        expect(found).to_be_checked()
        self.settle()

    def pick(self, question: str) -> None:
        """Unfold a question's category if need be, and tick it."""
        offer = f"id_f-questions--offer-{question}"
        category = self.page.locator("details", has=self.page.locator(f"#{offer}")).first
        expect(category).to_be_attached()
        if category.get_attribute("open") is None:
            category.locator("summary").first.click()
        self.page.locator(f"label[for='{offer}']").click()
        expect(self.page.locator(f"#id_f-questions--{question}")).to_be_visible()
        self.settle()

    def button(self, do: str) -> None:
        """Press a button of a form whose texts come from the procedure, and wait for the next page."""
        with self.page.expect_navigation():
            self.page.locator(f"button[name='do'][value='{do}']").first.click()
