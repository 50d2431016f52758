"""Lives the lives that were drawn: every step goes through the real engine, at its moment in the past."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from imi.accounts.models import User
from imi.core.exchange import Exchange as State
from imi.exchanges import actions
from imi.exchanges.actions import Done, DraftSaved
from imi.exchanges.models import Exchange, Timer
from imi.training.case import main_parties
from imi.training.cast import Cast
from imi.training.lives import Life
from imi.training.world_files import Step, WorldFiles
from imi.training.writing import Writer

_MOST_DETOURS = 3
Tell = Callable[[str], None]


@dataclass
class Stage:
    """Performs lives side by side, in the order in which things happen in the world."""

    world: WorldFiles
    cast: Cast
    tell: Tell
    done: int = 0
    stopped: Counter[str] = field(default_factory=Counter)

    def perform(self, lives: Iterable[Life]) -> int:
        """Live all lives.

        Returns:
            How many exchanges were begun. A step that the engine refuses ends the life; :attr:`stopped` counts them.
        """
        begun = [_Performance(self, number, life) for number, life in enumerate(lives)]
        queue = [(one.next_at, one.number, one) for one in begun]
        heapq.heapify(queue)
        while queue:
            _, _, one = heapq.heappop(queue)
            following = one.step()
            if following is not None:
                heapq.heappush(queue, (following, one.number, one))
            else:
                self._ended(len(begun))
        return len(begun)

    def _ended(self, total: int) -> None:
        self.done += 1
        if self.done % 100 == 0:
            self.tell(f"{self.done} of {total} exchanges")


class _Performance:
    """One life while it is lived."""

    def __init__(self, stage: Stage, number: int, life: Life) -> None:
        self.stage = stage
        self.number = number
        self.life = life
        self.left = list(reversed(life.steps))
        self.exchanges: list[str] = []
        self.last = self.next_at

    @property
    def next_at(self) -> datetime:
        """When something happens next."""
        return self.left[-1][0]

    def step(self) -> datetime | None:
        """Take the next step; when the one after it comes, None at the end of the life."""
        at, step = self.left.pop()
        went_well = self._take(at, step)
        self.last = at
        if went_well and self.left:
            return self.next_at
        for number in self.exchanges:
            self._fire(number, self.life.ends)
        return None

    def _take(self, at: datetime, step: Step) -> bool:
        compiled = self.life.compiled
        action = compiled.actions.get(step.action)
        if action is None:
            return self._stop(step, "unknown")
        if "new" in action.sources:
            return self._open(at, step)
        number = self._where(step)
        if number is None:
            return self._stop(step, "no part")
        row, state = self._look(number)
        for _ in range(_MOST_DETOURS):
            detour = self._detour(state, step)
            if detour is None:
                break
            # Halfway between what came before and what is to come.
            if not self._now(row, state, detour, self.last + (at - self.last) / 2):
                return False
            row, state = self._look(number)
        return self._now(row, state, step, at)

    def _detour(self, state: State, step: Step) -> Step | None:
        """What must be done before a step, where the state is in its way and the plans know what helps."""
        in_the_way = state.state not in self.life.compiled.action_states[step.action]
        plans = self.stage.world.plans(self.life.compiled.lifecycle.lifecycle)
        return plans.detours.get(state.state) if in_the_way else None

    def _now(self, row: Exchange, state: State, step: Step, at: datetime) -> bool:
        """Let time pass until a moment, with the reminders that fall due, and take the step."""
        fired = sum(self._fire(number, at) for number in self.exchanges)
        if fired:
            row, state = self._look(row.number)
        done = self._act(row, state, step, at)
        self.last = at
        if self.life.compiled.actions[step.action].effects.split is not None:
            self.exchanges = [row.number, *self._look(row.number)[1].parts]
        return done

    def _where(self, step: Step) -> str | None:
        """The exchange that a step is taken on; None if it is for a part and nothing was split off."""
        return (self.exchanges[-1] if len(self.exchanges) > 1 else None) if step.part else self.exchanges[0]

    def _look(self, number: str) -> tuple[Exchange, State]:
        row = Exchange.objects.get(number=number)
        return row, actions.state_of(row)

    def _open(self, at: datetime, step: Step) -> bool:
        user = self._actor(step, None)
        if user is None:
            return self._stop(step, "nobody")
        who = self.stage.cast.standing(user)
        result = actions.open_exchange(who, self.life.compiled.definition.id, f"world-{self.number}", now=at)
        if not isinstance(result, Done):
            return self._stop(step, result.refusal.code)
        self.exchanges.append(result.number)
        return True

    def _actor(self, step: Step, state: State | None) -> User | None:
        compiled = self.life.compiled
        if state is not None:
            holders: tuple[str, ...] = state.parties.get(step.party, ())
        else:
            holders = (self.life.sender.id,)
        return self.stage.cast.actor(
            compiled, compiled.actions[step.action], step.party, holders, state, self.life.case.dice
        )

    def _act(self, row: Exchange, state: State, step: Step, at: datetime) -> bool:
        compiled = self.life.compiled
        action = compiled.actions[step.action]
        user = self._actor(step, state)
        if user is None:
            return self._stop(step, "nobody")
        opener, other = main_parties(compiled)
        chosen = {
            name: self.life.recipient.id
            for party, name in action.effects.set_party.items()
            if party == other and step.party == opener
        }
        writer = Writer(
            self.stage.world, self.stage.cast, compiled, action, step.party, user, state, self.life.case, at, chosen
        )
        data = writer.form(unfinished=step.draft)
        who = self.stage.cast.standing(user)
        if step.draft:
            saved = actions.save_draft(who, row.number, action.id, data, now=at)
            return isinstance(saved, DraftSaved) or self._stop(step, "draft")
        try:
            result = actions.act(who, row.number, action.id, data, row.seq, f"{row.number}-{row.seq}", now=at)
        except actions.NoSuchExchange:
            return self._stop(step, f"unseen by {step.party} in {state.state}")
        if not isinstance(result, Done):
            faults = "; ".join(f"{fault.path} {fault.code}" for fault in result.refusal.errors)
            return self._stop(step, f"{result.refusal.code} {result.refusal.guard or ''} {faults}".strip())
        return True

    def _stop(self, step: Step, reason: str) -> bool:
        self.stage.stopped[f"{self.life.compiled.definition.id} {self.life.plan.id} {step.action}: {reason}"] += 1
        return False

    def _fire(self, number: str, until: datetime) -> int:
        """Send the reminders that have fallen due, each at its own moment and after what had happened by then.

        Returns:
            How many fell due.
        """
        fired = 0
        while timer := Timer.objects.filter(exchange__number=number, at__lte=until).order_by("at", "pk").first():
            actions.fire(timer.pk, max(timer.at, self.last + timedelta(minutes=1)))
            fired += 1
        return fired
