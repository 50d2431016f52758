"""From an empty installation to a request that has crossed a border, page by page, in two languages.

The operator makes a national coordinator; she signs in for the first time and sets up the coordinator of one area; he
invites an authority, which registers itself, is validated and gets access; its first user registers a colleague, who
sends a request to another country. Every mail is read from a mail server. Each page says what it says in the language
of the walk, and axe reads each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.mailbox import Mailbox, mail_server
from tests.browser.walk import Account, Check, EmptySite, Walker

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AREA = "professional-qualifications"
QUESTION = "pq-107"
SLOWEST_PAGE, USUAL = 20_000, 5_000  # milliseconds, also on a machine that has other things to do
SECRET = "Kanarek"  # the family name of the person that the request is about


@dataclass(frozen=True)
class Home:
    """A country of the walk, and what its people type in their own script."""

    code: str
    host: str
    city: str
    street: str
    national: str
    coordinator: str
    name: str
    informal: str
    description: str
    people: tuple[tuple[str, str], ...]
    justification: str

    @property
    def language(self) -> str:
        """What is spoken there."""
        return self.code.lower()


BULGARIA = Home(
    "BG",
    "institucii.example",
    "София",
    "ул. Граф Игнатиев 7",
    "Национален координатор на ИСВП",
    "Координатор за професионалните квалификации",
    "Камара на екскурзоводите",
    "Екскурзоводи (цялата страна)",
    "Признава квалификации на екскурзоводи.",
    (("Неделя", "Щерева"), ("Крум", "Гълъбов"), ("Мария", "Ангелова"), ("Пламен", "Чолаков")),
    "Има съмнения относно представената диплома.",
)
LITHUANIA = Home(
    "LT",
    "istaigos.example",
    "Vilnius",
    "Gedimino pr. 11",
    "Nacionalinis IMI koordinatorius",
    "Profesinių kvalifikacijų koordinatorius",
    "Gidų rūmai",
    "Gidai (visa šalis)",
    "Pripažįsta gidų kvalifikacijas.",
    (("Rasa", "Žukauskienė"), ("Ąžuolas", "Šimkus"), ("Jūratė", "Čepaitė"), ("Mantas", "Vėjelis")),
    "Kyla abejonių dėl pateikto diplomo.",
)


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as server:
        yield server


@pytest.fixture
def empty(tmp_path: Path, box: Mailbox) -> Iterator[EmptySite]:
    """A running site with nobody in it."""
    site = EmptySite(home=tmp_path, database=str(tmp_path / "imi.sqlite3"), smtp=box.address)
    expect.set_options(timeout=SLOWEST_PAGE)
    try:
        site.build()
        yield site
    finally:
        expect.set_options(timeout=USUAL)
        site.stop()


@dataclass
class Walk:
    """The people of one country on their way, each with a browser."""

    home: Home
    site: EmptySite
    box: Mailbox
    browser: Browser
    check: Check

    def somebody(self) -> Walker:
        """Open a browser of one's own, which has never been here."""
        return Walker.at(self.browser, self.site, self.home.language, self.check)

    def email(self, who: str) -> str:
        """An address at home."""
        return f"{who}@{self.home.host}"

    # --- the steps ---------------------------------------------------------------------------------------------------

    def national_coordinator(self) -> Walker:
        """The operator registers her; she signs in for the first time, leaves, and comes back with her code."""
        home = self.home
        username = self.site.register_national(home.code, home.national, home.city, home.host, home.people[0])
        account = Account(username, f"first@{home.host}")
        walker = self.somebody()
        walker.sign_in_for_the_first_time(account, self.box)
        walker.sign_out()
        walker.sign_in(account)
        return walker

    def set_up_area_coordinator(self, national: Walker) -> Account:
        """She looks for it first, then registers it with its first user, whose name the page tells her."""
        home, (given, family) = self.home, self.home.people[1]
        _administration(national, "Authorities")
        national.follow("Register a coordinator")
        national.expect_heading("Register a coordinator", "/coordinators/register/$")
        national.fill(name=home.coordinator, city=home.city)
        national.press("Look for it")
        national.expect_heading("Register a coordinator", r"/coordinators/register/\?name=")
        expect(national.page.locator("#id_authority-name")).to_have_value(home.coordinator)
        national.fill("authority-", informal=home.coordinator, description=home.description)
        national.fill("contact-", email=f"area@area.{home.host}", street=home.street)
        national.fill("person-", given_name=given, family_name=family, email=self.email("area"))
        national.tick("input[name='coordinator-kind'][value=limic]")
        national.tick(f"input[name='coordinator-areas'][value='{AREA}']")
        national.press("Register")
        national.expect_heading("The authority is registered", "/registered/$")
        return Account(national.told_username(), self.email("area"))

    def invite(self, coordinator: Walker, address: str) -> str:
        """He invites an authority; the link that it gets by mail."""
        _administration(coordinator, "Registrations")
        coordinator.follow("Invite an authority to register itself")
        coordinator.expect_heading("Invite an authority to register itself", "/invite/$")
        coordinator.fill(email=address)
        coordinator.tick(f"input[name=areas][value='{AREA}']")
        coordinator.press("Send the invitation")
        coordinator.expect_heading("Registrations", r"\?tab=invited$")
        mail = self.box.wait(address, coordinator.say("IMI: invitation to register"))
        link = re.search(r"https?://\S+/join/\S+", mail.body)
        assert link
        assert link[0].startswith(self.site.url)
        return link[0]

    def register_itself(self, link: str) -> None:
        """The authority fills in its form step by step and hands it in; its link has then been used up."""
        home, applicant, (given, family) = self.home, self.somebody(), self.home.people[2]
        applicant.page.goto(link)
        applicant.expect_heading("Register your authority", "/join/")
        applicant.press("Begin")
        applicant.expect_heading("The authority", "/join/steps/authority/$")
        applicant.fill(name=home.name, informal=home.informal, description=home.description)
        applicant.press("Save and go on")
        applicant.expect_heading("How it is reached", "/join/steps/contact/$")
        applicant.fill(street=home.street, city=home.city, website=f"https://guides.{home.host}")
        applicant.press("Save and go on")
        applicant.expect_heading("Its first user", "/join/steps/person/$")
        applicant.fill(given_name=given, family_name=family, email=self.email("guides"))
        applicant.press("Save and check")
        applicant.expect_heading("Check and hand in", "/join/preview$")
        for typed in (home.name, home.street, home.city, given, family):
            expect(applicant.page.locator("main")).to_contain_text(typed)
        applicant.press("Hand in")
        applicant.expect_heading("Handed in", "/join/submitted$")
        applicant.page.context.close()
        stranger = self.somebody()
        assert (answer := stranger.page.goto(link)) is not None
        assert answer.status == 410
        stranger.read()
        stranger.page.context.close()

    def validate(self, coordinator: Walker) -> Account:
        """He reads what was handed in, lets it in and gives it access."""
        self.box.wait(self.email("area"), coordinator.say("IMI: a registration awaits you"))
        _administration(coordinator, "Registrations")
        coordinator.page.locator("main .imi-card a").click()
        coordinator.expect_text(self.home.name, r"/registrations/\d+/$")
        expect(coordinator.page.locator(f"#id_access-area-{AREA}")).to_be_checked()
        coordinator.press("Validate")
        coordinator.expect_heading("The authority is registered", "/registered/$")
        self.box.wait(f"guides@guides.{self.home.host}", coordinator.say("IMI: your authority is registered"))
        return Account(coordinator.told_username(), self.email("guides"))

    def register_colleague(self, first: Walker) -> Account:
        """The first user registers a colleague, who may send requests and no more."""
        given, family = self.home.people[3]
        _administration(first, "Manage my authority's users")
        first.follow("Register a user")
        first.expect_heading("Register a user", "/users/new$")
        first.fill(given_name=given, family_name=family, email=self.email("colleague"))
        first.tick(f"input[name=role][value='{AREA}:handler']")
        first.press("Register")
        first.expect_heading("User name", r"/users/\d+/user-name$")
        account = Account(first.told_username(), self.email("colleague"))
        first.follow("Go on")
        first.expect_text(f"{given} {family}", r"/users/\d+/$")
        return account

    def send(self, colleague: Walker, abroad: Home) -> str:
        """The colleague asks an authority abroad; the number of the request."""
        page = colleague.page
        colleague.follow("New request", "nav")
        colleague.expect_heading("New request", "/requests/new$")
        colleague.press("Begin")
        expect(page).to_have_url(re.compile(r"/requests/\d{4}-\d{6}/send/"))
        number = page.url.split("/requests/")[1].split("/")[0]
        colleague.read()
        colleague.find_recipient(abroad.code, abroad.name)
        page.locator("label[for='id_f-list_0']").click()
        colleague.settle()
        colleague.pick(QUESTION)
        colleague.fill("f-", given_names="Ilona", family_name=SECRET, profession="5113")
        colleague.fill("f-", justification=self.home.justification)
        page.locator("#id_f-legal_basis").select_option(index=1)
        colleague.button("save")
        if not page.locator(f"#id_f-questions--{QUESTION}--profession").input_value():
            colleague.fill(f"f-questions--{QUESTION}--", profession="5113")
        colleague.read()
        colleague.button("submit")
        expect(page).to_have_url(re.compile(rf"/requests/{number}/$"))
        colleague.read()
        return number


def _administration(walker: Walker, english: str) -> None:
    """Go to a page of the administration from wherever one is."""
    walker.follow("Administration", "nav")
    walker.expect_heading("Administration", "/administration/$")
    walker.follow(english)
    walker.expect_heading(english, "/administration/")


def counterpart(site: EmptySite, abroad: Home) -> Account:
    """Another country with one authority that can be asked, made by the operator's command and the acts themselves."""
    site.register_national(abroad.code, abroad.national, abroad.city, abroad.host, abroad.people[0])
    email = f"guides@guides.{abroad.host}"
    arguments = [abroad.code, AREA, abroad.name, abroad.city, email]
    return Account(site.run("tests.browser.counterpart", *arguments).strip(), email)


@pytest.mark.parametrize(("home", "abroad"), [(BULGARIA, LITHUANIA), (LITHUANIA, BULGARIA)], ids=["bg", "lt"])
def test_from_nothing_to_a_request_that_has_arrived(
    empty: EmptySite, box: Mailbox, browser: Browser, accessible: Check, home: Home, abroad: Home
) -> None:
    walk = Walk(home, empty, box, browser, accessible)
    answering = counterpart(empty, abroad)

    national = walk.national_coordinator()
    area = walk.set_up_area_coordinator(national)
    national.leave()

    coordinator = walk.somebody()
    coordinator.sign_in_for_the_first_time(area, box)
    walk.register_itself(walk.invite(coordinator, f"guides@guides.{home.host}"))
    first_account = walk.validate(coordinator)
    coordinator.leave()

    first = walk.somebody()
    first.sign_in_for_the_first_time(first_account, box)
    colleague_account = walk.register_colleague(first)
    first.leave()

    colleague = walk.somebody()
    colleague.sign_in_for_the_first_time(colleague_account, box)
    number = walk.send(colleague, abroad)
    colleague.leave()

    arrives(Walker.at(browser, empty, abroad.language), answering, box, number)
    accounts = [area, first_account, colleague_account, answering]
    nothing_secret_was_mailed(box, [account.username for account in accounts])


def arrives(answerer: Walker, account: Account, box: Mailbox, number: str) -> None:
    """Abroad a mail says that something waits; whoever signs in finds the request, not yet whom it is about."""
    answerer.sign_in_for_the_first_time(account, box)
    mail = box.wait(account.email, answerer.say("IMI %(number)s: something awaits you") % {"number": number})
    assert f"/requests/{number}/" in mail.body
    answerer.page.goto("/")
    answerer.page.locator(f"main a[href='/requests/{number}/']").first.click()
    expect(answerer.page.locator("main")).to_contain_text(number)
    assert SECRET not in answerer.page.locator("main").inner_text()
    assert answerer.page.locator(f"a[href='/requests/{number}/accept/']").count()
    answerer.leave()


def nothing_secret_was_mailed(box: Mailbox, usernames: list[str]) -> None:
    """No mail has a user name or anything of the case in it."""
    for mail in box.mails:
        for secret in (SECRET, *usernames):
            assert secret not in mail.subject + mail.body
