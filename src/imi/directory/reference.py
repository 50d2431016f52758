"""Reads the reference data that is shipped with the directory (see ``data/README.md``)."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

DATA = Path(__file__).parent / "data"
CONCEPTS = DATA / "concepts.tsv.gz"


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


@cache
def countries() -> dict[str, CountryEntry]:
    """Return the countries by code."""
    entries = yaml.safe_load((DATA / "countries.yaml").read_text(encoding="utf-8"))["countries"]
    return {
        entry["code"]: CountryEntry(entry["code"], entry["iso"], tuple(entry["languages"]), entry["timezone"])
        for entry in entries
    }


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
