"""Passkeys (WebAuthn, through the library ``fido2``): keys that only work on the site they were made for.

A challenge is drawn for each page that asks for a passkey, kept in the session and good for one answer. What a browser
answers is JSON that the library reads; whatever it cannot make sense of is a wrong answer. A passkey belongs to the
name under which the site is called: under another name browsers do not find it.
"""

from __future__ import annotations

import base64
import json
import logging
from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from imi.accounts.models import Factor, User

LONGEST_ANSWER = 20_000
_STATE = "passkey"
_NAME = "IMI"
_LONGEST_ID = 1023  # bytes; WebAuthn, 6.5.1

log = logging.getLogger("imi.accounts")


# --- making one ------------------------------------------------------------------------------------------------------


def registration(request: HttpRequest, user: User, have: list[Factor]) -> str:
    """Return what the browser is told to make a passkey with, as JSON; those that the person has are not made again."""
    entity = PublicKeyCredentialUserEntity(
        id=_handle(user), name=f"{user.get_full_name()} ({user.authority.name})", display_name=user.get_full_name()
    )
    options, state = _server(request).register_begin(
        entity,
        credentials=_descriptors(have),
        resident_key_requirement=ResidentKeyRequirement.PREFERRED,
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    request.session[_STATE] = {**state, "for": user.pk}
    return json.dumps(dict(options)["publicKey"])


def made(request: HttpRequest, user: User, answer: str) -> tuple[str, str, int] | None:
    """Return id, public key and counter of the passkey that a browser made; None if the answer is not right."""
    state = request.session.pop(_STATE, None)
    if state is None or state["for"] != user.pk:
        return None
    try:
        data = _server(request).register_complete(state, json.loads(answer))
        credential = data.credential_data
        if credential is None or len(credential.credential_id) > _LONGEST_ID:
            return None
        return (
            websafe_encode(credential.credential_id),
            base64.b64encode(bytes(credential)).decode(),
            data.counter,
        )
    except Exception as fault:  # whatever a hostile answer makes the library stumble over
        _refused(fault)
        return None


# --- using one -------------------------------------------------------------------------------------------------------


def question(request: HttpRequest, have: list[Factor] | None, verified: bool) -> str:
    """Return what the browser is told to use a passkey with, as JSON.

    Args:
        have: the person's passkeys, or None when nobody has said yet who it is and the browser offers what it has.
        verified: whether the device has to verify its owner, by a PIN or a fingerprint; such a proof is of two factors.
    """
    wanted = UserVerificationRequirement.REQUIRED if verified else UserVerificationRequirement.PREFERRED
    descriptors = None if have is None else _descriptors(have)
    options, state = _server(request).authenticate_begin(descriptors, user_verification=wanted)
    request.session[_STATE] = {**state, "for": 0}
    return json.dumps(dict(options)["publicKey"])


def accept(
    request: HttpRequest, answer: str, now: datetime, *, verified: bool, user: User | None = None
) -> User | None:
    """Return the owner of the passkey with which the question was answered rightly; None if it was not.

    Args:
        verified: whether the question must have been one to a device that verifies its owner.
        user: whose passkey it must be; None takes anybody's.
    """
    state = request.session.pop(_STATE, None)
    if state is None or state["for"] or Factor.Kind.PASSKEY not in settings.IMI_SECOND_FACTORS:
        return None
    if verified and state["user_verification"] != UserVerificationRequirement.REQUIRED:
        return None
    try:
        read = AuthenticationResponse.from_dict(json.loads(answer))
        found = Factor.objects.select_related("user__authority").filter(credential_id=websafe_encode(read.raw_id))
        passkey = (found if user is None else found.filter(user=user)).first()
        if passkey is None:
            return None
        handle = read.response.user_handle
        if handle and handle != _handle(passkey.user):
            return None
        credential = AttestedCredentialData(base64.b64decode(passkey.credential))
        _server(request).authenticate_complete(state, [credential], read)
        counter = read.response.authenticator_data.counter
    except Exception as fault:  # whatever a hostile answer makes the library stumble over
        _refused(fault)
        return None
    return passkey.user if _use(passkey, counter, now) else None


def _use(passkey: Factor, counter: int, now: datetime) -> bool:
    """Note a use; False if the passkey counts its signatures and this was not the next one: then there is a copy."""
    rows = Factor.objects.filter(pk=passkey.pk)
    rows = rows.filter(counter__lt=counter) if counter else rows.filter(counter=0)
    used = bool(rows.update(counter=counter, used_at=now))
    if not used:
        log.warning("a passkey counted backwards", extra={"event": "accounts.passkey_copied"})
    return used


def _refused(fault: Exception) -> None:
    log.info("a passkey was refused: %s", type(fault).__name__, extra={"event": "accounts.passkey_refused"})


def _server(request: HttpRequest) -> Fido2Server:
    """The library's server for the name under which the site is called; Django has checked that it is one of ours."""
    host = request.get_host()
    origin = f"{request.scheme}://{host}"
    entity = PublicKeyCredentialRpEntity(id=_without_port(host), name=_NAME)
    return Fido2Server(
        entity, attestation=AttestationConveyancePreference.NONE, verify_origin=lambda given: given == origin
    )


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _handle(user: User) -> bytes:
    """What a device keeps of whose passkey it is; it must say nothing about the person (WebAuthn, 14.6.1)."""
    return salted_hmac("imi.accounts.passkeys", str(user.pk), algorithm="sha256").digest()


def _descriptors(have: list[Factor]) -> list[PublicKeyCredentialDescriptor]:
    ids: list[Any] = [one.credential_id for one in have if one.kind == Factor.Kind.PASSKEY]
    return [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=websafe_decode(one)) for one in ids
    ]
