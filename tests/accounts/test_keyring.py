"""Keys outside the database: what is sealed opens for whom it was sealed, and rotation loses nothing."""

from __future__ import annotations

import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from imi.accounts import keyring


@pytest.fixture(autouse=True)
def file(settings, tmp_path: Path) -> Path:
    settings.IMI_KEY_RING = tmp_path / "key-ring"
    return settings.IMI_KEY_RING


def test_the_first_use_makes_a_file_for_its_owner_only(file: Path) -> None:
    sealed = keyring.seal(b"secret", "code:1:1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o400
    assert keyring.unseal(sealed, "code:1:1") == b"secret"
    assert list(file.parent.iterdir()) == [file]


def test_processes_that_start_together_agree_on_one_ring(file: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        sealed = list(threads.map(lambda number: keyring.seal(b"%d" % number, "x"), range(40)))
    assert [keyring.unseal(one, "x") for one in sealed] == [b"%d" % number for number in range(40)]
    assert len({one.partition(".")[0] for one in sealed}) == 1


def test_the_same_secret_never_looks_the_same() -> None:
    assert keyring.seal(b"secret", "x") != keyring.seal(b"secret", "x")


@pytest.mark.parametrize("context", ["code:2:1", "code:1:2", "password:1:1", ""])
def test_what_was_sealed_for_somebody_opens_for_nobody_else(context: str) -> None:
    sealed = keyring.seal(b"secret", "code:1:1")
    with pytest.raises(keyring.Unreadable):
        keyring.unseal(sealed, context)


def test_what_was_changed_does_not_open() -> None:
    sealed = keyring.seal(b"secret", "x")
    name, _, text = sealed.partition(".")
    for broken in ("", ".", name, f"{name}.", f"{name}.*", f"nobody.{text}", f"{name}.{text[:-6]}AAAA=="):
        with pytest.raises(keyring.Unreadable):
            keyring.unseal(broken, "x")


def test_after_a_rotation_the_old_opens_and_the_new_seals() -> None:
    before = keyring.seal(b"old", "x")
    keyring.use_newest_key()
    after = keyring.seal(b"new", "x")
    assert not keyring.is_current(before)
    assert keyring.is_current(after)
    assert (keyring.unseal(before, "x"), keyring.unseal(after, "x")) == (b"old", b"new")


def test_a_key_can_be_handed_out_before_it_is_used(file: Path) -> None:
    before = keyring.ring().current
    name = keyring.add_key()
    assert keyring.ring().current == before
    assert keyring.use_newest_key() == name == keyring.ring().current
    assert set(json.loads(file.read_text())["keys"]) == {before, name}


def test_only_old_keys_that_nothing_needs_are_dropped() -> None:
    first = keyring.ring().current
    second = keyring.use_newest_key()
    third = keyring.use_newest_key()
    waiting = keyring.add_key()
    assert keyring.forget_keys({first}) == [second]
    assert list(keyring.ring().keys) == [first, third, waiting]
    assert keyring.forget_keys(set()) == [first]
    assert keyring.forget_keys(set()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_an_operator_who_is_root_takes_the_file_from_nobody(file: Path) -> None:
    os.chown(file.parent, 12345, 12345)
    keyring.seal(b"secret", "x")
    assert (file.stat().st_uid, stat.S_IMODE(file.stat().st_mode)) == (12345, 0o400), "made for whose folder it is"
    os.chown(file, 23456, 23456)
    keyring.use_newest_key()
    assert (file.stat().st_uid, file.stat().st_gid, stat.S_IMODE(file.stat().st_mode)) == (23456, 23456, 0o400)
    assert list(file.parent.iterdir()) == [file]
