"""A right that is taken away while fifty requests are in flight (S-9): what begins after the commit has no effect."""

from __future__ import annotations

import http.client
import threading
import time
from dataclasses import dataclass, field

import pytest

from tests.faults.installation import Installation

IN_FLIGHT = 50
ENOUGH = IN_FLIGHT
BETWEEN_TWO = 5
"""So many writers may just be between one request and the next."""


@dataclass(frozen=True)
class Attempt:
    """A message that was sent: from when to when it was in flight, and whether it was acknowledged."""

    begun: float
    ended: float
    ok: bool
    text: str


@dataclass
class Writers:
    """Threads in which one person writes messages without a pause."""

    installation: Installation
    attempts: list[Attempt] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def run(self) -> list[threading.Thread]:
        """Begin."""
        threads = [threading.Thread(target=self._write, args=(number,)) for number in range(IN_FLIGHT)]
        for thread in threads:
            thread.start()
        return threads

    def _write(self, thread: int) -> None:
        count = 0
        while not self.stopping.is_set():
            count += 1
            text, begun = f"{thread}.{count}", time.monotonic()
            number = self.installation.numbers[thread % len(self.installation.numbers)]
            try:
                ok = self.installation.write_message("asker", number, text)
            except (OSError, http.client.HTTPException):
                ok = False  # nothing came back: it may have had an effect, but only if it began in time
            self.attempts.append(Attempt(begun, time.monotonic(), ok, text))

    def wait_for(self, count: int, since: float = 0.0) -> None:
        """Wait until so many attempts have begun since a moment and ended."""
        until = time.monotonic() + 120
        while sum(one.begun > since for one in list(self.attempts)) < count:
            assert time.monotonic() < until
            self.stopping.wait(0.05)

    def in_flight(self, at: float) -> int:
        """How many attempts had begun and were not answered at a moment."""
        return sum(one.begun <= at < one.ended for one in self.attempts)


@pytest.mark.parametrize("right", ["role", "user", "access", "authority", "session"])
def test_nothing_that_begins_after_a_right_is_gone_has_an_effect(installation: Installation, right: str) -> None:
    installation.prepare(requests=IN_FLIGHT // 5)
    installation.patience = 60.0  # fifty wait for one another, on a file whose lock has no queue
    installation.start_web(threads=IN_FLIGHT)
    writers = Writers(installation)
    threads = writers.run()
    try:
        writers.wait_for(ENOUGH)
        gone = installation.ask(f"take_away('asker', {right!r})")
        assert isinstance(gone, float)
        writers.wait_for(ENOUGH, since=gone)
    finally:
        writers.stopping.set()
        for thread in threads:
            thread.join()
    assert writers.in_flight(gone) >= IN_FLIGHT - BETWEEN_TWO, "they must be in flight when it is taken away"
    acknowledged = {one.text for one in writers.attempts if one.ok}
    assert len(acknowledged) >= ENOUGH // 2, "the load must be real"
    late = [one.text for one in writers.attempts if one.begun > gone and one.ok]
    assert late == []
    stored = installation.ask("messages()")
    assert isinstance(stored, dict)
    tried_before = {one.text for one in writers.attempts if one.begun <= gone}
    assert acknowledged <= set(stored) <= tried_before
    assert installation.ask("faults()") == []
