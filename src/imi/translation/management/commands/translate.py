"""The process for translations: does the jobs that are due, and ends when nothing comes any more."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from imi.translation.work import Translating

IDLE_SECONDS = 30.0
PAUSE_SECONDS = 0.5
log = logging.getLogger("imi.worker")


class Command(BaseCommand):
    """``translate``: started by the worker; by hand it does what is due and then waits half a minute for more."""

    help = "Translate what waits to be translated by machine."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who started it, and how long it waits."""
        parser.add_argument("--parent", type=int, default=0, help="process without which this one ends too")
        parser.add_argument("--idle", type=float, default=IDLE_SECONDS, help="seconds to wait for more")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work until nothing comes, SIGTERM, or the parent is gone; a job in hand comes back when its lease ends."""
        stop = threading.Event()
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        translating, idle_since = Translating(), time.monotonic()
        while not stop.is_set() and time.monotonic() - idle_since <= options["idle"]:
            if options["parent"] and os.getppid() != options["parent"]:
                return
            try:
                if translating.one():
                    idle_since = time.monotonic()
                    continue
            except (OperationalError, InterfaceError):
                log.warning("database_gone", extra={"chore": "translate"})
            close_old_connections()
            stop.wait(PAUSE_SECONDS)
