"""Builds the training world: reference data, authorities, people, and a year of exchanges between them.

Everything happens in one transaction, so that there is a whole world or none. The same reference date gives the same
world: the same people, exchanges, states and words. Only what must be unforeseeable differs, such as salts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from imi.accounts.models import User
from imi.core.compiled import Compiled
from imi.database.statistics import count_all
from imi.directory.actions import load_reference_data
from imi.exchanges import definitions
from imi.exchanges.models import EventRecord, Telling
from imi.notify import actions as notify
from imi.notify.models import Notice, OutgoingMail
from imi.training import outreach
from imi.training.cast import Cast
from imi.training.casting import Casting
from imi.training.delegating import delegate
from imi.training.models import Persona, World
from imi.training.people import settle
from imi.training.stage import Stage
from imi.training.threads import live_threads
from imi.training.world_files import WorldFiles, world_files

EXCHANGES = 580
NOTICED = timedelta(days=4)
UNREAD = timedelta(days=1)
YEAR = timedelta(days=365)
Tell = Callable[[str], None]


class NothingPublished(LookupError):
    """No procedure has been published, so nothing can happen in a training world."""


@dataclass(frozen=True, slots=True)
class Built:
    """What was built; ``stopped`` counts the lives that ended early, with the reason."""

    exchanges: int
    people: int
    stopped: Counter[str] = field(default_factory=Counter)


def is_built() -> bool:
    """Whether this installation has its training world."""
    return World.objects.exists()


@transaction.atomic
def build(
    reference: date,
    tell: Tell = lambda _line: None,
    countries: Iterable[str] = (),
    exchanges: int = EXCHANGES,
) -> Built:
    """Build the world as it is at the beginning of a day.

    Args:
        reference: that day; everything happens in the twelve months before.
        tell: is given lines about the progress.
        countries: only these; none for all.
        exchanges: how many there shall be, or 0 for none; every kind of life gets one at least.

    Raises:
        NothingPublished: publish the procedures first.
    """
    procedures = _procedures()
    if not procedures:
        raise NothingPublished
    tell("reference data: countries, professions and activities, public holidays")
    load_reference_data(reference.year)
    world = world_files()
    wanted = set(countries) or set(world.countries)
    tell(f"authorities and people of {len(wanted)} countries")
    chosen = {country: found for country, found in world.countries.items() if country in wanted}
    people = settle(chosen, procedures.keys(), reference.isoformat())
    delegate({country: world.delegations[country] for country in chosen}, procedures.keys(), _begins(reference))
    told = _live(world, procedures, reference, exchanges, tell)
    tell("events, news, plans and materials")
    outreach.enact(world.outreach, reference, _midnight(reference))
    World.objects.create(reference_date=reference, built_at=timezone.now(), exchanges=told.exchanges)
    return Built(told.exchanges, len(people), told.stopped)


def _procedures() -> dict[str, list[Compiled]]:
    """The procedures on offer, by area."""
    found: dict[str, list[Compiled]] = defaultdict(list)
    for stored in definitions.offered():
        found[stored.area_id].append(definitions.compiled(stored.hash))
    return dict(found)


def _live(
    world: WorldFiles, procedures: dict[str, list[Compiled]], reference: date, exchanges: int, tell: Tell
) -> Built:
    ends = _midnight(reference)
    cast = Cast()
    casting = Casting(world, cast, procedures, ends)
    lives = casting.lives(exchanges, _featured()) if exchanges else []
    stage = Stage(world, cast, tell)
    begun = stage.perform(lives)
    count_all()
    tell("questions to the help desks")
    live_threads(world, procedures.keys(), ends, NOTICED)
    tell("notices of the last days")
    settle_tellings(ends)
    _have_been_seen()
    return Built(begun, 0, stage.stopped)


def _have_been_seen() -> None:
    """Everybody who has acted was last here when they did; the others have never signed in."""
    acted = EventRecord.objects.exclude(user="").values_list("user").annotate(last=Max("at"))
    people = User.objects.in_bulk([int(user) for user, _last in acted])
    for user, last in acted:
        people[int(user)].last_seen = last
    User.objects.bulk_update(people.values(), ["last_seen"], batch_size=500)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _begins(reference: date) -> datetime:
    """When the year begins that the world has lived through."""
    return _midnight(reference) - YEAR


def _featured() -> list[str]:
    """The authorities of the people whom the demonstration begins with."""
    personas = Persona.objects.filter(featured=True).order_by("key")
    return list(dict.fromkeys(personas.values_list("user__authority", flat=True)))


def settle_tellings(until: datetime) -> None:
    """Treat what people had to be told as told: notices of the last days are kept, mails of the past are not sent."""
    waiting = Telling.objects.filter(done_at__isnull=True, at__lte=until)
    waiting.filter(at__lt=until - NOTICED).update(done_at=F("at"))
    for telling, at in waiting.order_by("at", "pk").values_list("pk", "at"):
        notify.tell(telling, at)
    OutgoingMail.objects.filter(made_at__lte=until).delete()
    Notice.objects.filter(at__lt=until - UNREAD).update(read_at=F("at") + timedelta(hours=2), digest=False)
