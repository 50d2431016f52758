"""What comes of an identity that a provider has proved: in, on to the security code, or not known here.

A user or an authority that is not active, or whose country the provider does not serve, is answered as nobody is: the
identity is not linked. Accounts are never made this way.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import factors, gate, signing
from imi.accounts.gate import ARRIVED, By
from imi.accounts.models import User
from imi.accounts.openid import flow, links, tokens
from imi.accounts.openid.flow import Identity
from imi.accounts.openid.links import Origin
from imi.accounts.openid.providers import Provider
from imi.accounts.session_store import OUTSIDE
from imi.accounts.signing import Begun

_STALE = "at"


def enter(request: HttpRequest, provider: Provider, identity: Identity) -> User | Begun | None:
    """Go on with somebody whose identity is linked.

    Where the provider says that two things were proved, the person is in. Otherwise the own second factor is asked, and
    the security code of whoever has none.

    Returns:
        None when the identity is not linked to anybody who may come in; it is then kept to be linked after signing in.
        The user, who is in or has the second factor to come; or that the code is asked, after a wait.
    """
    user = links.owner(identity)
    if user is None or not _may_enter(user, provider):
        keep(request, identity)
        return None
    request.session.pop(ARRIVED, None)
    request.session[OUTSIDE] = asdict(Origin.of(user, identity))
    links.note_use(identity, timezone.now())
    if identity.two_factors or factors.usable(user.pk):
        gate.proceed(request, user, two_factors=identity.two_factors, by=By.OUTSIDE, service=provider.id)
        return user
    return signing.ask_code(request, user, provider.id)


def _may_enter(user: User, provider: Provider) -> bool:
    return user.may_enter and provider.serves(user.authority.country_id)


# --- to be linked ----------------------------------------------------------------------------------------------------


def keep(request: HttpRequest, identity: Identity) -> None:
    """Keep an identity in the session, to be linked once the person has signed in and says so."""
    request.session[ARRIVED] = {**identity.stored(), _STALE: timezone.now().timestamp()}


def arrived(request: HttpRequest) -> Identity | None:
    """Return the identity that waits to be linked; none after ten minutes."""
    kept: dict[str, Any] | None = request.session.get(ARRIVED)
    if kept is None or timezone.now().timestamp() - kept[_STALE] > flow.COME_BACK_WITHIN.total_seconds():
        return None
    return Identity(**{name: value for name, value in kept.items() if name != _STALE})


def forget(request: HttpRequest) -> None:
    """Forget the identity that waits to be linked."""
    request.session.pop(ARRIVED, None)


# --- ended by the provider -------------------------------------------------------------------------------------------


def end(provider: Provider, token: str) -> int:
    """End the sessions that a provider says have ended (OpenID Connect Back-Channel Logout 1.0).

    Returns:
        How many were ended.

    Raises:
        Refused: the token is not good.
        Unreachable: the provider's keys cannot be had.
    """
    now = timezone.now()
    claims = tokens.logout_token(provider, token, now.timestamp())
    spoken = now.fromtimestamp(claims["iat"], now.tzinfo)
    return links.end_sessions_at(provider.issuer, claims.get("sub", ""), claims.get("sid", ""), spoken)
