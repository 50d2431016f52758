"""Installations on SQLite and, where a server is given, on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.installation import Installation
from tests.migrated import database_in


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """An empty installation on the database kind under test; everything ends with the test."""
    with database_in(tmp_path) as database:
        made = Installation(home=tmp_path, database=database)
        try:
            yield made
        finally:
            made.stop()
