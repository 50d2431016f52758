"""Informal titles of authorities in the reader's language, or in the next best one, which they name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext, override

from imi.database.prepared import prepared
from imi.directory.models import Authority, AuthorityText

FALLBACK = "en"
"""Language of names that are missing in the reader's own."""


class Title(NamedTuple):
    """A title and the language it is in; empty for an authority that does not say which languages it speaks.

    ``machine`` says that a machine has translated it and nobody has confirmed it.
    """

    text: str
    lang: str
    machine: bool = False


def marked(text: str, machine: bool, lang: str) -> str:
    """A title for a place that takes words only; what is a draft by machine says so in the reader's language."""
    if not machine:
        return text
    with override(lang):
        return f"{text} ({gettext('machine draft')})"


def titles(authorities: Collection[Authority], lang: str) -> dict[str, Title]:
    """Return the title of each authority in ``lang``, else English, else its own language; else its name. One query."""
    own = {authority.pk: authority.languages[:1] for authority in authorities}
    langs = {lang, FALLBACK, *(code for codes in own.values() for code in codes)}
    texts: dict[str, dict[str, Title]] = defaultdict(dict)
    for pk, language, informal, machine in _informal(authorities=list(own), langs=langs):
        texts[pk][language] = Title(informal, language, machine)
    found = {}
    for authority in authorities:
        known = texts[authority.pk]
        order = (lang, FALLBACK, *own[authority.pk])
        native = Title(authority.name, next(iter(own[authority.pk]), ""))
        found[authority.pk] = next((known[code] for code in order if code in known), native)
    return found


def informal_titles(authorities: Collection[Authority], lang: str) -> dict[str, str]:
    """Return the texts of :func:`titles`; behind drafts by machine stands that they are some."""
    return {pk: marked(title.text, title.machine, lang) for pk, title in titles(authorities, lang).items()}


@prepared()
def _informal(authorities: Iterable[str], langs: Iterable[str]) -> QuerySet[Any, tuple[str, str, str, bool]]:
    found = AuthorityText.objects.filter(authority__in=authorities, lang__in=langs)
    return found.values_list("authority_id", "lang", "informal", "machine")
