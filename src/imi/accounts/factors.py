"""Second factors: which ones a person has, who must have one, and how they come and go.

Source of the rule: the strong profile of signing in, in which whoever administers people or authorities proves who it
is by two factors; see the settings ``IMI_SIGN_IN`` and ``IMI_SECOND_FACTORS``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from imi.accounts import recovery
from imi.accounts.models import Factor, RoleGrant, User
from imi.accounts.queries import DATA_ADMINISTRATOR, Standing
from imi.accounts.strength import STRONG
from imi.database.prepared import prepared

MOST = 5
"""How many a person may have: enough for two devices and a key in a drawer, and few to guess at."""


def of(user_id: int) -> list[Factor]:
    """Return a person's factors, the oldest first."""
    return _of(user=user_id)


@prepared()
def _of(user: int) -> QuerySet[Factor, Factor]:
    return Factor.objects.filter(user=user).order_by("made_at", "pk")


def usable(user_id: int) -> list[Factor]:
    """Return those of a person's factors whose kind is switched on in this installation."""
    return [one for one in of(user_id) if one.kind in settings.IMI_SECOND_FACTORS]


def must_have(user: User) -> bool:
    """Return whether a person has to have a second factor: whoever administers, in the strong profile."""
    if not _are_demanded():
        return False
    return user.is_administrator or bool(_administers.first(user=user.pk, role=DATA_ADMINISTRATOR))


def must_administrator(who: Standing) -> bool:
    """Return the same of somebody whose standing is known, without asking the database."""
    return _are_demanded() and (who.administrator or bool(who.areas_with(DATA_ADMINISTRATOR)))


def _are_demanded() -> bool:
    return settings.IMI_SIGN_IN == STRONG and bool(settings.IMI_SECOND_FACTORS)


@prepared()
def _administers(user: int, role: str) -> QuerySet[RoleGrant, RoleGrant]:
    return RoleGrant.objects.filter(user=user, role=role)


def administrators_without() -> int:
    """Return how many active people administer and have no factor whose kind is switched on."""
    grants = RoleGrant.objects.filter(user=OuterRef("pk"), role=DATA_ADMINISTRATOR)
    having = Factor.objects.filter(user=OuterRef("pk"), kind__in=settings.IMI_SECOND_FACTORS)
    found = User.objects.filter(Q(is_administrator=True) | Exists(grants), is_active=True, authority__active=True)
    return found.exclude(Exists(having)).count()


def rename(user_id: int, factor_id: int, name: str) -> bool:
    """Give one of a person's factors another name; somebody else's stays. Returns whether there was one."""
    return bool(Factor.objects.filter(user=user_id, pk=factor_id).update(name=name))


def add_app(user_id: int, name: str, sealed: str, step: int, now: datetime) -> Factor:
    """Store an app that has shown a right code; its time step is used up."""
    return Factor.objects.create(
        user_id=user_id, kind=Factor.Kind.TOTP, name=name, sealed=sealed, counter=step, made_at=now
    )


def add_passkey(user_id: int, name: str, credential_id: str, credential: str, counter: int, now: datetime) -> Factor:
    """Store a passkey.

    Raises:
        IntegrityError: somebody has it already.
    """
    return Factor.objects.create(
        user_id=user_id,
        kind=Factor.Kind.PASSKEY,
        name=name,
        credential_id=credential_id,
        credential=credential,
        counter=counter,
        made_at=now,
    )


def remove(user_id: int, factors: Iterable[int]) -> int:
    """Remove some of a person's factors, with the last one the recovery codes too; returns how many factors."""
    removed = Factor.objects.filter(user=user_id, pk__in=list(factors)).delete()[0]
    if removed and not Factor.objects.filter(user=user_id).exists():
        recovery.forget(user_id)
    return removed


def remove_all(user_id: int) -> int:
    """Remove all factors and recovery codes of a person who has lost them; returns how many factors."""
    recovery.forget(user_id)
    return Factor.objects.filter(user=user_id).delete()[0]
