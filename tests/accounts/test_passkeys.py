"""Passkeys, with a device made of software: what opens, and what does not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.contrib.auth import get_user
from django.http import HttpRequest
from django.utils import timezone
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from imi.accounts import doors, factors, gate, passkey_sign_in, passkeys, proving, second_step
from imi.accounts.models import Factor, SignIn, User
from imi.accounts.passkey_sign_in import Entry
from imi.accounts.second_step import Answer

from .conftest import attempts, browser, sign_in

pytestmark = pytest.mark.usefixtures("at_once")

ORIGIN = "http://testserver"


@dataclass
class Device:
    """A device that holds one passkey and may verify its owner."""

    number: int = 1
    verifies: bool = True
    counter: int = 0
    origin: str = ORIGIN
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    handle: str = ""

    @property
    def id(self) -> bytes:
        return bytes([self.number]) * 16

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        given = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(given).encode()

    def _flags(self) -> AuthenticatorData.FLAG:
        flags = AuthenticatorData.FLAG.UP
        return flags | AuthenticatorData.FLAG.UV if self.verifies else flags

    def make(self, options: str) -> str:
        """What a browser answers when a passkey is to be made."""
        asked = json.loads(options)
        self.handle = asked["user"]["id"]
        credential = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            hashlib.sha256(asked["rp"]["id"].encode()).digest(),
            self._flags() | AuthenticatorData.FLAG.AT,
            self.counter,
            credential,
        )
        attestation = AttestationObject.create("none", data, {})
        client = self._client("webauthn.create", asked)
        return self._answer({"clientDataJSON": client, "attestationObject": bytes(attestation)})

    def use(self, options: str) -> str:
        """What a browser answers when a passkey is asked for."""
        asked = json.loads(options)
        self.counter += bool(self.counter)
        data = AuthenticatorData.create(hashlib.sha256(asked["rpId"].encode()).digest(), self._flags(), self.counter)
        client = self._client("webauthn.get", asked)
        signature = self.key.sign(bytes(data) + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        parts = {"clientDataJSON": client, "authenticatorData": bytes(data), "signature": signature}
        return self._answer(parts, {"userHandle": self.handle} if self.handle else {})

    def _answer(self, parts: dict[str, bytes], more: dict[str, str] | None = None) -> str:
        response = {name: websafe_encode(value) for name, value in parts.items()} | (more or {})
        own = websafe_encode(self.id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": response})


def registered(user: User, device: Device | None = None) -> Device:
    """Give a person a passkey."""
    device, made = device or Device(), browser()
    answer = passkeys.made(made, user, device.make(passkeys.registration(made, user, [])))
    assert answer is not None
    factors.add_passkey(user.pk, "Key", *answer, now=timezone.now())
    return device


def halfway(name: str) -> HttpRequest:
    made = browser()
    assert sign_in(made, name) is not None
    return made


# --- making one ------------------------------------------------------------------------------------------------------


def test_an_answer_to_another_question_makes_none(people: dict[str, User]) -> None:
    made, other, user = browser(), browser(), people["rui"]
    foreign = Device().make(passkeys.registration(other, user, []))
    passkeys.registration(made, user, [])
    assert passkeys.made(made, user, foreign) is None
    own = Device().make(passkeys.registration(made, user, []))
    assert passkeys.made(made, people["ana"], own) is None
    assert passkeys.made(made, user, own) is None, "a question is good for one answer"


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", "x" * 1000, '{"rawId": 1, "response": {}}', "[" * 5000])
def test_nonsense_makes_none_and_opens_nothing(people: dict[str, User], answer: str) -> None:
    made, user = browser(), people["rui"]
    passkeys.registration(made, user, [])
    assert passkeys.made(made, user, answer) is None
    passkeys.question(made, None, verified=True)
    assert passkeys.accept(made, answer, timezone.now(), verified=True) is None


def test_a_false_page_makes_none(people: dict[str, User]) -> None:
    made, user = browser(), people["rui"]
    for origin in (
        "https://evil.example",
        "http://testserver.evil.example",
        "https://testserver",
        "http://testserver:1",
    ):
        options = passkeys.registration(made, user, [])
        assert passkeys.made(made, user, Device(origin=origin).make(options)) is None


def test_what_a_device_keeps_says_nothing_of_the_person(people: dict[str, User]) -> None:
    options = json.loads(passkeys.registration(browser(), people["rui"], []))
    assert people["rui"].username not in (options["user"]["name"], options["user"]["id"])
    assert options["user"]["id"] != websafe_encode(str(people["rui"].pk).encode())
    registered(people["rui"])
    again = json.loads(passkeys.registration(browser(), people["rui"], factors.of(people["rui"].pk)))
    assert again["excludeCredentials"][0]["id"] == websafe_encode(Device().id)


# --- as a second factor ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verifies", [True, False])
def test_a_passkey_is_a_second_factor(people: dict[str, User], verifies: bool) -> None:
    device = registered(people["rui"], Device(verifies=verifies))
    made = halfway("rui")
    answer = device.use(second_step.passkey_question(made, people["rui"]))
    assert second_step.answer_passkey(made, answer) == Answer(entered=True)
    assert get_user(made) == people["rui"]
    assert Factor.objects.get().used_at is not None


def test_somebody_elses_passkey_is_none(people: dict[str, User]) -> None:
    registered(people["rui"])
    other = registered(people["ana"], Device(number=2))
    made = halfway("rui")
    assert second_step.answer_passkey(made, other.use(second_step.passkey_question(made, people["rui"]))) == Answer()


def test_an_answer_is_good_once(people: dict[str, User]) -> None:
    device = registered(people["rui"])
    made = halfway("rui")
    step = dict(made.session.items())
    answer = device.use(second_step.passkey_question(made, people["rui"]))
    assert second_step.answer_passkey(made, answer).entered
    again = browser()
    again.session.update(step)
    second_step.passkey_question(again, people["rui"])
    assert second_step.answer_passkey(again, answer) == Answer()


def test_a_copy_of_a_passkey_that_counts_is_found_out(people: dict[str, User], caplog: Any) -> None:
    device = registered(people["rui"], Device(counter=7))
    copy = Device(counter=7, key=device.key, handle=device.handle)
    made = browser()
    assert passkeys.accept(
        made, device.use(passkeys.question(made, None, verified=True)), timezone.now(), verified=True
    )
    assert not passkeys.accept(
        made, copy.use(passkeys.question(made, None, verified=True)), timezone.now(), verified=True
    )
    assert "counted backwards" in caplog.text


# --- alone -----------------------------------------------------------------------------------------------------------


def test_a_passkey_that_verified_its_owner_opens_alone(people: dict[str, User]) -> None:
    device, made = registered(people["rui"]), browser()
    entry = passkey_sign_in.answer(made, device.use(passkey_sign_in.question(made)))
    assert entry == Entry(user=people["rui"])
    assert get_user(made) == people["rui"]
    assert attempts(people["rui"]) == [True]
    assert proving.is_fresh(made)


@pytest.mark.parametrize("what", ["unverified", "false page", "unknown", "inactive", "handle", "weaker question"])
def test_what_does_not_open_alone(people: dict[str, User], what: str) -> None:
    device, made = registered(people["rui"]), browser()
    options = passkey_sign_in.question(made)
    match what:
        case "unverified":
            device.verifies = False
        case "false page":
            device.origin = "https://evil.example"
        case "unknown":
            Factor.objects.all().delete()
        case "inactive":
            User.objects.filter(pk=people["rui"].pk).update(is_active=False)
        case "handle":
            device.handle = websafe_encode(b"somebody else")
        case "weaker question":
            options = passkeys.question(made, None, verified=False)
    assert passkey_sign_in.answer(made, device.use(options)) == Entry()
    assert get_user(made).is_anonymous
    assert not SignIn.objects.filter(ok=True).exists()


def test_a_lock_of_the_password_does_not_bind_a_passkey_and_stays(people: dict[str, User]) -> None:
    device = registered(people["rui"])
    for _ in range(5):
        made = halfway("rui")
        assert second_step.answer_code(made, "000000") == Answer()
    assert doors.locked([people["rui"].pk])
    made = browser()
    assert passkey_sign_in.answer(made, device.use(passkey_sign_in.question(made))).user == people["rui"]
    assert doors.locked([people["rui"].pk])


def test_nothing_is_told_of_whose_passkey_failed(people: dict[str, User]) -> None:
    device, made = registered(people["rui"], Device(verifies=False)), browser()
    found = [passkey_sign_in.answer(made, device.use(passkey_sign_in.question(made))) for _ in range(3)]
    assert found == [Entry()] * 3
    assert SignIn.objects.filter(user=None, ok=False).count() == 3


# --- proving anew ----------------------------------------------------------------------------------------------------


def test_a_passkey_proves_anew(people: dict[str, User]) -> None:
    device, made = registered(people["rui"]), browser()
    gate.open_session(made, people["rui"], two_factors=False)
    made.session["proved_at"] = 0
    assert not proving.is_fresh(made)
    answer = device.use(proving.passkey_question(made, people["rui"]))
    assert proving.by_passkey(made, people["rui"], answer).right
    assert proving.is_fresh(made)
    device.verifies, made.session["proved_at"] = False, 0
    answer = device.use(proving.passkey_question(made, people["rui"]))
    assert not proving.by_passkey(made, people["rui"], answer).right
    assert not proving.is_fresh(made)
