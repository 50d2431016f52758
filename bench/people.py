"""``./imi bench --people``: the pages about people and authorities in a directory of full size.

12,600 authorities and 44,000 users, whatever the share of the exchanges; and how long a search among the authorities
takes while others use the site.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle, islice
from random import Random
from urllib.parse import quote

from bench.data import SEED, World
from bench.figures import Figure, Spread, p95
from bench.rounds import ADMINISTRATOR, COORDINATOR, HANDLER, Page, job_of
from bench.serving import Place, Served, serving
from imi.directory import reference

PAGES_A_SECOND = 20
"""How much the site is used meanwhile: 35,000 people who each look at a page every half hour."""
SEARCHES = 200
SEARCH_WITHIN_MS = 50.0
NAMED = 20
"""One search of so many is for a word that every authority's name contains, and a number."""


NARROWED = (
    "/directory/?country=ES&role=coordinator",
    "/directory/?area=services&language=de",
    "/directory/?profession=2221",
    "/directory/?text=architects+engineers+building+permits&country=DE",
    f"/directory/?text={quote('ápolónő')}&area=professional-qualifications&role=authority&country=PT",
)
"""Searches by facets, without words and with them."""


def words() -> list[str]:
    """What is searched for, each once: professions and activities in all languages, and some authorities by name."""
    labels = sorted({entry.pref for entry in reference.concepts()})
    drawn = Random(SEED).sample(labels, 2 * SEARCHES)
    return [f"Office {number}" if number % NAMED == 0 else word for number, word in enumerate(drawn, 1)]


def pages(world: World) -> tuple[Page, ...]:
    """The pages about people and authorities; the list of the floor is the floor of all."""
    user, some = world.big.first_user + 2, f"/administration/authorities/{world.big.id}"
    shown = {
        "help": ("/help/", HANDLER),
        "help desks": ("/help/desks/", HANDLER),
        "first steps": ("/help/first-steps/", HANDLER),
        "own settings": ("/account/", HANDLER),
        "own security": ("/account/security/", HANDLER),
        "questions to the help desk": ("/helpdesk/", HANDLER),
        "news and events": ("/outreach/", HANDLER),
        "events": ("/events/", HANDLER),
        "directory": ("/directory/", HANDLER),
        "authority search": (f"/directory/?text={quote('idegenvezető')}", HANDLER),
        "authority card": (f"/directory/{world.big.id}/", HANDLER),
        "administration": ("/administration/", ADMINISTRATOR),
        "users": ("/administration/users/", ADMINISTRATOR),
        "one user": (f"/administration/users/{user}/", ADMINISTRATOR),
        "roles of a user": (f"/administration/users/{user}/roles", ADMINISTRATOR),
        "changes": ("/administration/changes/", ADMINISTRATOR),
        "own authority": ("/administration/authority/", ADMINISTRATOR),
        "own settings of the authority": ("/administration/authority/settings/", ADMINISTRATOR),
        "coordinated authorities": ("/administration/authorities/", COORDINATOR),
        "one coordinated authority": (f"{some}/", COORDINATOR),
        "register an authority": ("/administration/authorities/register/", COORDINATOR),
        "registrations": ("/administration/registrations/", COORDINATOR),
        "delegations": ("/administration/delegations/", COORDINATOR),
        "how a country is organised": (f"/directory/countries/{world.big.country}/", HANDLER),
        "coordinators' desk": ("/desk/", COORDINATOR),
        "how deadlines are kept": ("/desk/deadlines/", COORDINATOR),
        "authorities that need help": ("/desk/authorities/", COORDINATOR),
        "approvals and referrals": ("/desk/decisions/", COORDINATOR),
    }
    one_path = [Page(name, (path,), "floor list", 1.5, who) for name, (path, who) in shown.items()]
    return (*one_path, Page("narrowed search", NARROWED, "floor list", 1.5))


# --- searching while the site is in use ------------------------------------------------------------------------------


@dataclass
class Traffic:
    """People who look at pages at a steady rate, whatever the answers take; ``done`` counts what was answered."""

    served: Served
    cookie: str
    paths: tuple[str, ...]
    over: threading.Event = field(default_factory=threading.Event)
    done: int = 0

    def run(self, share: int, of: int) -> None:
        """Load every ``of``-th page of the rate, beginning with ``share``."""
        with closing(self.served.another()) as connection:
            began = time.perf_counter()
            for turn, path in enumerate(islice(cycle(self.paths), share, None, of)):
                due = began + (turn * of + share) / PAGES_A_SECOND
                if self.over.wait(max(0.0, due - time.perf_counter())):
                    return
                self.served.get(path, self.cookie, connection)
                self.done += 1


def measure_search(place: Place, world: World) -> Iterator[Figure]:
    """Search for authorities with one word after the other, alone and while others use the site."""
    with serving(place, workers=2) as served:
        job = job_of(("product", "", "search"), pages(world)[0], served, world)
        found = words()
        _searches(served, job.cookie, found[:NAMED])  # the first ones load what later ones use
        alone = _searches(served, job.cookie, found[:SEARCHES])
        traffic = Traffic(served, job.cookie, ("/", "/exchanges/", "/tasks/", f"/directory/{world.big.id}/"))
        threads = [threading.Thread(target=traffic.run, args=(share, 4)) for share in range(4)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        try:
            busy = _searches(served, job.cookie, found[SEARCHES:])
        finally:
            traffic.over.set()
            for thread in threads:
                thread.join()
        rate = traffic.done / (time.perf_counter() - began)
    for name, walls in (("alone", alone), ("in use", busy)):
        tail = p95(walls)
        spread = Spread(tail, min(walls), max(walls))
        more = {"pages_a_second_meanwhile": rate if name == "in use" else 0.0, "searches": len(walls)}
        yield Figure(f"authority search, {name}: p95", spread, None, "ms", spread, SEARCH_WITHIN_MS, more=more)


def _searches(served: Served, cookie: str, found: Iterable[str]) -> list[float]:
    walls = []
    for word in found:
        began = time.perf_counter()
        status, _body = served.get(f"/directory/?text={quote(word)}", cookie)
        walls.append((time.perf_counter() - began) * 1000)
        if status != 200:
            raise RuntimeError(f"a search for {word} is answered with {status}")
    return walls
