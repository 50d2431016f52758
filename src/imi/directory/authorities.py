"""Registers authorities with all that belongs to them: each function is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter

from django.db import transaction
from django.utils import timezone

from imi.core.deadlines import add_months
from imi.database.statistics import count
from imi.directory import indexing, reference
from imi.directory.hosts import mail_domain, web_host
from imi.directory.models import (
    Access,
    Authority,
    AuthorityConcept,
    AuthorityKeyword,
    AuthorityLink,
    AuthorityRegion,
    AuthorityText,
    AuthorityToken,
    Concept,
    CoordinatorLink,
    Country,
    PolicyArea,
    Register,
    RegisterConcept,
    RegisterText,
)

_BATCH = 5000
CONFIRMED_FOR_MONTHS = 6
_MANY = 100  # authorities loaded at once that change what the database should assume


class DirectoryError(ValueError):
    """Something that is to be written does not fit what the directory holds; the message says what."""


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register to be entered; ``texts`` maps a language to (name, description)."""

    url: str
    texts: Mapping[str, tuple[str, str]]
    concepts: tuple[tuple[str, str], ...] = ()
    kind: str = Register.Kind.OTHER
    charges_fee: bool = False
    reviewed_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """An authority to be registered.

    ``texts`` maps a language to (informal title, description); ``concepts`` are (scheme, code) pairs; ``access`` maps
    an area to a role of :class:`~imi.directory.models.Access`, ``settings`` an area to switches, ``coordinators`` an
    area to the ids of its request coordinators; ``linked`` are authorities that may see its overview; ``regions`` are
    codes of what it is competent for. Where nothing is said, a coordinator is of the usual kind, the national
    coordinator has validated the authority, and its first request coordinator gave it access.
    """

    id: str
    kind: str
    country: str
    name: str
    city: str = ""
    region: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    languages: tuple[str, ...] = ()
    texts: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    concepts: tuple[tuple[str, str], ...] = ()
    access: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, bool]] = field(default_factory=dict)
    coordinators: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    linked: tuple[str, ...] = ()
    registers: tuple[NewRegister, ...] = ()
    coordinator_kind: str = ""
    validator: str = ""
    access_coordinators: Mapping[str, str] = field(default_factory=dict)
    street: str = ""
    postcode: str = ""
    regions: tuple[str, ...] = ()


def register_authority(entry: NewAuthority) -> Authority:
    """Register one authority; see :func:`load_authorities`."""
    return load_authorities([entry])[0]


@transaction.atomic
def load_authorities(entries: Iterable[NewAuthority]) -> list[Authority]:
    """Register authorities with all that belongs to them, in a number of statements that does not grow with them.

    Coordinators and linked authorities may be in the same batch. Raises ValidationError for a malformed value,
    DirectoryError for an unknown country, area, concept, coordinator or linked authority and for relations that the
    rules forbid, IntegrityError for an id or a national coordinator that exists already.
    """
    batch = list(entries)
    _check_relations(batch)
    concepts = _concept_keys(batch)
    validators = _validators(batch)
    authorities = [_authority(entry, validators[entry.id]) for entry in batch]
    Authority.objects.bulk_create(authorities, batch_size=_BATCH)
    AuthorityText.objects.bulk_create(
        [
            AuthorityText(authority_id=entry.id, lang=lang, informal=informal, description=description)
            for entry in batch
            for lang, (informal, description) in entry.texts.items()
        ],
        batch_size=_BATCH,
    )
    _write_access(batch, validators)
    AuthorityConcept.objects.bulk_create(
        [
            AuthorityConcept(authority_id=entry.id, concept_id=concepts[key])
            for entry in batch
            for key in dict.fromkeys(entry.concepts)
        ],
        batch_size=_BATCH,
    )
    AuthorityRegion.objects.bulk_create(
        [AuthorityRegion(authority_id=entry.id, code=code) for entry in batch for code in dict.fromkeys(entry.regions)],
        batch_size=_BATCH,
    )
    _write_registers(batch, concepts)
    AuthorityToken.objects.bulk_create(_authority_tokens(batch), batch_size=_BATCH)
    if len(batch) >= _MANY:
        count(Authority, AuthorityText, AuthorityConcept, AuthorityToken, Access, CoordinatorLink)
    return authorities


def _validators(batch: list[NewAuthority]) -> dict[str, str | None]:
    """Return who validated each authority: whom the entry names, else the national coordinator of its country."""
    national: dict[str, str | None] = dict(
        Authority.objects.filter(kind=Authority.Kind.NATIONAL_COORDINATOR, active=True).values_list("country", "pk")
    )
    national |= {entry.country: entry.id for entry in batch if entry.kind == Authority.Kind.NATIONAL_COORDINATOR}
    found = {entry.id: entry.validator or national.get(entry.country) for entry in batch}
    return {pk: None if validator == pk else validator for pk, validator in found.items()}


def next_confirmation(day: date) -> date:
    """Return until when data confirmed on ``day`` are to be confirmed again."""
    return add_months(day, CONFIRMED_FOR_MONTHS)


def _authority(entry: NewAuthority, validator: str | None) -> Authority:
    authority = Authority(
        id=entry.id,
        kind=entry.kind,
        coordinator_kind=entry.coordinator_kind or reference.usual_coordinator_kind(entry.kind),
        validator_id=validator,
        country_id=entry.country,
        name=entry.name,
        street=entry.street,
        postcode=entry.postcode,
        city=entry.city,
        region=entry.region,
        email=entry.email,
        phone=entry.phone,
        website=entry.website,
        languages=list(entry.languages),
        confirm_by=next_confirmation(timezone.now().date()),
        mail_domain=mail_domain(entry.email),
        web_host=web_host(entry.website),
        sort_key=reference.name_key(entry.name, entry.country),
    )
    authority.clean_fields(exclude=["country", "languages", "validator"])
    return authority


def _authority_tokens(batch: Iterable[NewAuthority]) -> Iterator[AuthorityToken]:
    for entry in batch:
        for token, where in indexing.authority_fields(entry.name, entry.city, entry.texts.values()).items():
            yield AuthorityToken(token=token, authority_id=entry.id, field=where)


def _access_coordinator(entry: NewAuthority, area: str, validator: str | None) -> str | None:
    named = entry.access_coordinators.get(area)
    return named or next(iter(entry.coordinators.get(area, ())), validator)


def _write_access(batch: list[NewAuthority], validators: Mapping[str, str | None]) -> None:
    Access.objects.bulk_create(
        [
            Access(
                authority_id=entry.id,
                area_id=area,
                role=role,
                coordinator_id=_access_coordinator(entry, area, validators[entry.id]),
                settings=dict(entry.settings.get(area, {})),
            )
            for entry in batch
            for area, role in entry.access.items()
        ],
        batch_size=_BATCH,
    )
    CoordinatorLink.objects.bulk_create(
        [
            CoordinatorLink(authority_id=entry.id, area_id=area, coordinator_id=coordinator)
            for entry in batch
            for area, coordinators in entry.coordinators.items()
            for coordinator in coordinators
        ],
        batch_size=_BATCH,
    )
    AuthorityLink.objects.bulk_create(
        [AuthorityLink(authority_id=entry.id, linked_id=linked) for entry in batch for linked in entry.linked],
        batch_size=_BATCH,
    )


def _write_registers(batch: list[NewAuthority], concepts: Mapping[tuple[str, str], int]) -> None:
    pairs = [(entry.id, register) for entry in batch for register in entry.registers]
    rows = Register.objects.bulk_create(
        [
            Register(
                authority_id=authority,
                url=register.url,
                kind=register.kind,
                charges_fee=register.charges_fee,
                reviewed_on=register.reviewed_on,
            )
            for authority, register in pairs
        ],
        batch_size=_BATCH,
    )
    written = list(zip(rows, (register for _, register in pairs), strict=True))
    RegisterText.objects.bulk_create(
        [
            RegisterText(register=row, lang=lang, name=name, description=description)
            for row, register in written
            for lang, (name, description) in register.texts.items()
        ],
        batch_size=_BATCH,
    )
    RegisterConcept.objects.bulk_create(
        [
            RegisterConcept(register=row, concept_id=concepts[key])
            for row, register in written
            for key in dict.fromkeys(register.concepts)
        ],
        batch_size=_BATCH,
    )


def _concept_keys(batch: list[NewAuthority]) -> dict[tuple[str, str], int]:
    wanted = {key for entry in batch for key in entry.concepts}
    wanted |= {key for entry in batch for register in entry.registers for key in register.concepts}
    if not wanted:
        return {}
    rows = Concept.objects.filter(code__in={code for _, code in wanted}).values_list("scheme", "code", "pk")
    keys = {(scheme, code): pk for scheme, code, pk in rows}
    missing = sorted(wanted - keys.keys())
    if missing:
        raise DirectoryError(f"unknown concepts: {', '.join(' '.join(key) for key in missing)}")
    return keys


def _check_relations(batch: list[NewAuthority]) -> None:
    """Refuse relations that the rules forbid.

    A coordinator coordinates in its own country and needs a coordinator's access to the area (Regulation (EU) No
    1024/2012, Art. 6); linked authorities are of the same country (guide for the first user).
    """
    _known("country", {entry.country for entry in batch}, set(Country.objects.values_list("code", flat=True)))
    areas = {area for entry in batch for area in (*entry.access, *entry.settings, *entry.coordinators)}
    _known("area", areas, set(PolicyArea.objects.values_list("slug", flat=True)))
    _known(
        "kind of coordinator", {entry.coordinator_kind for entry in batch} - {""}, set(reference.coordinator_kinds())
    )
    _known("region", {code for entry in batch for code in entry.regions}, set(reference.regions()))
    country, coordinates = _surroundings(batch)
    for entry in batch:
        _check_kind(entry)
        if any(not code.startswith(entry.country) for code in entry.regions):
            raise DirectoryError(f"{entry.id}: regions of another country")
        for other in filter(None, (entry.validator, *entry.access_coordinators.values())):
            if country.get(other) != entry.country:
                raise DirectoryError(f"{entry.id}: {other} is no coordinator of its country")
        for other in entry.linked:
            if country.get(other) != entry.country:
                raise DirectoryError(f"{entry.id}: {other} cannot be linked, it is not an authority of its country")
        for area, coordinators in entry.coordinators.items():
            if area not in entry.access:
                raise DirectoryError(f"{entry.id}: coordinators in {area}, but no access to it")
            for other in coordinators:
                if country.get(other) != entry.country or (other, area) not in coordinates:
                    raise DirectoryError(f"{entry.id}: {other} does not coordinate {area} in its country")


def _check_kind(entry: NewAuthority) -> None:
    """Refuse a kind of coordinator that does not fit how the authority is registered, its areas or its territory."""
    kind = reference.coordinator_kinds().get(entry.coordinator_kind)
    if kind is None:
        return
    if kind.registered_as != entry.kind:
        raise DirectoryError(f"{entry.id}: a {kind.id} is registered as {kind.registered_as}")
    if kind.areas == "one" and len(entry.access) != 1:
        raise DirectoryError(f"{entry.id}: a {kind.id} coordinates one area")
    if kind.territory == "region" and not entry.regions:
        raise DirectoryError(f"{entry.id}: a {kind.id} needs the regions that it is competent for")


def _known(what: str, wanted: set[str], known: set[str]) -> None:
    if not wanted <= known:
        raise DirectoryError(f"unknown {what}: {', '.join(sorted(wanted - known))}")


def _surroundings(batch: list[NewAuthority]) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Return the country of every authority the batch mentions, and who coordinates which area."""
    mentioned = {other for entry in batch for other in (*entry.linked, *entry.access_coordinators.values())}
    mentioned |= {entry.validator for entry in batch if entry.validator}
    mentioned |= {other for entry in batch for others in entry.coordinators.values() for other in others}
    elsewhere = mentioned - {entry.id for entry in batch}
    country = dict(Authority.objects.filter(pk__in=elsewhere).values_list("pk", "country_id"))
    coordinates = set(
        Access.objects.filter(authority__in=elsewhere, role=Access.Role.COORDINATOR).values_list("authority", "area")
    )
    country |= {entry.id: entry.country for entry in batch}
    coordinates |= {
        (entry.id, area) for entry in batch for area, role in entry.access.items() if role == Access.Role.COORDINATOR
    }
    return country, coordinates


@transaction.atomic
def index_authorities(ids: Iterable[str]) -> None:
    """Compute the search keys of these authorities anew, after names, towns, texts or keywords have been changed."""
    wanted = list(ids)
    AuthorityToken.objects.filter(authority__in=wanted).delete()
    texts: dict[str, list[tuple[str, str]]] = {}
    rows = AuthorityText.objects.filter(authority__in=wanted).order_by("authority_id")
    for authority, group in groupby(rows, key=attrgetter("authority_id")):
        texts[authority] = [(text.informal, text.description) for text in group]
    words: dict[str, list[str]] = {}
    for authority, word in AuthorityKeyword.objects.filter(authority__in=wanted).values_list("authority_id", "text"):
        words.setdefault(authority, []).append(word)
    AuthorityToken.objects.bulk_create(
        [
            AuthorityToken(token=token, authority_id=authority.pk, field=where)
            for authority in Authority.objects.filter(pk__in=wanted)
            for token, where in indexing.authority_fields(
                authority.name, authority.city, texts.get(authority.pk, ()), words.get(authority.pk, ())
            ).items()
        ],
        batch_size=_BATCH,
    )
