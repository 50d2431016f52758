"""Decides which exchanges there are: which plan is lived between which authorities, and about what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from imi.core.compiled import Compiled
from imi.training.case import main_parties, new_case
from imi.training.cast import Cast, Member
from imi.training.chance import dice
from imi.training.lives import Life, timetable
from imi.training.world_files import Plan, Step, Story, WorldFiles, stories_of

_TRIES = 30


@dataclass
class Casting:
    """Draws lives; whoever has had fewest exchanges comes first, so that every country asks and is asked."""

    world: WorldFiles
    cast: Cast
    procedures: dict[str, list[Compiled]]
    ends: datetime
    asked: Counter[str] = field(default_factory=Counter)
    answering: Counter[str] = field(default_factory=Counter)
    drawn: int = 0

    def lives(self, number: int, featured: list[str]) -> list[Life]:
        """As many lives as wanted, at least; first those that the demonstration's authorities must have."""
        told = [*self._shown(featured)]
        plans = [
            (compiled, plan)
            for area in sorted(self.procedures)
            for compiled in self.procedures[area]
            for plan in self.world.plans(compiled.lifecycle.lifecycle).plans
        ]
        total = sum(plan.share for _, plan in plans)
        # Each plan has its share for certain; only who lives it, and about what, is left to chance.
        for compiled, plan in plans:
            for _ in range(max(1, round(plan.share * number / total))):
                told += self._life(compiled, plan)
        return told

    def _shown(self, featured: list[str]) -> Iterator[Life]:
        """For each authority of the demonstration a life of each plan that is marked so, as either side."""
        for member in map(self.cast.members.__getitem__, featured):
            offered = [one for area in sorted(member.settings) for one in self.procedures.get(area, ())]
            for compiled in offered[:1]:
                for plan in self.world.plans(compiled.lifecycle.lifecycle).plans:
                    if plan.shown:
                        yield from self._life(compiled, plan, sender=member)
                        yield from self._life(compiled, plan, recipient=member)

    def _life(
        self, compiled: Compiled, plan: Plan, sender: Member | None = None, recipient: Member | None = None
    ) -> Iterator[Life]:
        """One life, or none if nobody can live it: no two authorities with what the plan needs."""
        self.drawn += 1
        chance = dice("life", self.ends.date(), self.drawn)
        told = stories_of(self.world.stories, compiled.definition.area.area)
        for _ in range(_TRIES if told else 0):
            story = chance.choice(told)
            pair = self._pair(compiled, plan, story, chance.random, sender, recipient)
            if pair is None:
                continue
            asking, asked = pair
            self.asked[asking.country] += 1
            self.answering[asked.country] += 1
            steps = timetable(plan, self.ends, chance)
            case = new_case(self.world, story, asked.country, asking.country, steps[0][0].date(), chance)
            yield Life(compiled, plan, case, asking, asked, steps, self.ends)
            return

    def _pair(
        self,
        compiled: Compiled,
        plan: Plan,
        story: Story,
        draw: Callable[[], float],
        sender: Member | None,
        recipient: Member | None,
    ) -> tuple[Member, Member] | None:
        opener, other = main_parties(compiled)
        area = compiled.definition.area.area
        able = self.cast.competent(area, story.concept)
        handed_on = any(_hands_on(compiled, step) for step in plan.steps if step.party == other)
        senders = [one for one in able if self._fits(compiled, plan, opener, one) and sender in (None, one)]
        senders.sort(key=lambda one: (self.asked[one.country], draw()))
        for asking in senders:
            abroad = [
                one
                for one in able
                if one.country != asking.country
                and recipient in (None, one)
                and self._fits(compiled, plan, other, one)
                and (not handed_on or self.cast.neighbours(one.id, area, story.concept))
            ]
            if abroad:
                return asking, min(abroad, key=lambda one: (self.answering[one.country], draw()))
        return None

    def _fits(self, compiled: Compiled, plan: Plan, party: str, member: Member) -> bool:
        """Whether an authority and its coordinators have switched on and off what the plan needs."""
        area = compiled.definition.area.area
        return all(
            any(self.cast.setting(compiled, area, holder, name) for holder in holders) is wanted
            for needed, switches in plan.needs.items()
            if needed == party or compiled.coordinated.get(needed) == party
            for holders in [(member.id,) if needed == party else member.coordinators[area]]
            for name, wanted in switches.items()
        )


def _hands_on(compiled: Compiled, step: Step) -> bool:
    """Whether by a step another authority of the country takes over, wholly or in part; a central desk has none."""
    action = compiled.actions.get(step.action)
    return action is not None and step.party in {*action.effects.set_party, *action.effects.hand_over}
