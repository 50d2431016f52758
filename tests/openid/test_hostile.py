"""What a provider, or whoever plays one, sends that must not let anybody in."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import requests
from joserfc import jwt

from tests.openid.hostile import HostileProvider, new_key
from tests.openid.site import OpenIdSite, Visitor

Change = Callable[[HostileProvider], None]


def arrive(site: OpenIdSite) -> Visitor:
    """By way of the provider that does as the tests say."""
    return site.visitor().open("/sign-in").follow("Service hostile")


def link(site: OpenIdSite, username: str = "ana") -> None:
    """Link the subject of that provider, while it does as a good one."""
    somebody = arrive(site).follow("Sign in").classic(username)
    somebody.press("/account/identities/confirm", link="1")
    assert site.tell("links") == [[username, "hostile-1"]]
    assert arrive(site).is_in
    site.hostile.behave()


def claim(**changes: Any) -> Change:
    """The change of some claims; None takes one away."""
    return lambda provider: provider.changes.update(changes)


def sign(how: str) -> Change:
    """Another way of signing."""
    return lambda provider: setattr(provider, "sign", getattr(provider, how))


def extra(**changes: str) -> Change:
    """Another answer by way of the browser; an empty value takes one away."""
    return lambda provider: provider.extra.update(changes)


def raw(content: bytes) -> Change:
    """Another answer behind the browser's back."""
    return lambda provider: setattr(provider, "raw", content)


LONG_AGO = int(time.time()) - 100_000
LATER = int(time.time()) + 100_000
WRONG: dict[str, Change] = {
    "signed by another key": sign("by_another"),
    "not signed": sign("unsigned"),
    "signed with the public key as a shared secret": sign("by_public_key"),
    "signed with a key that it brings along": sign("with_own_key"),
    "another nonce": claim(nonce="another"),
    "no nonce": claim(nonce=None),
    "another issuer in the token": claim(iss="https://other.example"),
    "for another client": claim(aud="other"),
    "for several clients without saying whose it is": claim(aud=["imi", "other"]),
    "given to another client": claim(aud=["imi", "other"], azp="other"),
    "over": claim(exp=LONG_AGO),
    "without an end": claim(exp=None),
    "an end that is no number": claim(exp="never"),
    "from the future": claim(iat=LATER),
    "proved too long ago": claim(auth_time=LONG_AGO),
    "without saying when it was proved": claim(auth_time=None),
    "no subject": claim(sub=None),
    "an empty subject": claim(sub=""),
    "a subject that is no text": claim(sub=1),
    "a subject that is too long": claim(sub="x" * 256),
    "a subject of signs that nobody sees and no database keeps": claim(sub="\x00"),
    "an end that is no moment": claim(exp=float("nan")),
    "an end after all time": claim(exp=10**400),
    "another issuer in the answer": extra(iss="https://other.example"),
    "no issuer in the answer of a provider that names itself": extra(iss=""),
    "another state": extra(state="another"),
    "no code": extra(code=""),
    "an answer that is no JSON": raw(b"<html>"),
    "an answer that is a list": raw(b"[]"),
    "an answer without a token": raw(b"{}"),
    "a token that is no token": raw(json.dumps({"id_token": "a.b.c"}).encode()),
    "an answer without an end": raw(b'{"id_token": "' + b"x" * 300_000 + b'"}'),
    "a token that is too long": raw(json.dumps({"id_token": "x" * 20_000}).encode()),
}


def test_nobody_comes_in_with_an_answer_that_is_wrong(openid_site: OpenIdSite) -> None:
    link(openid_site)
    let_in = []
    for wrong, change in WRONG.items():
        change(openid_site.hostile)
        somebody = arrive(openid_site)
        if somebody.page.status_code not in (422, 503) or somebody.is_in:
            let_in.append(wrong)
        assert openid_site.hostile.asked["/auth"] == 1, wrong
        openid_site.hostile.behave()
        assert arrive(openid_site).is_in, wrong
        openid_site.hostile.behave()
    assert let_in == []


def test_a_logout_token_is_no_id_token_and_the_reverse(openid_site: OpenIdSite) -> None:
    link(openid_site)
    hostile, somebody = openid_site.hostile, arrive(openid_site)
    hostile.raw = json.dumps({"id_token": hostile.logout_token()}).encode()
    assert not arrive(openid_site).is_in
    hostile.behave()
    token = hostile.signed(hostile.claims(nonce="x"))
    assert _end(openid_site, token) == 400
    assert somebody.is_in


def _end(site: OpenIdSite, token: str) -> int:
    return requests.post(f"{site.url}/sign-in/with/hostile/ended", data={"logout_token": token}, timeout=30).status_code


def test_only_a_right_logout_token_ends_sessions(openid_site: OpenIdSite) -> None:
    link(openid_site)
    hostile, somebody = openid_site.hostile, arrive(openid_site)
    wrong: list[dict[str, Any]] = [
        {"nonce": "x"},
        {"events": None},
        {"events": {}},
        {"jti": None},
        {"iat": LONG_AGO},
        {"exp": LONG_AGO},
        {"aud": "other"},
        {"iss": "https://other.example"},
        {"sub": None},
        {"sub": "hostile-2", "aud": "other"},
    ]
    for changes in wrong:
        assert _end(openid_site, hostile.logout_token(**changes)) == 400, changes
    for how in (hostile.by_another, hostile.unsigned, hostile.by_public_key, hostile.with_own_key):
        hostile.sign = how
        assert _end(openid_site, hostile.logout_token()) == 400
    hostile.sign = hostile.signed
    assert _end(openid_site, "") == 400
    assert _end(openid_site, hostile.logout_token(sub="hostile-2")) == 200  # of somebody else
    assert somebody.is_in
    good = hostile.logout_token()
    assert _end(openid_site, good) == 200
    assert not somebody.is_in


def test_a_logout_token_that_is_sent_again_ends_nothing_that_came_later(openid_site: OpenIdSite) -> None:
    link(openid_site)
    hostile = openid_site.hostile
    old = hostile.logout_token(iat=int(time.time()) - 90)  # before the session, beyond what clocks may differ
    somebody = arrive(openid_site)
    assert _end(openid_site, old) == 200
    assert somebody.is_in


def test_a_logout_reaches_who_is_on_the_way_to_the_code(openid_site: OpenIdSite) -> None:
    link(openid_site)
    hostile = openid_site.hostile
    hostile.changes = {"acr": "urn:weak"}
    somebody = arrive(openid_site)
    assert somebody.path == "/sign-in/code"
    assert _end(openid_site, hostile.logout_token()) == 200
    assert somebody.open("/sign-in/code").path == "/sign-in"


def test_names_of_keys_that_are_made_up_do_not_make_the_keys_be_fetched_each_time(openid_site: OpenIdSite) -> None:
    link(openid_site)
    hostile = openid_site.hostile
    for _ in range(20):
        other = new_key()
        token = jwt.encode({"alg": "RS256", "kid": other.kid}, hostile.claims(), other)
        assert _end(openid_site, token) == 400
    assert hostile.asked["/jwks"] <= 1


def test_a_strength_that_only_sounds_like_one_asks_for_the_code(openid_site: OpenIdSite) -> None:
    link(openid_site)
    for acr in (None, "", "urn:strong ", "URN:STRONG", ["urn:strong"], 1, True):
        openid_site.hostile.changes = {"acr": acr, "amr": "mfa"}
        somebody = arrive(openid_site)
        while somebody.page.status_code == 429:
            time.sleep(int(somebody.page.headers["Retry-After"]))
            somebody = arrive(openid_site)
        assert somebody.path == "/sign-in/code", acr
        assert somebody.code().is_in


def test_a_slow_provider_holds_nobody_else_up(openid_site: OpenIdSite) -> None:
    link(openid_site)
    openid_site.hostile.delay = 7.0
    started = time.monotonic()
    somebody = arrive(openid_site)
    assert somebody.page.status_code == 503
    assert time.monotonic() - started < 7.0
    assert not somebody.is_in
