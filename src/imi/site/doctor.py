"""Says what is in order in an installation and what is not, with the cure: ``python -m imi.site.doctor``."""

from __future__ import annotations

import ctypes.util
import os
import stat
import sys
from collections.abc import Callable
from typing import NamedTuple

import django


class Finding(NamedTuple):
    """What one check found: whether it is in order, what was seen, and what to do about it."""

    good: bool
    seen: str
    cure: str = ""


def _database() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding(True, f"{connection.vendor}, {connection.settings_dict['NAME']}")


def _migrations() -> Finding:
    from imi.site.health import CHECKS

    applied = CHECKS["migrations"]()
    seen = "all applied" if applied else "some are waiting"
    return Finding(applied, seen, "./imi manage migrate (./imi run does it by itself)")


def _procedures() -> Finding:
    from django.conf import settings

    count = len(list(settings.IMI_PROCEDURES.glob("*/*.yaml")))
    return Finding(count > 0, f"{count} files in {settings.IMI_PROCEDURES}", "set IMI_PROCEDURES to the right folder")


def _secret_key() -> Finding:
    from django.conf import settings

    from imi.site import environment

    file = environment.path("IMI_SECRET_KEY_FILE", settings.IMI_HOME / "secret-key")
    private = not stat.S_IMODE(file.stat().st_mode) & 0o077
    return Finding(private, f"{file}, for its owner only", f"chmod 600 {file}")


def _disk() -> Finding:
    from imi.site.health import CHECKS

    roomy = CHECKS["disk"]()
    seen = "enough room" if roomy else "nearly full"
    return Finding(roomy, seen, "make room on the disk that holds IMI_HOME")


def _printing() -> Finding:
    found = bool(ctypes.util.find_library("pango-1.0") and ctypes.util.find_library("harfbuzz-subset"))
    cure = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"
    return Finding(found, "PDF files can be made" if found else "PDF files cannot be made", cure)


def _mail() -> Finding:
    from django.conf import settings

    if settings.EMAIL_HOST:
        return Finding(True, f"through {settings.EMAIL_HOST}:{settings.EMAIL_PORT}")
    seen = "kept on the mailbox page (training)" if settings.IMI_TRAINING else "nobody gets any"
    return Finding(settings.IMI_TRAINING, seen, "set IMI_SMTP=host:port")


CHECKS: dict[str, Callable[[], Finding]] = {
    "database": _database,
    "migrations": _migrations,
    "procedures": _procedures,
    "secret key": _secret_key,
    "disk": _disk,
    "printing": _printing,
    "mail": _mail,
}


def main() -> int:
    """Print one line for each check; return 1 when one of them is not in order."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")
    django.setup()
    bad = 0
    for name, check in CHECKS.items():
        try:
            finding = check()
        except Exception as fault:
            finding = Finding(False, f"{type(fault).__name__}: {fault}", "see docs/operate.md")
        bad += not finding.good
        cure = "" if finding.good or not finding.cure else f"\n      cure: {finding.cure}"
        sys.stdout.write(f"  {'✓' if finding.good else '✗'} {name}: {finding.seen}{cure}\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
