"""A process inside one side of the bench: fills its database, gives out sessions, times what has no page.

    python -m bench.inside product|floor

Reads one order a line from standard input, as JSON, and answers each with one line of JSON.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from typing import Any

from bench.data import World, generated

KIND = sys.argv[1] if len(sys.argv) > 1 else ""
SETTINGS = {"product": "imi.site.settings", "floor": "bench.floor.settings"}


def timed(step: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of a step, and what it gave."""
    began = time.perf_counter()
    given = step()
    return (time.perf_counter() - began) * 1000, given


def measured(steps: Iterator[Callable[[], Any]]) -> dict[str, Any]:
    """Milliseconds of each step, and of processor time on the average."""
    cpu = time.process_time()
    walls = [timed(step)[0] for step in steps]
    return {"wall": walls, "cpu": (time.process_time() - cpu) * 1000 / max(1, len(walls))}


class Side:
    """What both sides do."""

    def load(self, scale: float, today: str, directory: float = 0.0, check: bool = True) -> dict[str, Any]:
        """Fill the empty database; seconds, processor seconds and rows of the history, and what does not hold."""
        from django.core.management import call_command

        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
        load = self.prepared(generated(scale, date.fromisoformat(today), directory))
        cpu = time.process_time()
        wall, rows = timed(load)
        used = time.process_time() - cpu
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        return {
            "seconds": wall / 1000,
            "cpu": used,
            "rows": rows,
            "peak": peak,
            "faults": self.faults() if check else [],
        }

    def prepared(self, world: World) -> Callable[[], int]:
        """Fill what comes before the history, and return what loads the history."""
        raise NotImplementedError

    def faults(self) -> list[str]:
        """What does not hold of the data."""
        return []

    def session(self, user: int) -> dict[str, str]:
        """The cookie of a session, as if the user had just signed in."""
        from django.conf import settings
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model

        person = get_user_model().objects.get(pk=user)
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store[SESSION_KEY], store[BACKEND_SESSION_KEY] = str(user), settings.AUTHENTICATION_BACKENDS[0]
        store[HASH_SESSION_KEY] = person.get_session_auth_hash()
        self.begin(store)
        store.create()
        return {"cookie": f"{settings.SESSION_COOKIE_NAME}={store.session_key}"}

    def begin(self, store: Any) -> None:
        """Start what the side keeps in a session."""


class Product(Side):
    """The product's side."""

    def prepared(self, world: World) -> Callable[[], int]:
        from bench import coordination, importing, product
        from bench.histories import histories
        from imi.catalogue.registry import Catalogue

        catalogue = Catalogue()
        product.publish(catalogue)
        product.load_directory(world, [area.area for area in catalogue.areas()])
        coordination.load(world)
        filled = histories(product.procedures(), world.countries)
        return lambda: importing.load_history(world, filled)

    def faults(self) -> list[str]:
        from bench import importing

        return importing.faults()

    def begin(self, store: Any) -> None:
        from imi.accounts import gate, sessions

        sessions.begin(store)
        store[gate.TWO_FACTORS] = True  # as whoever administers has signed in outside of training

    def act(self, action: str, state: str, count: int, leave: str) -> dict[str, Any]:
        """Take an action on so many exchanges that await it, each of an authority other than ``leave``."""
        from django.utils import timezone

        from bench.histories import form
        from imi.accounts.models import User
        from imi.accounts.queries import standing
        from imi.exchanges import actions
        from imi.exchanges.models import Participation

        open_ones = Participation.objects.filter(state=state, party="responding").exclude(authority=leave)
        # What was accepted no longer waits, so the same question gives others each time.
        rows = list(open_ones.order_by("-pk").values_list("number", "authority")[:count])
        orders = []
        for number, authority in rows:
            who = standing(User.objects.select_related("authority").filter(authority=authority).order_by("pk")[0])
            data = form(who, number, action, timezone.now())
            orders.append((who, number, action, data))

        def take(order: tuple[Any, ...]) -> None:
            who, number, action, data = order
            done = actions.act(who, number, action, data, None, f"bench {number} {time.monotonic_ns()}")
            if isinstance(done, actions.Refused):
                raise RuntimeError(f"{action} on {number} was refused: {done.refusal}")

        return measured(lambda order=order: take(order) for order in orders)


class Floor(Side):
    """The floor's side."""

    written = 0

    def prepared(self, world: World) -> Callable[[], int]:
        from bench.floor import load

        load.load_directory(world)
        return lambda: load.load_history(world)

    def command(self, count: int) -> dict[str, Any]:
        """The least that an action does, so many times."""
        from bench.floor.command import write_message
        from bench.floor.models import Exchange, Person

        rows = Exchange.objects.filter(state="accepted").order_by("pk").values_list("number", "answering")[:count]
        users = [(number, Person.objects.filter(authority=own).order_by("pk")[0].pk) for number, own in rows]
        return measured(lambda one=one: write_message(*one, "x" * 90) for one in users)

    def raw(self, count: int) -> dict[str, Any]:
        """One durable row, so many times."""
        from bench.floor.command import insert_raw

        self.written += count
        return measured(lambda n=n: insert_raw(n) for n in range(self.written - count, self.written))


def main() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS[KIND]
    import django

    django.setup()
    side = Product() if KIND == "product" else Floor()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever a library prints must not get among the answers
    for line in sys.stdin:
        order = json.loads(line)
        given = getattr(side, order.pop("order"))(**order)
        answers.write(json.dumps(given) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
