"""Rules about deadlines: each begins, ends, and matters to somebody when it is missed."""

from __future__ import annotations

from collections.abc import Iterator

from imi.core.definition import Definition
from imi.core.lint_rules.finding import Finding, Rule, Step


def deadline_never_runs(definition: Definition) -> Iterator[Finding]:
    """``deadline-never-runs``: no action starts a deadline, or none can stop it."""
    lifecycle = definition.lifecycle
    started: set[str] = set()
    stopped: set[str] = set()
    for action in lifecycle.actions:
        started.update(action.effects.start, *(branch.start for branch in action.to))
        stopped.update(action.effects.stop, *(branch.stop for branch in action.to))
    for index, deadline in enumerate(lifecycle.deadlines):
        path = ("lifecycle", "deadlines", index)
        if deadline.id not in started:
            message = f"No action starts the deadline {deadline.id!r}."
            yield Finding("deadline-never-runs", path, message, "Name it under 'effects: start' of an action.")
        elif deadline.id not in stopped:
            message = f"No action stops the deadline {deadline.id!r}, so it could only be missed."
            yield Finding("deadline-never-runs", path, message, "Name it under 'effects: stop' of an action.")


def deadline_without_outcome(definition: Definition) -> Iterator[Finding]:
    """``deadline-without-outcome``: nothing happens when a deadline passes."""
    for index, deadline in enumerate(definition.lifecycle.deadlines):
        if not any(reminder.days >= 0 and reminder.tells for reminder in deadline.reminders):
            message = f"When the deadline {deadline.id!r} passes, nobody is told."
            cure = "Add a reminder with 'days' of 0 or more, and say whom it tells."
            yield Finding("deadline-without-outcome", ("lifecycle", "deadlines", index), message, cure)


def deadline_amount(definition: Definition) -> Iterator[Finding]:
    """``deadline-amount``: a deadline is not at least one day long, or longer than its own maximum."""
    changes = definition.procedure.deadlines
    for index, deadline in enumerate(definition.lifecycle.deadlines):
        yield from _wrong_amount(deadline.amount, deadline.max, ("lifecycle", "deadlines", index))
        change = changes.get(deadline.id)
        if change is not None:
            amount = deadline.amount if change.amount is None else change.amount
            maximum = deadline.max if change.max is None else change.max
            yield from _wrong_amount(amount, maximum, ("procedure", "deadlines", deadline.id))


def _wrong_amount(amount: int, maximum: int | None, path: tuple[Step, ...]) -> Iterator[Finding]:
    if amount < 1:
        yield Finding("deadline-amount", (*path, "amount"), f"A term of {amount} has no day.", "Write at least 1.")
    elif maximum is not None and amount > maximum:
        message = f"The usual term of {amount} is longer than the longest of {maximum}."
        yield Finding("deadline-amount", (*path, "amount"), message, "Correct one of the two.")


def deadline_not_extendable(definition: Definition) -> Iterator[Finding]:
    """``deadline-not-extendable``: an action extends a deadline that may not be extended."""
    fixed = {deadline.id for deadline in definition.lifecycle.deadlines if not deadline.extendable}
    for index, action in enumerate(definition.lifecycle.actions):
        for name in action.effects.restart:
            if name in fixed:
                message = f"The action {action.id!r} extends the deadline {name!r}, which is not extendable."
                path = ("lifecycle", "actions", index, "effects", "restart", name)
                yield Finding("deadline-not-extendable", path, message, "Say 'extendable: true' in the deadline.")


RULES: tuple[Rule, ...] = (
    deadline_never_runs,
    deadline_without_outcome,
    deadline_amount,
    deadline_not_extendable,
)
