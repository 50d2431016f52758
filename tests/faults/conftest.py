"""Installations on SQLite and, where a server is given, on PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.faults.installation import Installation


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An empty installation on the database kind under test; everything ends with the test."""
    server = os.environ.get("IMI_TEST_DATABASE", "")
    name = f"imi_faults_{uuid.uuid4().hex[:8]}"
    if server.startswith("postgres"):
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        database = f"{server.rsplit('/', 1)[0]}/{name}"
    else:
        database = str(tmp_path / "imi.sqlite3")
    made = Installation(home=tmp_path, database=database)
    yield made
    made.stop()
    if server.startswith("postgres"):
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
