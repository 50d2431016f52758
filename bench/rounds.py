"""The rounds: every page and action on both sides and both data sets, one after the other, again and again."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain, cycle, islice
from statistics import median
from urllib.parse import quote

from bench import engine
from bench.data import World
from bench.figures import Figure, Spread, p95
from bench.serving import Place, Served, serving

SMALL, LARGE = "small", "large"
PARTS = 5
"""In how many parts a round of actions is cut, so that actions and raw rows meet the same busy moments."""
Key = tuple[str, str, str]  # kind, size, page
HANDLER, ADMINISTRATOR, COORDINATOR = "handler", "administrator", "coordinator"
"""With whom a page is measured: two people of the busiest authority, and one of the coordinator behind most."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the product, the page of the floor that it is set against, and the goal of their ratio."""

    name: str
    paths: tuple[str, ...]
    floor: str
    goal: float
    who: str = HANDLER


Shown = Callable[[World], tuple[Page, ...]]
"""Which pages of a world are measured."""


@dataclass
class Samples:
    """What was measured, by page: milliseconds of each request by round, and processor milliseconds."""

    wall: dict[Key, list[list[float]]] = field(default_factory=lambda: defaultdict(list))
    cpu: dict[Key, list[float]] = field(default_factory=lambda: defaultdict(list))
    size: dict[Key, int] = field(default_factory=dict)

    def medians(self, *key: str) -> list[float]:
        """The median of each round."""
        return [median(one) for one in self.wall[key]]  # type: ignore[index]

    def ratio(self, one: Key, other: Key) -> Spread:
        """How many times the one took what the other took, round by round."""
        return Spread.of([mine / its for mine, its in zip(self.medians(*one), self.medians(*other), strict=True)])

    def cpu_ratio(self, one: Key, other: Key) -> float:
        """The same of processor time."""
        return median(mine / its for mine, its in zip(self.cpu[one], self.cpu[other], strict=True))


def subjects(world: World) -> tuple[list[str], str]:
    """Open exchanges with four messages that the big authority answers, and a name to search for."""
    talking = (case for case in world.cases() if case.shape.name == "talking" and case.answering is world.big)
    found = list(islice(talking, 10))
    return [case.number for case in found], found[0].family


def pages(world: World) -> tuple[Page, ...]:
    """The pages that are measured in a world."""
    numbers, name = subjects(world)
    everything = "/exchanges/?tab=received&phase=any"
    return (
        Page("home page", ("/",), "floor list", 1.5),
        Page("exchange list, 25 rows", (everything,), "floor list", 1.5),
        Page("list search", (f"{everything}&text={quote(name)}",), "floor list", 1.5),
        Page("coordinator's home", ("/",), "floor list", 2.0, COORDINATOR),
        Page("exchange page, 4 messages", tuple(f"/requests/{number}/" for number in numbers), "floor exchange", 2.0),
    )


def floor_pages(world: World) -> tuple[Page, ...]:
    """The two pages of the floor."""
    numbers, _name = subjects(world)
    return (
        Page("floor list", ("/",), "", 0),
        Page("floor exchange", tuple(f"/exchanges/{number}/" for number in numbers), "", 0),
    )


# --- pages -----------------------------------------------------------------------------------------------------------


def measure_pages(
    places: Mapping[tuple[str, str], Place],
    worlds: Mapping[str, World],
    shown: Shown,
    rounds: int,
    loads: int,
    say: Callable[[str], None],
) -> tuple[Samples, dict[str, float]]:
    """Load every page so many times in each round; what it took, and the memory of the large servers at the end."""
    samples = Samples()
    with ExitStack() as stack:
        servers = {key: stack.enter_context(serving(place)) for key, place in places.items()}
        groups = _groups(servers, worlds, shown)
        for job in chain.from_iterable(groups):  # the first loads fill caches and compile templates
            for path in islice(cycle(job.page.paths), 12):
                _loaded(job.served, path, job.cookie)
        for turn in range(rounds):
            say(f"round {turn + 1} of {rounds}")
            for group in groups if turn % 2 == 0 else reversed(groups):
                _round(samples, group, loads)
        memory = {kind: servers[kind, LARGE].memory() for kind in ("product", "floor")}
        memory |= {f"{kind} files": servers[kind, LARGE].memory("Pss_File") for kind in ("product", "floor")}
    return samples, memory


@dataclass(frozen=True, slots=True)
class Job:
    """A page of one side and one data set, for one signed-in person."""

    key: Key
    page: Page
    served: Served
    cookie: str


def _groups(servers: Mapping[tuple[str, str], Served], worlds: Mapping[str, World], shown: Shown) -> list[list[Job]]:
    """The pages of the product, each with the page of the floor that it is set against, of both data sets."""
    groups = []
    for place, one in enumerate(shown(worlds[LARGE])):
        group = []
        for size in (SMALL, LARGE):
            other = next(page for page in floor_pages(worlds[size]) if page.name == one.floor)
            for kind, page in (("floor", other), ("product", shown(worlds[size])[place])):
                key = (kind, size, one.name)
                group.append(job_of(key, page, servers[kind, size], worlds[size]))
        groups.append(group)
    return groups


def job_of(key: Key, page: Page, served: Served, world: World) -> Job:
    """A page for the person of the world whom it is measured with."""
    first = world.authorities[0] if page.who == COORDINATOR else world.big
    user = first.first_user + (page.who == HANDLER)
    return Job(key, page, served, served.place.order("session", user=user + 1)["cookie"])


def _round(samples: Samples, group: list[Job], loads: int) -> None:
    """Load the pages of a group in turns, one request each, so that a busy moment of the machine meets all alike."""
    walls: dict[Key, list[float]] = {job.key: [] for job in group}
    cpu: dict[Key, float] = dict.fromkeys(walls, 0.0)
    for turn in range(loads):
        for job in group:
            path = job.page.paths[turn % len(job.page.paths)]
            before, began = job.served.cpu(), time.perf_counter()
            samples.size[job.key] = _loaded(job.served, path, job.cookie)
            walls[job.key].append((time.perf_counter() - began) * 1000)
            cpu[job.key] += job.served.cpu() - before
    for key in walls:
        samples.wall[key].append(walls[key])
        samples.cpu[key].append(cpu[key] / loads)


def _loaded(served: Served, path: str, cookie: str) -> int:
    """Fetch a page; its bytes. Raises RuntimeError when it is not the page."""
    status, body = served.get(path, cookie)
    if status != 200:
        raise RuntimeError(f"the {served.place.kind} answers {path} with {status}")
    return len(body)


def page_figures(samples: Samples, shown: tuple[Page, ...]) -> Iterator[Figure]:
    """Pages against the floor, and large against small."""
    for page in shown:
        own, other = ("product", LARGE, page.name), ("floor", LARGE, page.name)
        tails = [p95(list(chain.from_iterable(samples.wall[key]))) for key in (own, other)]
        yield Figure(
            page.name,
            Spread.of(samples.medians(*own)),
            Spread.of(samples.medians(*other)),
            "ms",
            samples.ratio(own, other),
            page.goal,
            samples.cpu_ratio(own, other),
            more={
                "p95": tails,
                "p95_ratio": tails[0] / tails[1],
                "cpu_ms": [median(samples.cpu[key]) for key in (own, other)],
                "bytes": [samples.size[key] for key in (own, other)],
            },
        )
    for page in shown:
        for kind in ("product", "floor"):
            large, small = (kind, LARGE, page.name), (kind, SMALL, page.name)
            yield Figure(
                f"growth, {page.name}" if kind == "product" else f"  of the {page.floor} meanwhile",
                Spread.of(samples.medians(*large)),
                Spread.of(samples.medians(*small)),
                "ms",
                samples.ratio(large, small),
                1.2 if kind == "product" else None,
                samples.cpu_ratio(large, small),
            )


# --- actions, starts, the engine -------------------------------------------------------------------------------------


def measure_actions(product: Place, floor: Place, big: str, rounds: int, count: int) -> Iterator[Figure]:
    """Actions and the floor's command against one durable row."""
    orders = {
        "an action: write a message": (product, {"order": "act", "action": "message", "state": "accepted"}),
        "an action: accept": (product, {"order": "act", "action": "accept", "state": "sent"}),
        "floor command": (floor, {"order": "command"}),
    }
    walls: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    for _turn in range(rounds):
        spent: dict[str, list[float]] = defaultdict(list)
        used: dict[str, list[float]] = defaultdict(list)
        for _part in range(PARTS):
            for name, (place, order) in (*orders.items(), ("raw", (floor, {"order": "raw"}))):
                size: dict[str, object] = {"count": max(1, count // (PARTS * 4 if name.endswith("accept") else PARTS))}
                if order["order"] == "act":
                    size["leave"] = big
                given = place.order(**order, **size)
                if not given["wall"]:
                    raise RuntimeError(f"{name}: the data set holds too few exchanges for so many rounds")
                spent[name] += given["wall"]
                used[name].append(given["cpu"])
        for name in spent:
            walls[name].append(median(spent[name]))
            cpu[name].append(median(used[name]))
    for name in orders:
        ratio = Spread.of([one / raw for one, raw in zip(walls[name], walls["raw"], strict=True)])
        goal = None if name.startswith("floor") else 12.0
        more = {"cpu_ms": [median(cpu[name]), median(cpu["raw"])], "cpu_of_floor_command": median(cpu["floor command"])}
        yield Figure(name, Spread.of(walls[name]), Spread.of(walls["raw"]), "ms", ratio, goal, more=more)


def measure_starts(product: Place, floor: Place, users: Mapping[str, int], times: int) -> Figure:
    """From starting the server to the first page of a signed-in person."""
    taken: dict[str, list[float]] = {"product": [], "floor": []}
    for _turn in range(times):
        for place in (floor, product):
            cookie = place.order("session", user=users[place.kind])["cookie"]
            began = time.perf_counter()
            with serving(place) as served:
                _loaded(served, "/", cookie)
                taken[place.kind].append(time.perf_counter() - began)
    ratio = Spread.of([one / other for one, other in zip(taken["product"], taken["floor"], strict=True)])
    return Figure(
        "cold start to the home page", Spread.of(taken["product"]), Spread.of(taken["floor"]), "s", ratio, 3.0
    )


def measure_engine(rounds: int, seconds: float) -> Figure:
    """Steps of the pure engine in a second of processor time."""
    compiled, facts = engine.start()
    commands = engine.prepared(compiled, facts)
    engine.run(compiled, facts, commands, seconds / 4)
    rates = []
    for _turn in range(rounds):
        steps, spent = engine.run(compiled, facts, commands, seconds)
        rates.append(steps / spent)
    rate = Spread.of(rates)
    return Figure("engine", rate, None, "steps/s", rate, 25_000, least=True)
