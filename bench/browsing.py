"""What a browser makes of the pages: how heavy they are, and when their largest part stands on the screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from bench.data import World
from bench.figures import Figure, Spread
from bench.rounds import LARGE, Job, floor_pages, job_of, pages
from bench.serving import Place, serving

CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]
THROTTLE = 4
"""By how much the processor of the reader's own machine is slowed down, besides at full speed."""

# Buffered: they tell of what was painted before they began to listen.
WATCH = """async () => {
  const seen = (type) => new Promise((found) => {
    const all = [];
    const watcher = new PerformanceObserver((list) => all.push(...list.getEntries()));
    watcher.observe({type, buffered: true});
    setTimeout(() => { watcher.disconnect(); found(all); }, 120);
  });
  const types = ["largest-contentful-paint", "layout-shift", "longtask"];
  const [painted, shifted, tasks] = await Promise.all(types.map(seen));
  return {
    painted: Math.max(0, ...painted.map((one) => one.startTime)),
    shifted: shifted.reduce((sum, one) => sum + one.value, 0),
    longest: Math.max(0, ...tasks.map((one) => one.duration)),
  };
}"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One page loaded once: milliseconds until its largest part is painted, layout shift, longest task, what came."""

    painted: float
    shifted: float
    longest: float
    requests: int
    html: int
    transferred: int


def measure_browsing(places: Mapping[tuple[str, str], Place], world: World, rounds: int) -> Iterator[Figure]:
    """Load each page with an empty and with a filled cache, at full speed and slowed down, in turns with the floor."""
    with ExitStack() as stack:
        servers = {kind: stack.enter_context(serving(places[kind, LARGE])) for kind in ("product", "floor")}
        browser = stack.enter_context(sync_playwright()).chromium.launch(
            executable_path=next(path for path in CHROMIUM if Path(path).exists()), args=ARGUMENTS
        )
        floor = {page.name: page for page in floor_pages(world)}
        for page in pages(world):
            jobs = {
                "product": job_of(("product", LARGE, page.name), page, servers["product"], world),
                "floor": job_of(("floor", LARGE, page.name), floor[page.floor], servers["floor"], world),
            }
            yield from _figures(page.name, _visits(browser, jobs, rounds))
        browser.close()


Visits = dict[tuple[str, str], list[Visit]]  # side, how


def _visits(browser: Browser, jobs: Mapping[str, Job], rounds: int) -> Visits:
    found: Visits = defaultdict(list)
    for job in jobs.values():  # what the server does at the first load of all is not the browser's
        _visited(browser, job, ("first",))
    for _turn in range(rounds):
        for side, job in jobs.items():
            for how, visit in _visited(browser, job, ("first", "again", "slow")).items():
                found[side, how].append(visit)
    return found


def _visited(browser: Browser, job: Job, ways: tuple[str, ...]) -> dict[str, Visit]:
    """Load a page in a new browser profile, one way after the other."""
    address = f"http://127.0.0.1:{job.served.port}"
    name, _, value = job.cookie.partition("=")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": address}])
    try:
        return {how: _load(context, address + job.page.paths[0], slowed=how == "slow") for how in ways}
    finally:
        context.close()


def _load(context: BrowserContext, address: str, *, slowed: bool) -> Visit:
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if slowed:
        session.send("Emulation.setCPUThrottlingRate", {"rate": THROTTLE})
    came: list[float] = []
    session.on("Network.loadingFinished", lambda event: came.append(event["encodedDataLength"]))
    answer = page.goto(address, wait_until="load")
    if answer is None or answer.status != 200:
        raise RuntimeError(f"{address} is not the page")
    seen: dict[str, Any] = page.evaluate(WATCH)
    html = len(page.content().encode())
    page.close()
    sent = [size for size in came if size]
    return Visit(seen["painted"], seen["shifted"], seen["longest"], len(sent), html, round(sum(sent)))


def _figures(name: str, visits: Visits) -> Iterator[Figure]:
    """The figures of one page against the goals for weight and for painting."""
    first, again, slow = (visits["product", how] for how in ("first", "again", "slow"))
    bare = visits["floor", "again"]
    ratio = Spread.of([mine.painted / its.painted for mine, its in zip(again, bare, strict=True)])
    painted = [Spread.of([one.painted for one in some]) for some in (again, bare, slow)]
    yield Figure(f"{name}: painted", painted[0], painted[1], "ms", ratio, 2.5)
    yield _alone(f"{name}: painted, {THROTTLE} times slower", [one.painted for one in slow], "ms", 1000)
    yield _alone(
        f"{name}: longest task", [max(a.longest, b.longest) for a, b in zip(first, again, strict=True)], "ms", 100
    )
    yield _alone(
        f"{name}: layout shift", [max(a.shifted, b.shifted) for a, b in zip(first, again, strict=True)], "", 0.02
    )
    yield _alone(f"{name}: markup", [one.html / 1000 for one in first], "kB", 60)
    yield _alone(f"{name}: first visit", [one.transferred / 1000 for one in first], "kB", 350)
    yield _alone(f"{name}: requests of it", [one.requests for one in first], "", 12)
    yield _alone(f"{name}: next visit", [one.transferred / 1000 for one in again], "kB", 30)


def _alone(name: str, values: list[float] | list[int], unit: str, goal: float) -> Figure:
    spread = Spread.of(values)
    return Figure(name, spread, None, unit, spread, goal)
