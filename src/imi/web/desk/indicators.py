"""Traffic lights: what is measured, and which figure is green, yellow or red (Single Market Scoreboard)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

FILE = Path(__file__).parent / "indicators.yaml"
TITLES: Mapping[str, str | Promise] = {
    "accepted": gettext_lazy("accepted in time"),
    "days": gettext_lazy("mean days to answer"),
    "answered": gettext_lazy("answered by the agreed date"),
    "timeliness": gettext_lazy("rated as late"),
    "effort": gettext_lazy("rated as little effort"),
}
POINTS = {"success": 1, "warning": 0, "danger": -1}
GOOD, POOR = 2, -2


@dataclass(frozen=True, slots=True)
class Rating:
    """A question by which one side rates the other: where it is asked, and which answers are negative."""

    action: str
    field: str
    negative: frozenset[str]
    of: str

    @property
    def measure(self) -> str:
        """The name of its figures."""
        return f"{self.action}.{self.field}"


@dataclass(frozen=True, slots=True)
class Indicator:
    """One traffic light; see ``indicators.yaml``."""

    id: str
    deadlines: tuple[str, ...]
    rating: Rating | None
    shows: str
    green: int
    yellow: int

    @property
    def measures(self) -> tuple[str, ...]:
        """The figures that it sums up."""
        return (self.rating.measure,) if self.rating else self.deadlines


@dataclass(frozen=True, slots=True)
class Sums:
    """Figures added up."""

    total: int = 0
    good: int = 0
    days: int = 0

    def __add__(self, other: Sums) -> Sums:
        """Both together."""
        return Sums(self.total + other.total, self.good + other.good, self.days + other.days)


@dataclass(frozen=True, slots=True)
class Light:
    """One indicator of one authority as it is shown; ``tone`` is empty where nothing was measured."""

    text: str
    tone: str
    word: str
    total: int


@dataclass(frozen=True, slots=True)
class Marks:
    """All lights of one authority, and the mark they add up to: good, medium or poor."""

    lights: tuple[Light, ...]
    tone: str
    word: str


@cache
def indicators() -> tuple[Indicator, ...]:
    """The indicators in the order in which they are shown."""
    return tuple(
        Indicator(
            id=raw["id"],
            deadlines=tuple(raw.get("deadlines", ())),
            rating=_rating(raw["rating"]) if "rating" in raw else None,
            shows=raw["shows"],
            green=raw["green"],
            yellow=raw["yellow"],
        )
        for raw in yaml.safe_load(FILE.read_text(encoding="utf-8"))
    )


def _rating(raw: Mapping[str, str]) -> Rating:
    return Rating(raw["action"], raw["field"], frozenset(raw["negative"]), raw["of"])


def marks(sums: Mapping[str, Sums]) -> Marks:
    """The lights of one authority; with nothing measured there is no mark.

    Green counts 1, red -1; from 2 up the authority does well, from -2 down poorly.

    Args:
        sums: by measure.
    """
    lights = tuple(_light(one, _added(sums, one.measures)) for one in indicators())
    points = [POINTS[one.tone] for one in lights if one.tone]
    if not points:
        return Marks(lights, "", "")
    if sum(points) >= GOOD:
        return Marks(lights, "success", _("good"))
    return Marks(lights, "danger", _("poor")) if sum(points) <= POOR else Marks(lights, "warning", _("medium"))


def _added(sums: Mapping[str, Sums], measures: Iterable[str]) -> Sums:
    return sum((sums.get(one, Sums()) for one in measures), Sums())


def _light(indicator: Indicator, sums: Sums) -> Light:
    if not sums.total:
        return Light("–", "", "", 0)
    if indicator.shows == "days":
        value = sums.days / sums.total
        tone = _tone(value < indicator.green, value <= indicator.yellow)
        text = ngettext("%(days)s day", "%(days)s days", round(value)) % {"days": round(value)}
    elif indicator.shows == "negative":
        value = 100 * (sums.total - sums.good) / sums.total
        tone = _tone(value < indicator.green, value < indicator.yellow)
        text = _("%(share)s %%") % {"share": round(value)}
    else:
        value = 100 * sums.good / sums.total
        tone = _tone(value >= indicator.green, value >= indicator.yellow)
        text = _("%(share)s %%") % {"share": round(value)}
    words = {"success": _("green"), "warning": _("yellow"), "danger": _("red")}
    return Light(text, tone, words[tone], sums.total)


def _tone(green: bool, yellow: bool) -> str:
    if green:
        return "success"
    return "warning" if yellow else "danger"
