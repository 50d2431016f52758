"""Devices on which somebody has signed in before, and how a device and its place on the network are called.

A browser in which a person has signed in keeps a signed cookie. Wrong attempts from such a known device and from
everywhere else are counted apart, so that strangers who know a user name cannot lock its owner out (OWASP, "device
cookies"). The cookie carries the version of the credentials: a new temporary password ends it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

_SALT = "imi.accounts.devices"
_SECONDS = 400 * 24 * 3600  # browsers keep no cookie longer
MOST_PEOPLE = 5
"""So many people may share a browser and still be known in it."""

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|Chromium/|CriOS/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iOS", r"iPhone|iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("Linux", r"Linux|X11"),
)


def is_known(request: HttpRequest, user_id: int, version: int) -> bool:
    """Return whether this person has signed in in this browser since the credentials were last reset."""
    return [user_id, version] in _remembered(request)


def remember(request: HttpRequest, answer: HttpResponse, user_id: int, version: int) -> None:
    """Have the browser keep that this person has signed in in it."""
    others = [one for one in _remembered(request) if one[0] != user_id]
    kept = [[user_id, version], *others][:MOST_PEOPLE]
    answer.set_cookie(
        settings.IMI_DEVICE_COOKIE_NAME,
        signing.dumps(kept, salt=_SALT),
        max_age=_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Strict",
    )


def _remembered(request: HttpRequest) -> Sequence[list[int]]:
    try:
        found = signing.loads(request.COOKIES.get(settings.IMI_DEVICE_COOKIE_NAME, ""), salt=_SALT, max_age=_SECONDS)
    except signing.BadSignature:
        return []
    return found if isinstance(found, list) else []


def name(user_agent: str) -> str:
    """Return what a person would call the device, such as ``Firefox, Windows``; empty when nothing is recognised."""
    agent = user_agent[:500]
    browser = next((title for title, sign in _BROWSERS if re.search(sign, agent)), "")
    system = next((title for title, sign in _SYSTEMS if re.search(sign, agent)), "")
    return ", ".join(filter(None, (browser, system)))


def device(request: HttpRequest) -> str:
    """Return what the device is called from which a request comes."""
    return name(request.META.get("HTTP_USER_AGENT", ""))


def network(found: str | None) -> str:
    """Return the network whose failures are counted together; empty for an address that is not out in the open.

    A host of IPv6 has at least the lower half of the addresses to itself. Private addresses may be those of a proxy of
    our own that has not been told of (``IMI_PROXIES``), behind which everybody would stand for one.
    """
    if found is None or not (place := ipaddress.ip_address(found)).is_global:
        return ""
    return str(ipaddress.ip_network((place, 32 if place.version == 4 else 64), strict=False))


def address(request: HttpRequest) -> str | None:
    """Return from where a request comes.

    Proxies of our own (``IMI_PROXIES`` of them) each append to ``X-Forwarded-For`` whom they serve; what stands further
    left was written by whoever sent the request and is not believed.
    """
    proxies = settings.IMI_PROXIES
    told = list(filter(None, request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")))
    found = told[-proxies] if len(told) >= proxies > 0 else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ipaddress.ip_address(found.strip()))
    except ValueError:
        return None
