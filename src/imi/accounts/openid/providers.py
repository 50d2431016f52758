"""Which identity providers an installation trusts, as its operator wrote it down in a file.

``IMI_OPENID`` names a TOML file; ``docs/sign-in-elsewhere.md`` describes it. It is read and checked when the program
starts, so that a mistake is told then and not when somebody signs in.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, field_validator, model_validator

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
"""Signatures by a key of which only the provider has the secret half; never ``none``, never a shared secret."""

ClientAlgorithm = Literal["RS256", "PS256", "ES256"]
"""Signatures by which this installation proves to a provider who it is."""

_ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

Text = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Misconfigured(ValueError):
    """The file of the identity providers cannot be used; the message says what is wrong and where."""


class TwoFactors(BaseModel):
    """Which claims of an ID token say that the person proved two things: one of these ``acr`` or ``amr`` is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    acr: tuple[Text, ...] = ()
    amr: tuple[Text, ...] = ()


class Provider(BaseModel):
    """One identity provider, and this installation as its client."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,29}$")]
    title: dict[str, Text]
    issuer: Text
    client_id: Text
    client_secret_file: Path | None = None
    client_authentication: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"] = (
        "client_secret_basic"
    )
    client_algorithm: ClientAlgorithm = "RS256"
    client_audience: Literal["issuer", "token_address"] = "issuer"
    scopes: tuple[Text, ...] = ("openid",)
    countries: Literal["all"] | tuple[Country, ...]
    two_factors: TwoFactors = TwoFactors()
    acr_values: tuple[Text, ...] = ()
    max_age: Literal["any"] | Annotated[int, Field(ge=0, le=86400, strict=True)] = 3600
    algorithms: tuple[Algorithm, ...] = Field(_ALGORITHMS, min_length=1)
    secret: str = Field("", repr=False)

    @field_validator("title")
    @classmethod
    def _in_english(cls, title: dict[str, str]) -> dict[str, str]:
        if "en" not in title:
            raise ValueError("needs a text in English (en)")
        return title

    @field_validator("issuer")
    @classmethod
    def _over_https(cls, issuer: str) -> str:
        if not is_safe(issuer) or urlsplit(issuer).query or urlsplit(issuer).fragment:
            raise ValueError("must be an https address without ? and #")
        return issuer

    @field_validator("scopes")
    @classmethod
    def _openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("must contain openid")
        return scopes

    @model_validator(mode="after")
    def _secret_or_key(self) -> Self:
        if self.signs and self.client_secret_file is not None:
            raise ValueError("client_secret_file: there is no secret with private_key_jwt")
        if not self.signs and self.client_secret_file is None:
            raise ValueError("client_secret_file: Field required")
        return self

    @property
    def signs(self) -> bool:
        """Whether this installation proves to it who it is by a signature, and not by a secret that both know."""
        return self.client_authentication == "private_key_jwt"

    def title_in(self, language: str) -> str:
        """What the provider is called in a language, or in English."""
        return self.title.get(language, self.title["en"])

    def serves(self, country: str) -> bool:
        """Whether people of the authorities of a country may use it."""
        return self.countries == "all" or country in self.countries

    def means_two_factors(self, claims: Mapping[str, Any]) -> bool:
        """Whether an ID token says that the person proved two things, by what the operator knows of the provider."""
        methods = claims.get("amr")
        told = set(map(str, methods)) if isinstance(methods, list) else set()
        return claims.get("acr") in self.two_factors.acr or bool(told & set(self.two_factors.amr))


def is_safe(address: str) -> bool:
    """Whether what is sent to an address is encrypted on its way, or does not leave this machine (for tests)."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def read(file: Path | None) -> dict[str, Provider]:
    """Return the providers of a file by their id, in its order; none without a file.

    Raises:
        Misconfigured: the file or something in it cannot be used.
    """
    if file is None:
        return {}
    try:
        written = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        raise Misconfigured(f"IMI_OPENID: {file} cannot be read: {fault.strerror}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise Misconfigured(f"IMI_OPENID: {file} is no TOML: {fault}") from fault
    entries = written.pop("provider", None)
    if written or not isinstance(entries, list) or not entries:
        raise Misconfigured(f"IMI_OPENID: {file} must hold [[provider]] tables and nothing else")
    found = [_provider(file, number, entry) for number, entry in enumerate(entries, start=1)]
    for name in ("id", "issuer"):
        values = [getattr(one, name) for one in found]
        if len(values) != len(set(values)):
            raise Misconfigured(f"IMI_OPENID: {file}: two providers have the same {name}")
    return {one.id: one for one in found}


def _provider(file: Path, number: int, entry: Any) -> Provider:
    where = f"IMI_OPENID: {file}: provider {number}"
    if not isinstance(entry, dict) or "secret" in entry:
        raise Misconfigured(f"{where}: the secret is named by client_secret_file and does not stand here")
    try:
        made = Provider(**entry)
    except ValidationError as fault:
        first = fault.errors()[0]
        field = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise Misconfigured(": ".join(filter(None, (where, field, said)))) from fault
    return made if made.client_secret_file is None else _with_secret(where, file.parent, made, made.client_secret_file)


def _with_secret(where: str, folder: Path, made: Provider, named: Path) -> Provider:
    secret = folder / named.expanduser()
    try:
        text = secret.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise Misconfigured(f"{where}: client_secret_file: {secret} cannot be read") from fault
    if not text:
        raise Misconfigured(f"{where}: client_secret_file: {secret} is empty")
    return made.model_copy(update={"secret": text, "client_secret_file": secret})
