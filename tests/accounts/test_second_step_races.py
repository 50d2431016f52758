"""The same code twice at the same moment opens once, in whatever number of browsers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.utils import timezone

from imi.accounts import doors, recovery, second_step
from imi.accounts.models import Door, User

from .conftest import browser
from .test_doors import rush
from .test_second_step import app_of, code_of, halfway, wrong_code

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.django_db(transaction=True)]


def steps_of(name: str, count: int) -> list[dict[str, object]]:
    """So many browsers in which the first proof was given."""
    return [dict(halfway(name).session.items()) for _ in range(count)]


def entered(step: dict[str, object], code: str) -> bool:
    made = browser()
    made.session.update(step)
    return second_step.answer_code(made, code).entered and get_user(made).is_authenticated


def test_one_code_of_an_app_opens_one_of_many_browsers(people: dict[str, User]) -> None:
    app, steps = app_of(people["rui"]), []
    steps = steps_of("rui", 4)
    code = code_of(app)
    assert sum(rush(4, lambda number: entered(steps[number], code))) == 1


def test_one_code_sent_many_times_from_one_browser_opens_once(people: dict[str, User]) -> None:
    app = app_of(people["rui"])
    (step,) = steps_of("rui", 1)
    code = code_of(app)
    assert sum(rush(4, lambda _number: entered(step, code))) == 1


def test_one_recovery_code_opens_one_of_many_browsers(people: dict[str, User]) -> None:
    app_of(people["rui"])
    code, steps = recovery.renew(people["rui"].pk)[0], steps_of("rui", 4)
    assert sum(rush(4, lambda number: entered(steps[number], code))) == 1
    assert recovery.left(people["rui"].pk) == 9


def test_a_burst_of_guesses_from_copies_of_a_session_gets_five_looks(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, looks = app_of(people["rui"]), []
    (step,) = steps_of("rui", 1)
    right, code = second_step.take_code, wrong_code(app)
    monkeypatch.setattr(second_step, "take_code", lambda *given: looks.append(1) or right(*given))
    assert not any(rush(60, lambda _number: entered(step, code)))
    assert len(looks) == doors.FAILURES_ALLOWED
    assert doors.locked([people["rui"].pk])
    later = timezone.now() + timedelta(seconds=30)
    assert not entered(step, code_of(app, later))
    assert Door.objects.get().with_password == doors.FAILURES_ALLOWED
