"""What coordinators of the small country offer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from imi.accounts.models import User
from imi.administration import registering, staff
from imi.outreach import events
from imi.outreach.events import Details
from imi.outreach.models import Event, Note
from tests.administration.country import CRAFTS, NOW, card, person, who

DETAILS = Details(
    kind="training",
    language="bg",
    title="Обучение за нови потребители",
    text="Носете лаптоп.",
    starts_at=NOW + timedelta(days=10),
    ends_at=NOW + timedelta(days=10, hours=3),
    place="София, ул. Шипка 1",
    online_url="",
    places=None,
    register_until=NOW + timedelta(days=8),
)


def details(**changes: Any) -> Details:
    return replace(DETAILS, **changes)


def published(organiser: User, **changes: Any) -> Event:
    """An event to which its audience has been invited."""
    made = events.draft(who(organiser), details(**changes), NOW)
    events.publish(who(organiser), made.pk, NOW)
    return Event.objects.get(pk=made.pk)


def another_authority(chief: User, coordinator: str, name: str) -> User:
    """One more authority behind a coordinator, with one user."""
    return registering.register_authority(
        who(chief), "BG", card(name), person(), {CRAFTS: (coordinator,)}, now=NOW
    ).user


def told(user: User) -> list[str]:
    """What a person was told, oldest first."""
    return list(Note.objects.filter(user=user).order_by("pk").values_list("kind", flat=True))


__all__ = ["DETAILS", "another_authority", "details", "published", "staff", "told"]
