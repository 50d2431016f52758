"""The small world of the pages' tests."""

from __future__ import annotations

from tests.web.pages.conftest import _same_start, bare_world, catalogue, visit, world

__all__ = ["_same_start", "bare_world", "catalogue", "visit", "world"]
