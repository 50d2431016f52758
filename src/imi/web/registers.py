"""Finding public registers by words in any language."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from imi.directory.models import Register, RegisterConcept, RegisterText
from imi.directory.queries import ACTIVITIES, PROFESSIONS, concept_labels, country_name, find_concepts

_FALLBACK = "en"
_WORDS = 6


@dataclass(frozen=True, slots=True)
class RegisterLine:
    """A register in a list, in the reader's language."""

    url: str
    name: str
    description: str
    authority_id: str
    authority: str
    country: str
    concepts: tuple[str, ...]


def find(lang: str, words: str, country: str, page: int, size: int) -> tuple[list[RegisterLine], bool]:
    """Registers whose name or keeper has all the words, or that list what the words mean in any language.

    Returns:
        One page by country and keeper, and whether there are more; a fixed number of queries.
    """
    rows = Register.objects.filter(authority__active=True).select_related("authority")
    if country:
        rows = rows.filter(authority__country=country)
    if words:
        rows = rows.filter(_named(words) | _listing(words, lang))
    first = (page - 1) * size
    ordered = rows.order_by("authority__country", "authority__name", "pk")
    found = list(ordered[first : first + size + 1])
    return _lines(found[:size], lang), len(found) > size


def _named(words: str) -> Q:
    condition = Q()
    for word in words.split()[:_WORDS]:
        texts = RegisterText.objects.filter(Q(name__icontains=word) | Q(description__icontains=word))
        condition &= Q(pk__in=texts.values("register")) | Q(authority__name__icontains=word)
    return condition


def _listing(words: str, lang: str) -> Q:
    meant = Q(pk__in=())
    for scheme in (PROFESSIONS, ACTIVITIES):
        codes = [concept.code for concept in find_concepts(words, scheme, lang)]
        meant |= Q(concept__scheme=scheme, concept__code__in=codes)
    return Q(pk__in=RegisterConcept.objects.filter(meant).values("register"))


def _lines(registers: list[Register], lang: str) -> list[RegisterLine]:
    texts: dict[int, dict[str, RegisterText]] = defaultdict(dict)
    for text in RegisterText.objects.filter(register__in=registers):
        texts[text.register_id][text.lang] = text
    codes: dict[int, list[tuple[str, str]]] = defaultdict(list)
    tagged = RegisterConcept.objects.filter(register__in=registers).order_by("pk")
    for keeper, scheme, code in tagged.values_list("register_id", "concept__scheme", "concept__code"):
        codes[keeper].append((scheme, code))
    labels = {
        scheme: concept_labels({code for own in codes.values() for name, code in own if name == scheme}, scheme, lang)
        for scheme in (PROFESSIONS, ACTIVITIES)
    }
    found = []
    for register in registers:
        own = texts[register.pk]
        order = (lang, _FALLBACK, *register.authority.languages, *own)
        best = next((own[code] for code in order if code in own), None)
        found.append(
            RegisterLine(
                url=register.url,
                name=best.name if best else register.url,
                description=best.description if best else "",
                authority_id=register.authority_id,
                authority=register.authority.name,
                country=country_name(register.authority.country_id, lang),
                concepts=tuple(labels[scheme][code] for scheme, code in codes[register.pk] if scheme in labels),
            )
        )
    return found
