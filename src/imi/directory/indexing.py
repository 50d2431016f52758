"""Computes the search keys of concepts and authorities."""

from __future__ import annotations

from collections.abc import Iterable

from imi.directory.folding import tokens
from imi.directory.models import AuthorityToken

_ALT_SHARE = 0.9
"""A further name counts a little less than the preferred one."""

# The field that a key is kept for when a word stands in several, weightiest first.
_FIELDS = (
    AuthorityToken.Field.NAME,
    AuthorityToken.Field.INFORMAL,
    AuthorityToken.Field.CITY,
    AuthorityToken.Field.KEYWORD,
    AuthorityToken.Field.DESCRIPTION,
)


def concept_weights(pref: str, alt: Iterable[str]) -> dict[str, int]:
    """Return the keys of a concept's names in one language with their weights from 1 to 100.

    The weight is the part of the name, by letters, that the word makes up: a name of one word weighs more than a long
    one in which the word occurs. Words of one or two letters join others and are left out.
    """
    weights: dict[str, int] = {}
    for name, share in ((pref, 1.0), *((other, _ALT_SHARE) for other in alt)):
        keys = [key for key in tokens(name) if len(key) > 2]
        letters = sum(map(len, keys))
        for key in keys:
            weights[key] = max(weights.get(key, 1), round(100 * share * len(key) / letters))
    return weights


def authority_fields(
    name: str, city: str, texts: Iterable[tuple[str, str]], keywords: Iterable[str] = ()
) -> dict[str, int]:
    """Return the keys of an authority with the field each is found in; ``texts`` are (informal, description) pairs."""
    pairs = tuple(texts)
    informal, descriptions = (" ".join(pair[place] for pair in pairs) for place in (0, 1))
    sources = (name, informal, city, " ".join(keywords), descriptions)
    fields: dict[str, int] = {}
    for field, text in zip(_FIELDS, sources, strict=True):
        for key in tokens(text):
            if len(key) > 1:
                fields.setdefault(key, field.value)
    return fields
