"""A provider that answers with whatever a test wants: everything that a certified one does not do."""

from __future__ import annotations

import contextlib
import hmac
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.openid.real import entry

Claims = dict[str, Any]
Sign = Callable[[Claims], str]


def new_key() -> RSAKey:
    """A key with a name of its own."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key


def _part(content: Claims) -> str:
    return urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


class HostileProvider:
    """Sends everybody back at once; ``changes`` go into the claims, ``sign`` makes the token, ``extra`` the answer."""

    def __init__(self, id: str) -> None:
        self.id, self.key = id, new_key()
        self.asked: Counter[str] = Counter()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.behave()

    @property
    def issuer(self) -> str:
        """Its address, and its name."""
        return f"http://localhost:{self.server.server_port}"

    def entry(self, **more: str) -> str:
        """Its table in the operator's file."""
        return entry(self.id, self.issuer, **more)

    def behave(self) -> None:
        """Do as a good provider does."""
        self.changes: Claims = {}
        self.extra: dict[str, str] = {}
        self.sign: Sign = self.signed
        self.listed = [self.key]
        self.delay = 0.0
        self.raw: bytes | None = None
        self.question: dict[str, str] = {}
        self.asked.clear()

    def signed(self, claims: Claims) -> str:
        """A token as it should be."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)

    def by_another(self, claims: Claims) -> str:
        """A token with the right name of a key and the signature of another one."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, new_key())

    def unsigned(self, claims: Claims) -> str:
        """A token that says it needs no signature."""
        return f"{_part({'alg': 'none', 'kid': self.key.kid})}.{_part(claims)}."

    def by_public_key(self, claims: Claims) -> str:
        """A token whose shared secret is the public key, which everybody has."""
        signed = f"{_part({'alg': 'HS256', 'kid': self.key.kid})}.{_part(claims)}"
        digest = hmac.digest(self.key.as_pem(private=False), signed.encode(), "sha256")
        return f"{signed}.{urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    def with_own_key(self, claims: Claims) -> str:
        """A token that brings along the key by which it wants to be checked."""
        other = new_key()
        return jwt.encode({"alg": "RS256", "jwk": other.as_dict(private=False)}, claims, other)

    def claims(self, **more: Any) -> Claims:
        """What a good token says."""
        now = int(time.time())
        good = {"iss": self.issuer, "aud": "imi", "sub": "hostile-1", "iat": now, "exp": now + 300, "auth_time": now}
        return {**good, "acr": "urn:strong", **more}

    def logout_token(self, **more: Any) -> str:
        """A logout token as it should be, but for what a test changes."""
        events = {"http://schemas.openid.net/event/backchannel-logout": {}}
        good = {"jti": str(time.time_ns()), "events": events, "auth_time": None, "acr": None, **more}
        return self.sign({name: value for name, value in self.claims(**good).items() if value is not None})

    def answer(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """What is answered at an address."""
        self.asked[path] += 1
        if path == "/auth":
            self.question = query
            back = {"code": "a-code", "state": query["state"], "iss": self.issuer, **self.extra}
            back = {name: value for name, value in back.items() if value}
            return 302, {"Location": f"{query['redirect_uri']}?{urlencode(back)}"}, b""
        time.sleep(self.delay)
        if self.raw is not None:
            return 200, {}, self.raw
        return 200, {}, json.dumps(self._document(path)).encode()

    def _document(self, path: str) -> Any:
        if path == "/jwks":
            return KeySet(self.listed).as_dict(private=False)
        if path == "/token":
            claims = {**self.claims(nonce=self.question["nonce"]), **self.changes}
            token = self.sign({name: value for name, value in claims.items() if value is not None})
            return {"access_token": "x", "token_type": "Bearer", "id_token": token}
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/auth",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(parts.query).items()}
                status, headers, body = provider.answer(parts.path, query)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                with contextlib.suppress(OSError):  # who asked has hung up
                    self.end_headers()
                    self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def stop(self) -> None:
        """End it."""
        self.server.shutdown()
        self.server.server_close()
