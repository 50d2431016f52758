"""What all tests share: which of them need a database, and the browser they drive."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache

# Playwright's synchronous interface runs inside an event loop, where Django would refuse to use its ORM.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
# Fixtures of tests that start a real installation, with processes and a database of their own.
INSTALLATIONS = {"installation", "openid_site"}
DATABASE_FIXTURES = INSTALLATIONS | {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run choose the tests that touch a database, or those that do not."""
    group = parser.getgroup("imi")
    group.addoption("--only-database", action="store_true", help="run only the tests that use a database")
    group.addoption("--without-database", action="store_true", help="run only the tests that use no database")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what starts a real installation as slow, and leave out the tests that the options exclude."""
    for item in items:
        if INSTALLATIONS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
    for option, wanted in (("--only-database", True), ("--without-database", False)):
        if config.getoption(option):
            left_out = [item for item in items if uses_database(item) is not wanted]
            items[:] = [item for item in items if uses_database(item) is wanted]
            config.hook.pytest_deselected(items=left_out)


def uses_database(item: pytest.Item) -> bool:
    """Return whether a test may touch the database."""
    return item.get_closest_marker("django_db") is not None or bool(
        DATABASE_FIXTURES.intersection(getattr(item, "fixturenames", ()))
    )


@pytest.fixture(autouse=True)
def _rested_chores() -> None:
    """No chore of the worker rests or pauses because of an earlier test, whose rows had the same numbers."""
    from imi.database.chore import Chore

    Chore.forget_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the system's Chromium, and let it talk to nobody but us."""
    found = next((file for file in CHROMIUM if Path(file).exists()), None)
    if found is None:
        pytest.fail("There is no Chromium on this machine; ./imi test installs it")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
    return {**browser_type_launch_args, "executable_path": found, "args": quiet}


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """A web server remembers some counts for a while; a test begins like one that has just started."""
    cache.clear()
