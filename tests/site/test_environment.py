"""What an installation says about itself is read correctly."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imi.site import environment


@pytest.mark.parametrize(
    ("value", "meaning"), [("1", True), ("yes", True), ("On", True), ("0", False), ("no", False), ("banana", False)]
)
def test_a_flag_is_yes_only_when_it_says_so(monkeypatch: pytest.MonkeyPatch, value: str, meaning: bool) -> None:
    monkeypatch.setenv("IMI_DEBUG", value)
    assert environment.flag("IMI_DEBUG") is meaning


def test_an_empty_flag_keeps_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMI_DEBUG", "")
    assert environment.flag("IMI_DEBUG", default=True) is True


def test_the_database_is_a_file_in_the_home_folder_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("IMI_DATABASE", raising=False)
    described = environment.database(tmp_path)
    assert described["NAME"] == tmp_path / "imi.sqlite3"
    assert described["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
        assert pragma in described["OPTIONS"]["init_command"]


def test_a_postgresql_url_is_taken_apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IMI_DATABASE", "postgresql://ann:p%40ss@db.example:6543/imi?sslmode=verify-full")
    described = environment.database(tmp_path)
    assert (described["USER"], described["PASSWORD"]) == ("ann", "p@ss")
    assert (described["HOST"], described["PORT"], described["NAME"]) == ("db.example", "6543", "imi")
    assert described["OPTIONS"]["sslmode"] == "verify-full"
    assert described["CONN_MAX_AGE"] == 0


def test_a_postgresql_socket_folder_can_be_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("IMI_DATABASE", "postgresql:///imi?host=/run/postgresql")
    described = environment.database(tmp_path)
    assert described["HOST"] == "/run/postgresql"
    assert "host" not in described["OPTIONS"]


@pytest.mark.parametrize(
    ("value", "expected"), [("", ("", 25)), ("mail.example", ("mail.example", 25)), ("[::1]:1025", ("[::1]", 1025))]
)
def test_the_mail_server_may_leave_out_its_port(
    monkeypatch: pytest.MonkeyPatch, value: str, expected: tuple[str, int]
) -> None:
    monkeypatch.setenv("IMI_SMTP", value)
    assert environment.host_and_port("IMI_SMTP", 25) == expected


def test_the_secret_key_is_made_once_and_private(tmp_path: Path) -> None:
    file = tmp_path / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: environment.secret_key(file), range(50)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 64
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
