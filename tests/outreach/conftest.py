"""The small country of the administration's tests, and events in it."""

from __future__ import annotations

from tests.administration.conftest import Country, country, ground

__all__ = ["Country", "country", "ground"]
