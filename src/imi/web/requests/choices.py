"""Lists to choose from: countries, languages and currencies, named and ordered in the reader's language."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.numbers import get_territory_currencies

from imi.directory import reference
from imi.directory.collation import in_order
from imi.directory.queries import country_name, language_name

Choice = tuple[str, str]
EURO = "EUR"
# Codes of the CLDR list that are no countries: groups, unknown and pseudo-territories.
_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})


@lru_cache(maxsize=64)
def world(lang: str) -> list[Choice]:
    """Every country of the world as (code, name); those that take part bear the Union's codes."""
    union = {entry.iso: code for code, entry in reference.countries().items()}
    codes = {
        union.get(code, code)
        for code in map(str, Locale("en").territories)
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
    }
    return in_order(((code, country_name(code, lang)) for code in codes), lang, lambda one: one[1])


@lru_cache(maxsize=64)
def participants(lang: str) -> list[Choice]:
    """The countries whose authorities take part."""
    named = ((code, country_name(code, lang)) for code in reference.countries())
    return in_order(named, lang, lambda one: one[1])


@lru_cache(maxsize=64)
def languages(lang: str) -> list[Choice]:
    """Every language with a two-letter code that CLDR names."""
    codes = [code for code in map(str, Locale("en").languages) if len(code) == 2]
    return in_order(((code, language_name(code, lang)) for code in codes), lang, lambda one: one[1])


@lru_cache(maxsize=1)
def currencies() -> list[Choice]:
    """The euro, then the present currencies of the countries that take part."""
    own = {code for entry in reference.countries().values() for code in get_territory_currencies(entry.iso)}
    return [(code, code) for code in (EURO, *sorted(own - {EURO}))]
