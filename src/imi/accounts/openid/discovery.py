"""What a provider says about itself and which keys it signs with, kept in memory and fetched anew from time to time.

Source: OpenID Connect Discovery 1.0, section 4; RFC 9207 for ``authorization_response_iss_parameter_supported``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key

from imi.accounts.openid import fetching
from imi.accounts.openid.fetching import Unreachable
from imi.accounts.openid.providers import Provider, is_safe

GOOD_FOR, BEARABLE_FOR = 3600.0, 24 * 3600.0
"""Seconds after which it is asked anew, and for how long the old answer serves when there is none."""

REST_SECONDS = 10.0
"""Seconds for which a provider that did not answer is not asked again."""

NEW_KEYS_EVERY = 60.0
"""Seconds between two looks for a key that a token names and nobody has seen: anybody can make up names of keys."""

Key = RSAKey | ECKey
_MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider's discovery document says; ``end_session`` is empty where it offers no signing out."""

    authorization: str
    token: str
    keys: str
    end_session: str
    names_itself: bool


@dataclass
class _Kept:
    """One thing that is kept of a provider."""

    fetch: Callable[[], Any]
    lock: threading.Lock = field(default_factory=threading.Lock)
    value: Any = None
    at: float = -BEARABLE_FOR
    tried_at: float = -BEARABLE_FOR
    sought_at: float = -BEARABLE_FOR
    fault: str = ""

    def read(self, younger_than: float = GOOD_FOR) -> Any:
        """Return it, fetched anew when it is older than some seconds and was not tried a moment ago."""
        now = time.monotonic()
        if now - self.at < younger_than and self.value is not None:
            return self.value
        # One request asks; the others go on with what there is.
        if now - self.tried_at >= REST_SECONDS and self.lock.acquire(blocking=self.value is None, timeout=_wait(self)):
            try:
                self._renew(younger_than)
            finally:
                self.lock.release()
        if self.value is None or time.monotonic() - self.at > BEARABLE_FOR:
            raise Unreachable(self.fault or "not asked yet")
        return self.value

    def may_seek(self) -> bool:
        """Whether it may be fetched anew because something is missing in it; not again within a minute."""
        now = time.monotonic()
        if now - self.sought_at < NEW_KEYS_EVERY:
            return False
        self.sought_at = now
        return True

    def _renew(self, younger_than: float) -> None:
        if self.value is not None and time.monotonic() - self.at < younger_than:
            return  # somebody else has, while this request waited
        try:
            self.value = self.fetch()
            self.at, self.fault = time.monotonic(), ""
        except Unreachable as fault:
            self.tried_at, self.fault = time.monotonic(), str(fault)


def _wait(kept: _Kept) -> float:
    return -1 if kept.value is not None else 2


_metadata: dict[str, _Kept] = {}
_keys: dict[str, _Kept] = {}


def forget() -> None:
    """Forget everything that providers said."""
    _metadata.clear()
    _keys.clear()


def metadata(provider: Provider) -> Metadata:
    """Return what a provider says about itself.

    Raises:
        Unreachable: it does not say, or says something that cannot be.
    """
    kept = _metadata.setdefault(provider.issuer, _Kept(lambda: ask(provider)))
    found: Metadata = kept.read()
    return found


def ask(provider: Provider) -> Metadata:
    """Fetch a provider's discovery document now.

    Raises:
        Unreachable: there is none, or it is another provider's.
    """
    address = f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration"
    said = fetching.get(address)
    if said.get("issuer") != provider.issuer:
        raise Unreachable(f"{address}: the issuer there is {str(said.get('issuer'))[:200]!r}, not {provider.issuer!r}")
    end = said.get("end_session_endpoint")
    return Metadata(
        authorization=_address(said, "authorization_endpoint"),
        token=_address(said, "token_endpoint"),
        keys=_address(said, "jwks_uri"),
        end_session=end if isinstance(end, str) and is_safe(end) else "",
        names_itself=said.get("authorization_response_iss_parameter_supported") is True,
    )


def _address(said: dict[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not is_safe(value):
        raise Unreachable(f"{name} is no https address")
    return value


def key(provider: Provider, algorithm: str, name: str | None) -> Key | None:
    """Return the key with which a token says it was signed; None if the provider has no such key.

    A name that is not known makes the keys be fetched once more: that is how providers change them (OpenID Connect
    Core 1.0, section 10.1.1).

    Raises:
        Unreachable: the keys cannot be had.
    """
    kept = _keys.setdefault(provider.issuer, _Kept(lambda: _fetch_keys(provider)))
    found = _pick(kept.read(), algorithm, name)
    if found is None and kept.may_seek():
        found = _pick(kept.read(younger_than=0), algorithm, name)
    return found


def _pick(keys: list[tuple[str | None, str | None, Key]], algorithm: str, name: str | None) -> Key | None:
    """The one key that fits; a token without a name of its key fits only where there is no choice."""
    kind = "EC" if algorithm.startswith("E") else "RSA"
    fitting = [
        one
        for kid, alg, one in keys
        if one.key_type == kind and alg in (None, algorithm) and (name is None or kid == name)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _fetch_keys(provider: Provider) -> list[tuple[str | None, str | None, Key]]:
    listed = fetching.get(metadata(provider).keys).get("keys")
    if not isinstance(listed, list):
        raise Unreachable("the list of keys is no list")
    found: list[tuple[str | None, str | None, Key]] = []
    for entry in listed[:_MOST_KEYS]:
        if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
            continue
        try:
            made = import_key({**entry})
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # a kind of key that is not known here is none of ours (RFC 7517, section 5)
        if isinstance(made, RSAKey | ECKey):
            found.append((entry.get("kid"), entry.get("alg"), made))
    return found
