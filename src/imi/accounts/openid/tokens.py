"""The check of tokens that a provider has signed: ID tokens, and logout tokens.

Sources: OpenID Connect Core 1.0, section 3.1.3.7 (ID tokens); OpenID Connect Back-Channel Logout 1.0, section 2.6
(logout tokens); RFC 8725 (no algorithm but those expected, no kind of token in the place of another).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.util import to_bytes

from imi.accounts.openid import discovery
from imi.accounts.openid.providers import Provider

LEEWAY = 60
"""Seconds by which the clocks of a provider and of this machine may differ."""

OLDEST_LOGOUT = 300
"""Seconds after which a logout token is no longer taken."""

LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LONGEST_SUBJECT = 255
_LONGEST = 16 * 1024
_MOST_SECONDS = 1e12

Claims = Mapping[str, Any]


class Refused(Exception):
    """Something that came from a provider proves nothing; the code says why, to the log and not to the person."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def id_token(provider: Provider, token: str, nonce: str, now: float) -> Claims:
    """Return the claims of an ID token that answers the request with this nonce.

    Raises:
        Refused: it is not the provider's, not for us, not for this request, over, or too long ago.
        Unreachable: the provider's keys cannot be had.
    """
    claims = _signed(provider, token)
    _addressed(provider, claims, now)
    if not isinstance(claims.get("nonce"), str) or not hmac.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise Refused("nonce")
    if provider.max_age != "any" and now - _number(claims, "auth_time") > provider.max_age + LEEWAY:
        raise Refused("auth_time")
    _subject(claims)
    return claims


def logout_token(provider: Provider, token: str, now: float) -> Claims:
    """Return the claims of a logout token.

    Raises:
        Refused: it is not the provider's, not for us, too old, or no logout token.
        Unreachable: the provider's keys cannot be had.
    """
    claims = _signed(provider, token)
    _addressed(provider, claims, now)
    events = claims.get("events")
    if "nonce" in claims or not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Refused("no_logout_token")
    if not isinstance(claims.get("jti"), str) or now - _number(claims, "iat") > OLDEST_LOGOUT:
        raise Refused("logout_over")
    if "sub" in claims:
        _subject(claims)
    if not isinstance(claims.get("sid", ""), str) or not (claims.get("sub") or claims.get("sid")):
        raise Refused("nobody")
    return claims


def _signed(provider: Provider, token: str) -> Claims:
    """The claims of a token that a key of the provider has signed."""
    if len(token) > _LONGEST:
        raise Refused("too_long")
    try:
        header = jws.extract_compact(to_bytes(token)).headers()
        algorithm, name = header.get("alg"), header.get("kid")
        if algorithm not in provider.algorithms or not isinstance(name, str | None):
            raise Refused("algorithm")
        found = discovery.key(provider, algorithm, name)
        if found is None:
            raise Refused("key")
        return jwt.decode(token, found, algorithms=[algorithm]).claims
    except (JoseError, ValueError) as fault:
        raise Refused("signature") from fault


def _addressed(provider: Provider, claims: Claims, now: float) -> None:
    """Go on only if a token is from this provider, for this client and not over."""
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != provider.issuer:
        raise Refused("iss")
    if provider.client_id not in listed:
        raise Refused("aud")
    if claims.get("azp", provider.client_id) != provider.client_id or (len(listed) > 1 and "azp" not in claims):
        raise Refused("azp")
    if _number(claims, "exp") <= now - LEEWAY:
        raise Refused("exp")
    if _number(claims, "iat") > now + LEEWAY or ("nbf" in claims and _number(claims, "nbf") > now + LEEWAY):
        raise Refused("iat")


def _subject(claims: Claims) -> None:
    """OpenID Connect Core 1.0, section 2: at most 255 ASCII characters; here such as can be seen and stored."""
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise Refused("sub")
    if not (subject.isascii() and subject.isprintable()):
        raise Refused("sub")


def _number(claims: Claims, name: str) -> float:
    """A moment; NaN, which is neither before nor after any other, and what is larger than all time are none."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < _MOST_SECONDS:
        raise Refused(name)
    return float(value)
