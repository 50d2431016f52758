"""Rows that an earlier version has left behind come through the migrations, whatever was allowed to stand in them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.migrated import ROOT


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[str]:
    """An empty database of the kind under test."""
    server = os.environ.get("IMI_TEST_DATABASE", "")
    if not server.startswith("postgres"):
        yield str(tmp_path / "old.sqlite3")
        return
    name = f"imi_old_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{server.rsplit('/', 1)[0]}/{name}"
    finally:
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.mark.django_db
def test_requests_become_one_and_plans_keep_their_words(empty: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMI_", "DJANGO_"))}
    variables = {**kept, "PYTHONPATH": str(ROOT / "src"), "IMI_HOME": str(tmp_path), "IMI_DATABASE": empty}
    program = [sys.executable, str(ROOT / "tests" / "outreach" / "old_rows.py")]
    done = subprocess.run(program, env=variables, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    told = json.loads(done.stdout)
    assert told["requests"] == [[2, "given"], [3, "open"], [4, "given"]]
    assert told["notes"] == [["1", 2], ["2", 2], ["3", 3], ["4", 4]]
    assert told["texts"] == [
        [1, "bg", "T" * 200, "x", {"1": "a", "2": "b"}],
        [2, "en", "", "x", {"1": ""}],
        [3, "pt", "none", "x", {}],
    ]
    assert told["done"] == {"1": [1, 1], "2": [1], "3": []}
