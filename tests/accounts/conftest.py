"""Two authorities with users, and browsers in which they sign in."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from imi.accounts import actions, doors, gate, outbox, signing
from imi.accounts.models import AccountMail, Credentials, SignIn, User
from imi.directory import actions as directory
from imi.directory.models import Country

GUIDES, TEACHERS = "crafts", "schools"  # two areas
PASSWORD = "Correct horse 7 battery"
CODE = "Kx7pW2mQz9Rt"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let attempts follow one another without a wait between them."""
    # Below nothing: threads that begin together do not come in the order of their clocks.
    monkeypatch.setattr(doors, "DELAYS", (-60,) * len(doors.DELAYS))


def browser(cookies: dict[str, str] | None = None, session: str | None = None) -> HttpRequest:
    """A request of a browser with these cookies, in a session that is stored under this key."""
    made = RequestFactory().post("/sign-in", REMOTE_ADDR="192.0.2.7", headers={"User-Agent": FIREFOX})
    made.COOKIES = dict(cookies or {})
    made.session = import_module(configured.SESSION_ENGINE).SessionStore(session)
    made.user = AnonymousUser()
    return made


def characters(places: tuple[int, ...], code: str = CODE) -> str:
    """What the owner of a code answers."""
    return "".join(code[place - 1] for place in places)


def sign_in(made: HttpRequest, name: str, password: str = PASSWORD, code: str = CODE) -> User | None:
    """Both steps of the dialogue in one browser."""
    begun = signing.begin(made, name, password)
    assert begun == signing.Begun(), begun
    return signing.answer(made, characters(signing.places_asked(made), code))


def known(user: User) -> HttpRequest:
    """A browser in which the user has signed in before."""
    answer = HttpResponse()
    gate.remember_device(browser(), answer, User.objects.get(pk=user.pk))
    return browser({name: morsel.value for name, morsel in answer.cookies.items()})


def temporary(user: User) -> str:
    """Have a temporary password made, and read it where only the mail may."""
    actions.issue_temporary_password(None, user)
    return outbox.secret_of(AccountMail.objects.filter(user=user).exclude(sealed="").get())


def places_of(user: User) -> str:
    return Credentials.objects.get(user=user).positions


def attempts(user: User | None) -> list[bool]:
    """How the attempts under a name ended, in their order."""
    return list(SignIn.objects.filter(user=user).order_by("pk").values_list("ok", flat=True))


@pytest.fixture
def people(db: None) -> dict[str, User]:
    """Register a coordinator with one user and a competent authority with two."""
    Country.objects.create(code="PT", iso="PT", languages=["pt"], timezone="Europe/Lisbon")
    directory.sync_areas([GUIDES, TEACHERS])
    directory.load_authorities(
        [
            directory.NewAuthority(
                id="pt-coord",
                kind="area_coordinator",
                country="PT",
                name="Coordenação",
                access={GUIDES: "coordinator"},
            ),
            directory.NewAuthority(
                id="pt-guides",
                kind="competent",
                country="PT",
                name="Guias",
                access={GUIDES: "authority", TEACHERS: "authority"},
                coordinators={GUIDES: ("pt-coord",)},
                linked=("pt-coord",),
            ),
        ]
    )
    password = make_password(PASSWORD)
    users = actions.load_users(
        [
            actions.NewUser(
                "Ana", "Sousa", "ana@pt.example", "pt-guides", "pt", {GUIDES: ["handler"]}, True, "ana", password, CODE
            ),
            actions.NewUser("Rui", "Melo", "rui@pt.example", "pt-guides", "pt", {}, False, "rui", password, CODE),
            actions.NewUser(
                "Eva", "Lima", "eva@pt.example", "pt-coord", "en", {GUIDES: ["approver"]}, True, "eva", password, CODE
            ),
        ]
    )
    return {user.username: user for user in users}
