"""The generated world that both sides of the bench hold: authorities, users and the histories of exchanges.

One seed gives the same world every time, whatever reads it; cases stream, so memory does not grow with the scale.
Scale 1 is the size that the system has to bear: 12,600 authorities, 44,000 users and 600,000 exchanges.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, count
from random import Random
from typing import NamedTuple

AUTHORITIES, USERS, EXCHANGES = 12_600, 44_000, 600_000
SEED = 20261123
WEEKS_OF_HISTORY = 260
LONGEST_OPEN_WEEKS = 8
# The authority whose pages are measured receives this share of all exchanges, and enough to fill its lists.
BIG_SHARE, BIG_LEAST = 0.03, 400
DRAWN_AT_ONCE = 2000

_SYLLABLES = (
    "ka", "lo", "mi", "ner", "pos", "ta", "ri", "vel", "dor", "sen", "ba", "chi", "fa", "gol", "hu", "jan", "kov",
    "lar", "mol", "zu",
)  # fmt: skip
_GIVEN = ("Ana", "Bela", "Carl", "Dora", "Emil", "Fanni", "Gita", "Hugo", "Ines", "Jonas", "Katri", "Lucia", "Marek")
SENTENCES = (
    "The copy of the diploma is hard to read. Could you ask the holder for a better one?",
    "We have asked the chamber and expect its answer within a week.",
    "The name in our register differs in one letter; we take it to be the same person.",
    "Thank you. This is all that we need for now.",
    "The office that kept the files has moved, so the search takes a little longer than usual.",
)


class Step(NamedTuple):
    """An action of a history: who takes it, and how many hours after the one before."""

    asking: bool
    action: str
    hours: int


class Shape(NamedTuple):
    """A course that exchanges take; ``state`` is where it ends and ``share`` how many of a thousand take it."""

    name: str
    share: int
    state: str
    open: bool
    steps: tuple[Step, ...]

    @property
    def weeks(self) -> int:
        """How many weeks ago it must have begun at the latest to be over by now."""
        return sum(step.hours for step in self.steps) // 168 + 2


def _steps(text: str) -> tuple[Step, ...]:
    """Read ``>send+24 <accept+48``: the side (``>`` asks), the action, the hours."""
    found = []
    for word in text.split():
        action, _, hours = word[1:].partition("+")
        found.append(Step(word[0] == ">", action, int(hours or 0)))
    return tuple(found)


_SENT = ">create >send+1 "
_TAKEN = _SENT + "<accept+48 "
_TALK = ">message+24 <message+24 >message+24 <message+1 "
SHAPES = (
    Shape("closed", 420, "closed", False, _steps(_TAKEN + "<message+24 <reply+120 >close+72")),
    Shape("talked", 380, "closed", False, _steps(_TAKEN + _TALK + "<reply+72 >close+48")),
    Shape(
        "clarified", 80, "closed", False,
        _steps(_TAKEN + "<reply+96 >request_clarification+24 <answer_clarification+72 >message+24 >close+24"),
    ),
    Shape("withdrawn", 40, "withdrawn", False, _steps(_SENT + ">message+24 >withdraw+24")),
    Shape("drafted", 8, "draft", True, _steps(">create")),
    Shape("waiting", 16, "sent", True, _steps(_SENT)),
    Shape("working", 18, "accepted", True, _steps(_TAKEN + "<message+24")),
    Shape("talking", 18, "accepted", True, _steps(_TAKEN + _TALK)),
    Shape("answered", 14, "information_provided", True, _steps(_TAKEN + "<reply+72 >message+24")),
    Shape("doubted", 6, "clarification_requested", True, _steps(_TAKEN + "<reply+72 >request_clarification+24")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Authority:
    """An authority; ``coordinator`` is the index of the one that stands behind it, its own for a coordinator."""

    index: int
    country: str
    coordinator: int
    first_user: int
    users: int

    @property
    def id(self) -> str:
        """Its id on both sides."""
        return f"office-{self.index:06d}"

    @property
    def coordinates(self) -> bool:
        """Whether it is a coordinator."""
        return self.coordinator == self.index


class Case(NamedTuple):
    """One exchange: who with whom, which course, when, and the words that tell it from others.

    ``procedure`` counts the procedures of the catalogue, ``begun`` is a Monday, ``seconds`` move the hour of day.
    """

    index: int
    number: str
    shape: Shape
    procedure: int
    asking: Authority
    answering: Authority
    asker: int
    answerer: int
    begun: date
    seconds: int
    given: str
    family: str
    reference: str
    sentence: int


class World:
    """Everything that one scale holds.

    Args:
        scale: share of the full size.
        today: when the histories end.
        countries: the codes of the countries, the one with most authorities first.
        procedures: how many procedures there are.
        directory: the share of the authorities and their users, where it is another than that of the exchanges.
    """

    def __init__(
        self, scale: float, today: date, countries: tuple[str, ...], procedures: int, directory: float = 0.0
    ) -> None:
        self.scale, self.today, self.procedures = scale, today, procedures
        self.exchanges = round(EXCHANGES * scale)
        self.countries = countries
        self.authorities = self._authorities(max(2 * len(countries) + 2, round(AUTHORITIES * (directory or scale))))

    @property
    def users(self) -> int:
        """How many users there are."""
        last = self.authorities[-1]
        return last.first_user + last.users

    @property
    def big(self) -> Authority:
        """The authority whose pages are measured, in the country with most authorities."""
        return self.authorities[len(self.countries)]

    def _authorities(self, total: int) -> tuple[Authority, ...]:
        """First a coordinator for each country, then the others; users by the average, many in the big one."""
        rng, first, found = Random(SEED), 0, []
        weights = list(accumulate(1 / (rank + 3) for rank in range(len(self.countries))))
        places = range(len(self.countries))
        for index in range(total):
            own = index < len(places)
            coordinator = index if own else 0 if index == len(places) else rng.choices(places, cum_weights=weights)[0]
            users = 20 if index == len(places) else rng.choice((2, 3, 3, 4, 4, 5))
            found.append(Authority(index, self.countries[coordinator], coordinator, first, users))
            first += users
        return tuple(found)

    def cases(self) -> Iterator[Case]:
        """Every exchange, in no order of time."""
        rng = Random(SEED + 1)
        others = self.authorities[len(self.countries) :]
        # A few authorities do much, most do little.
        weights = list(accumulate(1 / (rank + 20) ** 0.8 for rank in range(len(others))))
        shares = list(accumulate(shape.share for shape in SHAPES))
        big_share = max(BIG_SHARE, BIG_LEAST / self.exchanges)
        numbers = {year: count(1) for year in range(self.today.year - 6, self.today.year + 1)}
        monday = self.today - timedelta(days=self.today.weekday())
        for start in range(0, self.exchanges, DRAWN_AT_ONCE):
            size = min(DRAWN_AT_ONCE, self.exchanges - start)
            drawn = zip(
                rng.choices(SHAPES, cum_weights=shares, k=size),
                rng.choices(others, cum_weights=weights, k=size),
                rng.choices(others, cum_weights=weights, k=size),
                strict=True,
            )
            for index, (shape, asking, answering) in enumerate(drawn, start):
                one, other = asking, self.big if rng.random() < big_share else answering
                while one.country == other.country:
                    one = rng.choice(others)
                latest = LONGEST_OPEN_WEEKS if shape.open else WEEKS_OF_HISTORY
                begun = monday - timedelta(weeks=rng.randint(shape.weeks, latest))
                yield self._case(rng, index, shape, one, other, begun, numbers)

    def _case(
        self, rng: Random, index: int, shape: Shape, one: Authority, other: Authority, begun: date,
        numbers: dict[int, count[int]],
    ) -> Case:  # fmt: skip
        return Case(
            index=index,
            number=f"{begun.year}-{next(numbers[begun.year]):06d}",
            shape=shape,
            procedure=rng.randrange(self.procedures),
            asking=one,
            answering=other,
            asker=one.first_user + rng.randrange(one.users),
            answerer=other.first_user + rng.randrange(other.users),
            begun=begun,
            seconds=rng.randrange(6 * 3600),
            given=rng.choice(_GIVEN),
            family="".join(rng.choices(_SYLLABLES, k=3)).title(),
            reference=f"F{index:07d}",
            sentence=rng.randrange(len(SENTENCES)),
        )


def generated(scale: float, today: date, directory: float = 0.0) -> World:
    """The world for the countries and the procedures of this repository."""
    from imi.catalogue.registry import Catalogue
    from imi.directory import reference

    return World(scale, today, tuple(sorted(reference.countries())), len(list(Catalogue().procedures())), directory)
