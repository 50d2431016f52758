"""A real installation for fault tests: its own home, database, web server and worker, all as processes to be killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psutil

ROOT = Path(__file__).parents[2]
TOKEN = "t" * 32


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Installation:
    """Processes, address and people of one installation."""

    home: Path
    database: str
    smtp: str = ""
    patience: float = 20.0
    port: int = field(default_factory=free_port)
    cookies: dict[str, str] = field(default_factory=dict)
    numbers: list[str] = field(default_factory=list)
    web: subprocess.Popen[bytes] | None = None
    worker: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("IMI_", "DJANGO_"))}
        return {
            **kept,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "IMI_HOME": str(self.home),
            "IMI_DATABASE": self.database,
            "IMI_SMTP": self.smtp,
            "IMI_TRAINING": "0",
        }

    def prepare(self, requests: int) -> None:
        """Build the small world with so many sent requests."""
        command = [sys.executable, "-m", "tests.faults.prepare", str(requests)]
        out = subprocess.run(command, env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True)
        told = json.loads(out.stdout.splitlines()[-1])
        self.cookies, self.numbers = told["cookies"], told["numbers"]

    def start_web(self, threads: int = 4) -> None:
        """Start the web server, which answers so many requests at a time, and wait until it answers."""
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1"]
        command += [
            "--blocking-threads",
            str(threads),
            "--no-ws",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "imi.site.wsgi:application",
        ]
        self.web = self._start(command, "web")
        self.wait_for_web()

    def start_worker(self) -> None:
        """Start the worker."""
        self.worker = self._start([sys.executable, "-m", "imi.site", "work"], "worker")

    def _start(self, command: list[str], name: str) -> subprocess.Popen[bytes]:
        with (self.home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    def wait_for_web(self, seconds: float = 30.0) -> None:
        """Wait until a page is served.

        Raises:
            TimeoutError: it is not.
        """
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.request("GET", "/livez").status == 200:
                    return
            time.sleep(0.05)
        raise TimeoutError((self.home / "web.log").read_text()[-2000:])

    def request(
        self, method: str, path: str, person: str = "", fields: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """One request on a connection of its own, as a person's browser would send it.

        Raises:
            OSError, http.client.HTTPException: no complete answer came.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)
        headers = {"Host": f"127.0.0.1:{self.port}"}
        if person:
            headers["Cookie"] = f"imi-session={self.cookies[person]}; imi-csrf={TOKEN}"
        body = None
        if fields is not None:
            body = urlencode({**fields, "csrfmiddlewaretoken": TOKEN})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.body = answer.read()  # type: ignore[attr-defined]
            return answer
        finally:
            connection.close()

    def write_message(self, person: str, number: str, text: str) -> bool:
        """Send a message; whether it was acknowledged."""
        fields = {"f-drawn": "text", "f-text": text, "key": uuid.uuid4().hex, "do": "submit"}
        answer = self.request("POST", f"/requests/{number}/message/", person, fields)
        # Who is not signed in any more is led elsewhere.
        return answer.status in (302, 303) and f"/requests/{number}/" == answer.headers.get("Location", "")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of a process and its children, as a crash would."""
        with contextlib.suppress(psutil.NoSuchProcess):
            family = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
            for one in family:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End everything."""
        for process in (self.web, self.worker):
            if process is not None:
                self.kill(process)

    def ask(self, expression: str) -> object:
        """Evaluate ``tests.faults.checks.<expression>`` in a fresh process on this installation's database."""
        code = f"import json; from tests.faults import checks; print(json.dumps(checks.{expression}))"
        out = subprocess.run(
            [sys.executable, "-c", code], env=self.environment, cwd=ROOT, check=True, capture_output=True, text=True
        )
        return json.loads(out.stdout.splitlines()[-1])
