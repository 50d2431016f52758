"""The keys by which this installation proves to identity providers who it is, in the place of a shared secret.

They lie in a file outside the database (``IMI_OPENID_KEYS``, made on first use and readable by its owner only), in
generations of one RSA and one EC key, since providers differ in what they take. The public halves of all generations
are published; the current one signs. So a new one can be published first and used when every provider has seen it.

Sources: OpenID Connect Core 1.0, section 9 (``private_key_jwt``) and 10.1.1 (rotation of keys); RFC 7523, section 3.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from imi.accounts import secret_files
from imi.accounts.openid.providers import Provider

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
GOOD_FOR_SECONDS = 60
_RSA_BITS = 3072
_CURVE = "P-256"
_KINDS: dict[str, type[RSAKey] | type[ECKey]] = {"RSA": RSAKey, "EC": ECKey}

Generation = dict[str, dict[str, Any]]
"""The private keys of one generation as JSON Web Keys, by their type."""


class Unusable(Exception):
    """The file of the keys cannot be read, or holds no such keys; the message is for the log and the doctor."""


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """Generations of keys by name, the oldest first, and the name of the one that signs."""

    current: str
    generations: dict[str, Generation]

    def text(self) -> str:
        """Return them as their file holds them."""
        return json.dumps({"current": self.current, "generations": self.generations}, indent=1) + "\n"


def published() -> dict[str, Any]:
    """Return the public halves of all keys, as providers fetch them (a JSON Web Key Set, RFC 7517)."""
    private = [one for generation in _keys().generations.values() for one in generation.values()]
    return {"keys": [{**_imported(one).as_dict(private=False), "use": "sig"} for one in private]}


def assertion(provider: Provider, token_address: str) -> str:
    """Return a signed statement that this installation is the client that a provider knows; it serves once.

    Args:
        token_address: where it is sent. It is told as the addressee only to providers that want that: the issuer is
            what no other provider can claim for itself.

    Raises:
        Unusable: there is no key to sign with.
    """
    try:
        held, now = _keys(), int(time.time())
        key = _imported(held.generations[held.current]["EC" if provider.client_algorithm.startswith("E") else "RSA"])
    except (OSError, ValueError, TypeError, LookupError, JoseError) as fault:
        raise Unusable(f"{settings.IMI_OPENID_KEYS}: {type(fault).__name__}") from fault
    claims = {
        "iss": provider.client_id,
        "sub": provider.client_id,
        "aud": provider.issuer if provider.client_audience == "issuer" else token_address,
        "jti": secrets.token_urlsafe(24),
        "iat": now,
        "exp": now + GOOD_FOR_SECONDS,
    }
    header = {"alg": provider.client_algorithm, "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=[provider.client_algorithm])


def _imported(written: dict[str, Any]) -> RSAKey | ECKey:
    return _KINDS[written["kty"]].import_key({**written})


# --- the file --------------------------------------------------------------------------------------------------------


def add() -> str:
    """Make a generation that is published and does not sign yet. Returns its name."""
    held, (name, generation) = _keys(), _made()
    _replace(ClientKeys(held.current, {**held.generations, name: generation}))
    return name


def use_newest() -> str:
    """Let the youngest generation sign from now on; the earlier ones stay published. Returns its name."""
    held = _keys()
    newest = list(held.generations)[-1]
    _replace(ClientKeys(newest, held.generations))
    return newest


def forget_old() -> list[str]:
    """Take the generations before the current one away. Returns their names."""
    held = _keys()
    names = list(held.generations)
    old = names[: names.index(held.current)]
    if old:
        kept = {name: one for name, one in held.generations.items() if name not in old}
        _replace(ClientKeys(held.current, kept))
    return old


def _keys() -> ClientKeys:
    """The keys as their file is now; the first caller makes the file."""
    file = Path(settings.IMI_OPENID_KEYS)
    if not file.exists():
        name, generation = _made()
        secret_files.make(file, ClientKeys(name, {name: generation}).text())
    status = file.stat()
    return _read(file, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int, _inode: int) -> ClientKeys:
    """Read the file once for each time it was written: other processes follow a rotation without a restart."""
    written = json.loads(file.read_text(encoding="ascii"))
    return ClientKeys(written["current"], written["generations"])


def _made() -> tuple[str, Generation]:
    name = f"c{secrets.token_hex(4)}"
    rsa = RSAKey.generate_key(_RSA_BITS, parameters={"kid": f"{name}-rsa"})
    curve = ECKey.generate_key(_CURVE, parameters={"kid": f"{name}-ec"})
    return name, {"RSA": dict(rsa.as_dict(private=True)), "EC": dict(curve.as_dict(private=True))}


def _replace(changed: ClientKeys) -> None:
    secret_files.replace(Path(settings.IMI_OPENID_KEYS), changed.text())
