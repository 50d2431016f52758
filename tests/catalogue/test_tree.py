"""YAML as definitions use it: version 1.2, nothing clever, every place known."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imi.catalogue.tree import MAX_DEPTH, read_bytes, read_text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("012", "012"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("12:30", "12:30"),
        ("190:20:30", "190:20:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("1e5", "1e5"),
        (".inf", ".inf"),
        ("7", 7),
        ("-7", -7),
        ("3.5", 3.5),
        ('"7"', "7"),
        ("'true'", "true"),
        ("null", None),
        ("~", None),
        ("", None),
        ("=", "="),
    ],
)
def test_scalars(written: str, read: object) -> None:
    tree, faults = read_text(f"key: {written}\n", "f")
    assert faults == []
    assert tree.data == {"key": read}
    assert type(tree.data["key"]) is type(read)


def test_keys_are_always_text() -> None:
    tree, _ = read_text("NO: 1\n12: 2\ntrue: 3\n", "f")
    assert tree.data == {"NO": 1, "12": 2, "true": 3}


def test_places() -> None:
    tree, _ = read_text("a:\n  - b: 1\n    c: [x, y]\n", "f")
    assert tree.place(("a", 0, "b")) == (2, 5)
    assert tree.place(("a", 0, "c", 1)) == (3, 12)
    assert tree.place(("a", 0, "missing", "deeper")) == tree.place(("a", 0)) == (2, 5)
    assert tree.place(("nowhere",)) == (1, 1)


@pytest.mark.parametrize(
    ("text", "rule", "line", "column"),
    [
        ("a: 1\nb: &x [1]\nc: *x\n", "yaml-alias", 2, 4),
        ("a: *nothing\n", "yaml-alias", 1, 4),
        ("a:\n  <<: {b: 1}\n", "yaml-alias", 2, 3),
        ("a: !!python/object/apply:os.system [ls]\n", "yaml-tag", 1, 4),
        ("a: !mine 1\n", "yaml-tag", 1, 4),
        ("a: 1\nb: 2\na: 3\n", "yaml-duplicate-key", 3, 1),
        ("a: {b: 1, b: 2}\n", "yaml-duplicate-key", 1, 11),
        ("? [a, b]\n: 1\n", "yaml-syntax", 1, 3),
        ("a: 1\n---\nb: 2\n", "yaml-syntax", 2, 1),
        ("a: 1\n b: 2\n", "yaml-syntax", 2, 3),
        ("a: \x01\n", "yaml-syntax", 1, 1),
        ("a: " + "[" * (MAX_DEPTH + 1), "yaml-too-deep", 1, 35),
    ],
)
def test_refused(text: str, rule: str, line: int, column: int) -> None:
    tree, [fault] = read_text(text, "f")
    assert (fault.rule, fault.line, fault.column) == (rule, line, column)
    assert fault.cure
    assert tree.data is None


def bomb() -> str:
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    return "\n".join(lines)


@pytest.mark.parametrize(
    "hostile",
    [
        bomb(),
        "[" * 100_000,
        "{" * 100_000,
        "- " * 100_000,
        "a: " * 100_000,
        "\n".join(f"k{number}: 1" for number in range(100_000)),
        "a: " + "x" * 2_000_000,
        "'" * 400_000,
        "? " * 200_000,
        "a: |" + "\n " * 200_000,
        "\ufeff" * 1000,
    ],
    ids=lambda text: repr(text[:8]),
)
def test_hostile_files_are_judged_at_once(hostile: str) -> None:
    begun = time.process_time()
    _, faults = read_bytes(hostile.encode(), "f")
    assert time.process_time() - begun < 0.5
    assert len(faults) <= 1


def test_a_byte_order_mark_is_no_fault() -> None:
    tree, faults = read_bytes(b"\xef\xbb\xbfa: 1\n", "f")
    assert (tree.data, faults) == ({"a": 1}, [])


def test_wrong_encoding_names_the_line() -> None:
    _, [fault] = read_bytes("a: 1\nb: ő\n".encode("iso8859-2"), "f")
    assert (fault.rule, fault.line) == ("yaml-encoding", 2)


WORDS = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=("Cs",)), max_size=12).filter(
    lambda w: w != "<<"
)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_json_is_read_unchanged(data: object) -> None:
    tree, faults = read_text(json.dumps(data), "f")
    assert faults == []
    assert tree.data == data


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#? \n\t,%@`", max_size=60))
def test_any_text_gives_data_or_one_fault_with_a_place(text: str) -> None:
    tree, faults = read_text(text, "f")
    assert len(faults) <= 1
    assert all(fault.line >= 1 and fault.column >= 1 for fault in faults)
    assert not (faults and tree.data is not None)
