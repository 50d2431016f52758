"""Keeps the web server and the worker running: ``python -m imi.site.supervise HOST PORT``.

``./imi run`` becomes this process. On a server that has a supervisor of its own (systemd, containers) start the two
commands below there instead; ``docs/operate.md`` shows how. Standard library only, and it never imports Django: the
children are fresh processes, so none inherits an open database connection.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

LARGEST_LOG = 20_000_000
SHORTEST_WAIT = 0.2
LONGEST_WAIT = 30.0


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def die_with_parent() -> None:
    """Ask Linux to end this process when its parent ends, so that nothing is left behind after a kill -9."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class Child:
    """One supervised process and its log file; started again when it ends by itself."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name, self.command = name, list(command)
        self.log = Path(os.environ["IMI_HOME"]) / "log" / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.due: float | None = None
        self.wait = SHORTEST_WAIT

    def start(self) -> None:
        """Start the process in a group of its own, so that Ctrl-C reaches it through us and in order."""
        self.log.parent.mkdir(exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".1.log"))
        self.started = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own commands
                self.command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def restart_if_ended(self) -> None:
        """Start the process again if it has ended; one that ends again and again has to wait longer each time."""
        if not self.process or self.process.poll() is None:
            return
        now = time.monotonic()
        if self.due is None:
            self.kill()
            self.wait = SHORTEST_WAIT if now - self.started > 5 else min(self.wait * 2, LONGEST_WAIT)
            self.due = now + self.wait
            say(f"  ! {self.name} ended with {self.process.returncode}; starting it again (see {self.log})")
        elif now >= self.due:
            self.due = None
            self.start()

    def kill(self) -> None:
        """End whatever is left of the process's group."""
        with contextlib.suppress(ProcessLookupError):
            if self.process:
                os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self) -> None:
        """Ask the process to finish what it is doing."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)


def supervise(children: list[Child], address: str, probe: str, *, training: bool) -> int:
    """Start the children, greet once ``probe`` answers, and restart what dies; return the exit code.

    ``address`` is what people open, ``probe`` the same site at the very address it listens on.
    """

    def interrupt(signum: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # SIGINT too: a shell that starts us in the background hands it down as ignored, and nothing could stop us by it.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        for child in children:
            child.start()
        greeted = False
        while True:
            for child in children:
                child.restart_if_ended()
            if not greeted and answers(probe):
                greet(address, children, training=training)
                greeted = True
            time.sleep(0.1)
    except KeyboardInterrupt:
        say("\nStopping …")
        return 0
    finally:
        end(children)
        say("Stopped.")


def end(children: list[Child]) -> None:
    """Let the children finish for ten seconds, then end what is left of them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for child in children:
        child.stop()
    patience = time.monotonic() + 10
    for child in children:
        with contextlib.suppress(subprocess.TimeoutExpired):
            if child.process:
                child.process.wait(max(0.1, patience - time.monotonic()))
        child.kill()


def answers(address: str) -> bool:
    """Return whether an address answers with success."""
    try:
        with urllib.request.urlopen(address, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def greet(address: str, children: list[Child], *, training: bool) -> None:
    """Say where the site is and how to sign in."""
    say(f"\n  Ready: {address}\n")
    if training:
        say("  This is a training world: open the address and pick a person to become. Use a second browser (or a")
        say("  private window) to become the other side. Nothing here reaches a real authority.")
    else:
        say("  Sign in with the user name and password that your administrator gave you.")
    say(f"  Logs: {children[0].log.parent}    Stop: Ctrl-C\n")


def main() -> int:
    """Run the site on the address given on the command line until it is told to stop."""
    host, port = sys.argv[1], int(sys.argv[2])
    literal = f"[{host}]" if ":" in host else host
    everywhere = host in {"0.0.0.0", "::"}  # noqa: S104 - asked for on the command line
    shown = "localhost" if everywhere or host == "127.0.0.1" else literal
    probe = f"http://{'127.0.0.1' if everywhere else literal}:{port}/livez"
    workers = str(min(2, os.cpu_count() or 1))
    web = ["-m", "granian", "--interface", "wsgi", "--workers", workers, "--blocking-threads", "4", "--no-ws"]
    web += ["--respawn-failed-workers", "--host", host, "--port", str(port), "imi.site.wsgi:application"]
    children = [
        Child("web", [sys.executable, *web]),
        Child("worker", [sys.executable, "-m", "imi.site", "work"]),
    ]
    return supervise(children, f"http://{shown}:{port}", probe, training=os.environ.get("IMI_TRAINING") == "1")


if __name__ == "__main__":
    sys.exit(main())
