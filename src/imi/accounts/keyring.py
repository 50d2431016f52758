"""Keys outside the database: what must be readable again, but not to somebody who has the database alone.

Everything sealed here is AES-256-GCM under the current key of a small file (``IMI_KEY_RING``, made on first use and
readable by its owner only). What is sealed names its key, so that older keys go on opening while
``./imi manage rotate_keys`` seals everything anew. The *context* says what a secret is and whose; it is bound to the
secret, so that a row copied to another person or from an earlier time opens nothing.
"""

from __future__ import annotations

import base64
import json
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from imi.accounts import secret_files

_KEY_BITS = 256
_NONCE_BYTES = 12


class Unreadable(ValueError):
    """What is sealed cannot be opened: its key is not in the ring, or it belongs to somebody else."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of an installation by their names, and the name of the one that seals."""

    current: str
    keys: dict[str, bytes]

    def seal(self, secret: bytes, context: str) -> str:
        """Return ``secret`` encrypted under the current key, with the key's name in front."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        closed = nonce + AESGCM(self.keys[self.current]).encrypt(nonce, secret, context.encode())
        return f"{self.current}.{base64.b64encode(closed).decode()}"

    def unseal(self, sealed: str, context: str) -> bytes:
        """Return what was sealed in this context.

        Raises:
            Unreadable: the key is not in the ring, or the context is another one, or somebody changed it.
        """
        name, _, text = sealed.partition(".")
        key = self.keys.get(name)
        if key is None:
            raise Unreadable(f"the key {name!r} is not in the key ring")
        try:
            closed = base64.b64decode(text, validate=True)
            return AESGCM(key).decrypt(closed[:_NONCE_BYTES], closed[_NONCE_BYTES:], context.encode())
        except (InvalidTag, ValueError) as fault:
            raise Unreadable("what is sealed does not belong here") from fault

    def text(self) -> str:
        """Return the ring as its file holds it."""
        keys = {name: base64.b64encode(key).decode() for name, key in self.keys.items()}
        return json.dumps({"current": self.current, "keys": keys}, indent=1) + "\n"


def seal(secret: bytes, context: str) -> str:
    """Seal a secret; see :meth:`KeyRing.seal`."""
    return ring().seal(secret, context)


def unseal(sealed: str, context: str) -> bytes:
    """Open what was sealed; see :meth:`KeyRing.unseal`."""
    return ring().unseal(sealed, context)


def is_current(sealed: str) -> bool:
    """Return whether something is sealed under the key that seals now."""
    return sealed.startswith(f"{ring().current}.")


def ring() -> KeyRing:
    """Return the installation's ring as its file is now; the first caller makes the file."""
    file = Path(settings.IMI_KEY_RING)
    try:
        status = file.stat()
    except FileNotFoundError:
        name = _new_name()
        secret_files.make(file, KeyRing(name, {name: _new_key()}).text())
        status = file.stat()
    return _read(file, status.st_mtime_ns, status.st_ino)


@lru_cache(maxsize=4)
def _read(file: Path, _changed: int, _inode: int) -> KeyRing:
    """Read the file once for each time it was written: other processes follow a rotation without a restart."""
    written = json.loads(file.read_text(encoding="ascii"))
    return KeyRing(written["current"], {name: base64.b64decode(key) for name, key in written["keys"].items()})


# --- making and changing the file ------------------------------------------------------------------------------------


def add_key() -> str:
    """Put a new key into the ring without using it yet, so that the file can be copied to other machines first."""
    found, name = ring(), _new_name()
    _replace(KeyRing(found.current, {**found.keys, name: _new_key()}))
    return name


def use_newest_key() -> str:
    """Let the youngest key seal from now on; if it does already, a new one is made. Returns its name."""
    if (newest := list(ring().keys)[-1]) == ring().current:
        newest = add_key()
    _replace(KeyRing(newest, ring().keys))
    return newest


def forget_keys(needed: set[str]) -> list[str]:
    """Drop the keys that are neither current, nor younger, nor ``needed``. Returns the names of those dropped."""
    found = ring()
    names = list(found.keys)
    old = names[: names.index(found.current)]
    dropped = [name for name in old if name not in needed]
    if dropped:
        _replace(KeyRing(found.current, {name: key for name, key in found.keys.items() if name not in dropped}))
    return dropped


def _new_name() -> str:
    return f"k{secrets.token_hex(4)}"


def _new_key() -> bytes:
    return AESGCM.generate_key(_KEY_BITS)


def _replace(changed: KeyRing) -> None:
    secret_files.replace(Path(settings.IMI_KEY_RING), changed.text())
