"""Reads what an installation says about itself: environment variables and the files in its home folder.

Everything an operator may set is read here and nowhere else; ``docs/operate.md`` lists the variables.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

CHECKOUT = Path(__file__).resolve().parents[3]

# SQLite: an acknowledged action must survive a power cut (synchronous=FULL) and an erased one must not survive in the
# free pages of the file (secure_delete). Writers take the lock at BEGIN, so that none meets a stale snapshot later.
_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON; "
    "PRAGMA busy_timeout=20000; PRAGMA mmap_size=134217728; PRAGMA cache_size=-16000;"
)


def flag(name: str, default: bool = False) -> bool:
    """Return a yes/no variable: ``1``, ``yes``, ``true`` and ``on`` mean yes, an unset or empty one the default."""
    value = os.environ.get(name, "").strip().lower()
    return default if not value else value in {"1", "yes", "true", "on"}


def text(name: str, default: str) -> str:
    """Return what the operator said under ``name``, or the default."""
    return os.environ.get(name) or default


def number(name: str, default: int) -> int:
    """Return a variable that is a whole number from 0 up; raises ValueError when it is something else."""
    value = text(name, str(default)).strip()
    if not (value.isascii() and value.isdigit()):
        raise ValueError(f"{name} must be a whole number, not {value!r}")
    return int(value)


def choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    """Return a variable that is one of the ``allowed`` words; raises ValueError when it is something else."""
    value = text(name, default).strip().lower()
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def choices(name: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    """Return those of the ``allowed`` words that a comma-separated variable names; all of them when it is unset.

    ``none`` names none of them. Raises ValueError when it names something else.
    """
    chosen = {word.strip().lower() for word in text(name, ",".join(allowed)).split(",")} - {"", "none"}
    if unknown := chosen.difference(allowed):
        raise ValueError(f"{name} must be some of {', '.join(allowed)} or none, not {', '.join(sorted(unknown))}")
    return tuple(word for word in allowed if word in chosen)


def words(name: str, default: str) -> list[str]:
    """Return a comma-separated variable as a list without empty items."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def path(name: str, default: Path) -> Path:
    """Return a variable that names a file or folder, as an absolute path."""
    value = os.environ.get(name, "").strip()
    return Path(value).expanduser().resolve() if value else default


def file(name: str) -> Path | None:
    """Return a variable that names a file, as an absolute path; None when it is unset."""
    return path(name, Path()) if os.environ.get(name, "").strip() else None


def host_and_port(name: str, default_port: int) -> tuple[str, int]:
    """Return a variable of the form ``host:port``; an empty host when it is unset.

    Raises ValueError when the port is no number.
    """
    host, _, port = os.environ.get(name, "").strip().rpartition(":")
    if not host:
        return port, default_port
    return host, int(port)


def secret_key(file: Path) -> str:
    """Return the installation's signing key, made at the first start and readable by its owner only.

    Processes that start together agree: each writes a key of its own to the side, only one can give it the final name,
    and all read what stands there.
    """
    if not file.exists():
        descriptor, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}-")  # made with mode 0600
        with os.fdopen(descriptor, "w", encoding="ascii") as stream:
            stream.write(secrets.token_urlsafe(64) + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(beside, file)
        Path(beside).unlink()
    return file.read_text(encoding="ascii").strip()


def database(home: Path) -> dict[str, Any]:
    """Return Django's description of the database that ``IMI_DATABASE`` names.

    The value is the path of an SQLite file (default ``imi.sqlite3`` in the home folder) or a PostgreSQL URL
    (``postgresql://user:password@host:port/name``; ``?host=/folder`` names a socket folder).
    """
    value = os.environ.get("IMI_DATABASE", "").strip()
    if value.startswith(("postgresql://", "postgres://")):
        return _postgresql(value)
    return _sqlite(Path(value).expanduser().resolve() if value else home / "imi.sqlite3")


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        # Opening the file and repeating the pragmas costs more than a page's queries: keep the connection.
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": _SQLITE_PRAGMAS},
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", parts.hostname or "")
    # More connections than the web server has threads, so nobody waits for one while the server answers; a short wait
    # and short reconnection attempts, so that people get a page soon while it is away and the next one when it is back.
    options["pool"] = {"min_size": 1, "max_size": 6, "timeout": 2, "reconnect_timeout": 2}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
