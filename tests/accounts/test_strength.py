"""Passwords and codes: what the two profiles ask for, and what attackers would try first."""

from __future__ import annotations

import gzip
import itertools
import random
import secrets
import string
from collections import Counter
from pathlib import Path

import pytest
from django.contrib.auth import password_validation
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from imi.accounts.strength import CLASSIC, STRONG, Fault, code_faults, password_faults

ABOUT = ["sousa042", "Ana Sousa", "Ordem dos Guias de Lisboa"]
GOOD = "Kx7pW2mQz9Rt"


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("Zk7!bbqx", set()),
        ("Zk7!bbq", {Fault.SHORT}),
        ("zk7!bbqx", {Fault.NO_CAPITAL}),
        ("ZK7!BBQX", {Fault.NO_LOWER}),
        ("Zkz!bbqx", {Fault.NO_DIGIT}),
        ("Щж7!ббqx", set()),
        ("Password1", {Fault.COMMON}),
        ("Abcdefgh1", {Fault.COMMON}),
        ("AnaSousa1", {Fault.PERSONAL}),
        ("Sousa042!", {Fault.PERSONAL}),
        ("x" * 201, {Fault.LONG}),
    ],
)
def test_the_classic_profile(password: str, faults: set[Fault]) -> None:
    assert set(password_faults(password, ABOUT, CLASSIC)) == faults


@pytest.mark.parametrize(
    ("password", "faults"),
    [
        ("quiet river under seven bridges", set()),
        ("fourteen chars", {Fault.SHORT}),
        ("ana sousa ana sousa", {Fault.PERSONAL}),
        ("1q2w3e4r5t6y7u8i9o0p", {Fault.COMMON}),
        ("Zk7!Zk7!Zk7!Zk7!", {Fault.COMMON}),
        ("qwertyuiopasdfghjkl", {Fault.COMMON}),
        ("abcdefghijklmnop", {Fault.COMMON}),
    ],
)
def test_the_strong_profile_asks_for_length_and_not_for_classes(password: str, faults: set[Fault]) -> None:
    assert set(password_faults(password, ABOUT, STRONG)) == faults


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("Kx7pW2mQz9R", Fault.LENGTH),
        ("Kx7pW2mQz9RtT", Fault.LENGTH),
        ("Kx7p W2mQz9R", Fault.CHARACTERS),
        ("Kx7pW2mQz9e\u0315", Fault.CHARACTERS),
        ("Kx7pW2mQz9\u200bR", Fault.CHARACTERS),
        ("kx7pw2mqz9rt", Fault.NO_CAPITAL),
        ("KX7PW2MQZ9RT", Fault.NO_LOWER),
        ("KxtpWfmQzaRt", Fault.NO_DIGIT),
        ("Ab1Ab1Ab1Ab1", Fault.REPEATED),
        ("Kkk7pW2mQz9R", Fault.REPEATED),
        ("Kx7pW2Kx7pmQ", Fault.REPEATED),
        ("Kx7pabcdQz9R", Fault.ROW),
        ("Kx7p9876Qz5R", Fault.ROW),
        ("Kx7pQwErz9Rm", Fault.ROW),
        ("Kx7pLkJhz9Rm", Fault.ROW),
        ("Фж7щйцук9Rm2", Fault.ROW),
        ("Kx7p2024Qz9R", Fault.DATE),
        ("May7pW2mQz9R", Fault.DATE),
        ("Ноември7xQ2z", Fault.DATE),
        ("G3gužė7pW2mQ", Fault.DATE),
        ("Sousa7pW2mQz", Fault.PERSONAL),
        ("xx$0usa7pW2Q", Fault.PERSONAL),
        ("7pLisboaW2mQ", Fault.PERSONAL),
        ("P4ssw0rd7xQz", Fault.COMMON),
        ("7xDragon!Qzp", Fault.COMMON),
    ],
)
def test_codes_that_are_easy_to_guess_are_refused(code: str, fault: Fault) -> None:
    assert fault in code_faults(code, ABOUT)


@pytest.mark.parametrize("code", [GOOD, "Дж7оВ2мКз9Рт", "m!8Rq#2Zt_5W", "ßK7pw2mQz9Rt"])
def test_codes_of_any_script_are_taken(code: str) -> None:
    assert code_faults(code, ABOUT) == []


@given(st.text(max_size=16))
def test_no_text_breaks_the_rules(text: str) -> None:
    code_faults(text, [text, *ABOUT])
    password_faults(text, [text, *ABOUT], STRONG)


@pytest.mark.parametrize("language", ["en", "hu", "bg"])
def test_every_fault_has_words(language: str) -> None:
    with translation.override(language):
        assert len({fault.text for fault in Fault}) == len(Fault)


def _common() -> list[str]:
    file = Path(password_validation.__file__).with_name("common-passwords.txt.gz")
    return gzip.decompress(file.read_bytes()).decode().split()


def _likely(words: list[str], draw: random.Random) -> str:
    """A code as people make them: a word or two with a capital, digits and a sign, filled up to twelve."""
    one, two = draw.choice(words).capitalize(), draw.choice(words)
    number = str(draw.choice([1, 7, 12, 21, 69, 99, 123, 321, 777, 1984, 1990, 2024, 2025, draw.randrange(10000)]))
    code = draw.choice([one + number + two, one + two + number, number + one + two, two + one + number])
    return (code + draw.choice(["!", "1!", ".", "xyz"]) + "Aa1!Bb2?Cc3+")[:12]


def test_the_likeliest_codes_do_not_open_the_codes_that_are_accepted() -> None:
    """A projection dictionary: ten thousand likely codes seen through the three positions asked, five tries each."""
    words = _common()[:3000]
    attacker, owner = random.Random(1), random.Random(2)
    likely = list(dict.fromkeys(_likely(words, attacker) for _ in range(12_000)))[:10_000]
    accepted = [code for code in (_likely(words, owner) for _ in range(6_000)) if not code_faults(code, ABOUT)]
    letters = string.ascii_letters + string.digits
    while len(accepted) < 3000:
        code = "".join(secrets.choice(letters) for _ in range(12))
        accepted += [code] * (not code_faults(code, ABOUT))
    guesses = {
        places: {part for part, _ in Counter(tuple(code[p] for p in places) for code in likely).most_common(5)}
        for places in itertools.combinations(range(12), 3)
    }
    tries = [(code, owner.choice(list(guesses))) for code in accepted for _ in range(5)]
    opened = sum(tuple(code[p] for p in places) in guesses[places] for code, places in tries)
    assert opened <= 0.001 * len(tries), f"{opened} of {len(tries)}"
