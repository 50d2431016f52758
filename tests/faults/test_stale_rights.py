"""A right that is taken away while many requests are in flight (S-9): what begins after the commit has no effect."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest

from tests.faults.installation import Installation

IN_FLIGHT = 10
ENOUGH = 50


@dataclass
class Writers:
    """Threads in which one person writes messages without a pause; each attempt with its beginning and its success."""

    installation: Installation
    attempts: list[tuple[float, bool, str]] = field(default_factory=list)
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
            self.attempts.append((begun, self.installation.write_message("asker", number, text), text))

    def wait_for(self, count: int, since: float = 0.0) -> None:
        """Wait until so many attempts have begun since a moment and ended."""
        until = time.monotonic() + 60
        while sum(begun > since for begun, _ok, _text in list(self.attempts)) < count:
            assert time.monotonic() < until
            self.stopping.wait(0.05)


@pytest.mark.parametrize("right", ["role", "user", "access", "authority", "session"])
def test_nothing_that_begins_after_a_right_is_gone_has_an_effect(installation: Installation, right: str) -> None:
    installation.prepare(requests=IN_FLIGHT)
    installation.start_web()
    writers = Writers(installation)
    threads = writers.run()
    try:
        writers.wait_for(ENOUGH)
        installation.ask(f"take_away('asker', {right!r})")
        gone = time.monotonic()
        writers.wait_for(ENOUGH, since=gone)
    finally:
        writers.stopping.set()
        for thread in threads:
            thread.join()
    acknowledged = {text for _begun, ok, text in writers.attempts if ok}
    assert len(acknowledged) >= ENOUGH // 2, "the load must be real"
    late = [text for begun, ok, text in writers.attempts if begun > gone and ok]
    assert late == []
    stored = installation.ask("messages()")
    assert isinstance(stored, dict)
    tried_before = {text for begun, _ok, text in writers.attempts if begun <= gone}
    assert acknowledged <= set(stored) <= tried_before
    assert installation.ask("faults()") == []
