"""The worker: does the chores of the settings again and again until it is told to stop."""

from __future__ import annotations

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string

log = logging.getLogger("imi.worker")
IDLE_SECONDS = 0.5
TROUBLE_SECONDS = 5.0


class Command(BaseCommand):
    """``work``: reminders, notices, mail and what else the setting ``IMI_CHORES`` names."""

    help = "Do what has to happen later: reminders, notices, mail."

    def add_arguments(self, parser: CommandParser) -> None:
        """``--once`` does everything that is due and ends."""
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Work until SIGTERM or SIGINT; a chore that fails is logged and tried again, the others go on."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            if threading.current_thread() is threading.main_thread():
                signal.signal(number, lambda *_: stop.set())
        chores = {name: import_string(name) for name in settings.IMI_CHORES}
        while not stop.is_set():
            done, trouble = 0, False
            for name, chore in chores.items():
                try:
                    done += chore(timezone.now())
                except (OperationalError, InterfaceError):
                    log.warning("database_gone", extra={"chore": name})
                    trouble = True
                except Exception:
                    log.exception("chore_failed", extra={"chore": name})
                    trouble = True
            close_old_connections()
            if options["once"] and not done:
                return
            if not done:
                stop.wait(TROUBLE_SECONDS if trouble else IDLE_SECONDS)
