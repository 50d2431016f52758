"""Hashing passwords without standing in everybody's way.

An Argon2id hash takes a processor core for more than twenty milliseconds and 19 MiB, so a burst of sign-ins could take
all cores and much memory. At most as many are computed at once as the machine has cores; a few more wait a moment, and
whoever comes beyond that is told to come back.
"""

from __future__ import annotations

import os
import threading
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password, make_password

AT_ONCE = os.cpu_count() or 1
QUEUE = 50
PATIENCE_SECONDS = 3.0
COME_BACK_SECONDS = 5


class Busy(Exception):
    """Too many sign in at this moment; nothing was tried and nothing was counted."""


_free = threading.BoundedSemaphore(AT_ONCE)
_waiting = threading.BoundedSemaphore(AT_ONCE + QUEUE)


@contextmanager
def place() -> Iterator[None]:
    """Hold one of the places in which hashes are computed.

    Raises:
        Busy: the queue is full, or no place became free within a few seconds.
    """
    if not _waiting.acquire(blocking=False):
        raise Busy
    try:
        if not _free.acquire(timeout=PATIENCE_SECONDS):
            raise Busy
        try:
            yield
        finally:
            _free.release()
    finally:
        _waiting.release()


def normal(secret: str) -> str:
    """Return a secret in one form, whatever keyboard wrote it (NIST SP 800-63B, 3.1.1.2: NFKC)."""
    return unicodedata.normalize("NFKC", secret)


def hashed(secret: str) -> str:
    """Return what is stored of a password."""
    return make_password(normal(secret))


def matches(secret: str, stored: str, keep: Callable[[str], None] | None = None) -> bool:
    """Return whether a password is the one that was stored; costs one hash in every case.

    Args:
        secret: what was typed.
        stored: the stored hash, or "" where nothing may match.
        keep: is given the password again when its hash has to be computed anew at today's cost.
    """
    return check_password(normal(secret), stored or UNUSABLE_PASSWORD_PREFIX, setter=keep)
