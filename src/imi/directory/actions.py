"""Writes of the directory: each function is one transaction.

Authorities are written by :mod:`imi.directory.authorities`, their cards and relations by :mod:`imi.directory.cards` and
:mod:`imi.directory.relations`; reference data, areas and holidays here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby

from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from imi.database.statistics import count
from imi.directory import indexing, reference
from imi.directory.authorities import (
    DirectoryError,
    NewAuthority,
    NewRegister,
    index_authorities,
    load_authorities,
    register_authority,
)
from imi.directory.models import (
    Concept,
    ConceptLabel,
    ConceptToken,
    Country,
    Edition,
    Holiday,
    PolicyArea,
)

__all__ = [
    "DirectoryError",
    "NewAuthority",
    "NewRegister",
    "add_holiday",
    "index_authorities",
    "load_authorities",
    "load_concepts",
    "load_countries",
    "load_holidays",
    "load_reference_data",
    "register_authority",
    "sync_areas",
]

_BATCH = 5000


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
    count(Concept, ConceptLabel, ConceptToken)


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
    import holidays  # here, for every process would pay for what is needed once a year

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
