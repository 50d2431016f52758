"""Makes an installation ready to serve: ``python -m imi.site.prepare STEP …``.

All steps run in one process, because importing everything costs more than any step that has nothing to do. Every step
may be repeated: it does nothing when there is nothing left to do.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable

import django
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection


class Progress(io.TextIOBase):
    """Shows the last line that a step has written: in place on a terminal, elsewhere one every few seconds."""

    SECONDS_BETWEEN_LINES = 2.0

    def __init__(self, title: str) -> None:
        self.title = title
        self.live = sys.stdout.isatty()
        self.rest = ""
        self.shown = time.monotonic()
        self._show(f"  … {title}")

    def write(self, text: str) -> int:
        """Take what a step writes; only whole lines are shown."""
        *lines, self.rest = (self.rest + text).split("\n")
        told = [line.strip() for line in lines if line.strip()]
        if told and self.live:
            self._show(f"  … {self.title}: {told[-1][:80]}")
        elif told and time.monotonic() - self.shown > self.SECONDS_BETWEEN_LINES:
            self.shown = time.monotonic()
            self._show(f"      {told[-1]}")
        return len(text)

    def _show(self, line: str) -> None:
        sys.stdout.write(f"\r\033[K{line}" if self.live else f"{line}\n")
        sys.stdout.flush()

    def finish(self, seconds: float) -> None:
        """Say that the step is done."""
        self._show(f"  ✓ {self.title}  {seconds:.1f} s")
        if self.live:
            sys.stdout.write("\n")


def _static(out: Progress) -> None:
    call_command("collectstatic", interactive=False, verbosity=0, stdout=out)


def _migrate(out: Progress) -> None:
    call_command("migrate", interactive=False, verbosity=1, stdout=out)


def _procedures(out: Progress) -> None:
    call_command("publish_procedures", stdout=out)


def _training(out: Progress) -> None:
    call_command("build_training_world", stdout=out)


def _wipe(out: Progress) -> None:
    """Empty a PostgreSQL database of everything we have put into it."""
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


Step = Callable[[Progress], None]
STEPS: dict[str, tuple[str, Step]] = {
    "static": ("Collecting the static files", _static),
    "migrate": ("Bringing the database up to date", _migrate),
    "procedures": ("Publishing the procedures", _procedures),
    "training": ("Building the training world", _training),
    "wipe": ("Emptying the database", _wipe),
}


def main(names: list[str]) -> int:
    """Run the named steps in the order given; return 1 after saying why when one of them cannot be done."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")
    if "static" in names:
        os.environ["IMI_BUILDING_STATIC"] = "1"
    django.setup()
    for name in names:
        title, step = STEPS[name]
        started = time.monotonic()
        progress = Progress(title)
        try:
            step(progress)
        except CommandError as fault:
            sys.stdout.write(f"\n  ✗ {title}: {fault}\n")
            return 1
        except OperationalError as fault:
            where = connection.settings_dict
            place = f"{where['HOST']}:{where['PORT']}/{where['NAME']}" if where["HOST"] else where["NAME"]
            sys.stdout.write(f"\n  ✗ {title}: the database {place} cannot be used: {fault}\n")
            return 1
        progress.finish(time.monotonic() - started)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
