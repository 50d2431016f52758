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
from django.core.management import call_command
from django.db import connection


class Progress(io.TextIOBase):
    """Shows the last line that a step has written, in place on a terminal and line by line elsewhere."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.live = sys.stdout.isatty()
        self.rest = ""
        self._show(f"  … {title}")

    def write(self, text: str) -> int:
        """Take what a step writes; only whole lines are shown."""
        *lines, self.rest = (self.rest + text).split("\n")
        for line in lines:
            if line.strip():
                self._show(f"  … {self.title}: {line.strip()[:90]}" if self.live else f"      {line.strip()}")
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
    """Run the named steps in the order given; a step that fails ends the process with its traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "imi.site.settings")
    if "static" in names:
        os.environ["IMI_BUILDING_STATIC"] = "1"
    django.setup()
    for name in names:
        title, step = STEPS[name]
        started = time.monotonic()
        progress = Progress(title)
        step(progress)
        progress.finish(time.monotonic() - started)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
