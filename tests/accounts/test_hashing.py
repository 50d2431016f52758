"""Hashing in few places at once, and secrets that are the same whatever keyboard wrote them."""

from __future__ import annotations

import threading
import unicodedata

import pytest

from imi.accounts import hashing


def test_a_password_is_the_same_in_composed_and_decomposed_form() -> None:
    stored = hashing.hashed(unicodedata.normalize("NFD", "Árvíztűrő 7"))
    assert hashing.matches(unicodedata.normalize("NFC", "Árvíztűrő 7"), stored)
    assert not hashing.matches("árvíztűrő 7", stored)


@pytest.mark.parametrize("stored", ["", "!", "!nothing", "argon2$broken"])
def test_nothing_matches_what_is_no_hash(stored: str) -> None:
    for secret in ("", "!", stored, "\x00"):
        assert not hashing.matches(secret, stored)


def test_no_more_at_once_than_there_are_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_free", threading.BoundedSemaphore(2))
    inside, most, gate = 0, 0, threading.Lock()

    def work() -> None:
        nonlocal inside, most
        with hashing.place():
            with gate:
                inside += 1
                most = max(most, inside)
            threading.Event().wait(0.02)
            with gate:
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_whoever_comes_when_the_queue_is_full_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_waiting", threading.BoundedSemaphore(1))
    with hashing.place(), pytest.raises(hashing.Busy), hashing.place():
        pass
    with hashing.place():
        pass


def test_nobody_waits_for_a_place_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "_free", threading.BoundedSemaphore(1))
    monkeypatch.setattr(hashing, "PATIENCE_SECONDS", 0.01)
    with hashing.place(), pytest.raises(hashing.Busy), hashing.place():
        pass
    with hashing.place():
        pass
