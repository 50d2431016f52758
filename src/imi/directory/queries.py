"""Reads of the directory: what others need to know of authorities, concepts, countries and holidays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db.models import CharField, F, FilteredRelation, Q, QuerySet, Value

from imi.core.facts import AuthorityFacts
from imi.database.prepared import prepared
from imi.directory.facets import ACTIVITIES, PROFESSIONS
from imi.directory.finding import Findings, Found, find_authorities
from imi.directory.meaning import FoundConcept, find_concepts
from imi.directory.models import (
    Access,
    Authority,
    AuthorityConcept,
    AuthorityKeyword,
    AuthorityRegion,
    AuthorityText,
    ConceptLabel,
    CoordinatorLink,
    Country,
    Holiday,
    Register,
    RegisterText,
)
from imi.directory.names import country_name, language_name
from imi.directory.reference import regions
from imi.directory.titles import FALLBACK, informal_titles

__all__ = [
    "ACTIVITIES",
    "PROFESSIONS",
    "AuthorityCard",
    "Draft",
    "Findings",
    "Found",
    "FoundConcept",
    "RegisterCard",
    "authorities_by_id",
    "authority_facts",
    "authority_facts_by_area",
    "calendars",
    "card",
    "concept_label",
    "concept_labels",
    "countries",
    "country_name",
    "find_authorities",
    "find_concepts",
    "informal_titles",
    "language_name",
    "territories",
]

Text = TypeVar("Text", AuthorityText, RegisterText)


@dataclass(frozen=True, slots=True)
class RegisterCard:
    """A register as a reader of one language sees it; ``kind`` is one of ``Register.Kind``."""

    url: str
    name: str
    description: str
    concepts: tuple[str, ...]
    kind: str
    charges_fee: bool
    reviewed_on: date | None
    lang: str


@dataclass(frozen=True, slots=True)
class Draft:
    """Whence a translation by machine came: from which words, by which engine, over which language, and when.

    ``outdated`` says that the original is another one now; ``title`` and ``description`` are its words as they are now.
    """

    engine: str
    via: str
    made_at: datetime | None
    lang: str
    language: str
    title: str
    description: str
    outdated: bool


@dataclass(frozen=True, slots=True)
class AuthorityCard:
    """What a user of another authority sees of an authority, in the user's language.

    ``text_lang`` is the language of title and description, which may be the next best one; ``machine`` says that they
    are a translation nobody has confirmed, and ``draft`` whence it came, if that is known; ``original`` is what the
    authority wrote in its own language ``own_lang``, if that is another one. ``professions`` and ``activities`` map
    codes to labels, ``regions`` codes to native names, ``areas`` an area to the authority's role.
    """

    authority: Authority
    title: str
    description: str
    country: str
    languages: tuple[str, ...]
    professions: Mapping[str, str]
    activities: Mapping[str, str]
    areas: Mapping[str, str]
    registers: tuple[RegisterCard, ...]
    machine: bool
    regions: Mapping[str, str]
    keywords: tuple[str, ...]
    text_lang: str
    own_lang: str
    original: AuthorityText | None
    draft: Draft | None = None


# --- what the engine is told -----------------------------------------------------------------------------------------


def authority_facts(ids: Iterable[str], area: str) -> dict[str, AuthorityFacts]:
    """Return what the engine needs to know of these authorities in ``area``; two queries, unknown ids left out.

    An inactive authority and one whose access is suspended have no access; ``settings`` holds what was set, the
    defaults are the lifecycle's.
    """
    wanted = sorted(ids)
    coordinators: dict[str, list[str]] = defaultdict(list)
    for authority, coordinator in _coordinators(authorities=wanted, area=area):
        coordinators[authority].append(coordinator)
    return {
        pk: AuthorityFacts(
            id=pk,
            country=country,
            timezone=timezone,
            has_access=active and role is not None and not suspended,
            coordinators=tuple(coordinators[pk]),
            settings=settings or {},
        )
        for pk, country, timezone, active, role, suspended, settings in _accesses(authorities=wanted, area=area)
    }


@prepared()
def _coordinators(authorities: list[str], area: str) -> QuerySet[Any, tuple[str, str]]:
    links = CoordinatorLink.objects.filter(authority__in=authorities, area=area).order_by("coordinator_id")
    return links.values_list("authority_id", "coordinator_id")


@prepared()
def _accesses(authorities: list[str], area: str) -> QuerySet[Any, tuple[Any, ...]]:
    own = FilteredRelation("accesses", condition=Q(accesses__area=area))
    return (
        Authority.objects.filter(pk__in=authorities)
        .annotate(own=own)
        .values_list("pk", "country_id", "country__timezone", "active", "own__role", "own__suspended", "own__settings")
    )


def authority_facts_by_area(involved: Mapping[str, Iterable[str]]) -> dict[str, dict[str, AuthorityFacts]]:
    """Return :func:`authority_facts` of several areas at once, of the coordinators of these authorities, too.

    Args:
        involved: area to authorities.

    Returns:
        Area to the facts by authority; three queries, however many areas there are.
    """
    ids = sorted({one for found in involved.values() for one in found})
    coordinators: dict[tuple[str, str], list[str]] = defaultdict(list)
    for area, authority, coordinator in _coordinators_by_area(authorities=ids, areas=sorted(involved)):
        coordinators[area, authority].append(coordinator)
    known = sorted({*ids, *(one for found in coordinators.values() for one in found)})
    accesses = {(area, pk): rest for area, pk, *rest in _accesses_by_area(authorities=known, areas=sorted(involved))}
    rows = list(_places(authorities=known))
    facts: dict[str, dict[str, AuthorityFacts]] = {}
    for area in involved:
        facts[area] = {}
        for pk, country, timezone, active in rows:
            suspended, settings = accesses.get((area, pk), (True, {}))
            facts[area][pk] = AuthorityFacts(
                id=pk,
                country=country,
                timezone=timezone,
                has_access=active and not suspended,
                coordinators=tuple(coordinators[area, pk]),
                settings=settings,
            )
    return facts


@prepared()
def _coordinators_by_area(authorities: list[str], areas: list[str]) -> QuerySet[Any, tuple[str, str, str]]:
    links = CoordinatorLink.objects.filter(authority__in=authorities, area__in=areas).order_by("coordinator_id")
    return links.values_list("area_id", "authority_id", "coordinator_id")


@prepared()
def _accesses_by_area(authorities: list[str], areas: list[str]) -> QuerySet[Any, tuple[Any, ...]]:
    rows = Access.objects.filter(authority__in=authorities, area__in=areas)
    return rows.values_list("area_id", "authority_id", "suspended", "settings")


@prepared()
def _places(authorities: list[str]) -> QuerySet[Any, tuple[str, str, str, bool]]:
    rows = Authority.objects.filter(pk__in=authorities)
    return rows.values_list("pk", "country_id", "country__timezone", "active")


def calendars(countries: Iterable[str], first: date, last: date) -> dict[str, dict[date, str]]:
    """Return the public holidays of these countries from ``first`` to ``last``, both included; one query."""
    found: dict[str, dict[date, str]] = {code: {} for code in countries}
    for country, day, name in _holidays(countries=sorted(found), first=first, last=last):
        found[country][day] = name
    return found


@prepared()
def _holidays(countries: list[str], first: date, last: date) -> QuerySet[Any, tuple[str, date, str]]:
    rows = Holiday.objects.filter(country__in=countries, date__gte=first, date__lte=last).order_by("date")
    return rows.values_list("country_id", "date", "name")


def authorities_by_id(ids: Iterable[str]) -> list[Authority]:
    """Return these authorities in no order, unknown ids left out; one query."""
    return _authorities(ids=sorted(set(ids)))


@prepared()
def _authorities(ids: list[str]) -> QuerySet[Authority]:
    return Authority.objects.filter(pk__in=ids)


# --- names -----------------------------------------------------------------------------------------------------------


def countries(lang: str) -> list[tuple[str, str]]:
    """Return (code, name) of every country that may take part, by code; one query."""
    return [(code, country_name(code, lang)) for code in _countries()]


@prepared()
def _countries() -> QuerySet[Country, str]:
    return Country.objects.values_list("code", flat=True)


def concept_label(code: str, scheme: str, lang: str) -> str:
    """Return the name of a concept in ``lang``, else in English, else its code; one query."""
    return concept_labels([code], scheme, lang)[code]


def concept_labels(codes: Iterable[str], scheme: str, lang: str) -> dict[str, str]:
    """Return the names of concepts by code, each as :func:`concept_label` would; one query."""
    labels = {code: code for code in codes}
    own: set[str] = set()
    rows = ConceptLabel.objects.filter(
        concept__scheme=scheme, concept__code__in=labels, kind=ConceptLabel.Kind.PREF, lang__in={lang, FALLBACK}
    )
    for code, language, text in rows.values_list("concept__code", "lang", "text"):
        if language == lang:
            own.add(code)
        if language == lang or code not in own:
            labels[code] = text
    return labels


# --- cards -----------------------------------------------------------------------------------------------------------


def card(authority: Authority | str, lang: str) -> AuthorityCard | None:
    """Return the card of an authority in ``lang``, or None for an id that does not exist; a fixed number of queries.

    Texts are in ``lang``, else English, else the authority's own language.
    """
    pk = authority.pk if isinstance(authority, Authority) else authority
    found = Authority.objects.select_related("country").filter(pk=pk).first()
    if found is None:
        return None
    texts = {text.lang: text for text in AuthorityText.objects.filter(authority=found)}
    text = _best(texts.values(), lang, found.languages)
    own_lang = next(iter(found.languages), "")
    text_lang = text.lang if text else own_lang
    codes: dict[str, list[str]] = defaultdict(list)
    listed: dict[str, list[str]] = defaultdict(list)
    for kind, one, other in sorted(_competence(authority=found.pk)):
        (codes[one] if kind == "concept" else listed[kind]).append(other or one)
    return AuthorityCard(
        authority=found,
        title=text.informal if text else found.name,
        description=text.description if text else "",
        country=country_name(found.country_id, lang),
        languages=tuple(language_name(code, lang) for code in found.languages),
        professions=concept_labels(codes[PROFESSIONS], PROFESSIONS, lang),
        activities=concept_labels(codes[ACTIVITIES], ACTIVITIES, lang),
        areas=dict(
            Access.objects.filter(authority=found, suspended=False).order_by("area").values_list("area_id", "role")
        ),
        registers=_registers(found, lang),
        machine=bool(text and text.machine),
        regions={code: regions().get(code, code) for code in listed["region"]},
        keywords=tuple(listed["keyword"]),
        text_lang=text_lang,
        own_lang=own_lang,
        original=texts.get(own_lang) if own_lang != text_lang else None,
        draft=_draft(text, texts.values(), lang) if text is not None and text.machine else None,
    )


def _draft(text: AuthorityText, texts: Iterable[AuthorityText], lang: str) -> Draft | None:
    """Whence a translation by machine came; None if nobody has noted it down."""
    if not text.source_lang:
        return None
    original = next((one for one in texts if one.lang == text.source_lang), None)
    return Draft(
        engine=text.engine,
        via=language_name(text.via, lang) if text.via else "",
        made_at=text.drafted_at,
        lang=text.source_lang,
        language=language_name(text.source_lang, lang),
        title=original.informal if original else "",
        description=original.description if original else "",
        outdated=original is None or original.digest() != text.source_digest,
    )


def territories(authorities: Iterable[str]) -> dict[str, list[str]]:
    """Return the native names of the regions that authorities are competent for; one query.

    An authority that is not in the answer is competent for its whole country.
    """
    found: dict[str, list[str]] = defaultdict(list)
    for pk, code in _territories(authorities=sorted(set(authorities))):
        found[pk].append(regions().get(code, code))
    return found


@prepared()
def _territories(authorities: list[str]) -> QuerySet[Any, tuple[str, str]]:
    rows = AuthorityRegion.objects.filter(authority__in=authorities).order_by("authority", "code")
    return rows.values_list("authority_id", "code")


@prepared()
def _competence(authority: str) -> QuerySet[Any, tuple[str, str, str]]:
    """Concepts, regions and keywords together: one union instead of three questions for every card."""

    def rows(found: QuerySet, kind: str, one: str, other: str | None) -> QuerySet:
        text = CharField()
        second = F(other) if other else Value("", output_field=text)
        columns = {"kind": Value(kind, output_field=text), "one": F(one), "other": second}
        return found.filter(authority=authority).annotate(**columns).values_list("kind", "one", "other")

    return rows(AuthorityConcept.objects.all(), "concept", "concept__scheme", "concept__code").union(
        rows(AuthorityRegion.objects.all(), "region", "code", None),
        rows(AuthorityKeyword.objects.all(), "keyword", "text", None),
    )


def _registers(authority: Authority, lang: str) -> tuple[RegisterCard, ...]:
    cards = []
    rows = Register.objects.filter(authority=authority).prefetch_related("texts", "concepts__concept").order_by("pk")
    registers = list(rows)
    codes: dict[str, set[str]] = defaultdict(set)
    for register in registers:
        for tag in register.concepts.all():
            codes[tag.concept.scheme].add(tag.concept.code)
    labels = {scheme: concept_labels(wanted, scheme, lang) for scheme, wanted in codes.items()}
    for register in registers:
        text = _best(register.texts.all(), lang, authority.languages)
        tags = sorted((tag.concept.scheme, tag.concept.code) for tag in register.concepts.all())
        cards.append(
            RegisterCard(
                url=register.url,
                name=text.name if text else register.url,
                description=text.description if text else "",
                concepts=tuple(labels[scheme][code] for scheme, code in tags),
                kind=register.kind,
                charges_fee=register.charges_fee,
                reviewed_on=register.reviewed_on,
                lang=text.lang if text else "",
            )
        )
    return tuple(cards)


def _best(texts: Iterable[Text], lang: str, own: Iterable[str]) -> Text | None:
    by_lang: dict[str, Text] = {text.lang: text for text in texts}
    order = (lang, FALLBACK, *own, *sorted(by_lang))
    return next((by_lang[code] for code in order if code in by_lang), None)
