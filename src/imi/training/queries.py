"""Reads of the training world: whom one may become, and who is being played."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from imi.accounts.models import RoleGrant, User
from imi.directory.queries import informal_titles
from imi.training.models import Impersonation, Persona
from imi.training.world_files import ENGLISH

PLAYING = timedelta(minutes=30)
"""After this long without a sign of life a person is no longer played."""

REMEMBERED = timedelta(hours=1)
"""How long counterparts go on answering what a played person began."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a visitor may become; ``title`` says in the visitor's language what the authority does.

    ``roles`` are the roles in any area, in the order of the roles' own list.
    """

    key: str
    user: User
    title: str
    country: str
    roles: tuple[str, ...]


def featured(language: str = ENGLISH) -> list[Candidate]:
    """The people with whom the demonstration begins, by key; a fixed number of queries."""
    return _candidates(Persona.objects.filter(featured=True), language)


def candidate(key: str) -> User | None:
    """The person with this key, e.g. for a link that leads straight into a story."""
    persona = Persona.objects.filter(key=key, user__is_active=True).select_related("user__authority").first()
    return persona.user if persona else None


def _candidates(personas: QuerySet[Persona], language: str) -> list[Candidate]:
    found = list(personas.filter(user__is_active=True).select_related("user__authority").order_by("key"))
    titles = informal_titles([one.user.authority for one in found], language)
    granted: dict[int, set[str]] = {}
    for user, role in RoleGrant.objects.filter(user__in=[one.user_id for one in found]).values_list("user", "role"):
        granted.setdefault(user, set()).add(role)
    return [
        Candidate(
            key=one.key,
            user=one.user,
            title=titles[one.user.authority_id],
            country=one.user.authority.country_id,
            roles=tuple(role for role in RoleGrant.Role.values if role in granted.get(one.user_id, ())),
        )
        for one in found
    ]


def played(now: datetime) -> dict[str, set[int]]:
    """Authorities whose people are being played by somebody real, with these people: counterparts keep away."""
    recent = Q(at__gte=now - PLAYING) | Q(user__last_seen__gte=now - PLAYING)
    rows = Impersonation.objects.filter(recent, ended_at=None, at__lte=now).values_list("user__authority", "user")
    return _by_authority(rows)


def awaited(now: datetime) -> dict[str, set[int]]:
    """Authorities with people who were played lately and want counterparts to answer, with these people."""
    recent = Q(at__gte=now - REMEMBERED) | Q(user__last_seen__gte=now - REMEMBERED)
    rows = Impersonation.objects.filter(recent, counterparts=True, at__lte=now).values_list("user__authority", "user")
    return _by_authority(rows)


def _by_authority(rows: Iterable[tuple[str, int]]) -> dict[str, set[int]]:
    found: dict[str, set[int]] = {}
    for authority, user in rows:
        found.setdefault(authority, set()).add(user)
    return found
