"""The first steps of a new user, which tick themselves from the data.

Source: the leaflets for newcomers ("New to IMI?"), Hungarian and Bulgarian. Their texts are entries of the help; here
stands what shows that a step was taken. Where nothing shows it, opening the step's page through the list does, or the
person's own word.
"""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from imi.accounts.queries import Standing
from imi.web.help import content, practice, queries
from imi.web.help.content import Entry
from imi.web.help.queries import CARD, Situation

TRAINING = "training"
"""The step that is taken in a training world, which another installation cannot look into."""

DEPUTIES = 2
"""Users that an authority needs, so that one can stand in for another."""

EVIDENCE: dict[str, Callable[[Situation], bool]] = {
    "registered": lambda now: now.people > 0,
    "deputy": lambda now: now.people >= DEPUTIES,
    "leavers": lambda now: now.absent == 0,
    "exchange": lambda now: now.exchanges,
    "data": lambda now: now.confirmed,
    "registers": lambda now: now.registers > 0 and now.outdated_registers == 0,
}
"""What the data says of a step; a step that is not here is taken by opening it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One first step: what to do, where, and whether it was done.

    ``by_hand``: no data shows it. ``ask_url``: where one asks for what the step needs.
    """

    entry: Entry
    done: bool
    url: str
    by_hand: bool
    ask_url: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """All first steps of a person."""

    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many were taken."""
        return sum(step.done for step in self.steps)

    @property
    def next(self) -> Step | None:
        """The first that was not taken."""
        return next((step for step in self.steps if not step.done), None)


def progress(who: Standing, now: datetime, taken: Set[str] | None = None) -> Progress:
    """How far a person has come with the first steps; a fixed number of queries.

    Args:
        taken: what :func:`imi.web.help.queries.taken` says, where it was asked for already.
    """
    known = queries.taken(who) if taken is None else taken
    found = queries.situation(who, now)
    practised = practice.anything_done(who)
    return Progress(
        tuple(_step(who, one, found, known, practised) for one in content.entries(content.STEPS, who.language))
    )


def _step(who: Standing, entry: Entry, found: Situation, taken: Set[str], practised: bool) -> Step:
    if entry.id == TRAINING:
        return _training_step(who, entry, taken, practised)
    evidence = EVIDENCE.get(entry.id)
    by_hand = evidence is None or (entry.id == "registers" and found.registers == 0)
    url = page_url(who, entry.page) if who.administrator or not entry.administrators else ""
    return Step(entry, bool(evidence and evidence(found)) or (by_hand and entry.id in taken), url, by_hand)


def _training_step(who: Standing, entry: Entry, taken: Set[str], practised: bool) -> Step:
    """Practice shows itself in a training world; elsewhere that access was asked for or given, or the person's word."""
    asked = queries.ASKED in taken
    if settings.IMI_TRAINING:
        return Step(entry, practised or asked, page_url(who, entry.page), by_hand=False)
    ask_url = reverse("outreach:training_access")
    return Step(entry, asked or entry.id in taken, "", by_hand=not asked, ask_url=ask_url)


def page_url(who: Standing, view: str) -> str:
    """The address of a step's page; of a page about an authority that of the person's own. Empty without a page."""
    if not view:
        return ""
    try:
        return reverse(view)
    except NoReverseMatch:
        return reverse(view, args=[who.authority_id])


def card(who: Standing, now: datetime) -> Progress | None:
    """The first steps for the first page, unless they are all taken or the person has put the card away."""
    taken = queries.taken(who)
    if CARD in taken:
        return None
    found = progress(who, now, taken)
    return found if found.next else None
