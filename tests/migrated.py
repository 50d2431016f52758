"""Empty databases that have been migrated, made by copying one: the migrations take nine seconds, a copy takes none.

The one that is copied is made by the migrations themselves, from nothing, on the kind of database under test; and anew
whenever a line of the product has changed. So they are run in every run of the tests in a fresh clone.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
import psycopg

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".pytest_cache" / "migrated"
LOCK = 5_318_008  # of PostgreSQL, that one process at a time makes the template


@cache
def fingerprint() -> str:
    """What the migrated database depends on: Django, and every module of the product."""
    told = hashlib.sha256(django.__version__.encode())
    for file in sorted((ROOT / "src").rglob("*.py")):
        told.update(f"{file.relative_to(ROOT)}\0".encode() + file.read_bytes())
    return told.hexdigest()[:16]


def migrate(database: str) -> None:
    """Apply every migration to an empty database, in a process and a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMI_", "DJANGO_"))}
    with tempfile.TemporaryDirectory(prefix="imi-migrated-") as home:
        variables = {**kept, "PYTHONPATH": str(ROOT / "src"), "IMI_HOME": home, "IMI_DATABASE": database}
        command = [sys.executable, "-m", "imi.site", "migrate", "--verbosity=0"]
        subprocess.run(command, env=variables, cwd=ROOT, check=True)


@contextlib.contextmanager
def database_in(home: Path) -> Iterator[str]:
    """A migrated database of the kind under test: a file, or one of the server's that is dropped at the end."""
    server = os.environ.get("IMI_TEST_DATABASE", "")
    if not server.startswith("postgres"):
        yield str(file_in(home))
        return
    name = f"imi_faults_{uuid.uuid4().hex[:8]}"
    template = template_on(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield _named(server, name)
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def file_in(home: Path) -> Path:
    """A migrated SQLite database in a folder, where an installation looks for it."""
    return Path(shutil.copyfile(_file(), home / "imi.sqlite3"))


def fill_memory(name: str) -> sqlite3.Connection:
    """Copy the migrated database into one in memory, which is there for as long as the connection is open."""
    held = sqlite3.connect(name, uri=True)
    with contextlib.closing(sqlite3.connect(_file())) as migrated:
        migrated.backup(held)
    return held


def _file() -> Path:
    """The SQLite file that is copied."""
    KEPT.mkdir(parents=True, exist_ok=True)
    file = KEPT / f"{fingerprint()}.sqlite3"
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            for older in KEPT.glob("*.sqlite3*"):
                older.unlink()
            unfinished = KEPT / "unfinished.sqlite3"
            migrate(str(unfinished))
            unfinished.rename(file)
    return file


def template_on(server: str) -> str:
    """The name of the database of a PostgreSQL server that is copied."""
    name = f"imi_migrated_{fingerprint()}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        found = connection.execute("SELECT datname FROM pg_database WHERE starts_with(datname, 'imi_migrated_')")
        names = {str(one) for (one,) in found}
        if name not in names:
            for older in names:
                connection.execute(f"DROP DATABASE {older} WITH (FORCE)")
            unfinished = "imi_migrated_unfinished"
            connection.execute(f"CREATE DATABASE {unfinished}")
            migrate(_named(server, unfinished))
            connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return name


def _named(server: str, name: str) -> str:
    """The URL of another database of a server."""
    return f"{server.rsplit('/', 1)[0]}/{name}"
