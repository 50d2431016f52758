"""Turns words of any European script into keys that compare across accents, case and script.

The rules: NFKC, casefold, letters that have no accent to strip (such as ``ß`` or ``ø``), NFD without combining marks,
then Latin letters for the other scripts. What is stored and what is searched for go through the same function, so
both databases answer alike, whatever their own ideas of accents and case. A key holds ``a`` to ``z`` and ``0`` to
``9`` only: no search operator survives in it.
"""

from __future__ import annotations

import re
import unicodedata

from anyascii import anyascii

MAX_TOKEN = 40
"""Longest key kept; a longer word is cut, on both sides alike."""

MAX_WORDS = 8
"""Most words of a query that are looked at."""

MAX_QUERY = 300
"""Characters of a query that are looked at."""

_LETTERS = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ð": "d",
        "þ": "th",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ı": "i",
        "ŋ": "n",
        "ς": "σ",
    }
)
_WORD = re.compile(r"[^\W_]+")
_FOREIGN = re.compile(r"[^a-z0-9]+")


def fold(text: str) -> str:
    """Return the words of ``text`` as keys, separated by single spaces.

    Writing a whole text and writing its beginning give keys that begin alike, so prefixes can be searched for.
    """
    plain = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFD", plain) if not unicodedata.combining(c)).translate(_LETTERS)
    return " ".join(filter(None, (_latin(word) for word in _WORD.findall(bare))))


def _latin(word: str) -> str:
    if word.isascii():
        return word
    return _FOREIGN.sub("", anyascii(word).lower())


def tokens(text: str) -> tuple[str, ...]:
    """Return the different keys of ``text`` in the order in which they appear."""
    return tuple(dict.fromkeys(word[:MAX_TOKEN] for word in fold(text).split()))


def query_tokens(words: str) -> tuple[str, ...]:
    """Return the keys to search for: those of ``words``, without single letters, at most :data:`MAX_WORDS`."""
    return tuple(token for token in tokens(words[:MAX_QUERY]) if len(token) > 1)[:MAX_WORDS]


def stem(token: str) -> str:
    """Return the beginning of a key that its inflected forms are likely to share.

    Languages of the Union inflect at the end of the word. A quarter of the word may differ, so the accusative plural
    of a word finds its nominative; words of up to four letters must match to their end.
    """
    return token if len(token) < 5 else token[: max(4, len(token) - max(1, len(token) // 4))]


def likeness(query: str, token: str) -> float:
    """Return how well a stored key answers a searched one: 1 the same word, 0 not at all.

    A stored key that continues the searched one (the reader is still typing) counts more than one that shares its
    stem only. Words of two letters are not continued: too many begin like them.
    """
    if query == token:
        return 1.0
    if len(query) < 3:
        return 0.0
    if token.startswith(query):
        return 0.6 + 0.35 * len(query) / len(token)
    common = len(_common_prefix(query, token))
    if common < len(stem(query)):
        return 0.0
    return 0.5 + 0.4 * common / max(len(query), len(token))


def _common_prefix(one: str, other: str) -> str:
    length = min(len(one), len(other))
    for index in range(length):
        if one[index] != other[index]:
            return one[:index]
    return one[:length]
