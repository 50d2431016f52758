"""How long a session lasts, and how it is ended: after a pause, after a working day, or by its owner.

``SESSION_IDLE_SECONDS`` and ``SESSION_LONGEST_SECONDS`` in the settings change the half hour and the twelve hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from imi.accounts.models import Session, User
from imi.accounts.session_store import OPENED, SEEN, digest_of
from imi.database.prepared import prepared

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600

PROVED_AT = "proved_at"
"""Key under which a session holds when its person proved last who it is; see :mod:`imi.accounts.proving`."""

FRESH_SECONDS = 10 * 60
"""For how long such a proof is good for what the account hangs on."""

# A page view is written down at most so often, lest every page cost a write.
_STAMP_EVERY = 60


def begin(session: SessionBase) -> None:
    """Start the clocks of a session, in which somebody has just proved who it is."""
    session[OPENED] = session[SEEN] = session[PROVED_AT] = int(time.time())


def is_fresh(session: SessionBase) -> bool:
    """Return whether the person has proved who it is in the last minutes; none was proved in what is yet to come."""
    return abs(time.time() - session.get(PROVED_AT, 0)) < FRESH_SECONDS


def seconds_left(session: SessionBase) -> int:
    """Return how long the session lasts if nothing more is done in it; 0 when it is over or was never begun."""
    now = time.time()
    idle = session.get(SEEN, 0) + _idle_seconds() - now
    whole = session.get(OPENED, 0) + _longest_seconds() - now
    return max(0, int(min(idle, whole)))


def _idle_seconds() -> int:
    return getattr(settings, "SESSION_IDLE_SECONDS", IDLE_SECONDS)


def _longest_seconds() -> int:
    return getattr(settings, "SESSION_LONGEST_SECONDS", LONGEST_SECONDS)


# --- a person's own sessions -----------------------------------------------------------------------------------------


def running(user_id: int) -> list[Session]:
    """Return a person's sessions that have not ended, the one used last first."""
    now = timezone.now()
    idle, whole = now - timedelta(seconds=_idle_seconds()), now - timedelta(seconds=_longest_seconds())
    return _running(user=user_id, idle=idle, whole=whole)


@prepared()
def _running(user: int, idle: datetime, whole: datetime) -> QuerySet[Session, Session]:
    return Session.objects.filter(user=user, seen_at__gt=idle, opened_at__gt=whole).order_by("-seen_at", "-pk")[:50]


def is_this_one(session: SessionBase, row: Session) -> bool:
    """Return whether a row is that of the session in which somebody looks at it."""
    return bool(session.session_key) and row.digest == digest_of(str(session.session_key))


def end_session(user_id: int, session_id: int) -> bool:
    """End one session of a person; somebody else's stays. Returns whether there was one."""
    return bool(Session.objects.filter(user=user_id, pk=session_id).delete()[0])


def end_sessions(users: Iterable[int], but: SessionBase | None = None) -> int:
    """End all sessions of these people at once, but the one given; returns how many.

    For a reset of the credentials, for people and authorities that are suspended, and for whoever signs out everywhere.
    """
    found = Session.objects.filter(user__in=list(users))
    if but is not None and but.session_key:
        found = found.exclude(digest=digest_of(but.session_key))
    return found.delete()[0]


class SessionExpiryMiddleware:
    """Ends sessions whose time is over; stands behind Django's AuthenticationMiddleware.

    The page is then served as to anybody who is not signed in; ``request.session_expired`` lets it say why. A session
    whose user or authority is no longer active ends for good, not only for as long as that lasts.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """End the session or note that it is in use, then serve the page."""
        request.session_expired = False  # type: ignore[attr-defined]
        request.session_user = 0  # type: ignore[attr-defined] # whose session has just ended
        if SEEN in request.session:
            if not seconds_left(request.session):
                request.session_user = int(request.session.get(SESSION_KEY, 0))  # type: ignore[attr-defined]
                logout(request)
                request.session_expired = True  # type: ignore[attr-defined]
            elif SESSION_KEY in request.session and not request.user.is_authenticated:
                logout(request)
            elif time.time() - request.session[SEEN] >= _STAMP_EVERY:
                self._stamp(request)
        return self.get_response(request)

    def _stamp(self, request: HttpRequest) -> None:
        request.session[SEEN] = int(time.time())
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(last_seen=timezone.now())
