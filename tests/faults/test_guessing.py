"""Guessing at one user name by many at once (S-13), and addresses that name another host (S-24), at a real server."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest

from tests import migrated
from tests.faults.installation import ROOT, Installation

GUESSES = int(os.environ.get("IMI_GUESSES", "200"))


def test_of_many_guesses_at_once_exactly_five_are_looked_at(installation: Installation) -> None:
    """On PostgreSQL, and on SQLite in a file, where eight threads really write at the same time."""
    installation.prepare(requests=0)
    environment = {**installation.environment, "IMI_FAILURES_PER_NETWORK": "0"}
    out = subprocess.run(
        [sys.executable, "-m", "tests.faults.guess", str(GUESSES)],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(out.stdout.splitlines()[-1]) == {
        "entered": 0,
        "looks": 5,
        "attempts": GUESSES,
        "counted": 6,  # one above what is allowed: closed
    }


@pytest.mark.parametrize(
    "head",
    [
        "GET http://evil.example/sign-in?next=/tasks/ HTTP/1.1\r\nHost: 127.0.0.1:{port}",
        "GET http://evil.example/tasks/ HTTP/1.1\r\nHost: 127.0.0.1:{port}",
        "GET /tasks/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: https",
        "GET /tasks/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nForwarded: host=evil.example;proto=https",
        "GET /tasks/ HTTP/1.1\r\nHost: evil.example",
        "GET /tasks/ HTTP/1.1\r\nHost: evil.example@127.0.0.1:{port}",
        "GET /tasks/ HTTP/1.1\r\nHost: 127.0.0.1:{port}evil.example",
    ],
)
def test_no_host_that_a_stranger_names_comes_back(served: Installation, head: str) -> None:
    """Neither in a redirect nor in a page; and nobody keeps the answer for others."""
    request = head.format(port=served.port) + "\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), timeout=20) as wire:
        wire.sendall(request.encode())
        answer = b""
        while piece := wire.recv(65536):
            answer += piece
    status = int(answer.split(None, 2)[1])
    assert status in {200, 302, 400, 404}, answer[:300]
    assert b"evil.example" not in answer, answer[:2000]
    assert b"no-store" in answer or status == 400


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A web server on a database without anything in it but the small world."""
    home = tmp_path_factory.mktemp("served")
    made = Installation(home=home, database=str(migrated.file_in(home)))
    made.prepare(requests=0)
    made.start_web()
    yield made
    made.stop()
