"""The way to an identity provider and back: the authorisation code flow with PKCE.

What is sent along is kept in the browser's session, under the ``state``, and used once within ten minutes. Each
provider has an address of its own to come back to, and what comes back must name it: none can answer for another.

Sources: OpenID Connect Core 1.0, section 3.1; RFC 7636 (PKCE); RFC 9207 (the issuer in the answer); RFC 9700, section
4.4 (mix-up of providers).
"""

from __future__ import annotations

import base64
import hashlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from imi.accounts.openid import discovery, fetching, tokens
from imi.accounts.openid.fetching import Unreachable
from imi.accounts.openid.providers import Provider
from imi.accounts.openid.tokens import Refused

COME_BACK_WITHIN = timedelta(minutes=10)
_UNDERWAY = "openid_underway"
_MOST_UNDERWAY = 5
_LONGEST_SHOWN = 120

log = logging.getLogger("imi.accounts")


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is at a provider: known by issuer and subject. ``shown`` is for the person's eyes only."""

    provider: str
    issuer: str
    subject: str
    session: str
    two_factors: bool
    shown: str

    def stored(self) -> dict[str, Any]:
        """Return it as a session keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came back: with what identity, where to go, and for whom it is to be linked (0 to sign in)."""

    identity: Identity
    wanted: str
    linking_for: int


def provider(name: str) -> Provider | None:
    """Return a provider of this installation."""
    found: Provider | None = settings.IMI_OPENID.get(name)
    return found


def all_providers() -> list[Provider]:
    """Return the providers of this installation, in the operator's order."""
    return list(settings.IMI_OPENID.values())


def back_address(provider: Provider) -> str:
    """Return the address to which a provider sends people back, as it has to be registered there."""
    return f"{settings.IMI_URL}/sign-in/with/{provider.id}/back"


def keys_address() -> str:
    """Return where the keys lie by which this installation proves to providers who it is."""
    return f"{settings.IMI_URL}/sign-in/client-keys"


def begin(session: SessionBase, provider: Provider, wanted: str, linking_for: int = 0) -> str:
    """Prepare the way to a provider, and return the address to send the browser to.

    Args:
        session: the browser's; what must match on the way back is kept in it.
        wanted: the page to go to afterwards, one of this site.
        linking_for: the user whose identity it is to become; 0 to sign in.

    Raises:
        Unreachable: the provider does not answer.
    """
    metadata = discovery.metadata(provider)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    until = (timezone.now() + COME_BACK_WITHIN).timestamp()
    step = {
        "provider": provider.id,
        "nonce": nonce,
        "verifier": verifier,
        "wanted": wanted,
        "for": linking_for,
        "until": until,
    }
    underway = list(session.get(_UNDERWAY, {}).items())[-(_MOST_UNDERWAY - 1) :]
    session[_UNDERWAY] = {**dict(underway), state: step}
    return _with_query(metadata.authorization, _question(provider, state, nonce, verifier))


def _question(provider: Provider, state: str, nonce: str, verifier: str) -> dict[str, str]:
    """What the browser takes along (OpenID Connect Core 1.0, section 3.1.2.1; RFC 7636, section 4.3)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    question = {
        "response_type": "code",
        "client_id": provider.client_id,
        "redirect_uri": back_address(provider),
        "scope": " ".join(provider.scopes),
        "state": state,
        "nonce": nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if provider.max_age != "any":
        question["max_age"] = str(provider.max_age)
    if provider.acr_values:
        question["acr_values"] = " ".join(provider.acr_values)
    return question


def _with_query(address: str, fields: Mapping[str, str]) -> str:
    """An address with these fields behind those that it has (RFC 6749, section 3.1)."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(fields)}"


def finish(session: Any, provider: Provider, answer: Mapping[str, str]) -> Arrival:
    """Take what the browser brings back from a provider and have the provider say who it is.

    The browser goes on under a new session key, and the step is used up, whatever comes of it.

    Args:
        session: a :class:`imi.accounts.session_store.SessionStore`.
        provider: whose address was called.
        answer: the query of that call.

    Raises:
        Refused: it proves nothing; the reason is in the log.
        Unreachable: the provider does not answer.
    """
    step = session.get(_UNDERWAY, {}).get(answer.get("state", ""))
    if step is None or not session.step_on():
        raise _refused(provider, "state")
    session[_UNDERWAY] = {state: other for state, other in session[_UNDERWAY].items() if other != step}
    now = timezone.now().timestamp()
    try:
        _check_answer(provider, step, answer, now)
        claims = _exchange(provider, step, answer["code"], now)
    except Refused as refused:
        raise _refused(provider, refused.code) from refused
    except Unreachable as fault:
        log.warning("%s: %s", provider.id, fault, extra={"event": "accounts.openid_unreachable"})
        raise
    identity = Identity(
        provider=provider.id,
        issuer=provider.issuer,
        subject=claims["sub"],
        session=str(claims.get("sid", "")),
        two_factors=provider.means_two_factors(claims),
        shown=_shown(claims),
    )
    return Arrival(identity, step["wanted"], step["for"])


def _refused(provider: Provider, code: str) -> Refused:
    log.warning("%s: %s", provider.id, code, extra={"event": "accounts.openid_refused"})
    return Refused(code)


def _check_answer(provider: Provider, step: Mapping[str, Any], answer: Mapping[str, str], now: float) -> None:
    """Go on only if an answer comes from the provider that was asked, in time, and brings a code."""
    if step["provider"] != provider.id:
        raise Refused("other_provider")
    if step["until"] < now:
        raise Refused("too_late")
    named = answer.get("iss")
    if named != provider.issuer and (named is not None or discovery.metadata(provider).names_itself):
        raise Refused("other_issuer")
    if "error" in answer or not answer.get("code"):
        raise Refused("declined")


def _exchange(provider: Provider, step: Mapping[str, Any], code: str, now: float) -> tokens.Claims:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back_address(provider),
        "code_verifier": step["verifier"],
    }
    given = fetching.post(provider, discovery.metadata(provider).token, fields).get("id_token")
    if not isinstance(given, str):
        raise Refused("no_id_token")
    return tokens.id_token(provider, given, step["nonce"], now)


def _shown(claims: tokens.Claims) -> str:
    """What the person may recognise the own identity by: a name, a mail address, or the subject."""
    told = [claims.get(name) for name in ("name", "email", "preferred_username", "sub")]
    return next(one for one in told if isinstance(one, str) and one and one.isprintable())[:_LONGEST_SHOWN]


def leave_address(provider: Provider) -> str:
    """Return where somebody signs out at a provider too; empty where it offers none.

    The ID token is not sent along as a hint: it would stand in the browser's history. The provider asks instead.

    Source: OpenID Connect RP-Initiated Logout 1.0, section 2.

    Raises:
        Unreachable: the provider does not answer.
    """
    address = discovery.metadata(provider).end_session
    if not address:
        return ""
    back = f"{settings.IMI_URL}/sign-in?signed_out=1"
    return _with_query(address, {"client_id": provider.client_id, "post_logout_redirect_uri": back})
