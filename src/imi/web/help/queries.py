"""Reads of the help: the help desks, and what shows that first steps were taken; always for a user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, Value
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
    # Only coordinators have a kind; said so, the database reads them off an index and not the whole country.
    found = Authority.objects.filter(
        national | Exists(coordinates), country=country, active=True, coordinator_kind__gt=""
    )
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
    """How the user's authority stands now; one query."""
    absent_since, unreviewed_since = now - ABSENT, (now - UNREVIEWED).date()
    found = _situation.first(authority=who.authority_id, absent_since=absent_since, unreviewed_since=unreviewed_since)
    people, absent, confirmed_at, confirm_by, registers, outdated, exchanges = found or (0, 0, None, None, 0, 0, False)
    return Situation(
        people=people,
        absent=absent,
        confirmed=confirmed_at is not None and confirm_by is not None and confirm_by >= now.date(),
        registers=registers,
        outdated_registers=outdated,
        exchanges=bool(exchanges),
    )


@prepared()
def _situation(
    authority: str, absent_since: datetime, unreviewed_since: date
) -> QuerySet[Any, tuple[int, int, datetime | None, date, int, int, bool]]:
    users = User.objects.filter(authority=authority, is_active=True)
    absent = users.annotate(seen=Coalesce("last_seen", "registered_at")).filter(seen__lt=absent_since)
    registers = Register.objects.filter(authority=authority)
    outdated = registers.filter(Q(reviewed_on__lt=unreviewed_since) | Q(reviewed_on__isnull=True))
    held = Tally.objects.filter(authority=authority, direction__in=("sent", "received"), total__gt=0)
    found = Authority.objects.filter(pk=authority).annotate(
        people=_counted(users),
        absent=_counted(absent),
        registers_kept=_counted(registers),
        registers_outdated=_counted(outdated),
        exchanged=Exists(held.exclude(phase="draft")),
    )
    return found.values_list(
        "people", "absent", "confirmed_at", "confirm_by", "registers_kept", "registers_outdated", "exchanged"
    )


def _counted(rows: QuerySet) -> Coalesce:
    """How many rows of one authority there are, as a part of another query."""
    return Coalesce(Subquery(rows.order_by().values("authority").annotate(all=Count("pk")).values("all")), 0)
