"""Measures the search of the directory and the drawing of a country with as many authorities as IMI has.

``IMI_HOME=… IMI_DATABASE=… python -m bench.directory`` fills an empty database with the authorities of the training
world, each of them so many times that there are 12,600 (the size of IMI about 2020), and says how long searches take.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from statistics import quantiles

import django

AUTHORITIES, ROUNDS, SIZE = 12_600, 60, 20
SEARCHES: dict[str, dict[str, str]] = {
    "everything": {},
    "one word": {"words": "idegenvezető"},
    "four words": {"words": "architects engineers building permits"},
    "a common word": {"words": "coordinator"},
    "country and region": {"country": "ES", "region": "ES61"},
    "region of all that is large": {"country": "DE", "region": "DEA"},
    "role": {"role": "coordinator"},
    "a kind in a country": {"country": "ES", "role": "sdimic"},
    "area and language": {"area": "services", "language": "de"},
    "profession": {"profession": "2221"},
    "word, country, region, role, area": {
        "words": "guide", "country": "ES", "region": "ES61", "role": "authority", "area": "professional-qualifications",
    },
}  # fmt: skip


def fill() -> None:
    """Countries, concepts, areas and 12,600 authorities; the copies of a body have numbers in their names."""
    from imi.directory.actions import load_authorities, load_concepts, load_countries, sync_areas
    from imi.training.people import _authority
    from imi.training.world_files import world_files

    load_countries()
    load_concepts()
    areas = ["posting-of-workers", "professional-qualifications", "services"]
    sync_areas(areas)
    originals = [_authority(code, one, areas) for code, found in world_files().countries.items() for one in found]
    load_authorities(originals)

    def copies() -> Iterator[object]:
        for number in range(1, AUTHORITIES):
            for one in originals:
                if one.kind == "competent":
                    texts = {lang: (f"{title} {number}", about) for lang, (title, about) in one.texts.items()}
                    yield replace(
                        one, id=f"{one.id}-{number}", name=f"{one.name} {number}", texts=texts, linked=(), registers=()
                    )

    rest = islice(copies(), AUTHORITIES - len(originals))
    while batch := list(islice(rest, 1000)):
        load_authorities(batch)  # type: ignore[arg-type]


def measured(act: Callable[[], object]) -> str:
    """How long something takes, in milliseconds: half the time, nineteen of twenty times, and this process alone."""
    act()
    taken, own = [], time.process_time()
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        act()
        taken.append(1000 * (time.perf_counter() - begun))
    own = 1000 * (time.process_time() - own) / ROUNDS
    cuts = quantiles(taken, n=20)
    return f"{cuts[9]:7.1f} {cuts[18]:7.1f} {own:7.1f}"


def main() -> None:
    """Fill the database if it is empty, and print a table."""
    from django.core.management import call_command
    from django.db import connection, reset_queries

    from imi.administration.organisation import coordinated_by, organisation
    from imi.directory.models import Authority
    from imi.directory.queries import find_authorities

    call_command("migrate", verbosity=0)
    if not Authority.objects.exists():
        fill()
    print(f"{connection.vendor}, {Authority.objects.count()} authorities, milliseconds")
    print("    p50     p95     own  queries")
    connection.force_debug_cursor = True
    for name, narrowed in SEARCHES.items():
        facets = {"words": ""} | narrowed
        reset_queries()
        found = find_authorities("hu", size=SIZE, count=True, **facets)  # type: ignore[arg-type]
        number = len(connection.queries)
        line = measured(lambda facets=facets: find_authorities("hu", size=SIZE, count=True, **facets))  # type: ignore[misc]
        print(f"{line} {number:5}  {name} ({found.total})")
    print(f"{measured(lambda: organisation('ES'))}        the drawing of a country")
    print(f"{measured(lambda: coordinated_by('es-pq-coord', 40))}        page 40 of the authorities of a coordinator")


if __name__ == "__main__":
    django.setup()
    main()
