"""Pages for what goes wrong. They need no database, no session and no signed-in person."""

from __future__ import annotations

import logging
import sqlite3
import sys
import time

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from imi.site import jsonlog
from imi.web.context import bare
from imi.web.signing import kept

log = logging.getLogger("imi.errors")

RETRY_AFTER_SECONDS = 10
PAUSE_SECONDS = 1.0

# SQLite's primary result codes for a file that is locked, out of space, unreadable or gone; "no such table" is none of
# them, since it is a fault of the program and not of the surroundings.
_SQLITE_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}
# PostgreSQL's classes of SQLSTATE for connection faults, lack of resources and an operator's intervention.
_POSTGRESQL_AWAY = ("08", "53", "57P")


def database_is_away(fault: BaseException) -> bool:
    """Return whether a fault means that the database cannot serve anybody now (and not that a query was wrong)."""
    if isinstance(fault, InterfaceError):
        return True
    if not isinstance(fault, OperationalError):
        return False
    cause = fault.__cause__
    if isinstance(cause, sqlite3.Error):
        return (getattr(cause, "sqlite_errorcode", 0) & 0xFF) in _SQLITE_AWAY
    state = getattr(cause, "sqlstate", None)
    return state is None or state.startswith(_POSTGRESQL_AWAY)


def nobody_can_connect(fault: BaseException) -> bool:
    """Return whether a fault is that no connection to a database server can be made, which meets everybody alike.

    A locked or full SQLite file is not meant: that meets one request, and the next may pass.
    """
    return isinstance(fault, OperationalError) and getattr(fault.__cause__, "sqlstate", "") is None


_closed_until = 0.0


def is_known_to_be_away() -> bool:
    """Return whether a request of the last second found that nobody can connect to the database."""
    return time.monotonic() < _closed_until


def unavailable(fault: BaseException | None = None) -> HttpResponse:
    """Answer 503: the database is away, try again soon; what was typed has not been saved.

    ``fault`` is what the request met, or None when it was not even tried.
    """
    global _closed_until
    if fault is not None:
        log.error("the database cannot be reached", extra={"event": "database.away"})
        if nobody_can_connect(fault):
            _closed_until = time.monotonic() + PAUSE_SECONDS
    response = _page(503, retry_after=RETRY_AFTER_SECONDS)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response


def malformed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400: the request was not understood. Its parts are not trusted to draw the page."""
    return _page(400)


def too_large() -> HttpResponse:
    """Answer 413: more was sent at once than this site takes."""
    megabytes = settings.LARGEST_REQUEST // (1024 * 1024)
    reason = _("What you sent is larger than the %(megabytes)d megabytes that this site takes at once.")
    return _page(413, template=400, reason=reason % {"megabytes": megabytes})


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403: not for this person; says why when the program gave a reason."""
    return _page(403, request, reason=str(exception or ""))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form that did not come from a page of this site, or came after the session had ended.

    What somebody typed into a page of this site, and sent after signing in anew beside it, is kept to be looked at.
    """
    if kept.came_from_here(request) and request.user.is_authenticated and kept.keep(request, request.user.pk):
        return HttpResponseRedirect(kept.first(request, "/"))
    return _page(403, request, reason=_("This form is no longer valid. Go back, reload the page and send it again."))


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404: there is no such page, or not for this person."""
    return _page(404, request)


def broken(request: HttpRequest) -> HttpResponse:
    """Answer 500, or 503 when the database is the reason (the session's own query fails outside of any view)."""
    fault = sys.exc_info()[1]
    return unavailable(fault) if fault and database_is_away(fault) else _page(500)


def _page(status: int, request: HttpRequest | None = None, template: int = 0, **details: object) -> HttpResponse:
    """Render ``errors/<status>.html``, or the page of another status when that one has none of its own.

    With a request the page keeps its header for the signed-in person. That needs the session and the database, so when
    it fails the same page is drawn without them.
    """
    context = {"request_id": jsonlog.request_id.get(), "reason": "", **details}
    file = f"errors/{template or status}.html"
    if request is not None:
        try:
            # A copy: what belongs to the request is added to it.
            return HttpResponse(render_to_string(file, {**context}, request), status=status)
        except Exception:
            log.warning("the error page had to be drawn without its header", exc_info=True)
    return HttpResponse(render_to_string(file, {**bare(), **context}), status=status)
