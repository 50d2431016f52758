"""Writes of the directory: each function is one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import attrgetter

import holidays
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from imi.directory import indexing, reference
from imi.directory.models import (
    Access,
    Authority,
    AuthorityConcept,
    AuthorityLink,
    AuthorityText,
    AuthorityToken,
    Concept,
    ConceptLabel,
    ConceptToken,
    CoordinatorLink,
    Country,
    Edition,
    Holiday,
    PolicyArea,
    Register,
    RegisterConcept,
    RegisterText,
)

_BATCH = 5000
_MANY = 100  # authorities loaded at once that change what the database should assume


class DirectoryError(ValueError):
    """Something that is to be written does not fit what the directory holds; the message says what."""


@dataclass(frozen=True, slots=True)
class NewRegister:
    """A register to be entered; ``texts`` maps a language to (name, description)."""

    url: str
    texts: Mapping[str, tuple[str, str]]
    concepts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NewAuthority:
    """An authority to be registered.

    ``texts`` maps a language to (informal title, description); ``concepts`` are (scheme, code) pairs; ``access`` maps
    an area to a role of :class:`~imi.directory.models.Access`, ``settings`` an area to switches, ``coordinators`` an
    area to the ids of coordinators; ``linked`` are authorities that may see its overview.
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


# --- reference data --------------------------------------------------------------------------------------------------


@transaction.atomic
def load_reference_data(year: int) -> None:
    """Put countries, concepts and the holidays around ``year`` into the database; repeating it changes nothing."""
    load_countries()
    load_concepts()
    load_holidays(range(year - 1, year + 4))


@transaction.atomic
def load_countries() -> None:
    """Put the countries of the data file into the database."""
    Country.objects.bulk_create(
        [
            Country(code=entry.code, iso=entry.iso, languages=list(entry.languages), timezone=entry.timezone)
            for entry in reference.countries().values()
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["iso", "languages", "timezone"],
    )


@transaction.atomic
def load_concepts() -> None:
    """Put the concepts of the data file into the database, unless this edition of them is there already."""
    digest = reference.concepts_digest()
    if Edition.objects.filter(name="concepts", digest=digest).exists():
        return
    entries = list(reference.concepts())
    keys = _write_concepts(entries)
    ConceptLabel.objects.filter(concept__in=keys.values()).delete()
    ConceptToken.objects.filter(concept__in=keys.values()).delete()
    _insert(ConceptLabel, ("concept_id", "lang", "kind", "text"), _labels(entries, keys))
    _insert(ConceptToken, ("token", "lang", "concept_id", "weight"), _concept_tokens(entries, keys))
    Edition.objects.update_or_create(name="concepts", defaults={"digest": digest})
    _count(Concept, ConceptLabel, ConceptToken)


def _write_concepts(entries: list[reference.ConceptEntry]) -> dict[tuple[str, str], int]:
    """Write the concepts, parents before children, and return their primary keys by scheme and code."""
    keys = {(scheme, code): pk for scheme, code, pk in Concept.objects.values_list("scheme", "code", "pk")}
    wanted = {(entry.scheme, entry.code): entry.parent for entry in entries}
    depth = {key: _depth(key, wanted) for key in wanted}
    for _, level in groupby(sorted(wanted, key=lambda key: (depth[key], key)), key=depth.__getitem__):
        rows = [
            Concept(scheme=scheme, code=code, parent_id=keys.get((scheme, wanted[scheme, code])))
            for scheme, code in level
        ]
        written = Concept.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["scheme", "code"], update_fields=["parent"]
        )
        keys.update({(row.scheme, row.code): row.pk for row in written})
    return {key: keys[key] for key in wanted}


def _depth(key: tuple[str, str], parents: Mapping[tuple[str, str], str]) -> int:
    parent = parents.get(key)
    return 1 + _depth((key[0], parent), parents) if parent else 0


def _insert(model: type[Model], columns: tuple[str, ...], rows: Iterable[tuple[str | int, ...]]) -> None:
    """Insert plain rows by the quickest way of the database: a third of a million of them as instances take long."""
    quote = connection.ops.quote_name
    target = f"{quote(model._meta.db_table)} ({', '.join(map(quote, columns))})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            # Table and columns come from the models, values are bound.
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {target} VALUES ({marks})", list(rows))  # noqa: S608


def _count(*models: type[Model]) -> None:
    """Let the database count its rows anew: until it has, it plans searches as if the tables were still empty."""
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(f"ANALYZE {connection.ops.quote_name(model._meta.db_table)}")


def _labels(
    entries: Iterable[reference.ConceptEntry], keys: Mapping[tuple[str, str], int]
) -> Iterator[tuple[int, str, str, str]]:
    for entry in entries:
        concept = keys[entry.scheme, entry.code]
        yield concept, entry.lang, ConceptLabel.Kind.PREF.value, entry.pref
        for text in entry.alt:
            yield concept, entry.lang, ConceptLabel.Kind.ALT.value, text


def _concept_tokens(
    entries: Iterable[reference.ConceptEntry], keys: Mapping[tuple[str, str], int]
) -> Iterator[tuple[str, str, int, int]]:
    for entry in entries:
        concept = keys[entry.scheme, entry.code]
        for token, weight in indexing.concept_weights(entry.pref, entry.alt).items():
            yield token, entry.lang, concept, weight


@transaction.atomic
def sync_areas(slugs: Iterable[str]) -> None:
    """Make sure that the directory knows the policy areas of the catalogue.

    Areas that have left the catalogue stay: exchanges and roles of the past refer to them.
    """
    PolicyArea.objects.bulk_create([PolicyArea(slug=slug) for slug in slugs], ignore_conflicts=True)


# --- holidays --------------------------------------------------------------------------------------------------------


@transaction.atomic
def load_holidays(years: Iterable[int]) -> None:
    """Enter the national public holidays of all countries in ``years``, in the country's own language.

    Dates that are there already, also those announced by hand, are left as they are.
    """
    wanted = sorted(years)
    now = timezone.now()
    rows = [
        Holiday(
            country_id=country.code,
            date=day,
            name=name[:200],
            source=Holiday.Source.CALENDAR,
            added_at=now,
        )
        for country in Country.objects.all()
        for day, name in sorted(_public_holidays(country.iso, wanted).items())
    ]
    Holiday.objects.bulk_create(rows, ignore_conflicts=True)


def _public_holidays(iso: str, years: list[int]) -> Mapping[date, str]:
    language = holidays.country_holidays(iso).default_language
    return holidays.country_holidays(iso, years=years, language=language)


@transaction.atomic
def add_holiday(country: str, day: date, name: str, by: int | None = None) -> Holiday:
    """Enter a holiday that was announced later; ``by`` is the id of the user who does so.

    Running deadlines do not move by this function: :func:`imi.exchanges.actions.recompute_deadlines` has them moved.
    Raises DirectoryError when the country is unknown, the name empty, or the date is a holiday already.
    """
    if not name.strip():
        raise DirectoryError("a holiday needs a name")
    if not Country.objects.filter(code=country).exists():
        raise DirectoryError(f"unknown country {country!r}")
    holiday, created = Holiday.objects.get_or_create(
        country_id=country,
        date=day,
        defaults={
            "name": name.strip()[:200],
            "source": Holiday.Source.ANNOUNCED,
            "added_by": by,
            "added_at": timezone.now(),
        },
    )
    if not created:
        raise DirectoryError(f"{day} is a holiday already: {holiday.name}")
    return holiday


# --- authorities -----------------------------------------------------------------------------------------------------


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
    authorities = [_authority(entry) for entry in batch]
    Authority.objects.bulk_create(authorities, batch_size=_BATCH)
    AuthorityText.objects.bulk_create(
        [
            AuthorityText(authority_id=entry.id, lang=lang, informal=informal, description=description)
            for entry in batch
            for lang, (informal, description) in entry.texts.items()
        ],
        batch_size=_BATCH,
    )
    _write_access(batch)
    AuthorityConcept.objects.bulk_create(
        [
            AuthorityConcept(authority_id=entry.id, concept_id=concepts[key])
            for entry in batch
            for key in dict.fromkeys(entry.concepts)
        ],
        batch_size=_BATCH,
    )
    _write_registers(batch, concepts)
    AuthorityToken.objects.bulk_create(_authority_tokens(batch), batch_size=_BATCH)
    if len(batch) >= _MANY:
        _count(Authority, AuthorityText, AuthorityConcept, AuthorityToken, Access, CoordinatorLink)
    return authorities


def _authority(entry: NewAuthority) -> Authority:
    authority = Authority(
        id=entry.id,
        kind=entry.kind,
        country_id=entry.country,
        name=entry.name,
        city=entry.city,
        region=entry.region,
        email=entry.email,
        phone=entry.phone,
        website=entry.website,
        languages=list(entry.languages),
    )
    authority.clean_fields(exclude=["country", "languages"])
    return authority


def _authority_tokens(batch: Iterable[NewAuthority]) -> Iterator[AuthorityToken]:
    for entry in batch:
        for token, where in indexing.authority_fields(entry.name, entry.city, entry.texts.values()).items():
            yield AuthorityToken(token=token, authority_id=entry.id, field=where)


def _write_access(batch: list[NewAuthority]) -> None:
    Access.objects.bulk_create(
        [
            Access(authority_id=entry.id, area_id=area, role=role, settings=dict(entry.settings.get(area, {})))
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
        [Register(authority_id=authority, url=register.url) for authority, register in pairs], batch_size=_BATCH
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
    country, coordinates = _surroundings(batch)
    for entry in batch:
        for other in entry.linked:
            if country.get(other) != entry.country:
                raise DirectoryError(f"{entry.id}: {other} cannot be linked, it is not an authority of its country")
        for area, coordinators in entry.coordinators.items():
            if area not in entry.access:
                raise DirectoryError(f"{entry.id}: coordinators in {area}, but no access to it")
            for other in coordinators:
                if country.get(other) != entry.country or (other, area) not in coordinates:
                    raise DirectoryError(f"{entry.id}: {other} does not coordinate {area} in its country")


def _known(what: str, wanted: set[str], known: set[str]) -> None:
    if not wanted <= known:
        raise DirectoryError(f"unknown {what}: {', '.join(sorted(wanted - known))}")


def _surroundings(batch: list[NewAuthority]) -> tuple[dict[str, str], set[tuple[str, str]]]:
    """Return the country of every authority the batch mentions, and who coordinates which area."""
    mentioned = {other for entry in batch for other in entry.linked}
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
    """Compute the search keys of these authorities anew, after their names, towns or texts have been changed."""
    wanted = list(ids)
    AuthorityToken.objects.filter(authority__in=wanted).delete()
    texts: dict[str, list[tuple[str, str]]] = {}
    rows = AuthorityText.objects.filter(authority__in=wanted).order_by("authority_id")
    for authority, group in groupby(rows, key=attrgetter("authority_id")):
        texts[authority] = [(text.informal, text.description) for text in group]
    AuthorityToken.objects.bulk_create(
        [
            AuthorityToken(token=token, authority_id=authority.pk, field=where)
            for authority in Authority.objects.filter(pk__in=wanted)
            for token, where in indexing.authority_fields(
                authority.name, authority.city, texts.get(authority.pk, ())
            ).items()
        ],
        batch_size=_BATCH,
    )
