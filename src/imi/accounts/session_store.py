"""Where sessions are kept: rows that know their user, so that a person's sessions can be listed and ended.

The cookie's value is stored as a digest: whoever reads the database cannot take over a session. A session is read by
one prepared query; ending one deletes its row, and a request that was still running then does not bring it back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, SessionBase, UpdateError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.crypto import get_random_string

from imi.accounts.models import Session
from imi.database.prepared import prepared

OPENED, SEEN, ADDRESS, DEVICE = "opened_at", "seen_at", "address", "device"
"""Keys under which a session of a person holds what its row shows: seconds since 1970, and text."""

OUTSIDE = "outside"
"""Key under which a session holds which identity from outside the person came with, as an ``Origin`` says it."""

PROVED = "second_step"
"""Key of the session under which a first proof waits for the second one."""

NOBODYS = timedelta(hours=1)
"""How long a session lasts in which nobody is signed in: time enough for the steps of signing in."""


@prepared()
def _data(digest: str, now: datetime) -> QuerySet[Session, str]:
    return Session.objects.filter(digest=digest, expires_at__gt=now).values_list("data", flat=True)


def digest_of(session_key: str) -> str:
    """Return under which name a session is stored."""
    return hashlib.sha256(session_key.encode()).hexdigest()


class SessionStore(SessionBase):
    """Sessions in our own table; see Django's documentation of session engines for the methods."""

    _gone = False

    def load(self) -> dict[str, Any]:
        """Return what the session holds; a session that has ended holds nothing and loses its key."""
        found = _data(digest=digest_of(self.session_key), now=timezone.now()) if self.session_key else []
        if not found:
            self._gone, self._session_key = bool(self.session_key), None
            return {}
        return self.decode(found[0])

    def is_empty(self) -> bool:
        """Whether the browser is to forget the cookie.

        Not because its session is gone: a request of another tab may have replaced it a moment ago, and the answer to
        this one would take the new one from the browser.
        """
        return super().is_empty() and (self.modified or not self._gone)

    def exists(self, session_key: str) -> bool:
        """Whether there is a session under this key."""
        return Session.objects.filter(digest=digest_of(session_key)).exists()

    def create(self) -> None:
        """Store a new session under a key of its own; 32 random characters do not occur twice."""
        self._session_key = get_random_string(32, VALID_KEY_CHARS)
        self.save(must_create=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:
        """Store the session.

        Raises:
            UpdateError: it was ended meanwhile; it stays ended.
            CreateError: there is one under this key.
        """
        if self.session_key is None:
            self.create()
            return
        content = self._get_session(no_load=must_create)  # type: ignore[attr-defined] # Django's own, not in the stubs
        row = {"data": self.encode(content), "expires_at": self._expiry(content), **_columns(content)}
        digest = digest_of(self.session_key)
        if not must_create:
            if not Session.objects.filter(digest=digest).update(**row):
                raise UpdateError
            return
        try:
            with transaction.atomic():
                Session.objects.create(digest=digest, **row)
        except IntegrityError as fault:
            raise CreateError from fault

    def _expiry(self, content: Mapping[str, Any]) -> datetime:
        return self.get_expiry_date() if SESSION_KEY in content else timezone.now() + NOBODYS

    def delete(self, session_key: str | None = None) -> None:
        """End the session."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(digest=digest_of(key)).delete()

    def cycle_key(self) -> None:
        """Go on under a new key; the row under the old one is gone at once, the new one comes with the answer."""
        self._get_session()  # type: ignore[attr-defined]
        self.delete()
        self._session_key = None
        self.modified = True

    def step_on(self) -> bool:
        """Go on under a new key, if no other request has done so: of two that come with one cookie, one may.

        The other one's session is left as it is, so that it does not touch the cookie.
        """
        key = self.session_key
        if not key or not Session.objects.filter(digest=digest_of(key)).delete()[0]:
            return False
        self._session_key = None
        self.modified = True
        return True

    @classmethod
    def clear_expired(cls) -> None:
        """Forget sessions that are over."""
        forget_expired(timezone.now(), 10_000)


def forget_expired(now: datetime, most: int) -> int:
    """Forget sessions that are over; returns how many."""
    over = Session.objects.filter(expires_at__lt=now).values_list("pk", flat=True)[:most]
    return Session.objects.filter(pk__in=list(over)).delete()[0]


def _columns(content: Mapping[str, Any]) -> dict[str, Any]:
    user = content.get(SESSION_KEY) or content.get(PROVED, {}).get("user")  # half in: it ends with all others
    return {
        "user_id": int(user) if user else None,
        "opened_at": _moment(content.get(OPENED)),
        "seen_at": _moment(content.get(SEEN)),
        "address": content.get(ADDRESS),
        "device": content.get(DEVICE, ""),
        "outside_subject": content.get(OUTSIDE, {}).get("subject", ""),
        "outside_session": content.get(OUTSIDE, {}).get("session", ""),
    }


def _moment(seconds: int | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None
