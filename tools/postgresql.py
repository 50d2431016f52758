"""Starts a PostgreSQL server of its own for tests and measurements. Standard library only."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

# For tests: nothing in that server outlives them, so it need not wait for the disk. Nor should it tidy its tables up:
# nearly every test takes back what it wrote; the server would count no rows in all these pages, and plan by that.
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def programs() -> Path | None:
    """Return the folder of the newest PostgreSQL server on this machine, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[4]))
    elsewhere = shutil.which("initdb")
    newest = found[-1] if found else Path(elsewhere) if elsewhere else None
    return newest.parent if newest else None


class Server:
    """A running server: its URL, and stopping and starting it for tests of what happens while it is away."""

    def __init__(self, folder: Path, bin_folder: Path, options: dict[str, str]) -> None:
        self.folder, self.bin_folder = folder, bin_folder
        # The server refuses to run as root; root hands it to the user that its package has made.
        self.user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.user:
            shutil.chown(folder, "postgres")
        self.port = _free_port()
        self.url = f"postgresql://imi@127.0.0.1:{self.port}/postgres"
        settings = {"listen_addresses": "127.0.0.1", "max_connections": "200", **options}
        self.options = f"-p {self.port} -k {folder} " + " ".join(
            f"-c {name}={value}" for name, value in settings.items()
        )
        self._call("initdb", "-U", "imi", "-A", "trust", "-N", "-E", "UTF8", "--locale=C.UTF-8")

    def _call(self, program: str, *arguments: str) -> None:
        command = [*self.user, str(self.bin_folder / program), "-D", str(self.folder / "data"), *arguments]
        # Not through pipes: the server would keep them open after pg_ctl has ended.
        with (self.folder.parent / f"{self.folder.name}.log").open("ab") as log:
            subprocess.run(command, check=True, cwd="/", stdout=log, stderr=log)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        self._call("pg_ctl", "-l", str(self.folder / "log"), "-o", self.options, "-w", "start")

    def stop(self) -> None:
        """Stop the server at once, as a crash would."""
        self._call("pg_ctl", "-m", "immediate", "-w", "stop")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def server(options: dict[str, str] | None = None) -> Iterator[Server | None]:
    """Make a server on a free port in a folder of its own and yield it, or None when there is none on this machine.

    ``options`` are PostgreSQL settings; without them it is set up for tests, where nothing has to survive.
    """
    bin_folder = programs()
    if bin_folder is None:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="imi-postgresql-", ignore_cleanup_errors=True) as parent:
        Path(parent).chmod(0o755)
        folder = Path(parent) / "server"
        folder.mkdir()
        made = Server(folder, bin_folder, FOR_TESTS if options is None else options)
        made.start()
        try:
            yield made
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):
                made.stop()
