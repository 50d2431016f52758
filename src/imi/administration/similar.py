"""Finds what is registered already before anything is typed twice: "an authority may exist only once".

Names are compared by folded three-letter pieces, so that accents, scripts and small slips do not hide a twin; beside
that the same mail address, mail domain (unless anybody gets addresses there) or website tells. What is compared is
chosen by indexes and bounded, however many authorities there are. Source: the guide for access managers (search first).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from imi.administration.models import Admission
from imi.database.prepared import prepared
from imi.directory.folding import MAX_TOKEN, fold, stem
from imi.directory.hosts import mail_domain, web_host
from imi.directory.models import Authority, AuthorityToken

CANDIDATES = 80
"""Authorities whose names are compared."""

OPEN_ADMISSIONS = 300
"""Admissions of the country that are looked at, the latest."""

SHOWN = 10
LIKE = 0.65
"""How alike two names must be, from 0 to 1."""

_WORDS = 6
_SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """Something that looks like what is about to be registered.

    ``id`` names it among what was shown: an authority's id, or ``admission:`` and a number. ``why`` holds name, email,
    domain or website.
    """

    id: str
    name: str
    city: str
    active: bool
    why: frozenset[str]
    score: float


def similar(country: str, name: str, city: str = "", email: str = "", website: str = "") -> list[Likeness]:
    """What looks like this body in its country, the most alike first; at most :data:`SHOWN`, four queries."""
    # It may come from an address that somebody typed.
    name, city, email, website = (text.replace("\x00", "") for text in (name, city, email, website))
    wanted = _Wanted(fold(name), fold(city), email.strip().lower(), mail_domain(email), web_host(website))
    ids = set(_by_words(wanted, country)) | set(_by_address(wanted, country))
    found = [wanted.compared(pk, row) for pk, *row in _authorities(ids=sorted(ids))]
    found += [wanted.compared(f"admission:{pk}", [*row, True]) for pk, *row in _open_admissions(country=country)]
    alike = [one for one in found if one.why]
    return sorted(alike, key=lambda one: (-one.score, one.id))[:SHOWN]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is compared with, folded."""

    name: str
    city: str
    email: str
    domain: str
    host: str

    def compared(self, key: str, row: Sequence[Any]) -> Likeness:
        """How a row (name, city, mail address, its domain, host of the website, active) compares."""
        name, city, email, domain, host, active = row
        likeness = alike(self.name, fold(name)) if self.name and name else 0.0
        same = {
            "name": likeness >= LIKE,
            "email": bool(self.email) and self.email == email.lower(),
            "domain": bool(self.domain) and self.domain == domain,
            "website": bool(self.host) and self.host == host,
        }
        why = frozenset(what for what, is_same in same.items() if is_same)
        here = 0.1 * bool(self.city and self.city == fold(city))
        return Likeness(key, name, city, active, why, round(likeness + here + 0.3 * len(why - {"name"}), 3))


def alike(one: str, other: str) -> float:
    """How alike two folded names are: the share of three-letter pieces that they have in common (Dice)."""
    pieces, others = _pieces(one), _pieces(other)
    return 2 * len(pieces & others) / (len(pieces) + len(others)) if pieces and others else 0.0


@lru_cache(maxsize=4096)
def _pieces(name: str) -> frozenset[str]:
    return frozenset(
        padded[place : place + 3]
        for padded in (f" {word} " for word in name.split())
        for place in range(len(padded) - 2)
    )


def _by_words(wanted: _Wanted, country: str) -> Iterable[str]:
    """The authorities of the country that share most words with the name."""
    words = {word[:MAX_TOKEN] for word in wanted.name.split()}
    long = sorted({stem(word) for word in words if len(word) >= _SHORTEST}, key=lambda word: (-len(word), word))
    numbers = sorted(word for word in words if word.isdecimal() and len(word) > 1)
    begins = Q(token__in=numbers)
    for word in long[:_WORDS]:
        begins |= Q(token__gte=word, token__lt=word + "~")
    if not (long or numbers):
        return ()
    rows = AuthorityToken.objects.filter(begins, authority__country=country, field=AuthorityToken.Field.NAME)
    counted = rows.values("authority_id").annotate(shared=Count("token")).order_by("-shared", "authority_id")
    return counted.values_list("authority_id", flat=True)[:CANDIDATES]


def _by_address(wanted: _Wanted, country: str) -> Iterable[str]:
    """The authorities of the country with the same mail address, mail domain or website."""
    if not (wanted.email or wanted.domain or wanted.host):
        return ()
    same = Q()
    if wanted.domain:
        same |= Q(mail_domain=wanted.domain)
    elif wanted.email:
        same |= Q(address=wanted.email)
    if wanted.host:
        same |= Q(web_host=wanted.host)
    rows = Authority.objects.annotate(address=Lower("email")).filter(same, country=country)
    return rows.order_by("pk").values_list("pk", flat=True)[:CANDIDATES]


@prepared()
def _authorities(ids: list[str]) -> QuerySet[Any, tuple[Any, ...]]:
    rows = Authority.objects.filter(pk__in=ids)
    return rows.values_list("pk", "name", "city", "email", "mail_domain", "web_host", "active")


@prepared()
def _open_admissions(country: str) -> QuerySet[Any, tuple[Any, ...]]:
    rows = Admission.objects.filter(country=country, state__in=["invited", "submitted"]).order_by("-pk")
    return rows.values_list("pk", "name", "city", "email", "mail_domain", "web_host")[:OPEN_ADMISSIONS]
