"""The few requests that go out to identity providers, kept short and small whatever the other side does."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import Any

import requests

from imi.accounts.openid import client_keys
from imi.accounts.openid.providers import Provider, is_safe

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 3.0, 5.0, 8.0
LARGEST_ANSWER = 256 * 1024
_AT_ONCE = 2
# A slow provider may hold up so many requests of this process and no more: the others serve those who work.
_places = threading.BoundedSemaphore(_AT_ONCE)


class Unreachable(Exception):
    """A provider does not answer, or with something that cannot be used; the message is for the log and the doctor."""


def get(address: str) -> dict[str, Any]:
    """Fetch a JSON object.

    Raises:
        Unreachable: it cannot be had.
    """
    return _ask("GET", address, None, None)


def post(provider: Provider, address: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """Send a form as the client of a provider, and return the JSON object that is answered.

    Raises:
        Unreachable: there is no answer, or none that means yes; or there is nothing to ask with.
    """
    if provider.signs:
        try:
            signed = client_keys.assertion(provider, address)
        except client_keys.Unusable as fault:
            raise Unreachable(f"own keys: {fault}") from fault
        proof = {
            "client_id": provider.client_id,
            "client_assertion_type": client_keys.ASSERTION_TYPE,
            "client_assertion": signed,
        }
        return _ask("POST", address, {**fields, **proof}, None)
    if provider.client_authentication == "client_secret_post":
        extra = {"client_id": provider.client_id, "client_secret": provider.secret}
        return _ask("POST", address, {**fields, **extra}, None)
    # RFC 6749, section 2.3.1: both are form-encoded before they are put together.
    quoted = tuple(requests.compat.quote_plus(one) for one in (provider.client_id, provider.secret))
    return _ask("POST", address, dict(fields), requests.auth.HTTPBasicAuth(*quoted))


def _ask(method: str, address: str, fields: Mapping[str, str] | None, auth: Any) -> dict[str, Any]:
    if not is_safe(address):
        raise Unreachable(f"{address} is no https address")
    if not _places.acquire(timeout=1):
        raise Unreachable("too many requests wait for identity providers")
    try:
        answer = requests.request(
            method,
            address,
            data=fields,
            auth=auth or _no_auth,
            headers={"Accept": "application/json"},
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
            stream=True,
        )
        with answer:
            body = _body(answer, time.monotonic() + WHOLE_SECONDS)
    except (requests.RequestException, OSError) as fault:
        raise Unreachable(f"{address}: {type(fault).__name__}") from fault
    finally:
        _places.release()
    if answer.status_code != 200:
        raise Unreachable(f"{address}: answer {answer.status_code}")
    return _object(address, body)


def _object(address: str, body: bytes) -> dict[str, Any]:
    """The JSON object of an answer."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise Unreachable(f"{address}: no JSON") from fault
    if not isinstance(content, dict):
        raise Unreachable(f"{address}: no JSON object")
    return content


def _no_auth(request: Any) -> Any:
    """Keep passwords of a .netrc file, which requests would send by itself, out of it."""
    return request


def _body(answer: requests.Response, until: float) -> bytes:
    body = b""
    for piece in answer.iter_content(8192):
        body += piece
        if len(body) > LARGEST_ANSWER:
            raise Unreachable("the answer is too large")
        if time.monotonic() > until:
            raise Unreachable("the answer takes too long")
    return body
