"""Order of names as readers of each language expect it.

Code-point order is wrong in every language of the Union. Marks count only between words that are otherwise equal,
except for the letters that a language counts as letters of their own; those are listed here after the letter they
follow (Unicode CLDR, collation data).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")

LETTERS = 60
"""How many letters of a text its stored key holds."""

# language -> "base: letters that follow it"; several letters may stand for one.
_OWN_LETTERS: dict[str, str] = {
    "bg": "и:й",
    "cs": "c:č h:ch r:ř s:š z:ž",
    "da": "z:æ,ø,å,aa",
    "es": "n:ñ",
    "et": "s:š,z,ž w:õ,ä,ö,ü",
    "fi": "z:å,ä,ö",
    "hr": "c:č,ć d:dž,đ l:lj n:nj s:š z:ž",
    "hu": "c:cs d:dz,dzs g:gy l:ly n:ny o:ö,ő s:sz t:ty u:ü,ű z:zs",
    "is": "a:á d:ð e:é i:í o:ó u:ú y:ý z:þ,æ,ö,å",
    "lt": "c:č i:y s:š z:ž",
    "lv": "c:č g:ģ k:ķ l:ļ n:ņ s:š z:ž",
    "mt": "c:ċ f:ġ g:għ h:ħ y:ż",
    "nb": "z:æ,ø,å,aa",
    "pl": "a:ą c:ć e:ę l:ł n:ń o:ó s:ś z:ź,ż",
    "ro": "a:ă,â i:î s:ș,ş t:ț,ţ",
    "sk": "a:ä c:č h:ch o:ô s:š z:ž",
    "sl": "c:č s:š z:ž",
    "sv": "z:å,ä,ö",
}
_SPLIT = {"æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ß": "ss", "þ": "th", "ð": "d", "ħ": "h"}


@lru_cache(maxsize=64)
def _letters(lang: str) -> tuple[dict[str, tuple[str, int]], re.Pattern[str]]:
    """Own letters as (base, rank after it), and the pattern that finds them, longest first."""
    ranks: dict[str, tuple[str, int]] = {}
    for entry in _OWN_LETTERS.get(lang, "").split():
        base, _, own = entry.partition(":")
        for rank, letter in enumerate(own.split(","), start=1):
            ranks[letter] = (base, rank)
    longest = sorted(ranks, key=len, reverse=True)
    return ranks, re.compile("|".join([*map(re.escape, longest), "."]), re.DOTALL)


def sort_key(text: str, lang: str) -> tuple[list[tuple[str, int]], str]:
    """What to sort ``text`` by among texts in ``lang``."""
    ranks, pattern = _letters(lang)
    key: list[tuple[str, int]] = []
    for letter in pattern.findall(unicodedata.normalize("NFC", text).casefold()):
        if letter in ranks:
            key.append(ranks[letter])
        else:
            key.extend((plain, 0) for plain in _plain(letter) if plain.isalnum())
    return key, text


def _plain(letter: str) -> str:
    letter = _SPLIT.get(letter, letter)
    return "".join(sign for sign in unicodedata.normalize("NFD", letter) if not unicodedata.combining(sign))


def stored_key(text: str, lang: str) -> str:
    """What a database keeps to sort ``text`` by among texts in ``lang``, byte by byte: each letter with its rank.

    It orders as :func:`sort_key` does up to :data:`LETTERS` letters; what is alike so far stands in any fixed order.
    """
    letters, _text = sort_key(text, lang)
    return "".join(f"{letter}{rank}" for letter, rank in letters[:LETTERS])


def in_order(entries: Iterable[T], lang: str, text: Callable[[T], str]) -> list[T]:
    """The entries in the order that readers of ``lang`` expect of their texts."""
    return sorted(entries, key=lambda entry: sort_key(text(entry), lang))
