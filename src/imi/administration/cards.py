"""Keeps the card of an authority up: names, texts, contacts, competence, regions.

The official name belongs to the validating coordinator, everything else to the authority's local data administrators.
Each change is an act with what was there before and after. Sources: the Spanish national coordinator's questions and
answers on name and description (2009), the coordinator's task sheet (data that always reflect the present situation).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import reasons, rights
from imi.administration.access import locked_authority
from imi.administration.acts import Author, record
from imi.administration.forms import AuthorityForm, ContactForm, TextForm, cleaned
from imi.administration.mandates import mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.directory.actions import index_authorities
from imi.directory.authorities import next_confirmation
from imi.directory.hosts import mail_domain, web_host
from imi.directory.models import (
    Access,
    Authority,
    AuthorityConcept,
    AuthorityKeyword,
    AuthorityRegion,
    AuthorityText,
    Concept,
)
from imi.directory.reference import name_key
from imi.translation.drafts import BY_A_PERSON

CONTACTS = tuple(ContactForm.base_fields)
KEYWORDS = 50
LONGEST_KEYWORD = 80
CONCEPTS = 300

ConceptName = tuple[str, str]
"""Scheme and code of a concept."""


# --- names and texts -------------------------------------------------------------------------------------------------


@transaction.atomic
def rename(who: Standing, authority_id: str, name: str, now: datetime | None = None) -> None:
    """Change the official name, as only the validating coordinator does; in any script, never translated.

    Raises:
        Refused: ``who`` may not.
        Invalid: there is no name, or it is too long.
    """
    authority = locked_authority(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    after = cleaned(AuthorityForm(authority.country_id, {"name": name}), "name")["name"]
    if after == authority.name:
        return
    Authority.objects.filter(pk=authority_id).update(name=after, sort_key=name_key(after, authority.country_id))
    index_authorities([authority_id])
    _note("authority.renamed", who, authority_id, authority.name, after, now)


@transaction.atomic
def write_text(
    who: Standing, lang: str, informal: str, description: str, machine: bool = False, now: datetime | None = None
) -> None:
    """Write the informal title and the description in one language; an empty title takes the language away.

    Args:
        machine: whether the text is a translation that no person has confirmed yet.

    Raises:
        Refused: ``who`` is no local data administrator, or no title would be left in any language.
        Invalid: the language is unknown, or a text is too long.
    """
    demand(rights.to_administer(who, who.authority_id))
    authority = locked_authority(who.authority_id)
    texts = AuthorityText.objects.filter(authority=authority)
    present = texts.filter(lang=lang).first()
    before = _text_of(present)
    if not informal.strip():
        if not texts.exclude(lang=lang).exists():
            raise Refused(reasons.NEEDS_TITLE)
        texts.filter(lang=lang).delete()
        after = None
    else:
        typed = {"lang": lang, "informal": informal, "description": description}
        after = {**cleaned(TextForm(authority.country_id, typed), *typed), "machine": machine}
        values = {name: value for name, value in after.items() if name != "lang"} | BY_A_PERSON
        AuthorityText.objects.update_or_create(authority=authority, lang=lang, defaults=values)
    if before != after:
        index_authorities([authority.pk])
        _note("authority.text_changed", who, authority.pk, before, after, now)


def _text_of(text: AuthorityText | None) -> dict[str, Any] | None:
    names = ("lang", "informal", "description", "machine")
    return {name: getattr(text, name) for name in names} if text is not None else None


# --- contacts and languages ------------------------------------------------------------------------------------------


@transaction.atomic
def change_contacts(who: Standing, typed: Mapping[str, str], now: datetime | None = None) -> None:
    """Change contact data; what is not named stays.

    Raises:
        Refused: ``who`` is no local data administrator.
        Invalid: a value is malformed, or there is no such field.
    """
    demand(rights.to_administer(who, who.authority_id))
    authority = locked_authority(who.authority_id)
    unknown = set(typed) - set(CONTACTS)
    if unknown:
        raise Invalid({name: [str(reasons.NOT_FOUND)] for name in unknown})
    values = cleaned(ContactForm(authority.country_id, typed), *typed) if typed else {}
    changed = {name: value for name, value in values.items() if value != getattr(authority, name)}
    if not changed:
        return
    keys = {}
    if "email" in changed:
        keys["mail_domain"] = mail_domain(changed["email"])
    if "website" in changed:
        keys["web_host"] = web_host(changed["website"])
    Authority.objects.filter(pk=authority.pk).update(**changed, **keys)
    if "city" in changed:
        index_authorities([authority.pk])
    before = {name: getattr(authority, name) for name in changed}
    _note("authority.contacts_changed", who, authority.pk, before, changed, now)


@transaction.atomic
def change_languages(who: Standing, languages: Collection[str], now: datetime | None = None) -> None:
    """Say which languages the authority understands, its own first.

    Raises:
        Refused: ``who`` is no local data administrator.
        Invalid: a language is unknown, or none is left.
    """
    demand(rights.to_administer(who, who.authority_id))
    authority = locked_authority(who.authority_id)
    form = AuthorityForm(authority.country_id, {"languages": list(dict.fromkeys(languages))})
    after = cleaned(form, "languages")["languages"]
    if after != authority.languages:
        Authority.objects.filter(pk=authority.pk).update(languages=after)
        _note("authority.languages_changed", who, authority.pk, authority.languages, after, now)


# --- competence ------------------------------------------------------------------------------------------------------


@transaction.atomic
def change_competence(
    who: Standing,
    area: str,
    concepts: Collection[ConceptName],
    keywords: Collection[str],
    now: datetime | None = None,
) -> None:
    """Say for which professions, activities and own keywords the authority is competent in an area.

    What it had said for all its areas at once is spread over them first, so that the others keep it.

    Raises:
        Refused: ``who`` is no local data administrator, or the authority has no access to the area.
        Invalid: a concept is unknown, or a keyword is too long, or there are too many.
    """
    demand(rights.to_administer(who, who.authority_id))
    authority = locked_authority(who.authority_id)
    areas = list(Access.objects.filter(authority=authority).values_list("area_id", flat=True))
    if area not in areas:
        raise Refused(reasons.NO_ACCESS)
    keys = concept_keys(concepts)
    words = _keywords(keywords)
    _spread(authority, areas)
    before = _competence(authority, area)
    AuthorityConcept.objects.filter(authority=authority, area=area).delete()
    AuthorityKeyword.objects.filter(authority=authority, area=area).delete()
    AuthorityConcept.objects.bulk_create(
        AuthorityConcept(authority=authority, concept_id=key, area_id=area) for key in keys
    )
    AuthorityKeyword.objects.bulk_create(
        AuthorityKeyword(authority=authority, area_id=area, text=word) for word in words
    )
    after = _competence(authority, area)
    if before != after:
        index_authorities([authority.pk])
        _note("authority.competence_changed", who, authority.pk, before, after, now, area)


def _competence(authority: Authority, area: str) -> dict[str, list[str]]:
    concepts = AuthorityConcept.objects.filter(authority=authority, area=area)
    pairs = concepts.order_by("concept__scheme", "concept__code").values_list("concept__scheme", "concept__code")
    words = AuthorityKeyword.objects.filter(authority=authority, area=area).order_by("text")
    return {
        "concepts": [" ".join(pair) for pair in pairs],
        "keywords": list(words.values_list("text", flat=True)),
    }


def _spread(authority: Authority, areas: Collection[str]) -> None:
    """Say for each area which concepts were said for all at once."""
    concepts = AuthorityConcept.objects.filter(authority=authority, area=None)
    AuthorityConcept.objects.bulk_create(
        [
            AuthorityConcept(authority=authority, area_id=area, concept_id=concept)
            for concept in concepts.values_list("concept_id", flat=True)
            for area in areas
        ],
        ignore_conflicts=True,
    )
    concepts.delete()


def concept_keys(concepts: Collection[ConceptName]) -> list[int]:
    """The primary keys of concepts.

    Raises:
        Invalid: one is unknown, or there are too many.
    """
    wanted = set(concepts)
    if len(wanted) > CONCEPTS:
        raise Invalid({"concepts": [str(reasons.TOO_MANY)]})
    rows = Concept.objects.filter(code__in={code for _scheme, code in wanted}).values_list("scheme", "code", "pk")
    keys = {(scheme, code): pk for scheme, code, pk in rows}
    missing = sorted(wanted - keys.keys())
    if missing:
        raise Invalid({"concepts": [" ".join(pair) for pair in missing]})
    return sorted(keys[pair] for pair in wanted)


def _keywords(keywords: Collection[str]) -> list[str]:
    words = sorted({" ".join(word.replace("\x00", "").split()) for word in keywords} - {""})
    if len(words) > KEYWORDS:
        raise Invalid({"keywords": [str(reasons.TOO_MANY)]})
    long = [word[:LONGEST_KEYWORD] for word in words if len(word) > LONGEST_KEYWORD]
    if long:
        raise Invalid({"keywords": [f"{word}…" for word in long]})
    return words


@transaction.atomic
def change_regions(who: Standing, codes: Collection[str], now: datetime | None = None) -> None:
    """Say for which regions the authority is competent; none for the whole country.

    A coordinator whose mandate is a territory does not choose that itself: its validating coordinator does.

    Raises:
        Refused: ``who`` is no local data administrator, or the authority is a coordinator.
        Invalid: a region is unknown or of another country.
    """
    demand(rights.to_administer(who, who.authority_id))
    authority = locked_authority(who.authority_id)
    if authority.kind != Authority.Kind.COMPETENT:
        raise Refused(reasons.NOT_VALIDATOR)
    _set_regions(who, authority, codes, now)


@transaction.atomic
def assign_regions(who: Standing, authority_id: str, codes: Collection[str], now: datetime | None = None) -> None:
    """Say for which regions an authority is competent, as its validating coordinator.

    Raises:
        Refused: ``who`` may not.
        Invalid: a region is unknown or of another country.
    """
    authority = locked_authority(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    _set_regions(who, authority, codes, now)


def _set_regions(who: Standing, authority: Authority, codes: Collection[str], now: datetime | None) -> None:
    form = AuthorityForm(authority.country_id, {"regions": list(codes)})
    after = sorted(cleaned(form, "regions")["regions"])
    regions = AuthorityRegion.objects.filter(authority=authority)
    before = sorted(regions.values_list("code", flat=True))
    if before == after:
        return
    regions.delete()
    AuthorityRegion.objects.bulk_create(AuthorityRegion(authority=authority, code=code) for code in after)
    _note("authority.regions_changed", who, authority.pk, before, after, now)


# --- confirmation ----------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm_data(who: Standing, now: datetime | None = None) -> None:
    """Say that the card is right; it is asked again six months later.

    Raises:
        Refused: ``who`` is no local data administrator.
    """
    demand(rights.to_administer(who, who.authority_id))
    now = now or timezone.now()
    until = next_confirmation(now.date())
    Authority.objects.filter(pk=who.authority_id).update(confirmed_at=now, confirm_by=until)
    details = {"until": until.isoformat()}
    record("authority.confirmed", Author.of(who), authority=who.authority_id, details=details, now=now)


# --- what they have in common ----------------------------------------------------------------------------------------


def _note(
    kind: str, who: Standing, authority: str, before: Any, after: Any, now: datetime | None, area: str | None = None
) -> None:
    details = {"before": before, "after": after}
    record(kind, Author.of(who), authority=authority, area=area, details=details, now=now)
