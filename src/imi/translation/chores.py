"""What the worker does for translations: it keeps a process of their own running while there is something to do.

The engine computes for a second at a time and lets no other thread of its process run meanwhile; in the worker it
would hold up reminders and mail. The process ends by itself when nothing has come for a while, and gives its memory
back; it also ends when the worker does.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from datetime import datetime, timedelta

from imi.database.chore import Chore
from imi.translation import engines, jobs

REST = timedelta(seconds=2)
_PAUSE = timedelta(hours=1)
_TRANSLATING = Chore("translate")
_FORGETTING = Chore("forget translations")
_running: list[subprocess.Popen[bytes]] = []
log = logging.getLogger("imi.worker")


def translate(now: datetime) -> int:
    """See to it that due jobs are being done; 0, for the work is another process's."""
    if any(process.poll() is None for process in _running) or _TRANSLATING.pauses(now):
        return 0
    _running.clear()
    if not jobs.due(now).exists() or not engines.installed():
        return 0
    command = [sys.executable, "-m", "imi.site", "translate", f"--parent={os.getpid()}"]
    _running.append(subprocess.Popen(command))  # noqa: S603 - our own command
    _TRANSLATING.pause(now + REST)  # a process that ends at once is not started without a pause
    log.info("translating", extra={"pid": _running[0].pid})
    return 0


def forget_translations(now: datetime) -> int:
    """Forget old jobs; once nothing is left it pauses."""
    if _FORGETTING.pauses(now):
        return 0
    done = jobs.forget(now)
    if not done:
        _FORGETTING.pause(now + _PAUSE)
    return done
