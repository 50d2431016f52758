"""Which identity from outside belongs to which user, and what a provider may end.

An identity is matched by issuer and subject, never by name or mail address: a provider may hand out an address that
another one gave to somebody else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from imi.accounts import outbox
from imi.accounts.models import AccountMail, OutsideIdentity, Session, User
from imi.accounts.openid.flow import Identity

CLOCKS = timedelta(seconds=60)


class Taken(Exception):
    """The identity belongs to another user, or the user has one of this issuer already."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which identity a session was opened with: digests of the subject and of the provider's own session."""

    user: int
    provider: str
    subject: str
    session: str

    @classmethod
    def of(cls, user: User, identity: Identity) -> Origin:
        """The origin of a session of a user who came with an identity."""
        named = _digest(identity.issuer, identity.session) if identity.session else ""
        return cls(user.pk, identity.provider, _digest(identity.issuer, identity.subject), named)


def _digest(issuer: str, name: str) -> str:
    return hashlib.sha256(f"{issuer}\0{name}".encode()).hexdigest()


def owner(identity: Identity) -> User | None:
    """Return the user to whom an identity is linked, active or not."""
    found = OutsideIdentity.objects.select_related("user__authority").filter(
        issuer=identity.issuer, subject=identity.subject
    )
    link = found.first()
    return link.user if link else None


def of_user(user_id: int) -> list[OutsideIdentity]:
    """Return the identities of a user."""
    return list(OutsideIdentity.objects.filter(user=user_id).order_by("pk"))


def make(user: User, identity: Identity, now: datetime) -> None:
    """Link an identity to a user, who is told by mail.

    Raises:
        Taken: it cannot be linked; which of the two reasons it is, is for the caller to find out.
    """
    try:
        with transaction.atomic():
            OutsideIdentity.objects.create(user=user, issuer=identity.issuer, subject=identity.subject, made_at=now)
    except IntegrityError as fault:
        raise Taken from fault
    outbox.put(AccountMail.Kind.OUTSIDE_LINKED, user, now)


def note_use(identity: Identity, now: datetime) -> None:
    """Note that somebody came with an identity."""
    OutsideIdentity.objects.filter(issuer=identity.issuer, subject=identity.subject).update(used_at=now)


def remove(user: User, links: Iterable[OutsideIdentity], now: datetime) -> int:
    """Remove links of a user, who is told by mail; sessions opened with them are left to the caller.

    Returns:
        How many there were.
    """
    chosen = [link.pk for link in links]
    removed = OutsideIdentity.objects.filter(user=user, pk__in=chosen).delete()[0]
    if removed:
        outbox.put(AccountMail.Kind.OUTSIDE_UNLINKED, user, now)
    return removed


def end_sessions_at(issuer: str, subject: str, session: str, at: datetime) -> int:
    """End the sessions that a provider has ended: one of its sessions, or all of a subject.

    A session that was opened after the provider spoke is not meant: a token that is sent again ends nothing new. Where
    a provider names its session, sessions of the subject that do not know theirs end too.

    Args:
        issuer: the provider's.
        subject: the subject, if it was named.
        session: the provider's session, if it was named.
        at: when the provider spoke.

    Returns:
        How many were ended.
    """
    meant = Q(pk__in=[])
    if session:
        meant |= Q(outside_session=_digest(issuer, session))
    if subject:
        whole = Q(outside_subject=_digest(issuer, subject))
        meant |= whole & Q(outside_session="") if session else whole
    before = Q(opened_at__lte=at + CLOCKS) | Q(opened_at=None)
    return Session.objects.filter(meant & before).delete()[0]


def end_sessions_of(link: OutsideIdentity, but: str) -> int:
    """End the sessions opened with an identity, but the one with this digest."""
    return Session.objects.filter(outside_subject=_digest(link.issuer, link.subject)).exclude(digest=but).delete()[0]
