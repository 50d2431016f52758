"""What every request passes through: its id, the headers of its answer, and what happens when the database is away."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

from imi.site import errors, health, jsonlog

log = logging.getLogger("imi.request")

Handler = Callable[[HttpRequest], HttpResponseBase]

_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id, returns it as ``X-Request-ID`` and writes one log line when it is answered.

    An id that a proxy in front has already given is kept when it is short and plain; anything else is replaced, so
    that nobody can write into the log.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request inside its own log context."""
        given = request.headers.get("X-Request-ID", "")
        identity = given if _ACCEPTABLE_ID.fullmatch(given) else secrets.token_hex(8)
        token = jsonlog.request_id.set(identity)
        request.request_id = identity  # type: ignore[attr-defined]
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = identity
            _note(request, response, started)
            return response
        finally:
            jsonlog.request_id.reset(token)


def _note(request: HttpRequest, response: HttpResponseBase, started: float) -> None:
    """Write the line of an answered request: the name of its route, never its path or query."""
    if request.path in health.PAGES and response.status_code == 200:
        return  # asked every few seconds by machines
    route = request.resolver_match.view_name if request.resolver_match else ""
    log.info(
        "answered",
        extra={
            "event": "request.answered",
            "route": route,
            "method": request.method,
            "status": response.status_code,
            "ms": round((time.perf_counter() - started) * 1000, 1),
        },
    )


class HealthMiddleware:
    """Answers machines that ask about health, ahead of hosts, sessions and languages.

    A load balancer asks by address and not by name, and whether the process lives must not depend on a database in
    which the session of whoever asks would be looked up.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer if it is about health, else pass the request on."""
        page = health.PAGES.get(request.path)
        return page(request) if page else self.get_response(request)


class SecurityHeadersMiddleware:
    """Adds the headers that Django and django-csp leave out, to every answer, errors and downloads included.

    Pages carry case data: neither a browser's disk nor a proxy may keep them. Static files have their own caching and
    say so before they come here.
    """

    HEADERS = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
        "Permissions-Policy": (
            "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(self), "
            "geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), "
            "publickey-credentials-get=(self), usb=(), xr-spatial-tracking=()"
        ),
        "Cache-Control": "no-store",
    }

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request and complete the headers of the answer."""
        response = self.get_response(request)
        for name, value in self.HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class PageCompressionMiddleware(GZipMiddleware):
    """Compresses pages, a third to a fifth of whose bytes then travel; files have had their own compression.

    Each page carries a differently masked token and a tail of random length, so that its length does not tell what
    it holds (the attack called BREACH); see Django's middleware.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Compress a page of text; leave everything else as it is."""
        is_page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


class LargestRequestMiddleware:
    """Refuses a request that says it is larger than ``LARGEST_REQUEST``, before any of it is read or written to disk.

    A body without a length is never read at all: Django takes its length to be nothing.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer 413 to a request that is too large, 400 to one whose length is no number."""
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()):
            return errors.malformed(request)
        if int(length[:20]) > settings.LARGEST_REQUEST:
            return errors.too_large()
        return self.get_response(request)


class DatabaseGoneMiddleware:
    """Turns a database that cannot be reached into a page that says so, instead of a failure.

    Nothing has to be restarted afterwards: Django drops the broken connection at the end of the request and a later
    request opens a new one. While no connection can be made, only one request in a while waits to find out; the others
    are answered at once, so that the threads stay free.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer at once while the database is known to be away, else pass the request on.

        What a middleware further in raises has become an answer of :func:`imi.site.errors.broken` by the time it comes
        back here.
        """
        if errors.is_known_to_be_away():
            return errors.unavailable()
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponse | None:
        """Answer for a view that met the fault; leave every other fault to Django."""
        return errors.unavailable(fault) if errors.database_is_away(fault) else None
