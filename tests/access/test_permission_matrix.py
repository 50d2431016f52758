"""The permission matrix of the guide for the first user: every cell is tried by somebody who has that role alone.

The table is written as the sources have it (guide for the first user, steps 10 to 15; user handbook 2008; information
requests guide 2021). ``Y``: may; ``-``: may not; ``o``: only where the authority has the setting on. The columns: basic
user, request handler, allocator, approval and referral handler (of the coordinator), local data administrator, data
administrator (of the coordinator). Where the sources leave a cell open or the system decides otherwise, ``OTHERWISE``
says what it does and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from imi.accounts.models import User
from imi.administration import access, admissions, cards, registering, registers, relations, staff, staff_help
from imi.administration import staff_leaving as leaving
from imi.administration.forms import Card
from imi.web.requests import views_print
from tests.access.conftest import SECRETS, Stage, switch
from tests.access.roles import BEHIND, COLUMNS, COORDINATORS_OWN, Trying, leave, populate, take_access, with_secrets
from tests.access.test_sign_in_attacks import answer, begin, is_in
from tests.administration.country import NOW, card, person, submitted, who
from tests.exchanges.conftest import AREA, SEND

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

MATRIX = """
                                                               | BU | RH | AL | RF | LDA | DA
sign in, own profile, news, help                               | Y  | Y  | Y  | Y  | Y   | Y
search authorities and registers                               | Y  | Y  | Y  | Y  | Y   | Y
list and overview of the own authority's requests              | Y  | Y  | Y  | Y  | Y   | Y
overview of linked authorities' requests                       | Y  | Y  | Y  | Y  | Y   | Y
a full own request with its personal data                      | -  | Y  | -  | o  | -   | -
draft, send, modify, withdraw a request                        | -  | Y  | -  | -  | -   | -
accept, forward, split, reply                                  | -  | Y  | -  | -  | -   | -
write a message                                                | -  | Y  | -  | o  | -   | -
ask for clarification, close                                   | -  | Y  | -  | -  | -   | -
allocate and allocate otherwise                                | -  | -  | Y  | -  | -   | -
approve and reject outgoing requests and replies               | -  | -  | -  | o  | -   | -
act in a referral                                              | -  | -  | -  | o  | -   | -
overview of requests on the coordinator's referral list        | -  | Y  | Y  | Y  | -   | -
print the report                                               | -  | Y  | -  | Y  | -   | -
edit the own authority's data, links, settings                 | -  | -  | -  | -  | Y   | -
register, edit, remove users, set roles, reset passwords       | -  | -  | -  | -  | Y   | -
enter and edit registers                                       | -  | -  | -  | -  | Y   | -
register authorities, invite, validate                         | -  | -  | -  | -  | -   | Y
change the official name of a coordinated authority            | -  | -  | -  | -  | -   | Y
grant and suspend access to an area                            | -  | -  | -  | -  | -   | Y
reset passwords of coordinated local data administrators       | -  | -  | -  | -  | -   | Y
"""
REFERRALS = "overview of requests on the coordinator's referral list"
OTHERWISE: dict[tuple[str, str], tuple[str, str]] = {
    ("a full own request with its personal data", "RF"): (
        "-",
        "an arbiter reads the request, the reply and the messages, which is enough to judge them, and no personal data",
    ),
    ("write a message", "RF"): ("-", "an arbiter's opinion is written with each act of the referral"),
    (REFERRALS, "BU"): ("Y", "everybody of an authority sees the overview of what it has a part in"),
    (REFERRALS, "LDA"): ("Y", "everybody of an authority sees the overview of what it has a part in"),
    (REFERRALS, "DA"): ("Y", "everybody of an authority sees the overview of what it has a part in"),
    ("print the report", "AL"): ("Y", "left open by the sources: an allocator prints what an allocator reads"),
}

Try = Callable[[Trying], bool]
SIDES = {"asking": "hu-trade", "answering": "pt-works", "at the coordinator": "hu-coord", "linked": "hu-second"}
CONTENT = "We doubt the papers."  # of the request: more than its overview


# --- what is tried ---------------------------------------------------------------------------------------------------


def signs_in(t: Trying) -> bool:
    with_secrets(t.user)
    client = Client()
    begin(client, t.user.username)
    return answer(client).status_code == 302 and is_in(client)


def page(path: str, shows: str) -> Try:
    return lambda t: t.reads(path, shows)


def overview(t: Trying) -> bool:
    """The list that has it, and the page."""
    tab = {"hu-trade": "sent", "pt-works": "received", "hu-second": "linked"}.get(t.home, "coordinated")
    number = t.number("accepted")
    title = "Request accepted"
    return t.reads(f"/exchanges/?tab={tab}", number) and t.reads(f"/requests/{number}/", title)


def referral_overview(t: Trying) -> bool:
    number = t.number("referred_requesting")
    return t.reads("/exchanges/?tab=coordinated", number) and t.reads(f"/requests/{number}/", "Referred to")


def personal(t: Trying) -> bool:
    situation = "referred_requesting" if t.on and t.home == "hu-coord" else "accepted"
    return t.reads(f"/requests/{t.number(situation)}/", SECRETS[0])


def act(situation: str, action: str, **given: Any) -> Try:
    return lambda t: t.acts(situation, action, **given)


def message(t: Trying) -> bool:
    situation = "referred_requesting" if t.on and t.home == "hu-coord" else "accepted"
    return t.acts(situation, "message", text="Hello.")


def allocates(t: Trying) -> bool:
    switch("pt-works", uses_allocation=True)
    handler = str(t.stage.world.people["answermate"].user_id)
    return t.acts("accepted", "allocate", handlers=[handler]) and t.acts("allocated", "allocate", handlers=[handler])


def where_switched(on: str, off: str, action: str, **given: Any) -> Try:
    """Where the switch is on the request waits in one state, where it is off it has gone on to another."""
    return lambda t: t.acts(on if t.on else off, action, **given)


def arbitrates(situation: str, action: str, coordinator: str, **given: Any) -> Try:
    """Where a coordinator takes no part in referrals, one that begins passes it by."""

    def tries(t: Trying) -> bool:
        if t.on:
            return t.acts(situation, action, **given)
        switch(coordinator, takes_referrals=False)
        t.stage.act("asker", t.number("information_provided"), "refer", text="Please.")
        if coordinator == "pt-coord":
            t.stage.act("askcoord", t.number("information_provided"), "support_referral", text="Yes.")
        return t.acts("information_provided", action, **given)

    return tries


def prints(t: Trying) -> bool:
    """What is printed holds the request, and not the overview alone, which everybody may print."""
    situation = "referred_requesting" if t.home.endswith("coord") else "accepted"
    drawn: list[str] = []
    kept, views_print.pdf.from_html = views_print.pdf.from_html, lambda html: drawn.append(html) or b"%PDF-"
    try:
        t.client.post(f"/requests/{t.number(situation)}/print", {"part": ["parties", "questions", "personal"]})
    finally:
        views_print.pdf.from_html = kept
    return any(CONTENT in html for html in drawn)


def contacts(t: Trying) -> bool:
    return t.administers(cards.change_contacts, {"city": "Elsewhere"})


def links(t: Trying) -> bool:
    return t.administers(relations.link, "hu-coord" if t.home == "hu-trade" else "hu-trade")


def settings_of_area(t: Trying) -> bool:
    return t.administers(relations.change_settings, AREA, {"uses_allocation": True})


def colleague(t: Trying) -> User:
    """Somebody else of the own authority."""
    return User.objects.filter(authority=t.home, is_administrator=False).exclude(pk=t.user.pk).order_by("pk")[0]


def registers_user(t: Trying) -> bool:
    return t.administers(staff.register, person("Nova"), {AREA: frozenset({"handler"})})


def edits_user(t: Trying) -> bool:
    one = colleague(t)
    typed = {"given_name": "Other", "family_name": "Name", "email": one.email, "language": "en"}
    return t.administers(staff.change_data, one.pk, typed, staff.mark_of_data(one))


def sets_roles(t: Trying) -> bool:
    one = colleague(t)
    wanted = {AREA: frozenset({"handler", "allocator"}), "posting-of-workers": frozenset({"handler"})}
    return t.administers(staff.set_roles, one.pk, wanted, True, staff.mark_of_roles(one.pk))


def resets_password(t: Trying) -> bool:
    return t.administers(staff_help.reset, colleague(t).pk)


def removes_user(t: Trying) -> bool:
    """Somebody who has been registered just now, so that nothing has to be handed over."""
    administrator = User.objects.get(authority=t.home, is_administrator=True)
    gone = staff.register(who(administrator), person("Gone"), {})
    mark = leaving.preview(who(administrator), gone.pk).mark
    return t.administers(leaving.remove, gone.pk, None, mark)


def enters_register(t: Trying) -> bool:
    return t.administers(registers.enter, {"url": "https://r.example", "kind": "trade"}, {"en": ("Register", "")})


def edits_register(t: Trying) -> bool:
    typed = {"url": "https://r.example", "kind": "trade"}
    administrator = who(User.objects.get(authority=t.home, is_administrator=True))
    row = registers.enter(administrator, typed, {"en": ("Register", "")})
    return t.administers(registers.change, row.pk, typed, {"en": ("New name", "")})


def registers_authority(t: Trying) -> bool:
    return t.administers(registering.register_authority, "HU", _card(), person("Nova"), {AREA: ("hu-coord",)})


def invites(t: Trying) -> bool:
    return t.administers(admissions.invite, "office@new.example", "en", [AREA])


def validates(t: Trying) -> bool:
    data_administrator = t.stage.world.people["DA:hu-coord"]
    admission = admissions.invite(data_administrator, "office@new.example", "en", [AREA], NOW)
    submitted(admission, authority={"regions": [], "languages": ["en"]})
    return t.administers(admissions.validate, admission.pk, {AREA: ("hu-coord",)}, now=NOW)


def _card() -> Card:
    return card("Something new", languages=("en",))


def renames(t: Trying) -> bool:
    return t.administers(cards.rename, "hu-trade", "Another official name")


def suspends(t: Trying) -> bool:
    return t.administers(access.suspend, "hu-trade", AREA, "Because.")


def grants(t: Trying) -> bool:
    take_access("hu-linked")
    return t.administers(access.grant, "hu-linked", AREA, ["hu-coord"])


def resets_administrator(t: Trying) -> bool:
    return t.administers(staff_help.reset, User.objects.get(authority="hu-trade", is_administrator=True).pk)


# --- the rows --------------------------------------------------------------------------------------------------------

SPLIT = {"items": "some", "target": "pt-other", "comment": "some"}
AGAIN = {"questions": "some", "justification": "More.", "legal_basis": "some", "days": 7}
ROWS: dict[str, list[tuple[str, Try]]] = {
    "sign in, own profile, news, help": [
        ("asking", signs_in),
        ("asking", page("/", "Good day")),
        ("asking", page("/account/", "My settings")),
        ("asking", page("/notices/", "Notices")),
        ("asking", page("/help/", "Help")),
    ],
    "search authorities and registers": [
        ("asking", page("/directory/?text=works", "Pt-Works")),
        ("asking", page("/registers/", "Registers")),
    ],
    "list and overview of the own authority's requests": [("asking", overview), ("answering", overview)],
    "overview of linked authorities' requests": [("linked", overview)],
    "a full own request with its personal data": [("asking", personal), ("answering", personal)],
    "draft, send, modify, withdraw a request": [
        ("asking", Trying.begins),
        ("asking", act("draft", "send", **SEND)),
        ("asking", act("sent", "modify", **AGAIN)),
        ("asking", act("sent", "withdraw", reason="Not needed.")),
    ],
    "accept, forward, split, reply": [
        ("answering", act("sent", "accept", days=10)),
        ("answering", act("sent", "forward", target="pt-other", comment="Yours.")),
        ("answering", act("accepted", "forward", target="pt-other", comment="Yours.")),
        ("answering", act("accepted", "split", **SPLIT)),
        ("answering", act("accepted", "reply", answers="some", remark="So.")),
    ],
    "write a message": [("asking", message), ("answering", message)],
    "ask for clarification, close": [
        ("asking", act("information_provided", "request_clarification", text="What?", days=5)),
        ("asking", act("information_provided", "close", timeliness="good", effort="good")),
    ],
    "allocate and allocate otherwise": [("answering", allocates)],
    "approve and reject outgoing requests and replies": [
        ("asking", where_switched("awaiting_request_approval", "sent", "approve_request")),
        ("asking", where_switched("awaiting_request_approval", "sent", "reject_request", reason="No.")),
        ("answering", where_switched("awaiting_reply_approval", "information_provided", "approve_reply")),
        ("answering", where_switched("awaiting_reply_approval", "information_provided", "reject_reply", reason="No.")),
    ],
    "act in a referral": [
        ("asking", arbitrates("referred_requesting", "support_referral", "hu-coord", text="Yes.")),
        ("asking", arbitrates("referred_requesting", "decline_referral", "hu-coord", text="No.")),
        ("answering", arbitrates("referred_responding", "return_to_responder", "pt-coord", text="Yes.", days=7)),
        ("answering", arbitrates("referred_responding", "dismiss_referral", "pt-coord", text="No.")),
    ],
    REFERRALS: [("at the coordinator", referral_overview)],
    "print the report": [("answering", prints)],
    "edit the own authority's data, links, settings": [
        ("asking", contacts),
        ("asking", links),
        ("asking", settings_of_area),
    ],
    "register, edit, remove users, set roles, reset passwords": [
        ("asking", registers_user),
        ("asking", edits_user),
        ("asking", sets_roles),
        ("asking", resets_password),
        ("asking", removes_user),
    ],
    "enter and edit registers": [("asking", enters_register), ("asking", edits_register)],
    "register authorities, invite, validate": [
        ("at the coordinator", registers_authority),
        ("at the coordinator", invites),
        ("at the coordinator", validates),
    ],
    "change the official name of a coordinated authority": [("at the coordinator", renames)],
    "grant and suspend access to an area": [("at the coordinator", suspends), ("at the coordinator", grants)],
    "reset passwords of coordinated local data administrators": [("at the coordinator", resets_administrator)],
}


def table() -> dict[tuple[str, str], str]:
    """The cells of the matrix, by row and column."""
    head, *lines = MATRIX.strip("\n").splitlines()
    columns = [one.strip() for one in head.split("|")[1:]]
    found = {}
    for line in lines:
        action, *cells = (one.strip() for one in line.split("|"))
        found |= {(action, column): cell for column, cell in zip(columns, cells, strict=True)}
    return found


TABLE = table()


def home_of(side: str, column: str) -> str:
    """Where somebody with a role works: roles of coordinators are held at the coordinator behind the side."""
    home = SIDES[side]
    return BEHIND.get(home, home) if column in COORDINATORS_OWN else home


@pytest.fixture
def people(stage: Stage) -> Iterator[Stage]:
    populate(stage)
    yield stage
    leave(stage)


def test_the_table_is_complete() -> None:
    assert {action for action, _column in TABLE} == set(ROWS)
    assert {column for _action, column in TABLE} == set(COLUMNS)
    assert len(TABLE) == len(ROWS) * len(COLUMNS)
    assert all(TABLE[cell] != does for cell, (does, _why) in OTHERWISE.items()), "what is as in the table needs no note"


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize("action", ROWS)
def test_cell(people: Stage, action: str, column: str) -> None:
    cell, _why = OTHERWISE.get((action, column), (TABLE[action, column], ""))
    wrong = []
    for index, (side, tries) in enumerate(ROWS[action]):
        for on in (True, False) if TABLE[action, column] == "o" else (True,):
            with transaction.atomic():
                did = tries(Trying(people, f"{column}:{home_of(side, column)}", on))
                transaction.set_rollback(True)
            may = {"Y": True, "-": False, "o": on}[cell]
            if did != may:
                wrong.append(f"try {index} ({side}, setting {'on' if on else 'off'}): {did} instead of {may}")
    assert not wrong, "\n".join(wrong)


def test_an_arbiter_reads_what_is_disputed_and_nobody_who_it_is_about(people: Stage) -> None:
    """The cell of the matrix that is decided otherwise: what an arbiter sees instead of everything."""
    arbiter = Trying(people, "RF:hu-coord")
    path = f"/requests/{arbiter.number('referred_requesting')}/"
    assert arbiter.reads(path, CONTENT)
    assert not arbiter.reads(path, SECRETS[0])
    switch("hu-coord", takes_referrals=False)
    assert not arbiter.reads(path, CONTENT)


def test_the_asking_side_prints_what_it_has_asked(people: Stage) -> None:
    assert prints(Trying(people, "RH:hu-trade"))
    assert not prints(Trying(people, "AL:hu-trade")), "whoever allocates there reads the overview"


def test_nobody_gets_a_role_by_asking_for_it(people: Stage) -> None:
    """S-10: nobody but the local data administrator makes anybody anything, oneself included."""
    for column in set(COLUMNS) - {"LDA"}:
        one = Trying(people, f"{column}:{home_of('asking', column)}")
        wanted = {AREA: frozenset({"handler", "allocator"})}
        assert not one.administers(staff.set_roles, one.user.pk, wanted, True, staff.mark_of_roles(one.user.pk))
