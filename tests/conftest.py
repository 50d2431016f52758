"""What all tests share: which of them need a database, and the browser they drive."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from tests import migrated
from tests.exchanges.conftest import settled

__all__ = ["settled"]

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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Mark what starts a real installation as slow, leave out what the options exclude, and see to the order."""
    for item in items:
        if INSTALLATIONS.intersection(getattr(item, "fixturenames", ())):
            item.add_marker("slow")
    for option, wanted in (("--only-database", True), ("--without-database", False)):
        if config.getoption(option):
            left_out = [item for item in items if uses_database(item) is not wanted]
            items[:] = [item for item in items if uses_database(item) is wanted]
            config.hook.pytest_deselected(items=left_out)
    yield
    if "PYTEST_XDIST_WORKER" in os.environ:
        _begin_with_the_longest(items)


def _begin_with_the_longest(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, then large ones: what is handed out last is short, and the workers end together.

    For runs that give whole files to workers and keep the order, with ``--dist loadfile --no-loadscope-reorder``.
    """
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    all_of = Counter(item.path for item in items)
    items.sort(key=lambda item: (-slow[item.path], -all_of[item.path], item.path))


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
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> Iterator[None]:
    """Let the test database begin as a copy of a migrated one; Django finds no migration left to apply."""
    described = connection.settings_dict
    if connection.vendor == "postgresql":
        described["TEST"]["TEMPLATE"] = migrated.template_on(os.environ["IMI_TEST_DATABASE"])
        yield
        return
    held = migrated.fill_memory(connection.creation._get_test_db_name())
    yield
    held.close()


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
