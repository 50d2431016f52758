"""Folding: keys compare across accents, case and script, and hold nothing that a database could read as an operator."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imi.directory.folding import MAX_TOKEN, MAX_WORDS, fold, likeness, query_tokens, stem, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IDEGENVEZETŐ", "idegenvezeto"),
        ("Straße", "STRASSE"),
        ("Główny", "glowny"),
        ("Υπουργείο", "ΥΠΟΥΡΓΕΙΟ"),
        ("ΚΑΤΑΣΤΗΜΑΤΟΣ", "κατάστηματος"),
        ("Ђорђе", "ђорђе"),
        ("Þórður", "thordur"),
        ("Smørrebrød", "smorrebrod"),
        ("Ħal Għaxaq", "hal ghaxaq"),
        ("ﬁdélité", "fidelite"),
        ("екскурзовод", "ekskurzovod"),
        ("Παπαδόπουλος", "papadopoylos"),
        ("i\u0307stanbul", "istanbul"),
    ],
)
def test_writings_of_one_word_agree(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_words_are_split_at_signs() -> None:
    assert tokens("Guias-intérpretes / guia, (Lisboa)") == ("guias", "interpretes", "guia", "lisboa")


@given(st.text())
def test_keys_hold_letters_and_digits_only(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9 ]*", fold(text))
    assert all(0 < len(token) <= MAX_TOKEN for token in tokens(text))


@given(st.text(alphabet="abcdeéőűαβγδабвгж", min_size=1), st.integers(min_value=1))
def test_a_beginning_gives_the_beginning_of_the_key(word: str, length: int) -> None:
    assert fold(word).startswith(fold(word[:length]))


def test_a_query_is_bounded() -> None:
    assert query_tokens("a b c") == ()
    assert len(query_tokens(" ".join(f"word{index}" for index in range(500)))) == MAX_WORDS
    assert len(query_tokens("x" * 100_000)[0]) == MAX_TOKEN


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("idegenvezetoket", "idegenvezetok"), ("gidas", "gidai"), ("fremdenfuhrerin", "fremdenfuhrer"), ("gui", "guide")],
)
def test_inflected_and_unfinished_words_are_alike(typed: str, kept: str) -> None:
    assert kept.startswith(stem(typed))
    assert 0.5 < likeness(typed, kept) < 1


def test_other_words_are_not_alike() -> None:
    assert likeness("guide", "guide") == 1
    assert likeness("park", "port") == 0
    assert likeness("of", "office") == 0
    assert likeness("nurse", "guide") == 0
