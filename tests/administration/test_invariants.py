"""Whatever sequence of acts people try, the country stays whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F, QuerySet
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import access, admissions, registering, relations
from imi.administration.models import Act, Admission
from imi.administration.reasons import Refused
from imi.directory.models import Access, Authority, AuthorityLink, CoordinatorLink
from tests.administration.conftest import Country
from tests.administration.country import AREAS, NOW, card, open_form, person, submitted, who

pytestmark = pytest.mark.django_db

ROUTES = frozenset((before, after) for before, onward in admissions.ARROWS.items() for after in onward)


@dataclass(frozen=True)
class Attempt:
    """What somebody tries, on whom."""

    actor: Standing
    one: Authority
    other: Authority
    area: str
    coordinators: tuple[str, ...]

    @property
    def country(self) -> str:
        """The country it is tried in."""
        return self.one.country_id

    @property
    def behind(self) -> dict[str, tuple[str, ...]]:
        """One area with its request coordinators."""
        return {self.area: self.coordinators}

    @property
    def admission(self) -> int:
        """The latest admission."""
        latest = Admission.objects.order_by("-pk").first()
        return latest.pk if latest else 0

    @property
    def on_access(self) -> tuple[Standing, str, str]:
        """Who, on whom, in which area."""
        return self.actor, self.one.pk, self.area


def admit(t: Attempt) -> None:
    number = Admission.objects.count()
    admission = admissions.invite(t.actor, f"a{number}@new.example", "bg", [t.area], NOW)
    changes = {"authority": {"name": f"Нова {number}", "regions": []}, "person": {"email": f"p{number}@new.example"}}
    submitted(admission, **changes)


def invite(t: Attempt) -> None:
    open_form(admissions.invite(t.actor, f"o{Admission.objects.count()}@new.example", "bg", [], NOW))


def seen() -> list[str]:
    """Everything there is, as if it had been looked at."""
    found = [*Authority.objects.values_list("pk", flat=True)]
    return [*found, *(f"admission:{pk}" for pk in Admission.objects.values_list("pk", flat=True))]


LATER = NOW + admissions.INVITATION_LASTS
ACTS: dict[str, Callable[[Attempt], Any]] = {
    "admit": admit,
    "invite": invite,
    "validate": lambda t: admissions.validate(t.actor, t.admission, t.behind, seen(), NOW),
    "refuse": lambda t: admissions.refuse(t.actor, t.admission, "Не.", NOW),
    "withdraw": lambda t: admissions.withdraw(t.actor, t.admission, NOW),
    "expire": lambda t: admissions.expire(t.admission, LATER),
    "register": lambda t: registering.register_authority(
        t.actor, t.country, card("Още една"), person(), t.behind, seen(), NOW
    ),
    "register coordinator": lambda t: registering.register_coordinator(
        t.actor, "dimic", t.country, card("Координатор"), person(), [t.area], seen(), NOW
    ),
    "register national": lambda t: registering.register_national_coordinator(t.country, card("Втори"), person(), NOW),
    "grant": lambda t: access.grant(*t.on_access, t.coordinators, NOW),
    "suspend": lambda t: access.suspend(*t.on_access, "x", NOW),
    "resume": lambda t: access.resume(*t.on_access, NOW),
    "deactivate": lambda t: access.deactivate(t.actor, t.one.pk, "x", NOW),
    "reactivate": lambda t: access.reactivate(t.actor, t.one.pk, NOW),
    "hand over": lambda t: access.hand_over_validation(t.actor, t.one.pk, t.other.pk, NOW),
    "hand over access": lambda t: access.hand_over_access(*t.on_access, t.other.pk, NOW),
    "add": lambda t: access.add_request_coordinator(*t.on_access, t.other.pk, NOW),
    "remove": lambda t: access.remove_request_coordinator(*t.on_access, t.other.pk, NOW),
    "link": lambda t: relations.link(t.actor, t.other.pk, NOW),
    "unlink": lambda t: relations.unlink(t.actor, t.other.pk, NOW),
    "delegate": lambda t: relations.delegate(t.actor, t.one.pk, "register", t.area, "", NOW),
}


def picked(random: Random, likely: QuerySet[Authority]) -> Authority:
    """Mostly one of those with whom something can be done; now and then anybody."""
    rows = likely if random.random() < 0.8 and likely.exists() else Authority.objects.all()
    return random.choice(list(rows.order_by("pk")))


def likely(name: str) -> QuerySet[Authority]:
    """On whom an act is likely to have an effect."""
    at_home = Authority.objects.filter(country="BG").exclude(kind="national_coordinator")
    match name:
        case "resume":
            return at_home.filter(accesses__suspended=True).distinct()
        case "reactivate":
            return at_home.filter(active=False)
        case "delegate":
            return at_home.exclude(kind="competent")
        case "grant" | "suspend":
            return at_home.filter(kind="competent")
        case _:
            return at_home


def attempt(random: Random, name: str) -> Attempt:
    """Something that somebody might try, sensible more often than not."""
    area = random.choice(AREAS)
    able = Authority.objects.filter(country="BG", accesses__role="coordinator", accesses__area=area).distinct()
    validating = able.filter(coordinator_kind__in=["nimic", "limic"])
    users = User.objects.order_by("pk")
    chief = users.filter(authority__kind="national_coordinator", authority__country="BG")
    administrators = users.filter(authority__country="BG")
    chosen = chief if random.random() < 0.7 and name not in {"link", "unlink"} else administrators
    return Attempt(
        who(random.choice(list(chosen if random.random() < 0.9 else users))),
        picked(random, likely(name)),
        picked(random, validating if name == "hand over" else able),
        area,
        tuple(picked(random, able).pk for _number in range(random.choice((0, 1, 1, 2)))),
    )


def check_whole() -> None:
    """The promises that every act keeps."""
    active = Authority.objects.filter(active=True)
    for code in ("BG", "LT"):
        assert active.filter(country=code, kind="national_coordinator").count() == 1
    for authority in active:
        assert User.objects.filter(authority=authority, is_active=True, is_administrator=True).exists(), authority
        if authority.kind != "national_coordinator":
            validator = authority.validator
            assert validator is not None
            assert validator.active
            assert validator.country_id == authority.country_id
            assert validator.kind != "competent"
    accesses = Access.objects.filter(authority__active=True).exclude(authority__kind="national_coordinator")
    able = Access.objects.filter(role="coordinator", suspended=False, authority__active=True)
    coordinates = set(able.values_list("authority", "area"))
    for held in accesses:
        assert (held.coordinator_id, held.area_id) in coordinates, held
        links = CoordinatorLink.objects.filter(authority=held.authority_id, area=held.area_id)
        assert any((one, held.area_id) in coordinates for one in links.values_list("coordinator", flat=True)), held
    assert not AuthorityLink.objects.exclude(authority__country=F("linked__country")).exists()
    assert not CoordinatorLink.objects.exclude(authority__country=F("coordinator__country")).exists()


def check_states(before: dict[int, str]) -> None:
    """Admissions move along the arrows only."""
    for pk, state in Admission.objects.values_list("pk", "state"):
        was = before.get(pk, "invited")
        assert was == state or (was, state) in ROUTES or (pk not in before and state == "submitted")


class _TakenBack(Exception):
    """Ends an example without leaving anything in the database."""


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_sequence_of_acts_leaves_the_country_whole(country: Country, seed: int) -> None:
    random = Random(seed)
    try:
        with transaction.atomic():
            for name in random.choices(sorted(ACTS), k=30):
                states = dict(Admission.objects.values_list("pk", "state"))
                acts = Act.objects.count()
                try:
                    ACTS[name](attempt(random, name))
                except Refused:
                    assert Act.objects.count() == acts, f"{name} was refused and left an act"
                check_whole()
                check_states(states)
            raise _TakenBack
    except _TakenBack:
        pass
