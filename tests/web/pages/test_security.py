"""The pages about one's own way to sign in, and the second step of signing in."""

from __future__ import annotations

import base64
import re
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings as configured
from django.contrib.auth.hashers import make_password
from django.test import Client

from imi.accounts import doors, factors, recovery, totp
from imi.accounts.actions import issue_temporary_password
from imi.accounts.models import AccountMail, Credentials, Factor, Session, User
from imi.accounts.outbox import secret_of
from tests.exchanges.conftest import World
from tests.web.pages.conftest import Visit
from tests.web.pages.test_signing import CODE, PASSWORD, attempt, first_step, person

__all__ = ["person"]

BASE = "/account/security/"
LONG = "four horses under a bridge"


def app_of(user: User) -> TOTP:
    """Give a person an app."""
    from django.utils import timezone

    sealed = totp.new_secret(user.pk)
    factors.add_app(user.pk, "App", sealed, 0, timezone.now())
    return from_key(totp.key_text(sealed, user.pk))


def from_key(key: str) -> TOTP:
    return TOTP(base64.b32decode(key.replace(" ", "")), 6, SHA1(), 30)


def shown(app: TOTP, ahead: int = 0) -> str:
    return app.generate(time.time() + ahead).decode()


def signed_in(user: User) -> Client:
    User.objects.filter(pk=user.pk).update(language="en")
    client = Client()
    answer = attempt(client, user.username, PASSWORD)
    assert answer["Location"] == "/"
    return client


def forget_proof(client: Client, at: int = 0) -> None:
    session = client.session
    session["proved_at"] = at
    session.save()


# --- the second step -------------------------------------------------------------------------------------------------


def test_the_second_step_leads_where_one_wanted_to_go(person: User) -> None:
    app, client = app_of(person), Client()
    halfway = attempt(client, person.username, PASSWORD, next="/tasks/")
    assert halfway["Location"] == "/sign-in/second?next=%2Ftasks%2F"
    assert client.get("/tasks/").status_code == 302
    page = client.get(halfway["Location"]).text
    assert "Code of your app, or a recovery code" in page
    assert "passkeys.js" not in page
    wrong = client.post("/sign-in/second", {"code": "nonsense", "next": "/tasks/"})
    assert wrong.status_code == 422
    assert "This is not right" in wrong.text
    assert "nonsense" not in wrong.text.partition("<form")[0]
    done = client.post("/sign-in/second", {"code": shown(app), "next": "/tasks/"})
    assert (done.status_code, done["Location"]) == (302, "/tasks/")
    assert configured.IMI_DEVICE_COOKIE_NAME in client.cookies
    assert client.get("/tasks/").status_code == 200


def test_whoever_answers_too_fast_is_told_when_to_come_back(person: User, monkeypatch: pytest.MonkeyPatch) -> None:
    app_of(person)
    attempt(client := Client(), person.username, PASSWORD)
    monkeypatch.setattr(doors, "DELAYS", (0, 1, 2, 4, 8))
    client.post("/sign-in/second", {"code": "1"})
    client.post("/sign-in/second", {"code": "1"})
    answer = client.post("/sign-in/second", {"code": "1"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1


def test_a_lock_in_the_second_step_looks_like_any_other(person: User) -> None:
    app_of(person)
    attempt(client := Client(), person.username, PASSWORD)
    for _ in range(doors.FAILURES_ALLOWED):
        assert "This is not right" in client.post("/sign-in/second", {"code": "1"}).text
    over = client.post("/sign-in/second", {"code": "1"})
    assert over.status_code == 422
    assert "the user is locked" in over.text
    assert client.get("/sign-in/second")["Location"] == "/sign-in"


def test_the_first_sign_in_of_an_administrator_sets_a_factor_up(person: User, settings: Any) -> None:
    settings.IMI_SIGN_IN = "strong"
    User.objects.filter(pk=person.pk).update(is_administrator=True)
    issue_temporary_password(None, person)
    client = Client()
    first_step(client, person.username, secret_of(AccountMail.objects.exclude(sealed="").get()))
    assert client.post("/sign-in/own-password", {"secret": "short1!A", "again": "short1!A"}).status_code == 422
    client.post("/sign-in/own-password", {"secret": LONG, "again": LONG})
    code = "Tm4!vB8#sD2x"
    chosen = client.post("/sign-in/own-code", {"secret": code, "again": code, "next": "/tasks/"})
    assert chosen["Location"] == "/sign-in/set-up?next=%2Ftasks%2F"
    for path in ("/", "/tasks/", BASE, "/account/"):
        assert client.get(path)["Location"].startswith("/sign-in") or path == "/"
    assert "Set up a passkey" in client.get(chosen["Location"]).text
    page = client.get("/sign-in/set-up/app?next=/tasks/").text
    assert "<svg" in page
    assert "style=" not in page.partition("<svg")[2].partition("</svg>")[0]
    app = from_key(re.search(r'imi-key">([^<]+)<', page)[1])  # type: ignore[index]
    done = client.post("/sign-in/set-up/app", {"code": shown(app), "name": "Telephone", "next": "/tasks/"})
    assert done["Location"] == "/account/security/recovery?next=%2Ftasks%2F"
    codes = re.findall(r"<code>([a-z0-9-]{19})</code>", client.get(done["Location"]).text)
    assert len(set(codes)) == 10
    stored = str(list(Session.objects.values_list("data", flat=True)))
    assert codes[0] not in stored
    assert client.post(done["Location"], {"next": "/tasks/"})["Location"] == "/tasks/"
    assert client.get(done["Location"])["Location"] == BASE
    assert Factor.objects.get().name == "Telephone"


def test_setting_up_is_for_those_who_must(person: User) -> None:
    app_of(person)
    attempt(client := Client(), person.username, PASSWORD)
    for path in ("/sign-in/set-up", "/sign-in/set-up/app", "/sign-in/set-up/passkey"):
        assert client.get(path)["Location"] == "/sign-in"
        assert client.post(path, {"code": "1", "name": "x"}).status_code == 422
    assert Factor.objects.count() == 1


def test_whoever_holds_an_old_first_proof_adds_nothing_to_a_factor_that_was_set_up_meanwhile(
    person: User, settings: Any
) -> None:
    User.objects.filter(pk=person.pk).update(is_administrator=True)
    settings.IMI_SIGN_IN = "strong"
    thief = Client()
    assert attempt(thief, person.username, PASSWORD)["Location"] == "/sign-in/set-up"
    key = re.search(r'imi-key">([^<]+)<', thief.get("/sign-in/set-up/app").text)[1]  # type: ignore[index]
    app_of(person)
    done = thief.post("/sign-in/set-up/app", {"code": shown(from_key(key)), "name": "Mine"})
    assert done.status_code == 422
    assert len(factors.of(person.pk)) == 1
    assert thief.get("/account/").status_code == 302
    for path in ("/sign-in/set-up", "/sign-in/set-up/app", "/sign-in/set-up/passkey"):
        assert thief.get(path)["Location"] == "/sign-in"


def test_kinds_that_are_off_are_not_offered(person: User, settings: Any) -> None:
    client = signed_in(person)
    assert "Add a passkey" in client.get(BASE).text
    settings.IMI_SECOND_FACTORS = ("totp",)
    page = client.get(BASE).text
    assert "Add a passkey" not in page
    assert "Add an app" in page
    assert client.post(f"{BASE}passkey", {"name": "x", "passkey": "{}"}).status_code == 422
    assert "passkey" not in Client().get("/sign-in").text
    assert Client().get("/sign-in/passkey").status_code == 404
    settings.IMI_SECOND_FACTORS = ()
    assert "switched off" in client.get(BASE).text


# --- proving anew ----------------------------------------------------------------------------------------------------

CHANGING = ["code", "app", "passkey", "recovery/new"]


@pytest.mark.parametrize("path", CHANGING)
def test_nothing_is_changed_without_a_fresh_proof(person: User, path: str) -> None:
    app = app_of(person)
    client = Client()
    attempt(client, person.username, PASSWORD)
    client.post("/sign-in/second", {"code": shown(app)})
    assert client.get(BASE + path).status_code == 200
    forget_proof(client, int(time.time()) - 601)
    for method in ("get", "post"):
        sent = getattr(client, method)(BASE + path, {"secret": "Tm4!vB8#sD2x", "again": "Tm4!vB8#sD2x"})
        assert sent["Location"] == f"{BASE}prove?next=%2Faccount%2Fsecurity%2F{path.replace('/', '%2F')}"
    assert recovery.left(person.pk) == 0
    alone = client.post(f"{BASE}prove", {"password": PASSWORD, "code": "1"})
    assert alone.status_code == 422
    assert client.post(f"{BASE}prove", {"password": "wrong", "code": shown(app, 30)}).status_code == 422
    right = {"password": PASSWORD, "code": shown(app, 30), "next": BASE + path}
    assert client.post(f"{BASE}prove", right)["Location"] == BASE + path
    assert client.get(BASE + path).status_code == 200


def test_a_thief_of_a_session_does_not_guess_the_password(person: User) -> None:
    client = signed_in(person)
    forget_proof(client)
    for _ in range(doors.FAILURES_ALLOWED):
        assert client.post(f"{BASE}prove", {"password": "wrong"}).status_code == 422
    over = client.post(f"{BASE}prove", {"password": PASSWORD})
    assert "the user is locked" in over.text
    assert client.get("/tasks/").status_code == 302
    assert doors.locked([person.pk])


# --- password and code -----------------------------------------------------------------------------------------------


def test_a_changed_password_signs_out_everywhere_else(person: User) -> None:
    client, elsewhere = signed_in(person), signed_in(person)
    device = elsewhere.cookies[configured.IMI_DEVICE_COOKIE_NAME].value
    new = {"secret": "Zk7!bbqx", "again": "Zk7!bbqx"}
    wrong = client.post(f"{BASE}password", {"present": "wrong", **new})
    assert wrong.status_code == 422
    assert "This is not your present password" in wrong.text
    weak = client.post(f"{BASE}password", {"present": PASSWORD, "secret": "short", "again": "short"})
    assert "at least 8 characters" in weak.text
    assert client.post(f"{BASE}password", {"present": PASSWORD, **new})["Location"] == BASE
    assert client.get("/tasks/").status_code == 200
    assert elsewhere.get("/tasks/").status_code == 302
    assert client.cookies[configured.IMI_DEVICE_COOKIE_NAME].value != device
    assert attempt(Client(), person.username, PASSWORD).status_code == 422
    assert attempt(Client(), person.username, "Zk7!bbqx").status_code == 302
    assert "secret_changed" in AccountMail.objects.values_list("kind", flat=True)


def test_the_rule_of_the_profile_holds(person: User, settings: Any) -> None:
    client = signed_in(person)
    settings.IMI_SIGN_IN = "strong"
    assert "15" in client.get(f"{BASE}password").text
    short = client.post(f"{BASE}password", {"present": PASSWORD, "secret": "Zk7!bbqx", "again": "Zk7!bbqx"})
    assert "at least 15 characters" in short.text
    assert client.post(f"{BASE}password", {"present": PASSWORD, "secret": LONG, "again": LONG}).status_code == 302


def test_a_changed_code_is_asked_from_then_on(person: User) -> None:
    client, elsewhere = signed_in(person), signed_in(person)
    weak = client.post(f"{BASE}code", {"secret": "Password2024", "again": "Password2024"})
    assert "a month, or a year" in weak.text
    assert client.post(f"{BASE}code", {"secret": "Tm4!vB8#sD2x", "again": "Tm4!vB8#sD2x"})["Location"] == BASE
    assert client.get("/tasks/").status_code == 200
    assert elsewhere.get("/tasks/").status_code == 302
    assert attempt(Client(), person.username, PASSWORD, CODE).status_code == 422
    assert attempt(Client(), person.username, PASSWORD, "Tm4!vB8#sD2x").status_code == 302


def test_whoever_has_no_password_is_not_asked_to_change_one(person: User, visit: Visit) -> None:
    client = visit("asker")
    User.objects.filter(pk=person.pk).update(password=make_password(None))
    client.force_login(User.objects.get(pk=person.pk))
    assert "You have no password here" in client.get(BASE).text
    assert client.post(f"{BASE}password", {"present": "", "secret": LONG, "again": LONG}).status_code == 422


def test_recovery_codes_left_on_the_screen_are_not_shown_to_whoever_comes_later(person: User, visit: Visit) -> None:
    app_of(person)
    client = visit("asker")
    here = client.post(f"{BASE}recovery/new")["Location"]
    forget_proof(client, int(time.time()) - 601)
    assert client.get(here)["Location"].startswith(f"{BASE}prove?next=")
    forget_proof(client, int(time.time()))
    assert len(re.findall(r"<code>([a-z0-9-]{19})</code>", client.get(here).text)) == 10


# --- factors ---------------------------------------------------------------------------------------------------------


def test_a_factor_is_renamed_and_removed(person: User, world: World, visit: Visit) -> None:
    app_of(person)
    (factor,) = factors.of(person.pk)
    client = visit("asker")
    assert client.post(f"{BASE}factors/{factor.pk}/name", {"name": ""}).status_code == 422
    assert client.post(f"{BASE}factors/{factor.pk}/name", {"name": "<b>Key</b>"}).status_code == 302
    assert "&lt;b&gt;Key&lt;/b&gt;" in client.get(BASE).text
    stranger = visit("answerer")
    for path in (f"{BASE}factors/{factor.pk}/name", f"{BASE}factors/{factor.pk}/remove"):
        assert stranger.get(path).status_code == 404
        assert stranger.post(path, {"name": "Mine"}).status_code == 404
    assert "Remove" in client.get(f"{BASE}factors/{factor.pk}/remove").text
    assert Factor.objects.count() == 1
    assert client.post(f"{BASE}factors/{factor.pk}/remove").status_code == 302
    assert not Factor.objects.exists()


def test_the_last_factor_of_an_administrator_stays(person: User, visit: Visit, settings: Any) -> None:
    User.objects.filter(pk=person.pk).update(is_administrator=True)
    settings.IMI_SIGN_IN = "strong"
    app_of(person)
    (factor,) = factors.of(person.pk)
    client = visit("asker")
    refused = client.post(f"{BASE}factors/{factor.pk}/remove")
    assert refused.status_code == 422
    assert "Add another one before" in refused.text


def test_the_page_takes_a_fixed_number_of_statements(person: User, visit: Visit, django_assert_max_num_queries) -> None:
    client = visit("asker")
    for _ in range(3):
        app_of(person)
    client.get(BASE)
    with django_assert_max_num_queries(9):
        assert client.get(BASE).status_code == 200


def test_the_key_of_an_app_stays_until_it_is_confirmed_and_is_sealed(visit: Visit) -> None:
    client = visit("asker")
    keys = {re.search(r'imi-key">([^<]+)<', client.get(f"{BASE}app").text)[1] for _ in range(2)}  # type: ignore[index]
    assert len(keys) == 1
    assert keys.pop().replace(" ", "") not in str(client.session.items())
    assert Credentials.objects.exists()


# --- the history -----------------------------------------------------------------------------------------------------


def test_the_history_says_by_which_means_and_what_failed(person: User) -> None:
    attempt(Client(), person.username, "wrong")
    first_step(Client(), person.username, PASSWORD)
    app = app_of(person)
    attempt(Client(), person.username, PASSWORD)
    attempt(client := Client(), person.username, PASSWORD)
    client.post("/sign-in/second", {"code": shown(app)})
    User.objects.filter(pk=person.pk).update(language="en")
    for page in (client.get(BASE).text, client.get("/account/").text):
        history = page.partition('id="sign-ins"')[2].partition("</section>")[0]
        for said in (
            "Password and security code, code of an app",
            "The second factor was not given.",
            "Begun and not finished.",
            "Password or security code was wrong.",
        ):
            assert said in history


def test_a_proof_of_a_clock_that_was_ahead_is_good_for_no_longer(person: User) -> None:
    client = signed_in(person)
    assert client.get(f"{BASE}app").status_code == 200
    forget_proof(client, int(time.time()) + 3600)
    assert client.get(f"{BASE}app")["Location"].startswith(f"{BASE}prove")
