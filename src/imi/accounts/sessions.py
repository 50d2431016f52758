"""How long a session lasts: it ends after a pause, and at the latest after a working day.

``SESSION_IDLE_SECONDS`` and ``SESSION_LONGEST_SECONDS`` in the settings change the half hour and the twelve hours.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from imi.accounts.models import User

IDLE_SECONDS = 30 * 60
LONGEST_SECONDS = 12 * 3600

# A page view is written down at most so often, lest every page cost a write.
_STAMP_EVERY = 60

_OPENED, _SEEN = "opened_at", "seen_at"


def begin(session: SessionBase) -> None:
    """Start both clocks of a session."""
    session[_OPENED] = session[_SEEN] = int(time.time())


def seconds_left(session: SessionBase) -> int:
    """Return how long the session lasts if nothing more is done in it; 0 when it is over or was never begun."""
    now = time.time()
    idle = session.get(_SEEN, 0) + getattr(settings, "SESSION_IDLE_SECONDS", IDLE_SECONDS) - now
    whole = session.get(_OPENED, 0) + getattr(settings, "SESSION_LONGEST_SECONDS", LONGEST_SECONDS) - now
    return max(0, int(min(idle, whole)))


class SessionExpiryMiddleware:
    """Ends sessions whose time is over; stands behind Django's AuthenticationMiddleware.

    The page is then served as to anybody who is not signed in; ``request.session_expired`` lets it say why.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """End the session or note that it is in use, then serve the page."""
        request.session_expired = False  # type: ignore[attr-defined]
        if _SEEN in request.session:
            if not seconds_left(request.session):
                logout(request)
                request.session_expired = True  # type: ignore[attr-defined]
            elif time.time() - request.session[_SEEN] >= _STAMP_EVERY:
                self._stamp(request)
        return self.get_response(request)

    def _stamp(self, request: HttpRequest) -> None:
        request.session[_SEEN] = int(time.time())
        if isinstance(request.user, User):
            User.objects.filter(pk=request.user.pk).update(last_seen=timezone.now())
