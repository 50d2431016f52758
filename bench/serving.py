"""The processes of one side: a web server with one worker, and a process inside; what they cost."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
APPLICATION = {"product": "imi.site.wsgi:application", "floor": "bench.floor.wsgi:application"}
PATIENCE = 60.0


@dataclass
class Place:
    """One side with one data set: which database, which home folder; ``directory`` as in the world."""

    kind: str
    scale: float
    database: str
    home: Path
    directory: float = 0.0
    inside: subprocess.Popen[str] | None = None
    ports: list[int] = field(default_factory=list)

    @property
    def variables(self) -> dict[str, str]:
        """What its processes find in their environment."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMI_", "DJANGO_"))}
        return {
            **kept,
            "IMI_HOME": str(self.home),
            "IMI_DATABASE": self.database,
            "IMI_TRAINING": "0",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }

    def order(self, order: str, **arguments: Any) -> dict[str, Any]:
        """Have the process inside do something.

        Raises RuntimeError when it has died; its last words stand in the log in the home folder.
        """
        log = self.home / "inside.log"
        if self.inside is None:
            command = [sys.executable, "-m", "bench.inside", self.kind]
            with log.open("wb") as errors:
                self.inside = subprocess.Popen(
                    command, env=self.variables, cwd=ROOT, text=True,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                )  # fmt: skip
        assert self.inside.stdin
        assert self.inside.stdout
        self.inside.stdin.write(json.dumps({"order": order, **arguments}) + "\n")
        self.inside.stdin.flush()
        answer = self.inside.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.kind} could not {order}: see {log}\n{log.read_text()[-2000:]}")
        return dict(json.loads(answer))

    def leave(self) -> None:
        """Let the process inside end."""
        if self.inside is not None and self.inside.stdin:
            self.inside.stdin.close()
            self.inside.wait(30)
            self.inside = None


class Served:
    """A running web server of one worker, and a browser's connection to it that stays open."""

    def __init__(self, place: Place, port: int, process: subprocess.Popen[bytes]) -> None:
        self.place, self.port, self.process = place, port, process
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.known: list[int] = []

    def another(self) -> http.client.HTTPConnection:
        """One more browser's connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(
        self, path: str, cookie: str = "", connection: http.client.HTTPConnection | None = None
    ) -> tuple[int, bytes]:
        """Fetch a page."""
        line = connection or self.connection
        line.request("GET", path, headers={"Cookie": cookie} if cookie else {})
        answer = line.getresponse()
        return answer.status, answer.read()

    def processes(self) -> list[int]:
        """The server and its worker, looked up once."""
        if self.known:
            return self.known
        found, waiting = [], [self.process.pid]
        while waiting:
            pid = waiting.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting += map(int, (task / "children").read_text().split())
        self.known = found
        return found

    def cpu(self) -> float:
        """Milliseconds of processor time so far, user and system, of the server and its worker."""
        # The kernel's clock of another process: its number, inverted, above three bits that say "all threads".
        return sum(time.clock_gettime((~pid << 3) | 2) for pid in self.processes()) * 1000

    def memory(self, kind: str = "Pss") -> float:
        """Proportional set size in MiB of the server and its worker; ``Pss_File`` is the part that maps files."""
        total = 0
        for pid in self.processes():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith(f"{kind}:"):
                    total += int(line.split()[1])
        return total / 1024


@contextlib.contextmanager
def serving(place: Place, workers: int = 1) -> Iterator[Served]:
    """Serve a place until the block ends; yields once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(workers), "--no-ws"]
    command += ["--blocking-threads", "4", "--host", "127.0.0.1", "--port", str(port), APPLICATION[place.kind]]
    with (place.home / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=place.variables, cwd=ROOT, stdout=log, stderr=log)
    served = Served(place, port, process)
    try:
        _wait(served)
        yield served
    finally:
        served.connection.close()
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait(served: Served) -> None:
    """Wait for the first answer, whatever it says.

    Raises RuntimeError when the server ends or does not answer for a minute.
    """
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            served.get("/")
        except OSError:
            served.connection.close()
            if served.process.poll() is not None or time.monotonic() > patience:
                raise RuntimeError(f"the server of the {served.place.kind} does not start") from None
            time.sleep(0.01)
        else:
            return
