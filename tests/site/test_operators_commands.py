"""Commands for the operator: each does its one thing, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from imi.accounts import codes, doors
from imi.accounts.models import Credentials, User
from imi.directory.actions import load_countries, load_holidays
from imi.directory.models import Concept, Country, Holiday
from imi.exchanges import definitions
from imi.exchanges.models import EventRecord, PublishedDefinition
from imi.notify import chores
from imi.site import doctor
from imi.training.models import Persona
from tests.exchanges.conftest import World, catalogue, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


def test_a_locked_user_is_unlocked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    user = User.objects.get(given_name="Asker")
    monkeypatch.setattr(doors, "DELAYS", (0,) * len(doors.DELAYS))
    for _ in range(doors.FAILURES_ALLOWED):
        doors.knock(doors.key_of(user.username, user.pk), user.pk, True, timezone.now())
    assert doors.locked([user.pk]) == {user.pk}
    call_command("unlock_user", user.username.upper())
    assert doors.locked([user.pk]) == set()
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


# --- the doctor ------------------------------------------------------------------------------------------------------


def test_training_is_for_this_machine_only(settings: Any) -> None:
    settings.IMI_TRAINING = True
    for local in ("localhost", "127.0.0.1", "127.8.9.1", "[::1]", "imi.localhost", ".localhost"):
        settings.ALLOWED_HOSTS = [local]
        assert doctor._training().good, local
    for foreign in ("imi.example", "*", "192.0.2.7", "[2001:db8::7]", ".example", "localhost.example"):
        settings.ALLOWED_HOSTS = ["localhost", foreign]
        finding = doctor._training()
        assert not finding.good
        assert foreign in finding.seen
        assert "IMI_TRAINING=0" in finding.cure
    settings.IMI_TRAINING = False
    assert doctor._training().good


def test_without_https_only_this_machine_may_be_served(settings: Any) -> None:
    settings.HTTPS, settings.ALLOWED_HOSTS = False, ["localhost"]
    assert doctor._https().good
    settings.ALLOWED_HOSTS = ["localhost", "imi.example"]
    assert not doctor._https().good
    assert "imi.example" in doctor._https().seen
    settings.HTTPS = True
    assert doctor._https().good


def test_a_missing_scanner_is_told_and_is_no_failure_but_a_silent_one_is(
    settings: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr(doctor, "CHECKS", {"virus scanner": doctor._scanner})
    settings.IMI_SCANNER = ""
    assert doctor.main() == 0
    assert "! virus scanner: none" in (said := capsys.readouterr().out)
    assert "IMI_SCANNER" in said
    settings.IMI_SCANNER = "127.0.0.1:9"
    assert doctor.main() == 1
    assert "✗ virus scanner: ScannerDown" in capsys.readouterr().out


def test_the_calendar_has_to_reach_400_days_ahead() -> None:
    load_countries()
    assert not doctor._calendar().good
    year = timezone.now().year
    load_holidays([year])
    assert not doctor._calendar().good
    assert f"{year}-12-31" in doctor._calendar().seen
    load_holidays([year + 1, year + 2])
    assert doctor._calendar().good


@pytest.mark.parametrize(
    ("spoil", "said", "cure"),
    [
        (lambda body: {**body, "form": 99}, "of a newer program", "install the version"),
        (lambda body: {**body, "surprise": 1}, "cannot be run", "a step is missing"),
    ],
)
def test_a_definition_that_cannot_be_run_is_named(
    world: World,  # noqa: F811
    spoil: Callable[[dict[str, Any]], dict[str, Any]],
    said: str,
    cure: str,
) -> None:
    assert doctor._definitions().good
    stored = PublishedDefinition.objects.order_by("procedure")[0]
    stored.body = spoil(stored.body)
    stored.save()
    finding = doctor._definitions()
    assert not finding.good
    assert said in finding.seen
    assert str(stored) in finding.seen
    assert cure in finding.cure
    definitions.forget()


def test_the_doctor_sees_a_foreign_key_ring(world: World, settings: Any, tmp_path: Path) -> None:  # noqa: F811
    settings.IMI_KEY_RING = tmp_path / "key-ring"
    assert doctor._key_ring().good
    user = User.objects.all()[0]
    Credentials.objects.filter(user=user).update(sealed_code=codes.sealed("Kx7pW2mQz9Rt", user.pk, 0))
    assert doctor._key_ring().good
    settings.IMI_KEY_RING.chmod(0o644)
    assert "chmod 400" in doctor._key_ring().cure
    settings.IMI_KEY_RING = tmp_path / "another"
    finding = doctor._key_ring()
    assert not finding.good
    assert "cannot sign in" in finding.seen


def test_the_doctor_sees_invented_people_outside_of_training(world: World, settings: Any) -> None:  # noqa: F811
    settings.IMI_TRAINING = False
    assert doctor._training().good
    Persona.objects.create(key="ann", user=User.objects.all()[0])
    assert not doctor._training().good
