"""A country in which authorities may register themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.administration.conftest import Country, country, ground

__all__ = ["Country", "country", "ground"]


@pytest.fixture(autouse=True)
def _same_language() -> Iterator[None]:
    yield
    translation.deactivate()
