"""Commands for the operator: each does its one thing, or says why not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from imi.accounts.actions import FAILURES_ALLOWED
from imi.accounts.models import User
from imi.directory.models import Concept, Country, Holiday
from imi.exchanges.models import EventRecord
from imi.notify import chores
from tests.exchanges.conftest import World, catalogue, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def test_a_locked_user_is_unlocked(world: World) -> None:  # noqa: F811
    user = User.objects.get(given_name="Asker")
    User.objects.filter(pk=user.pk).update(failed_sign_ins=FAILURES_ALLOWED, locked_at=timezone.now())
    call_command("unlock_user", user.username.upper())
    user.refresh_from_db()
    assert (user.failed_sign_ins, user.locked_at) == (0, None)
    with pytest.raises(CommandError, match="nobody"):
        call_command("unlock_user", "nobody000")


def test_a_late_holiday_moves_deadlines(world: World, capsys: Any) -> None:  # noqa: F811
    from imi.exchanges import actions

    number = world.accepted()
    due = actions.state_of(actions.Exchange.objects.get(number=number)).deadlines["reply"].due
    call_command("add_holiday", "pt", due, "Dia extra")
    assert "1 exchanges" in capsys.readouterr().out
    chores.fire_timers(timezone.now())
    assert EventRecord.objects.filter(exchange__number=number, kind="moved").count() == 1


@pytest.mark.parametrize(
    ("country", "name", "reason"), [("XX", "Day", "unknown country"), ("PT", " ", "name"), ("PT", "Again", "already")]
)
def test_a_holiday_that_cannot_be_is_refused_with_a_reason(
    world: World,  # noqa: F811
    country: str,
    name: str,
    reason: str,
) -> None:
    call_command("add_holiday", "PT", "2026-12-24", "Véspera de Natal")
    with pytest.raises(CommandError, match=reason):
        call_command("add_holiday", country, "2026-12-24", name)


@pytest.mark.slow
def test_reference_data_are_loaded_and_loaded_again(db: None) -> None:
    call_command("load_reference_data")
    counted = (Country.objects.count(), Concept.objects.count(), Holiday.objects.count())
    assert all(counted)
    later = timezone.now() + timedelta(days=365)
    assert Holiday.objects.filter(date__year=later.year).exists()
    call_command("load_reference_data")
    assert (Country.objects.count(), Concept.objects.count(), Holiday.objects.count()) == counted
