"""The supervisor restarts what dies and leaves nothing behind; real processes are killed here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from imi.site.supervise import SHORTEST_WAIT, Child, answers

SRC = Path(__file__).resolve().parents[2] / "src"
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]
# A web server of sorts: a process with a child of its own, as the real one has workers.
WITH_OFFSPRING = [
    sys.executable,
    "-c",
    (
        "import subprocess, sys, time; "
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); time.sleep(600)"
    ),
]


def eventually(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Return whether a condition comes true within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMI_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def child(home: Path) -> Iterator[Child]:
    made = Child("worker", SLEEP)
    made.start()
    yield made
    made.kill()


def pid(child: Child) -> int:
    assert child.process is not None
    return child.process.pid


def test_a_killed_process_is_started_again(child: Child) -> None:
    first = pid(child)
    os.kill(first, signal.SIGKILL)

    def restarted() -> bool:
        child.restart_if_ended()
        return pid(child) != first

    assert eventually(restarted)
    assert psutil.pid_exists(pid(child))


def test_a_process_that_ends_at_once_waits_longer_each_time(home: Path) -> None:
    child = Child("worker", [sys.executable, "-c", "raise SystemExit(3)"])
    child.start()
    waits = set()
    until = time.monotonic() + 3
    while time.monotonic() < until:
        child.restart_if_ended()
        waits.add(child.wait)
        time.sleep(0.02)
    assert len(waits) >= 3
    assert max(waits) >= 4 * SHORTEST_WAIT


def test_the_offspring_of_a_killed_process_does_not_outlive_it(home: Path) -> None:
    child = Child("web", WITH_OFFSPRING)
    child.start()
    parent = psutil.Process(pid(child))
    assert eventually(lambda: len(parent.children()) == 1)
    offspring = parent.children()[0]
    os.kill(parent.pid, signal.SIGKILL)
    assert eventually(lambda: child.process is not None and child.process.poll() is not None)
    child.restart_if_ended()
    assert eventually(lambda: not offspring.is_running() or offspring.status() == psutil.STATUS_ZOMBIE)
    child.kill()


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_when_the_supervisor_ends(home: Path, ending: signal.Signals) -> None:
    program = (
        "from imi.site.supervise import Child, supervise; nobody = 'http://127.0.0.1:1'; "
        f"supervise([Child('a', {SLEEP!r}), Child('b', {SLEEP!r})], nobody, nobody, training=True)"
    )
    variables = {**os.environ, "PYTHONPATH": str(SRC)}
    process = subprocess.Popen([sys.executable, "-c", program], env=variables, stdout=subprocess.DEVNULL)
    supervisor = psutil.Process(process.pid)
    assert eventually(lambda: len(supervisor.children()) == 2)
    children = supervisor.children()
    time.sleep(0.2)
    process.send_signal(ending)
    process.wait(15)
    assert eventually(lambda: not any(child.is_running() for child in children))


def test_an_address_where_nobody_listens_does_not_answer() -> None:
    assert not answers("http://127.0.0.1:1/livez")
