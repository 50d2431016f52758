"""A small training world: three countries, every kind of life once in each procedure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.db import connection, transaction

from imi.catalogue.registry import Catalogue
from imi.directory.actions import load_reference_data
from imi.exchanges import definitions
from imi.exchanges.publish import publish_all
from imi.training import build

REFERENCE = date(2026, 11, 23)
COUNTRIES = ("DE", "HU", "PT")
PROCEDURES = Path(__file__).resolve().parents[2] / "procedures"


@pytest.fixture(scope="module")
def ground(django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Reference data and published procedures, taken back after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        definitions.forget()
        load_reference_data(REFERENCE.year)
        publish_all(Catalogue(PROCEDURES))
        yield
        transaction.set_rollback(True)
    definitions.forget()


@pytest.fixture(scope="module")
def built(ground: None) -> build.Built:
    """The small world, built once for a module."""
    told = build.build(REFERENCE, countries=COUNTRIES, exchanges=1)
    # Check the references now, or each test would check all of them again at its end.
    connection.check_constraints()
    return told
