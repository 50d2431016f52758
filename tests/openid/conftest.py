"""One installation with its providers, shared by a module of tests; each test finds it without links and sessions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.migrated import database_in
from tests.openid.site import OpenIdSite


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenIdSite]:
    """The running installation."""
    home: Path = tmp_path_factory.mktemp("openid")
    with database_in(home) as database:
        site = OpenIdSite(home=home, database=database)
        try:
            site.build()
            yield site
        finally:
            site.stop()


@pytest.fixture
def openid_site(running: OpenIdSite) -> OpenIdSite:
    """The installation as it is at the beginning."""
    running.tell("fresh")
    running.hostile.behave()
    return running
