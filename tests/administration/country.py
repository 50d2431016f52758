"""A small country for tests: what somebody types, and shortcuts through the acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from imi.accounts.models import User
from imi.accounts.queries import Standing, standing
from imi.administration import admissions
from imi.administration.forms import Card, Person
from imi.administration.models import Admission

AREAS = CRAFTS, SCHOOLS = ("crafts", "schools")
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
_serial = count(1)

STEPS: dict[str, dict[str, Any]] = {
    "authority": {
        "name": "Служба за занаятите Пловдив",
        "informal": "Занаяти (Пловдив)",
        "description": "Признава майстори.",
        "languages": ["bg", "en"],
        "regions": ["BG421"],
    },
    "contact": {
        "street": "ул. Райко Даскалов 1",
        "postcode": "4000",
        "city": "Пловдив",
        "email": "office@crafts-plovdiv.example",
        "phone": "+359 32 555 01",
        "website": "https://www.crafts-plovdiv.example",
    },
    "person": {
        "given_name": "Мария",
        "family_name": "Петрова",
        "email": "maria@crafts-plovdiv.example",
        "language": "bg",
    },
}


def card(name: str, **others: Any) -> Card:
    """A card that looks like no other."""
    host = f"n{next(_serial)}.example"
    made = Card(
        name=name,
        informal=name,
        description="",
        languages=("bg",),
        regions=(),
        street="",
        postcode="",
        city="София",
        email=f"office@{host}",
        phone="",
        website=f"https://{host}",
    )
    return replace(made, **others)


def person(given: str = "Иван", **others: Any) -> Person:
    """Somebody with an address of their own."""
    made = Person(given, "Иванов", f"user{next(_serial)}@people.example", "bg")
    return replace(made, **others)


def who(user: User) -> Standing:
    """What a user may do now."""
    return standing(User.objects.select_related("authority").get(pk=user.pk))


def open_form(admission: Admission) -> tuple[Admission, str]:
    """Follow the mailed link of an admission."""
    token = admissions.mint_link(admission.pk, NOW)
    assert token is not None
    return admissions.redeem(token, NOW)


def fill_in(admission: Admission, key: str, **changes: dict[str, Any]) -> int:
    """Save all steps of a form; the version it has then."""
    version = admission.version
    for step, typed in STEPS.items():
        assert admissions.save_step(admission.pk, key, step, typed | changes.get(step, {}), version, NOW) == {}
        version += 1
    return version


def submitted(admission: Admission, **changes: dict[str, Any]) -> Admission:
    """Register oneself from the link to the end."""
    opened, key = open_form(admission)
    fill_in(opened, key, **changes)
    return admissions.submit(admission.pk, key, NOW)
