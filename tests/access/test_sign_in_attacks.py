"""Attacks on signing in, as a hostile browser makes them.

The numbers in brackets are those of the threat model: S-8 (sessions), S-11 (mass assignment), S-12 (enumeration), S-13
(locks), S-14 (the code's step), S-24 (host header), S-25 (redirects), S-31 (replays).
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as configured
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from imi.accounts import codes, doors
from imi.accounts.actions import issue_temporary_password
from imi.accounts.models import AccountMail, Credentials, Door, RoleGrant, Session, SignIn, User
from imi.accounts.outbox import secret_of
from imi.directory.models import Access, Authority
from imi.notify import account_mail
from imi.notify.models import OutgoingMail
from tests.access.conftest import Stage, text_of
from tests.exchanges.conftest import AREA, World, world  # noqa: F401 - a fixture

pytestmark = pytest.mark.django_db

PASSWORD, CODE, WRONG_CODE = "a long enough secret", "Kx7pW2mQz9Rt", "Aaaaaaaaaaaa"
OWN, OWN_CODE = "Zk7!bbqx", "Tm4!vB8#sD2x"
Victim = Callable[[str], User]


@pytest.fixture
def victim(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Victim:
    """Give a person of the stage a password and a code, and let attempts follow one another at once."""
    monkeypatch.setattr(doors, "DELAYS", (-60,) * len(doors.DELAYS))

    def of(name: str) -> User:
        user = User.objects.get(pk=stage.world.people[name].user_id)
        User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
        held = Credentials.objects.get(user=user)
        sealed = codes.sealed(CODE, user.pk, held.version)
        Credentials.objects.filter(pk=user.pk).update(sealed_code=sealed, positions="2 5 9", chosen_at=timezone.now())
        return User.objects.get(pk=user.pk)

    return of


def begin(client: Client, name: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/sign-in", {"username": name, "password": password, **more.pop("fields", {})}, **more)


def places(client: Client) -> list[int]:
    return [int(place) for place in re.findall(r'name="place(\d+)"', text_of(client.get("/sign-in/code")))]


def answer(client: Client, code: str = CODE) -> Any:
    return client.post("/sign-in/code", {f"place{place}": code[place - 1] for place in places(client)})


def enter(client: Client, user: User) -> None:
    begin(client, user.username)
    assert answer(client).status_code == 302


def is_in(client: Client) -> bool:
    return client.get("/tasks/").status_code == 200


# --- fishing for other characters of the code (S-14) -----------------------------------------------------------------


def test_neither_reload_nor_new_browser_nor_new_session_asks_for_other_characters(victim: Victim) -> None:
    user, asked = victim("asker"), set()
    for _ in range(15):
        client = Client()
        begin(client, user.username, "wrong" if len(asked) % 2 else PASSWORD)
        asked |= {tuple(places(client)), tuple(places(client))}
        client.post("/sign-out")
        client.cookies.clear()
        begin(client, user.username)
        asked.add(tuple(places(client)))
        answer(client, WRONG_CODE)
        begin(client, user.username)
        asked.add(tuple(places(client)))
    assert asked == {(2, 5, 9)}


def test_characters_at_other_places_are_not_taken(victim: Victim) -> None:
    """Whoever knows some characters cannot choose which ones to show."""
    user = victim("asker")
    known = {f"place{place}": CODE[place - 1] for place in (1, 3, 4)}
    client = Client()
    begin(client, user.username)
    assert client.post("/sign-in/code", known).status_code == 422
    assert (
        client.post(
            "/sign-in/code", {**known, "places": "1 3 4", "place2": "x", "place5": "x", "place9": "x"}
        ).status_code
        == 422
    )
    assert not is_in(client)


def test_another_users_question_does_not_open_ones_own(victim: Victim) -> None:
    """The first step of a user whom one knows, the second with the answer for somebody else."""
    mine, other = victim("asker"), victim("answerer")
    Credentials.objects.filter(user=mine).update(sealed_code=codes.sealed(OWN_CODE, mine.pk, 0), positions="1 6 12")
    client = Client()
    begin(client, other.username, "wrong")
    begin(client, mine.username)
    assert places(client) == [1, 6, 12]
    begin(client, other.username, "wrong")
    assert answer(client, OWN_CODE).status_code == 422
    assert not is_in(client)


def test_no_answer_tells_which_character_was_right(victim: Victim) -> None:
    user, pages = victim("asker"), set()
    for given in ("~" * 12, CODE[:4] + "~" * 8, "~" * 4 + CODE[4:], CODE[:8] + "~" * 4):
        Door.objects.all().delete()
        client = Client()
        begin(client, user.username)
        wrong = answer(client, given)
        pages.add((wrong.status_code, _same(text_of(wrong))))
    assert len(pages) == 1


def test_an_answer_that_was_overheard_is_worth_nothing(victim: Victim) -> None:
    user = victim("asker")
    watcher, owner = Client(), Client()
    begin(watcher, user.username)
    seen = {f"place{place}": CODE[place - 1] for place in places(watcher)}
    enter(owner, user)
    assert watcher.post("/sign-in/code", seen).status_code == 422
    begin(watcher, user.username)
    assert set(places(watcher)) != {2, 5, 9}
    assert not is_in(watcher)


def test_two_tabs_are_one_attempt_at_a_time(victim: Victim) -> None:
    """The page that was opened first asks for places of another name; its answer is none to the present question."""
    mine, other = victim("asker"), victim("answerer")
    Credentials.objects.filter(user=other).update(positions="1 6 12")
    client = Client()
    begin(client, mine.username)
    first_tab = {f"place{place}": CODE[place - 1] for place in places(client)}
    begin(client, other.username, "wrong")
    assert client.post("/sign-in/code", first_tab).status_code == 422
    assert client.post("/sign-in/code", first_tab).status_code != 200
    assert not is_in(client)


def test_the_back_button_brings_no_question_back(victim: Victim) -> None:
    """An answered question is over, right or wrong; the page that is still shown cannot be sent again."""
    user, client = victim("asker"), Client()
    begin(client, user.username)
    right = {f"place{place}": CODE[place - 1] for place in places(client)}
    assert client.post("/sign-in/code", dict.fromkeys(right, "x")).status_code == 422
    again = client.post("/sign-in/code", right)
    assert (again.status_code, again["Location"]) == (302, "/sign-in")
    assert not is_in(client)
    enter(client, user)
    client.post("/sign-out")
    again = client.post("/sign-in/code", right)
    assert (again.status_code, again["Location"]) == (302, "/sign-in")
    assert not is_in(client)


def test_the_step_is_kept_by_nobody(victim: Victim) -> None:
    client = Client()
    begin(client, victim("asker").username)
    page = client.get("/sign-in/code")
    assert page["Cache-Control"] == "no-store"
    inputs = re.findall(r"<input[^>]*name=\"place\d+\"[^>]*>", text_of(page))
    assert len(inputs) == 3
    assert all('autocomplete="off"' in one and 'type="password"' in one and " value=" not in one for one in inputs)


# --- telling names apart (S-12) --------------------------------------------------------------------------------------


def _same(page: str) -> str:
    """A page without what is drawn by lot."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=|"X-CSRFToken": )"[^"]*"', r"\1", page)


KINDS = ["wrong password", "wrong code", "unknown", "inactive", "suspended", "locked", "temporary"]


def _prepared(kind: str, victim: Victim) -> tuple[str, str, str]:
    user = victim("asker")
    match kind:
        case "unknown":
            return "nobody", PASSWORD, CODE
        case "inactive":
            User.objects.filter(pk=user.pk).update(is_active=False)
        case "suspended":
            Authority.objects.filter(pk=user.authority_id).update(active=False)
        case "locked":
            for _ in range(5):
                doors.knock(doors.key_of(user.username, user.pk), user.pk, True, timezone.now())
        case "temporary":
            issue_temporary_password(None, user)
    password = "wrong" if kind == "wrong password" else PASSWORD
    return user.username, password, WRONG_CODE if kind == "wrong code" else CODE


def test_every_kind_of_failure_is_the_same_to_the_byte(victim: Victim) -> None:
    seen: dict[str, list[Any]] = {}
    for kind in KINDS:
        Door.objects.all().delete()
        User.objects.update(is_active=True)
        Authority.objects.update(active=True)
        name, password, code = _prepared(kind, victim)
        client = Client()
        answers = [begin(client, name, password), client.get("/sign-in/code"), answer(client, code)]
        # The places asked are those of the name; the boxes are the same ones in another order.
        drawn = [sorted(re.split(r"\s*(?=<)", re.sub(r"\d+", "N", _same(text_of(one))))) for one in answers]
        headers = [sorted(set(one.headers) - {"X-Request-ID"}) for one in answers]
        cookies = sorted(client.cookies)
        seen[kind] = [[one.status_code for one in answers], drawn, headers, cookies]
    for kind in KINDS:
        assert seen[kind] == seen["wrong password"], kind
    assert seen["unknown"][0] == [302, 200, 422]


def _auc(ones: list[float], others: list[float]) -> float:
    """How often one is slower than another: a half when nothing tells them apart."""
    wins = sum((one > other) + (one == other) / 2 for one in ones for other in others)
    return wins / (len(ones) * len(others))


@pytest.mark.slow
def test_time_tells_no_kind_of_failure_from_another(victim: Victim, settings: Any) -> None:
    """Interleaved, at the real cost of a hash; the bounds are wide because the machine has other things to do."""
    settings.PASSWORD_HASHERS = ["imi.site.hashers.ModestArgon2PasswordHasher"]
    names = {"wrong password": "asker", "wrong code": "askermate", "inactive": "reader", "locked": "answerer"}
    users = {kind: victim(name) for kind, name in names.items()}
    User.objects.filter(pk=users["inactive"].pk).update(is_active=False)
    tries = {kind: (user.username, "wrong" if kind == "wrong password" else PASSWORD) for kind, user in users.items()}
    tries["unknown"] = ("nobody", PASSWORD)
    asked = dict.fromkeys(users, "2 5 9") | {"unknown": codes.places_for("nobody")}
    given = {kind: {f"place{place}": "x" for place in places.split()} for kind, places in asked.items()}
    spent: dict[str, list[float]] = {kind: [] for kind in tries}
    for _ in range(60):
        for kind, (name, password) in tries.items():
            if kind != "locked":
                Door.objects.exclude(user=users["locked"]).delete()
            client = Client()
            started = time.perf_counter()
            begin(client, name, password)
            client.post("/sign-in/code", given[kind])
            spent[kind].append(time.perf_counter() - started)
    found = {kind: round(_auc(spent[kind], spent["wrong password"]), 2) for kind in tries}
    assert all(0.25 < value < 0.75 for value in found.values()), found


# --- locking others out (S-13) ---------------------------------------------------------------------------------------


def test_strangers_cannot_lock_out_whoever_has_been_there_before(victim: Victim) -> None:
    user, at_home = victim("asker"), Client()
    enter(at_home, user)
    at_home.post("/sign-out")
    for _ in range(30):
        stranger = Client()
        begin(stranger, user.username, "wrong")
        answer(stranger, WRONG_CODE)
    begin(at_home, user.username)
    assert answer(at_home).status_code == 302


@pytest.mark.parametrize(
    "headers",
    [{"X-Forwarded-For": "203.0.113.{}"}, {"X-Real-IP": "203.0.113.{}"}, {"Forwarded": "for=203.0.113.{}"}, {}],
)
def test_pretending_to_come_from_elsewhere_gives_no_more_tries(victim: Victim, headers: dict[str, str]) -> None:
    user = victim("asker")
    for number in range(5):
        client = Client(headers={key: value.format(number) for key, value in headers.items()})
        begin(client, user.username, "wrong")
        answer(client)
    late = Client(headers={key: value.format(99) for key, value in headers.items()})
    begin(late, user.username)
    assert answer(late).status_code == 422
    assert set(SignIn.objects.values_list("address", flat=True)) == {"127.0.0.1"}


def test_a_device_cookie_that_was_not_given_is_worth_nothing(victim: Victim) -> None:
    user, other = victim("asker"), victim("answerer")
    mine = Client()
    enter(mine, other)
    for _ in range(5):
        begin(client := Client(), user.username, "wrong")
        answer(client)
    name = configured.IMI_DEVICE_COOKIE_NAME
    forged = mine.cookies[name].value
    for value in (forged, forged[:-1] + "x", f"[[{user.pk},0]]", ""):
        client = Client()
        client.cookies[name] = value
        begin(client, user.username)
        assert answer(client).status_code == 422


# --- sessions (S-8) --------------------------------------------------------------------------------------------------


def test_a_session_that_was_planted_is_worth_nothing(victim: Victim) -> None:
    """The attacker has the victim's browser use a session that the attacker knows."""
    user = victim("asker")
    attacker, prey = Client(), Client()
    begin(attacker, "nobody")
    planted = attacker.cookies[configured.SESSION_COOKIE_NAME].value
    prey.cookies[configured.SESSION_COOKIE_NAME] = planted
    begin(prey, user.username)
    assert places(attacker) == [], "the attacker's half of the session is gone after the first step"
    assert answer(prey).status_code == 302
    assert is_in(prey)
    assert prey.cookies[configured.SESSION_COOKIE_NAME].value != planted
    assert not is_in(attacker)


def test_a_key_of_ones_own_choosing_is_not_taken(victim: Victim) -> None:
    client = Client()
    client.cookies[configured.SESSION_COOKIE_NAME] = "a" * 32
    enter(client, victim("asker"))
    assert client.cookies[configured.SESSION_COOKIE_NAME].value != "a" * 32


@pytest.mark.parametrize("end", ["reset", "inactive", "suspended", "signed out", "ended elsewhere"])
def test_no_session_outlives_its_right(victim: Victim, end: str) -> None:
    user = victim("asker")
    browsers = [Client() for _ in range(3)]
    for client in browsers:
        enter(client, user)
    kept = [client.cookies.output() for client in browsers]
    if end == "reset":
        issue_temporary_password(None, user)
    elif end == "inactive":
        User.objects.filter(pk=user.pk).update(is_active=False)
    elif end == "suspended":
        Authority.objects.filter(pk=user.authority_id).update(active=False)
    else:
        browsers[0].post("/account/sessions/end", {"others": "1"})
        browsers[0].post("/sign-out")
    for client, cookies in zip(browsers, kept, strict=True):
        client.cookies.load(cookies.replace("Set-Cookie: ", ""))
        assert not is_in(client)
    assert not Session.objects.filter(user=user, opened_at__isnull=False).exists()


def test_a_role_that_is_taken_away_is_gone_in_every_session(victim: Victim, stage: Stage) -> None:
    """Sessions go on, with what is left: a role, an access and a link are asked for at every click."""
    user = victim("answerer")
    browsers = [Client() for _ in range(2)]
    for client in browsers:
        enter(client, user)
    form = f"/requests/{stage.numbers['accepted']}/reply/"
    assert {client.get(form).status_code for client in browsers} == {200}
    RoleGrant.objects.filter(user=user, role="handler").delete()
    assert {client.get(form).status_code for client in browsers} == {403}
    assert all(is_in(client) for client in browsers)
    RoleGrant.objects.create(user=user, area_id=AREA, role="handler")
    Access.objects.filter(authority=user.authority_id, area=AREA).update(suspended=True)
    assert {client.get(form).status_code for client in browsers} <= {403, 404}


# --- temporary passwords (S-31) --------------------------------------------------------------------------------------


def test_a_temporary_password_cannot_be_replayed(victim: Victim) -> None:
    user = victim("asker")
    issue_temporary_password(None, user)
    password = secret_of(AccountMail.objects.get())
    first, thief = Client(), Client()
    assert begin(first, user.username, password)["Location"] == "/sign-in/own-password"
    assert begin(thief, user.username, password)["Location"] == "/sign-in/code"
    assert thief.get("/sign-in/own-password")["Location"] == "/sign-in"
    assert answer(thief).status_code == 422


def test_choosing_sent_twice_has_one_effect(victim: Victim) -> None:
    user = victim("asker")
    issue_temporary_password(None, user)
    client = Client()
    begin(client, user.username, secret_of(AccountMail.objects.get()))
    client.post("/sign-in/own-password", {"secret": OWN, "again": OWN})
    cookies = client.cookies.output().replace("Set-Cookie: ", "")
    assert client.post("/sign-in/own-code", {"secret": OWN_CODE, "again": OWN_CODE}).status_code == 302
    version = Credentials.objects.get(user=user).version
    replayed = Client()
    replayed.cookies.load(cookies)
    assert replayed.post("/sign-in/own-code", {"secret": CODE, "again": CODE}).status_code == 422
    assert not is_in(replayed)
    assert Credentials.objects.get(user=user).version == version


def test_choosing_changes_nothing_but_what_is_chosen(victim: Victim) -> None:
    """S-11: fields that no form has are sent along."""
    user = victim("reader")
    issue_temporary_password(None, user)
    client = Client()
    more = {
        "user": "1",
        "is_administrator": "on",
        "username": "root",
        "authority": "pt-coord",
        "version": "0",
        "email": "x@y.example",
    }
    begin(client, user.username, secret_of(AccountMail.objects.get()), fields=more)
    client.post("/sign-in/own-password", {"secret": OWN, "again": OWN, **more})
    client.post("/sign-in/own-code", {"secret": OWN_CODE, "again": OWN_CODE, **more})
    now = User.objects.get(pk=user.pk)
    for field in ("username", "is_administrator", "authority_id", "email"):
        assert getattr(now, field) == getattr(user, field)


# --- where one is led (S-24, S-25) -----------------------------------------------------------------------------------

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "///evil.example",
    "/%09/evil.example",
    "http:evil.example",
    "https:/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    " //evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "http://testserver@evil.example/",
    "//evil.example\\@testserver",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_step_leads_off_the_site(victim: Victim, target: str) -> None:
    user, client = victim("asker"), Client()
    found = [begin(client, user.username, fields={"next": target})["Location"]]
    given = {f"place{place}": CODE[place - 1] for place in places(client)}
    found.append(client.post("/sign-in/code", {**given, "next": target})["Location"])
    found.append(client.get("/sign-in", {"next": target})["Location"])
    issue_temporary_password(None, user)
    client = Client()
    secret = secret_of(AccountMail.objects.get())
    found.append(begin(client, user.username, secret, fields={"next": target})["Location"])
    found.append(client.post("/sign-in/own-password", {"secret": OWN, "again": OWN, "next": target})["Location"])
    chosen = client.post("/sign-in/own-code", {"secret": OWN_CODE, "again": OWN_CODE, "next": target})
    found.append(chosen["Location"])
    # One slash and then a path: a percent sign begins no host.
    assert all(re.match(r"/(?![/\\])[!-~]*$", location) for location in found), found


def test_the_link_in_a_mail_is_that_of_the_installation(victim: Victim) -> None:
    user = victim("asker")
    client = Client(headers={"Host": "localhost", "X-Forwarded-Host": "evil.example"})
    begin(client, user.username, "wrong")
    issue_temporary_password(None, user)
    account_mail.post_account_mail(timezone.now())
    body = OutgoingMail.objects.get(recipient=user.email, account_mail__isnull=False).body
    assert re.findall(r"https?://\S+", body) == [f"{configured.IMI_URL}/sign-in"]


def test_a_page_that_is_only_read_changes_nothing(victim: Victim) -> None:
    user, client = victim("asker"), Client()
    for path in ("/sign-in", "/sign-in/code", "/sign-in/own-password", "/sign-in/own-code"):
        client.get(path, {"username": user.username, "password": PASSWORD, "secret": OWN, "again": OWN})
    assert not Door.objects.exists()
    assert not SignIn.objects.exists()
