"""Informal titles of authorities in the reader's language, or in the next best one, which they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet

from imi.database.prepared import prepared
from imi.directory.models import Authority, AuthorityText

FALLBACK = "en"
"""Language of names that are missing in the reader's own."""


class Title(NamedTuple):
    """A title and the language it is in; empty for an authority that does not say which languages it speaks."""

    text: str
    lang: str


def titles(authorities: Collection[Authority], lang: str) -> dict[str, Title]:
    """Return the title of each authority in ``lang``, else English, else its own language; else its name. One query."""
    own = {authority.pk: authority.languages[:1] for authority in authorities}
    langs = {lang, FALLBACK, *(code for codes in own.values() for code in codes)}
    texts: dict[str, dict[str, str]] = defaultdict(dict)
    for pk, language, informal in _informal(authorities=list(own), langs=langs):
        texts[pk][language] = informal
    found = {}
    for authority in authorities:
        known = texts[authority.pk]
        order = (lang, FALLBACK, *own[authority.pk])
        native = Title(authority.name, next(iter(own[authority.pk]), ""))
        found[authority.pk] = next((Title(known[code], code) for code in order if code in known), native)
    return found


def informal_titles(authorities: Collection[Authority], lang: str) -> dict[str, str]:
    """Return the texts of :func:`titles`."""
    return {pk: title.text for pk, title in titles(authorities, lang).items()}


@prepared()
def _informal(authorities: Iterable[str], langs: Iterable[str]) -> QuerySet[Any, tuple[str, str, str]]:
    found = AuthorityText.objects.filter(authority__in=authorities, lang__in=langs)
    return found.values_list("authority_id", "lang", "informal")
