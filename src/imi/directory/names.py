"""Names of countries and languages in every language of the site, from Unicode CLDR."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale, UnknownLocaleError

from imi.directory import reference

# CLDR's plain "pt" is the Portuguese of Brazil, which calls several countries otherwise than Portugal does.
_LOCALES = {"pt": "pt_PT", "en": "en_GB"}
_FALLBACK = "en"


@lru_cache(maxsize=64)
def _locale(lang: str) -> Locale:
    name = lang.replace("-", "_")
    try:
        return Locale.parse(_LOCALES.get(name, name))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(_LOCALES[_FALLBACK])


@lru_cache(maxsize=4096)
def country_name(code: str, lang: str) -> str:
    """Return the name of the country with the Union's ``code`` in ``lang``; the code itself if it is unknown."""
    entry = reference.countries().get(code)
    name = _locale(lang).territories.get(entry.iso if entry else code)
    return str(name) if name else code


@lru_cache(maxsize=4096)
def language_name(code: str, lang: str) -> str:
    """Return the name of the language ``code`` in ``lang``; the code itself if it is unknown."""
    name = _locale(lang).languages.get(code)
    return str(name) if name else code
