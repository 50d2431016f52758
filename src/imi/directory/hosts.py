"""What of a mail or web address tells one body from another."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

from imi.directory import reference

_LONGEST = 120


@cache
def public_mail_domains() -> frozenset[str]:
    """Return the domains under which anybody gets a mail address, so that they say nothing of a body."""
    lines = (reference.DATA / "public_mail_domains.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def mail_domain(email: str) -> str:
    """Return the domain of a mail address in lower case; empty without one and for the public ones."""
    domain = email.rpartition("@")[2].strip().rstrip(".").lower() if "@" in email else ""
    return "" if domain in public_mail_domains() else domain[:_LONGEST]


def web_host(url: str) -> str:
    """Return the host of a web address in lower case without a leading ``www.``; empty without one."""
    try:
        host = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.")[:_LONGEST]
