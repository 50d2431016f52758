"""This installation signs in the place of a shared secret, against a certified provider that fetches the keys."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from imi.accounts.openid import client_keys, fetching, providers
from imi.accounts.openid.fetching import Unreachable
from tests.faults.installation import ROOT
from tests.openid.real import entry
from tests.openid.site import OpenIdSite

TOKEN_ADDRESS = "https://one.example/token"


def published_by(site: OpenIdSite) -> list[str]:
    """The names of the keys that anybody can fetch."""
    answer = requests.get(f"{site.url}/sign-in/client-keys", timeout=30)
    assert answer.headers["Content-Type"] == "application/json"
    assert "max-age" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
    return [one["kid"] for one in answer.json()["keys"]]


def rotate(site: OpenIdSite, step: str) -> str:
    """One step of changing the keys, as an operator takes it."""
    command = [sys.executable, "-m", "imi.site", "rotate_client_keys", step]
    done = subprocess.run(command, env=site.environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("service", ["rs256", "ps256", "es256"])
def test_the_whole_way_without_a_shared_secret(openid_site: OpenIdSite, service: str) -> None:
    openid_site.visitor().link("ana", service)
    assert openid_site.tell("links") == [["ana", "subject-1"]]
    assert openid_site.visitor().arrive(service).is_in


def test_a_provider_refuses_whoever_signs_with_another_key(openid_site: OpenIdSite) -> None:
    openid_site.visitor().link("ana", "rs256")
    file = openid_site.home / "openid-keys"
    kept = file.read_text()
    written = json.loads(kept)
    names = {one["kid"] for generation in written["generations"].values() for one in generation.values()}
    foreign = client_keys._made()[1]
    for generation in written["generations"].values():
        for kind, one in generation.items():
            generation[kind] = {**foreign[kind], "kid": one["kid"]}
    try:
        # The provider has fetched the published keys already, and these have the same names.
        assert openid_site.visitor().arrive("rs256").is_in
        replace(file, json.dumps(written))
        assert {*published_by(openid_site)} == names
        refused = openid_site.visitor().arrive("rs256")
        assert not refused.is_in
    finally:
        replace(file, kept)
    assert openid_site.visitor().arrive("rs256").is_in


def test_keys_are_changed_while_people_sign_in(openid_site: OpenIdSite) -> None:
    """The last test of the site, whose other providers keep for an hour what they have fetched."""
    openid_site.visitor().link("ana", "es256")
    before = published_by(openid_site)
    assert "not used yet" in rotate(openid_site, "--add")
    both = published_by(openid_site)
    assert both[:2] == before
    assert len(both) == 4
    assert openid_site.visitor().arrive("es256").is_in
    openid_site.providers["ES256"].stop()
    openid_site.providers["ES256"].start()  # it has forgotten the keys, as after a day
    assert openid_site.visitor().arrive("es256").is_in
    rotate(openid_site, "--use")
    assert published_by(openid_site) == both
    assert openid_site.visitor().arrive("es256").is_in
    assert before[0].removesuffix("-rsa") in rotate(openid_site, "--forget")
    assert published_by(openid_site) == both[2:]
    assert openid_site.visitor().arrive("es256").is_in


def replace(file: Path, text: str) -> None:
    """Put other content in the place of a file."""
    beside = file.with_name("beside")
    beside.write_text(text)
    beside.chmod(0o400)
    beside.replace(file)


# --- what is signed and what is published ----------------------------------------------------------------------------


@pytest.fixture
def signed(settings: Any, tmp_path: Path) -> Any:
    """Make a provider to which this installation signs, with the lines given."""
    settings.IMI_OPENID_KEYS = tmp_path / "openid-keys"

    def provider(**more: str) -> providers.Provider:
        lines = entry("one", "https://one.example", client_authentication='"private_key_jwt"', **more)
        file = tmp_path / "openid.toml"
        file.write_text("".join(one for one in lines.splitlines(keepends=True) if "secret_file" not in one))
        return providers.read(file)["one"]

    return provider


@pytest.mark.parametrize(("audience", "told"), [("issuer", "https://one.example"), ("token_address", TOKEN_ADDRESS)])
@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256"])
def test_a_statement_is_for_one_provider_short_lived_and_never_twice_the_same(
    signed: Any, algorithm: str, audience: str, told: str
) -> None:
    one = signed(client_algorithm=f'"{algorithm}"', client_audience=f'"{audience}"')
    keys = KeySet.import_key_set(client_keys.published())
    seen = []
    for _ in range(2):
        token = jwt.decode(client_keys.assertion(one, TOKEN_ADDRESS), keys, algorithms=[algorithm])
        assert (token.claims["iss"], token.claims["sub"], token.claims["aud"]) == ("imi", "imi", told)
        assert token.claims["exp"] - token.claims["iat"] == 60
        assert token.header["alg"] == algorithm
        seen.append(token.claims["jti"])
    assert len(set(seen)) == 2


def test_only_public_halves_are_published_and_the_file_is_the_owners(signed: Any, settings: Any) -> None:
    signed()
    told = client_keys.published()["keys"]
    assert [set(one) for one in told] == [{"kty", "kid", "use", "n", "e"}, {"kty", "kid", "use", "crv", "x", "y"}]
    assert stat.S_IMODE(settings.IMI_OPENID_KEYS.stat().st_mode) == 0o400


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"client_secret_file": '"secret"'}, "there is no secret with private_key_jwt"),
        ({"client_algorithm": '"HS256"'}, "client_algorithm"),
        ({"client_audience": '"anybody"'}, "client_audience"),
    ],
)
def test_a_mistake_is_told_at_the_start(tmp_path: Path, more: dict[str, str], said: str) -> None:
    lines = entry("one", "https://one.example", client_authentication='"private_key_jwt"', **more)
    kept = [one for one in lines.splitlines(keepends=True) if "secret_file" not in one or "client_secret_file" in more]
    (tmp_path / "openid.toml").write_text("".join(kept))
    with pytest.raises(providers.Misconfigured, match=said):
        providers.read(tmp_path / "openid.toml")


def test_a_secret_is_needed_by_whoever_does_not_sign(tmp_path: Path) -> None:
    lines = [one for one in entry("one", "https://one.example").splitlines() if "secret_file" not in one]
    (tmp_path / "openid.toml").write_text("\n".join(lines))
    with pytest.raises(providers.Misconfigured, match="client_secret_file"):
        providers.read(tmp_path / "openid.toml")


@pytest.mark.parametrize("left", ["", "{}", '{"current": "c1", "generations": {}}', '{"current": "c1", "gen', "[]"])
def test_keys_that_cannot_be_used_are_like_a_provider_that_does_not_answer(
    signed: Any, settings: Any, left: str
) -> None:
    one = signed()
    settings.IMI_OPENID_KEYS.write_text(left)
    with pytest.raises(Unreachable, match="own keys"):
        fetching.post(one, "http://127.0.0.1:1/token", {})
    settings.IMI_OPENID_KEYS = settings.IMI_OPENID_KEYS.parent  # as little a readable file as one of somebody else's
    with pytest.raises(Unreachable, match="own keys"):
        fetching.post(one, "http://127.0.0.1:1/token", {})
