"""The same reference date gives the same training world."""

from __future__ import annotations

import pytest
from django.db import transaction

from imi.accounts.models import User
from imi.exchanges.models import EventRecord
from imi.training import build
from imi.training.models import Persona

from .conftest import REFERENCE

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def fingerprint() -> tuple:
    """Everything that must not differ between two builds: numbers of rows, users' keys and file ids aside."""
    keys = {str(user): key for key, user in Persona.objects.values_list("key", "user")}
    events = EventRecord.objects.order_by("exchange__number", "seq").select_related("exchange", "payload")
    return (
        tuple(User.objects.order_by("username").values_list("username", "email")),
        tuple(
            (one.exchange.number, one.seq, one.name, one.at, keys.get(one.user), one.state, said(one)) for one in events
        ),
    )


def said(event: EventRecord) -> str:
    """The written words of an event."""
    data = event.payload.data
    return str([data.get(name) for name in ("justification", "text", "remark", "days", "family_name", "recipient")])


def test_the_same_day_gives_the_same_world(ground: None) -> None:
    prints = []
    for _ in range(2):
        with transaction.atomic():
            build.build(REFERENCE, countries=("HU", "PT"), exchanges=1)
            prints.append(fingerprint())
            transaction.set_rollback(True)
    assert prints[0] == prints[1]
