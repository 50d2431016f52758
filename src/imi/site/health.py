"""Addresses that machines ask: does the process live, and can it serve?"""

from __future__ import annotations

import shutil
from collections.abc import Callable

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

LEAST_FREE_SHARE = 0.02


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process lives; asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when every check passes and 503 when one fails, with the result of each by name.

    The answer names checks only, never addresses, versions or error texts: anybody may ask.
    """
    results = dict.fromkeys(CHECKS, False)
    for name, check in CHECKS.items():
        results[name] = _passes(check)
        if name == "database" and not results[name]:
            break  # the others would only wait for it again
    healthy = all(results.values())
    return JsonResponse(
        {name: "ok" if good else "failed" for name, good in results.items()}, status=200 if healthy else 503
    )


def _passes(check: Callable[[], bool]) -> bool:
    """Run one check; a check that cannot be made has failed."""
    try:
        return check()
    except Exception:
        return False


def _database_answers() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


_migrated: set[str] = set()


def _database_is_migrated() -> bool:
    """Return whether no migration is waiting; once true it stays true for the life of the process."""
    if connection.alias not in _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _migrated.add(connection.alias)
    return True


def _disk_has_room() -> bool:
    usage = shutil.disk_usage(settings.IMI_HOME)
    return usage.free > usage.total * LEAST_FREE_SHARE


CHECKS: dict[str, Callable[[], bool]] = {
    "disk": _disk_has_room,
    "database": _database_answers,
    "migrations": _database_is_migrated,
}


PAGES: dict[str, Callable[[HttpRequest], HttpResponse]] = {"/livez": livez, "/readyz": readyz}
