"""The security code of twelve characters, of which three are asked at each sign-in.

The code has to be readable for that, so it cannot be hashed: a hash for each three characters would give the whole code
away to whoever has the database. It is sealed under the key ring instead, bound to its user and the version of the
credentials, and opened in one place only, :func:`verifies`, which says yes or no.
"""

from __future__ import annotations

import hmac
import itertools
import logging
import secrets
from functools import lru_cache

from django.utils.crypto import salted_hmac

from imi.accounts import keyring
from imi.accounts.hashing import normal
from imi.accounts.strength import CODE_LENGTH

ASKED = 3
PLACES = tuple(" ".join(map(str, places)) for places in itertools.combinations(range(1, CODE_LENGTH + 1), ASKED))
"""Every choice of three places, counted from 1, as it is stored."""

log = logging.getLogger("imi.accounts")


def sealed(code: str, user_id: int, version: int) -> str:
    """Return what is stored of a code."""
    return keyring.seal(normal(code).encode(), _context(user_id, version))


def sealed_anew(stored: str, user_id: int, version: int) -> str:
    """Return the same code under the key that seals now.

    Raises:
        Unreadable: its key is not in the ring.
    """
    context = _context(user_id, version)
    return keyring.seal(keyring.unseal(stored, context), context)


def carried_over(stored: str, user_id: int, version: int) -> str:
    """Return the same code for the next version of the credentials; one that nobody can read stays as it is."""
    if not stored:
        return ""
    try:
        return keyring.seal(keyring.unseal(stored, _context(user_id, version)), _context(user_id, version + 1))
    except keyring.Unreadable:
        return stored


def verifies(stored: str, user_id: int, version: int, places: str, characters: str) -> bool:
    """Return whether these are the characters of a code at the places asked.

    Where there is no code the same work is done, so that time does not tell. All characters are compared at once: no
    answer says which of them was right.
    """
    closed = stored or _nobodys(keyring.ring().current)
    owner = (user_id, version) if stored else (0, 0)
    try:
        code = keyring.unseal(closed, _context(*owner)).decode()
    except keyring.Unreadable:
        log.exception("a security code cannot be read", extra={"event": "accounts.code_unreadable"})
        return False
    wanted = "".join(code[int(place) - 1] for place in places.split())
    same = hmac.compare_digest(wanted.encode(), normal(characters)[: 2 * ASKED].encode())
    return same and bool(stored)


def draw(other_than: str = "") -> str:
    """Draw three places, not the ones that were just answered."""
    return secrets.choice([places for places in PLACES if places != other_than])


def places_for(name: str) -> str:
    """Return the places asked under a name that has none of its own: always the same ones, and nobody can tell."""
    number = int.from_bytes(salted_hmac("imi.accounts.codes", name, algorithm="sha256").digest()[:8])
    return PLACES[number % len(PLACES)]


def _context(user_id: int, version: int) -> str:
    return f"code:{user_id}:{version}"


@lru_cache(maxsize=2)
def _nobodys(_key: str) -> str:
    return sealed("".join(secrets.choice("abcdefgh") for _ in range(CODE_LENGTH)), 0, 0)
