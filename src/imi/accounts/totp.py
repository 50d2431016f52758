"""Codes of an app: six digits that follow from a shared secret and the time (RFC 6238, as every such app has them).

The secret is sealed under the key ring and bound to its user. A code is taken in its half minute and the ones beside
it, since clocks differ, and each time step is accepted once only (RFC 6238, 5.2): whoever looks over a shoulder has
nothing.
"""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
from datetime import datetime

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from imi.accounts import keyring
from imi.accounts.models import Factor

DIGITS = 6
STEP_SECONDS = 30
_SECRET_BYTES = 20  # RFC 4226, 4: at least 128 bits, better 160
_ISSUER = "IMI"

log = logging.getLogger("imi.accounts")


def new_secret(user_id: int) -> str:
    """Return a new secret, sealed: neither a session nor a row holds it in the open."""
    return keyring.seal(secrets.token_bytes(_SECRET_BYTES), _context(user_id))


def is_readable(sealed: str, user_id: int) -> bool:
    """Return whether this is a sealed secret of this user."""
    try:
        keyring.unseal(sealed, _context(user_id))
    except keyring.Unreadable:
        return False
    return True


def sealed_anew(stored: str, user_id: int) -> str:
    """Return the same secret under the key that seals now.

    Raises:
        Unreadable: its key is not in the ring.
    """
    return keyring.seal(keyring.unseal(stored, _context(user_id)), _context(user_id))


def key_text(sealed: str, user_id: int) -> str:
    """Return the secret as it is typed into an app, in groups of four.

    Raises:
        Unreadable: its key is not in the ring.
    """
    text = base64.b32encode(keyring.unseal(sealed, _context(user_id))).decode()
    return " ".join(text[index : index + 4] for index in range(0, len(text), 4))


def address(sealed: str, user_id: int, person: str) -> str:
    """Return the address that an app reads off the drawn square; ``person`` is what the app shows.

    Raises:
        Unreadable: its key is not in the ring.
    """
    return _generator(sealed, user_id).get_provisioning_uri(person, _ISSUER)


def step_of(sealed: str, user_id: int, typed: str, now: datetime) -> int | None:
    """Return the time step to which a code belongs, None if it is not one of the present three."""
    digits = "".join(typed.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdigit()):
        return None
    try:
        made = _generator(sealed, user_id)
    except keyring.Unreadable:
        log.exception("the secret of an app cannot be read", extra={"event": "accounts.factor_unreadable"})
        return None
    present = int(now.timestamp()) // STEP_SECONDS
    fitting = [
        step
        for step in (present, present - 1, present + 1)
        if hmac.compare_digest(made.generate(step * STEP_SECONDS), digits.encode())
    ]
    return max(fitting, default=None)


def accept(user_id: int, typed: str, now: datetime) -> bool:
    """Return whether this is a present code of one of a person's apps, and use its time step up."""
    return any(
        _use(app, step, now)
        for app in Factor.objects.filter(user=user_id, kind=Factor.Kind.TOTP)
        if (step := step_of(app.sealed, user_id, typed, now)) is not None
    )


def _use(app: Factor, step: int, now: datetime) -> bool:
    """Use a time step up; False if it, or a later one, was used before, also a moment ago by somebody else."""
    return bool(Factor.objects.filter(pk=app.pk, counter__lt=step).update(counter=step, used_at=now))


def _generator(sealed: str, user_id: int) -> TOTP:
    # SHA-1 is what all apps understand; as a keyed digest it is sound (RFC 6238, 1.2).
    return TOTP(keyring.unseal(sealed, _context(user_id)), DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303


def _context(user_id: int) -> str:
    return f"totp:{user_id}"
