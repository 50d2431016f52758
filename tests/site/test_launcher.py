"""The launcher starts quickly and remembers what it has done."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def launcher() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("imi_launcher", str(ROOT / "imi"))
    spec = importlib.util.spec_from_loader("imi_launcher", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def test_help_is_there_at_once_and_needs_nothing_installed() -> None:
    best = 9.0
    for _ in range(3):
        started = time.monotonic()
        command = [sys.executable, "-I", "-S", str(ROOT / "imi"), "--help"]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        best = min(best, time.monotonic() - started)
    assert best < 0.5
    for command_name in ("run", "test", "bench", "reset", "procedures", "messages", "compile", "doctor"):
        assert command_name in done.stdout


def test_a_step_is_done_again_only_when_its_inputs_change(launcher: ModuleType, tmp_path: Path) -> None:
    source = tmp_path / "a.po"
    source.write_text("one")
    stamps = launcher.Stamps(tmp_path / "stamps.json")
    before = launcher.digest([source])
    assert not stamps.holds("messages", before)
    stamps.keep("messages", before)
    assert launcher.Stamps(tmp_path / "stamps.json").holds("messages", launcher.digest([source]))
    source.write_text("two!")
    assert not stamps.holds("messages", launcher.digest([source]))


def test_a_damaged_list_of_stamps_only_means_doing_the_work_again(launcher: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "stamps.json").write_text("{half")
    assert launcher.Stamps(tmp_path / "stamps.json").known == {}


def test_a_step_that_fails_shows_the_end_of_its_output(launcher: ModuleType) -> None:
    with pytest.raises(launcher.Failure, match="no such disk"):
        launcher.step("Trying", [sys.executable, "-c", "print('no such disk'); raise SystemExit(1)"])


def test_a_port_in_use_is_named_with_the_cure(launcher: ModuleType) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(launcher.Failure, match="--port"):
            launcher.require_free_port("127.0.0.1", other.getsockname()[1])


def test_two_launchers_do_not_share_one_home(
    launcher: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMI_HOME", str(tmp_path))
    with launcher.only_one(), pytest.raises(launcher.Failure, match="IMI_HOME"), launcher.only_one():
        pass


def test_reset_keeps_its_hands_off_what_is_no_training_installation(tmp_path: Path) -> None:
    (tmp_path / "imi.sqlite3").write_text("precious")
    variables = {**os.environ, "IMI_HOME": str(tmp_path), "IMI_TRAINING": "0"}
    variables.pop("IMI_DATABASE", None)
    command = [sys.executable, str(ROOT / "imi"), "reset", "--yes"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "not a training installation" in done.stderr
    assert (tmp_path / "imi.sqlite3").read_text() == "precious"


def test_reset_asks_first(tmp_path: Path) -> None:
    (tmp_path / "imi.sqlite3").write_text("precious")
    variables = {**os.environ, "IMI_HOME": str(tmp_path), "IMI_TRAINING": "1"}
    variables.pop("IMI_DATABASE", None)
    command = [sys.executable, str(ROOT / "imi"), "reset"]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, input="no\n", check=False)
    assert done.returncode == 2
    assert (tmp_path / "imi.sqlite3").read_text() == "precious"
