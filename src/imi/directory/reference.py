"""Reads the reference data that is shipped with the directory (see ``data/README.md``)."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from imi.directory.collation import stored_key

DATA = Path(__file__).parent / "data"
CONCEPTS = DATA / "concepts.tsv.gz"
REGIONS = DATA / "regions.tsv"


@dataclass(frozen=True, slots=True)
class CountryEntry:
    """A country as ``countries.yaml`` describes it."""

    code: str
    iso: str
    languages: tuple[str, ...]
    timezone: str


@dataclass(frozen=True, slots=True)
class ConceptEntry:
    """The names of one concept in one language."""

    scheme: str
    code: str
    parent: str
    lang: str
    pref: str
    alt: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoordinatorKind:
    """A kind of coordinator as ``coordinator_kinds.yaml`` describes it.

    ``areas`` is all, one or chosen; ``territory`` country, region or field; ``tasks`` are those it has by itself.
    """

    id: str
    title: str
    registered_as: str
    areas: str
    territory: str
    tasks: frozenset[str]
    default: bool


@cache
def countries() -> dict[str, CountryEntry]:
    """Return the countries by code."""
    entries = yaml.safe_load((DATA / "countries.yaml").read_text(encoding="utf-8"))["countries"]
    return {
        entry["code"]: CountryEntry(entry["code"], entry["iso"], tuple(entry["languages"]), entry["timezone"])
        for entry in entries
    }


def name_key(name: str, country: str) -> str:
    """Return what an authority's name is sorted by: as readers of the country's first language expect it."""
    entry = countries().get(country)
    return stored_key(name, entry.languages[0] if entry else "")


def concepts() -> Iterator[ConceptEntry]:
    """Yield the names of all concepts, a language of a scheme at a time."""
    with gzip.open(CONCEPTS, "rt", encoding="utf-8") as stream:
        next(stream)
        for line in stream:
            scheme, code, parent, lang, pref, alt = line.rstrip("\n").split("\t")
            yield ConceptEntry(scheme, code, parent, lang, pref, tuple(filter(None, alt.split("|"))))


def concepts_digest() -> str:
    """Return what tells one edition of the concepts from another."""
    return hashlib.sha256(CONCEPTS.read_bytes()).hexdigest()


@cache
def regions() -> dict[str, str]:
    """Return the native name of every region by its code, which begins with the Union's code of the country."""
    lines = REGIONS.read_text(encoding="utf-8").splitlines()[1:]
    return dict(line.split("\t") for line in lines)


@cache
def coordinator_tasks() -> tuple[str, ...]:
    """Return the tasks that a coordinator may have."""
    return tuple(_coordinators()["tasks"])


@cache
def coordinator_kinds() -> dict[str, CoordinatorKind]:
    """Return the kinds of coordinators by id."""
    return {
        entry["id"]: CoordinatorKind(
            id=entry["id"],
            title=entry["title"],
            registered_as=entry["registered_as"],
            areas=entry["areas"],
            territory=entry["territory"],
            tasks=frozenset(entry["tasks"]),
            default=bool(entry.get("default", False)),
        )
        for entry in _coordinators()["kinds"]
    }


def usual_coordinator_kind(registered_as: str) -> str:
    """Return the kind of a coordinator for which none was named; empty for what is no coordinator."""
    kinds = coordinator_kinds().values()
    return next((kind.id for kind in kinds if kind.default and kind.registered_as == registered_as), "")


@cache
def _coordinators() -> Mapping[str, Any]:
    found: Mapping[str, Any] = yaml.safe_load((DATA / "coordinator_kinds.yaml").read_text(encoding="utf-8"))
    return found
