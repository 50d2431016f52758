"""Reads of the help: the help desks, and what shows that first steps were taken; always for a user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.database.prepared import prepared
from imi.directory.models import Access, Authority, CoordinatorLink, Register
from imi.exchanges.models import Tally
from imi.outreach.models import TrainingRequest
from imi.web.help.models import StepTaken

ABSENT = timedelta(days=365)
"""After so long without a sign of life a person is probably not with the authority any more."""

UNREVIEWED = timedelta(days=365)
"""After so long an entry of a register has to be looked at again."""

ASKED = "asked"
"""Stands among the steps for: access to the training copy was asked for the user, and not refused."""

CARD = "card"
"""Stands among the steps for: the card on the first page has been put away."""


def coordinators_of_country(country: str) -> list[Authority]:
    """The coordinators of a country, the national one first; one query."""
    return _coordinators(country=country)


@prepared()
def _coordinators(country: str) -> QuerySet[Authority]:
    coordinates = Access.objects.filter(authority=OuterRef("pk"), role="coordinator", suspended=False)
    national = Q(kind=Authority.Kind.NATIONAL_COORDINATOR)
    found = Authority.objects.filter(national | Exists(coordinates), country=country, active=True)
    return found.order_by("-kind", "name", "pk")[:100]


def own_coordinators(who: Standing) -> set[str]:
    """The authorities that coordinate the user's own in any policy area; one query."""
    return set(_own_coordinators(authority=who.authority_id))


@prepared()
def _own_coordinators(authority: str) -> QuerySet[Any, str]:
    return CoordinatorLink.objects.filter(authority=authority).values_list("coordinator_id", flat=True).distinct()


def taken(who: Standing) -> set[str]:
    """The steps of the user's that leave no other trace, and :data:`ASKED`; one query."""
    return set(_taken(user=who.user_id))


@prepared()
def _taken(user: int) -> QuerySet[Any, str]:
    steps = StepTaken.objects.filter(user=user).values_list("step", flat=True)
    asked = TrainingRequest.objects.filter(person=user, state__in=("open", "given"))
    marked = asked.annotate(step=Value(ASKED, output_field=CharField())).values_list("step", flat=True)
    return steps.union(marked)


@dataclass(frozen=True, slots=True)
class Situation:
    """How the user's authority stands; what the first steps are judged by."""

    people: int
    absent: int
    confirmed: bool
    registers: int
    outdated_registers: int
    exchanges: bool


def situation(who: Standing, now: datetime) -> Situation:
    """How the user's authority stands now; four queries."""
    people, absent = _people.first(authority=who.authority_id, before=now - ABSENT) or (0, 0)
    confirmed_at, confirm_by = _confirmed.first(authority=who.authority_id) or (None, None)
    registers, outdated = _registers.first(authority=who.authority_id, before=(now - UNREVIEWED).date()) or (0, 0)
    return Situation(
        people=people,
        absent=absent,
        confirmed=confirmed_at is not None and confirm_by is not None and confirm_by >= now.date(),
        registers=registers,
        outdated_registers=outdated,
        exchanges=bool(_exchanged(authority=who.authority_id)),
    )


@prepared()
def _people(authority: str, before: datetime) -> QuerySet[Any, tuple[int, int]]:
    users = User.objects.filter(authority=authority, is_active=True).annotate(
        seen=Coalesce("last_seen", "registered_at")
    )
    counted = users.values("authority").annotate(people=Count("pk"), absent=Count("pk", filter=Q(seen__lt=before)))
    return counted.values_list("people", "absent")


@prepared()
def _confirmed(authority: str) -> QuerySet[Any, tuple[datetime | None, date]]:
    return Authority.objects.filter(pk=authority).values_list("confirmed_at", "confirm_by")


@prepared()
def _registers(authority: str, before: date) -> QuerySet[Any, tuple[int, int]]:
    old = Q(reviewed_on__lt=before) | Q(reviewed_on__isnull=True)
    counted = Register.objects.filter(authority=authority).values("authority")
    return counted.annotate(all=Count("pk"), old=Count("pk", filter=old)).values_list("all", "old")


@prepared()
def _exchanged(authority: str) -> QuerySet[Any, int]:
    held = Tally.objects.filter(authority=authority, direction__in=("sent", "received"), total__gt=0)
    return held.exclude(phase="draft").values_list("pk", flat=True)[:1]
