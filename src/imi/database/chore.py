"""A chore of the worker: works through rows one after the other, so that what fails keeps nothing behind it waiting.

What a chore remembers lies in the worker's memory alone: after a restart everything is tried once more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError

REST = timedelta(minutes=2)
"""How long a row rests after it has failed for the first time; twice as long after each further time."""

LONGEST_REST = timedelta(hours=1)
LONGEST_PAUSE = timedelta(days=1)
"""What is to last longer was begun under a clock that has been put right since."""

MOST_RESTING = 500
"""Where as many rows rest, it is not the rows: the chore waits for the first of them to be tried again."""

log = logging.getLogger("imi.worker")
_Row = TypeVar("_Row", bound=Hashable)


@dataclass(slots=True)
class _Failed:
    """How often a row has failed, and until when it rests."""

    attempts: int
    until: datetime


class Chore:
    """What a chore knows from one turn to the next: which rows have failed, and whether it pauses as a whole.

    Args:
        name: stands in the log.
        quiet: errors that are no fault and are not logged as one; the row rests as after any other.
    """

    _all: list[Chore] = []

    def __init__(self, name: str, quiet: tuple[type[Exception], ...] = ()) -> None:
        self.name = name
        self._quiet = quiet
        self._failed: dict[Any, _Failed] = {}
        self._pause_until: datetime | None = None
        self._fell_at: Any = None
        Chore._all.append(self)

    @classmethod
    def forget_all(cls) -> None:
        """Let every chore begin as after a restart."""
        for one in cls._all:
            one._failed.clear()
            one._pause_until = one._fell_at = None

    def pause(self, until: datetime) -> None:
        """Do nothing more before a moment; for chores to which finding nothing costs much."""
        self._pause_until = until

    def pauses(self, now: datetime) -> bool:
        """Whether the chore pauses."""
        return self._pause_until is not None and now < self._pause_until <= now + LONGEST_PAUSE

    def resting(self, now: datetime) -> list[Any]:
        """The rows that failed a short while ago, to be left out when the next ones are looked for."""
        return [row for row, failed in self._failed.items() if now < failed.until <= now + LONGEST_REST]

    def each(self, waiting: Iterable[_Row], handle: Callable[[_Row, datetime], Any], now: datetime) -> int:
        """Handle one row after the other; one that fails is logged, counted and tried again later.

        Args:
            waiting: names the rows.
            handle: handles one, in a transaction of its own; says by a number or a truth how much it did.

        Returns:
            How much was done in all.

        Raises:
            OperationalError, InterfaceError: the database is away, for the others too. Where that comes twice in
                succession at one row, it is the row: both databases call it so, too, when they refuse to do something.
        """
        done = 0
        resting = set(self.resting(now))
        for row in waiting:
            if row in resting:
                continue
            if len(resting) >= MOST_RESTING:
                break
            try:
                done += int(handle(row, now))
            except self._quiet:
                self._rest(row, now)
                resting.add(row)
            except Exception as error:
                if isinstance(error, (OperationalError, InterfaceError)) and self._fell_at != row:
                    self._fell_at = row
                    raise
                attempt = self._rest(row, now)
                resting.add(row)
                log.error("chore_failed", exc_info=error, extra={"chore": self.name, "id": row, "attempt": attempt})
            else:
                self._failed.pop(row, None)
            if self._fell_at == row:
                self._fell_at = None
        return done

    def _rest(self, row: Any, now: datetime) -> int:
        """Let a row that has failed rest; how often it has failed by now."""
        failed = self._failed.setdefault(row, _Failed(0, now))
        failed.until = now + min(LONGEST_REST, REST * 2 ** min(failed.attempts, 10))
        failed.attempts += 1
        self._forget_old(now)
        return failed.attempts

    def _forget_old(self, now: datetime) -> None:
        """Forget rows that nobody has asked for long after their rest: they are done, or gone."""
        over, longest = now - 2 * LONGEST_REST, now + LONGEST_REST
        self._failed = {row: failed for row, failed in self._failed.items() if over < failed.until <= longest}
