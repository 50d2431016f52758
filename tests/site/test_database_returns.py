"""A real web server loses its real database and finds it again, without being restarted (goal F-3)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.client import HTTPMessage
from pathlib import Path

import postgresql
import pytest

SRC = Path(__file__).resolve().parents[2] / "src"
# A cookie that might be a session makes the site look into its database.
VISITOR = {"Cookie": "imi-session=" + "a" * 32}
pytestmark = pytest.mark.slow


def ask(address: str) -> tuple[int, HTTPMessage, bytes]:
    """Return status, headers and body of an address."""
    request = urllib.request.Request(address, headers=VISITOR)
    try:
        with urllib.request.urlopen(request, timeout=15) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, refused.read()


def ready_within(address: str, seconds: float) -> bool:
    """Return whether a page answers within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if ask(address)[0] == 200:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    return False


@pytest.fixture
def database() -> Iterator[postgresql.Server]:
    with postgresql.server() as server:
        if server is None:
            pytest.skip("there is no PostgreSQL server on this machine")
        yield server


@pytest.fixture
def site(database: postgresql.Server, tmp_path: Path) -> Iterator[str]:
    (tmp_path / "static").mkdir()
    variables = {
        **os.environ,
        "PYTHONPATH": str(SRC),
        "DJANGO_SETTINGS_MODULE": "imi.site.settings",
        "IMI_HOME": str(tmp_path),
        "IMI_DATABASE": database.url,
    }
    subprocess.run([sys.executable, "-m", "imi.site", "migrate", "-v", "0"], env=variables, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", "1", "--blocking-threads", "4"]
    command += ["--no-ws", "--port", str(port), "imi.site.wsgi:application"]
    with (tmp_path / "web.log").open("wb") as log:
        process = subprocess.Popen(command, env=variables, stdout=log, stderr=log)
        try:
            assert ready_within(f"http://127.0.0.1:{port}/readyz", 20)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(20)


def test_the_site_says_so_while_its_database_is_away_and_recovers_by_itself(
    site: str, database: postgresql.Server
) -> None:
    assert ask(f"{site}/sign-in")[0] == 200
    for _ in range(2):
        database.stop()
        for _ in range(10):
            status, headers, page = ask(f"{site}/sign-in")
            assert status == 503
            assert int(headers["Retry-After"]) > 0
            assert headers["Cache-Control"] == "no-store"
            assert b"Traceback" not in page
        assert ask(f"{site}/livez")[0] == 200
        assert ask(f"{site}/readyz")[0] == 503
        database.start()
        assert ready_within(f"{site}/sign-in", 6)
        assert ask(f"{site}/readyz")[0] == 200
