"""``./imi bench``: the product and the floor on the same data, in one run, in turns."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import browsing, people, rounds
from bench.data import World, generated
from bench.figures import Figure, Spread, save, table
from bench.rounds import LARGE, SMALL
from bench.serving import ROOT, Place

SIDES = ("floor", "product")


def shape(kind: str) -> str:
    """A name for the tables of a side, so that kept files of other tables are not taken for these."""
    files = [Path(__file__).parent / "floor" / "models.py"]
    if kind == "product":
        files = sorted((ROOT / "src" / "imi").glob("*/migrations/0*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:8]


def say(text: str) -> None:
    """Print a line at once."""
    print(f"  {text}", flush=True)


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="./imi bench", description="Measure the product against the floor kit.")
    parser.add_argument("--scale", type=float, default=0.02, help="1 is 600,000 exchanges (default: 0.02)")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--rounds", type=int, default=7, help="(default: 7)")
    parser.add_argument("--loads", type=int, default=25, help="how often a page is loaded in a round (default: 25)")
    parser.add_argument("--keep", action="store_true", help="keep SQLite's files and use those of an earlier run")
    parser.add_argument("--browser", action="store_true", help="load the pages in Chromium too: weight and painting")
    parser.add_argument("--people", action="store_true", help="the pages about people and authorities, all of them")
    given = parser.parse_args()
    if not 0.01 <= given.scale <= 4 or given.rounds < 1 or given.loads < 1:
        parser.error("the scale goes from 0.01 to 4, rounds and loads from 1")
    return given


def home() -> Path:
    """Where the bench keeps what it makes."""
    folder = Path(os.environ.get("IMI_HOME") or ROOT / "var").expanduser().resolve() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def databases(kind: str, folder: Path, keep: bool) -> Iterator[Callable[[str], str]]:
    """Where to put databases: gives the address of a new one by name. Nothing is left afterwards unless asked for."""
    if kind == "sqlite":
        files = folder / "data"
        if not keep:
            shutil.rmtree(files, ignore_errors=True)
        files.mkdir(exist_ok=True)
        yield lambda name: str(files / f"{name}.sqlite3")
        if not keep:
            shutil.rmtree(files)
        return
    sys.path.append(str(ROOT / "tools"))
    import postgresql
    import psycopg

    # Durable as in operation, with as much memory as a small server gives it.
    with postgresql.server({"shared_buffers": "512MB", "max_wal_size": "4GB"}) as server:
        if server is None:
            raise SystemExit("There is no PostgreSQL server on this machine; install the package postgresql")

        def made(name: str) -> str:
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute(f'CREATE DATABASE "{name}"')
            return f"{server.url.rpartition('/')[0]}/{name}"

        yield made


def load(place: Place, today: str) -> dict[str, Any] | None:
    """Fill a place; None if it was filled by an earlier run. Raises SystemExit when the data do not hold."""
    if "://" not in place.database and Path(place.database).exists():
        return None
    began = time.monotonic()
    given = place.order("load", scale=place.scale, today=today, directory=place.directory)
    if given["faults"]:
        raise SystemExit(f"the imported data do not hold: {given['faults'][:10]}")
    whole = time.monotonic() - began
    say(f"{place.kind} at scale {place.scale:g}: {given['rows']:,} rows of history in {given['seconds']:.1f} s, "
        f"all ready in {whole:.0f} s")  # fmt: skip
    return given


def load_figure(loads: dict[tuple[str, str], dict[str, Any] | None]) -> Iterator[Figure]:
    """The whole history imported, against the raw load."""
    own, raw = loads["product", LARGE], loads["floor", LARGE]
    if own is None or raw is None:
        return
    ratio = own["seconds"] / raw["seconds"]
    one, other, ratios = (Spread(value, value, value) for value in (own["seconds"], raw["seconds"], ratio))
    more = {
        "rows": [own["rows"], raw["rows"]],
        "cpu_s": [own["cpu"], raw["cpu"]],
        "peak_mib": [own["peak"], raw["peak"]],
    }
    yield Figure("history loaded", one, other, "s", ratios, 12, own["cpu"] / raw["cpu"], more=more)


def main() -> int:
    given, folder, started = arguments(), home(), time.monotonic()
    now = datetime.now(UTC)
    today, worlds = str(now.date()), {SMALL: given.scale / 10, LARGE: given.scale}
    directories = {SMALL: 0.1, LARGE: 1.0} if given.people else dict.fromkeys(worlds, 0.0)
    places: dict[tuple[str, str], Place] = {}
    with databases(given.database, folder, given.keep) as database:
        for kind in SIDES:
            (folder / kind).mkdir(exist_ok=True)
            for size, scale in worlds.items():
                share = directories[size]
                name = f"{kind}-{scale:g}-{f'{share:g}-' if share else ''}{shape(kind)}"
                places[kind, size] = Place(kind, scale, database(name), folder / kind, share)
        collect = [sys.executable, "-m", "imi.site.prepare", "static"]
        subprocess.run(collect, env=places["product", LARGE].variables, check=True, cwd=ROOT)
        try:
            loads = {(kind, size): load(places[kind, size], today) for size in worlds for kind in SIDES}
            shown = {size: generated(scale, now.date(), directories[size]) for size, scale in worlds.items()}
            measure = measured_people if given.people else measured
            figures = list(measure(places, shown, loads, given))
        finally:
            for place in places.values():
                place.leave()
    about = {
        "at": now.isoformat(timespec="seconds"), "scale": given.scale, "database": given.database,
        "rounds": given.rounds, "loads": given.loads, "python": platform.python_version(),
        "cores": os.cpu_count(), "load_average": os.getloadavg(),
    }  # fmt: skip
    file = folder / f"{now:%Y%m%d-%H%M%S}-{given.database}-{given.scale:g}.json"
    save(file, about, figures)
    print(f"\n{table(figures)}\n")
    say(f"Median [lowest–highest] of {given.rounds} rounds; ratios are of the same round. {file}")
    say(f"{time.monotonic() - started:.0f} s; load average {about['load_average'][0]:.1f}")
    return 0


Places = dict[tuple[str, str], Place]


def measured_people(
    places: Places, worlds: dict[str, World], loads: dict[tuple[str, str], Any], given: argparse.Namespace
) -> Iterator[Figure]:
    """The pages about people and authorities, and searching for authorities while the site is in use."""
    samples, _memory = rounds.measure_pages(places, worlds, people.pages, given.rounds, given.loads, say)
    yield from rounds.page_figures(samples, people.pages(worlds[LARGE]))
    say("searching while the site is in use")
    yield from people.measure_search(places["product", LARGE], worlds[LARGE])


def measured(
    places: Places, worlds: dict[str, World], loads: dict[tuple[str, str], Any], given: argparse.Namespace
) -> Iterator[Figure]:
    """Everything that is measured once the data are there."""
    samples, memory = rounds.measure_pages(places, worlds, rounds.pages, given.rounds, given.loads, say)
    yield from rounds.page_figures(samples, rounds.pages(worlds[LARGE]))
    say("actions")
    product, floor, big = places["product", LARGE], places["floor", LARGE], worlds[LARGE].big
    yield from rounds.measure_actions(product, floor, big.id, given.rounds, 40)
    yield from load_figure(loads)
    say("cold starts")
    user = big.first_user + 2
    yield rounds.measure_starts(product, floor, {"product": user, "floor": user}, 3)
    if given.browser:
        say("a browser")
        yield from browsing.measure_browsing(places, worlds[LARGE], given.rounds)
    say("the engine")
    yield rounds.measure_engine(given.rounds, 0.7)
    for kind, goal in (("product", 120.0), ("floor", None)):
        spread = Spread(memory[kind], memory[kind], memory[kind])
        more = {"of_mapped_files": memory[f"{kind} files"]}
        yield Figure(f"memory of the {kind}'s server", spread, None, "MiB PSS", spread, goal, more=more)


if __name__ == "__main__":
    sys.exit(main())
