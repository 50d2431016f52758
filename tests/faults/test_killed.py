"""kill -9 at random moments: no acknowledged action is lost, none takes effect twice, no mail is lost.

``IMI_KILLS=200`` runs each test with so many kills; by default there are 20 in all.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import threading
import time
from collections import Counter
from typing import Any

from aiosmtpd.controller import Controller

from tests.faults.installation import Installation, free_port

KILLS = int(os.environ.get("IMI_KILLS", "10"))
PEOPLE = ("asker", "askermate", "answerer", "answermate")


class Load:
    """People who write messages as fast as they can, and remember what was acknowledged."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.tried: list[str] = []
        self.acknowledged: list[str] = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(person,)) for person in PEOPLE]

    def __enter__(self) -> Load:
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def _write(self, person: str) -> None:
        count = 0
        while not self.stopping.is_set():
            count += 1
            text = f"{person} says {count}"
            number = random.choice(self.installation.numbers)
            self.tried.append(text)
            try:
                if self.installation.write_message(person, number, text):
                    self.acknowledged.append(text)
            except (OSError, http.client.HTTPException):
                time.sleep(0.02)


def test_a_killed_web_server_loses_and_doubles_no_action(installation: Installation) -> None:
    installation.prepare(requests=4)
    installation.start_web()
    with Load(installation) as load:
        for _ in range(KILLS):
            time.sleep(random.uniform(0.05, 0.6))
            assert installation.web is not None
            installation.kill(installation.web)
            installation.start_web()
        time.sleep(0.5)
    stored = installation.ask("messages()")
    assert isinstance(stored, dict)
    assert len(load.acknowledged) > KILLS, "the load must be real"
    assert [text for text in load.acknowledged if stored.get(text) != 1] == []
    assert set(stored) <= set(load.tried)
    assert max(stored.values()) == 1
    assert installation.ask("faults()") == []


class Counting:
    """A mail server that counts copies by Message-ID."""

    def __init__(self) -> None:
        self.copies: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        for line in envelope.content.decode().replace("\r\n ", " ").splitlines():
            if line.lower().startswith("message-id:"):
                self.copies[line.split("<")[1].split("@")[0]] += 1
        return "250 OK"


def test_a_killed_worker_loses_no_mail_and_doubles_at_most_one_a_kill(installation: Installation) -> None:
    handler, port = Counting(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        installation.smtp = f"127.0.0.1:{port}"
        installation.prepare(requests=60)
        kills = 0
        installation.start_worker()
        time.sleep(1.0)
        while kills < KILLS:
            time.sleep(random.uniform(0.05, 0.5))
            assert installation.worker is not None
            installation.kill(installation.worker)
            kills += 1
            installation.start_worker()
            time.sleep(0.9)
        _until_sent(installation)
    finally:
        controller.stop()
    mail = installation.ask("mail()")
    assert isinstance(mail, dict)
    assert mail["unsent"] == mail["untold"] == 0
    assert set(handler.copies) == set(mail["keys"])
    assert sum(handler.copies.values()) - len(handler.copies) <= kills
    assert installation.ask("faults()") == []


def _until_sent(installation: Installation) -> None:
    """Wait until the worker has nothing left; mails in a dead worker's hand come back when their lease ends."""
    until = time.monotonic() + 100
    while time.monotonic() < until:
        with contextlib.suppress(AssertionError):
            mail = installation.ask("mail()")
            assert isinstance(mail, dict)
            if not mail["unsent"] and not mail["untold"]:
                return
        time.sleep(1.0)
    raise TimeoutError("mail was left")
