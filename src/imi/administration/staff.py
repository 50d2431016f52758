"""Registers the users of an authority, keeps their data up and gives them roles.

The local data administrators of the authority do this, for their own authority only. Every act judges anew by what is
so when nobody else changes it any more: whoever was demoted a moment ago does nothing with a page opened before.
Source: steps 10 to 13 of the guide for the first user (users, user names, roles per area, unique mail addresses).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from imi.accounts import users as accounts
from imi.accounts.credentials import issue_temporary_password
from imi.accounts.hashing import Busy
from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import BASIC, Standing, standing
from imi.administration import limits, reasons, staff_forms, staff_rights
from imi.administration.acts import Author, record
from imi.administration.forms import Person
from imi.administration.reasons import Invalid, Reason, Refused, demand
from imi.administration.registering import every_role
from imi.administration.rights import to_administer
from imi.directory.models import Access, Authority
from imi.exchanges.actions import replace_colleague
from imi.exchanges.models import Allocation

HANDLING = frozenset({RoleGrant.Role.HANDLER.value, RoleGrant.Role.APPROVER.value})
"""The roles to which an exchange can be allocated (guide for the first user: handlers and referral handlers)."""

NAMES_A_DAY = 20
"""How many user names one person may try to give in a day: a refusal tells that somebody has the name."""

Roles = Mapping[str, frozenset[str]]
"""Areas, each with roles beyond that of a basic user, which everybody is."""

Written = TypeVar("Written")

Place = tuple[str, str]
"""An area and a role in it."""


class LeavesNobody(Refused):
    """Nobody else holds these roles; it is done only if whoever asks for it knows."""

    def __init__(self, places: Collection[Place]) -> None:
        self.places = frozenset(places)
        named = ", ".join(f"{area}: {role}" for area, role in sorted(self.places))
        super().__init__(staff_rights.LAST_OF_ROLE.about(roles=named))


# --- what is so now --------------------------------------------------------------------------------------------------


def held(who: Standing) -> Standing:
    """Hold the users of the own authority until the end of the transaction; what ``who`` may do now.

    The authority stands for its users: locking these themselves would meet the locks of those who act in exchanges.

    Raises:
        Refused: ``who`` is no local data administrator, or no longer.
    """
    list(Authority.objects.select_for_update(no_key=True).filter(pk=who.authority_id).values_list("pk"))
    present = standing(User.objects.select_related("authority").get(pk=who.user_id))
    demand(to_administer(present, who.authority_id))
    return present


def person_of(who: Standing, user_id: int) -> User:
    """A user of the own authority, to be managed.

    Raises:
        Refused: there is none, or ``who`` may not.
    """
    demand(to_administer(who, who.authority_id))
    person = User.objects.select_related("authority").filter(pk=user_id).first()
    if person is None:
        raise Refused(reasons.NOT_FOUND)
    demand(staff_rights.to_manage(who, person))
    return person


def grantable(authority: str) -> dict[str, tuple[str, ...]]:
    """The areas of an authority, each with the roles beyond that of a basic user that it can give there."""
    rows = Access.objects.filter(authority=authority).order_by("area").values_list("area_id", "role")
    return {area: tuple(one for one in every_role(role) if one != BASIC) for area, role in rows}


def roles_of(user_id: int) -> dict[str, frozenset[str]]:
    """The roles of a user in each area beyond that of a basic user."""
    found: dict[str, set[str]] = {}
    for area, role in RoleGrant.objects.filter(user=user_id).exclude(role=BASIC).values_list("area_id", "role"):
        found.setdefault(area, set()).add(role)
    return {area: frozenset(roles) for area, roles in found.items()}


def fingerprint(*values: Any) -> str:
    """A short mark of what a page showed, by which a form made from something older is recognised."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=sorted).encode()).hexdigest()[:16]


def mark_of_roles(user_id: int) -> str:
    """The mark of a user's roles as they are now."""
    person = User.objects.get(pk=user_id)
    return fingerprint({area: sorted(roles) for area, roles in roles_of(user_id).items()}, person.is_administrator)


def mark_of_data(person: User) -> str:
    """The mark of a user's data as they are now; of the user name a digest only."""
    return fingerprint([getattr(person, name) for name in (*staff_forms.DATA, "username")])


# --- registering -----------------------------------------------------------------------------------------------------


@transaction.atomic
def register(
    who: Standing, person: Person, roles: Roles, administrator: bool = False, now: datetime | None = None
) -> User:
    """Register a user; the temporary password goes by mail, the user name is for ``who`` to tell.

    Raises:
        Refused: ``who`` may not, the authority cannot give a role, or too many passwords are being made.
        Invalid: somebody else has the mail address.
    """
    now = now or timezone.now()
    present = held(who)
    wanted = _giveable(present.authority_id, roles)
    if _has_mail(person.email):
        raise Invalid({"email": [str(reasons.MAIL_TAKEN)]})
    entry = accounts.NewUser(
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
        authority=present.authority_id,
        language=person.language,
        roles=wanted,
        administrator=administrator,
    )
    user = _unless_taken(
        lambda: accounts.register_user(entry), lambda: _has_mail(person.email), "email", reasons.MAIL_TAKEN
    )
    details = {"administrator": administrator, "roles": _listed(wanted)}
    record("user.registered", Author.of(present), authority=user.authority_id, user=user.pk, details=details, now=now)
    try:
        issue_temporary_password(present, user, now)
    except Busy as busy:
        raise Refused(staff_rights.BUSY) from busy
    return user


def _has_mail(email: str, but: int = 0) -> bool:
    return User.objects.filter(email__iexact=email).exclude(pk=but).exists()


def _unless_taken(write: Callable[[], Written], taken: Callable[[], bool], field: str, reason: Reason) -> Written:
    """Write; say so where somebody else was faster with a value that only one may have.

    Args:
        taken: whether somebody has the value, asked once the database has refused it.

    Raises:
        Invalid: somebody was.
    """
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        if taken():
            raise Invalid({field: [str(reason)]}) from error
        raise


def _giveable(authority: str, roles: Roles) -> dict[str, frozenset[str]]:
    """The roles that are asked for, without areas in which there are none.

    Raises:
        Refused: the authority cannot give one of them.
    """
    possible = grantable(authority)
    for area, wanted in roles.items():
        if wanted - set(possible.get(area, ())):
            raise Refused(staff_rights.UNKNOWN_ROLE)
    return {area: wanted for area, wanted in roles.items() if wanted}


def _listed(roles: Roles) -> dict[str, list[str]]:
    return {area: sorted(wanted) for area, wanted in sorted(roles.items())}


# --- data ------------------------------------------------------------------------------------------------------------


def change_data(who: Standing, user_id: int, typed: Mapping[str, str], seen: str, now: datetime | None = None) -> bool:
    """Change names, mail address, language and, if one is given, the user name.

    Args:
        seen: the :func:`mark_of_data` of what the form was made from.

    Returns:
        Whether the user name is another one now, to be told again.

    Raises:
        Refused: ``who`` may not, somebody changed it meanwhile, or too many user names were tried.
        Invalid: a value is malformed, or somebody else has it.
    """
    now = now or timezone.now()
    demand(to_administer(who, who.authority_id))
    values = staff_forms.clean_data(who.country, typed)
    username = values.pop("username")
    # Counted outside of the transaction: a name that somebody has counts although nothing is changed.
    if username and not limits.take("user-name", str(who.user_id), NAMES_A_DAY, timedelta(days=1), now):
        raise Refused(reasons.TOO_OFTEN)
    return _change(who, user_id, values, username, seen, now)


@transaction.atomic
def _change(who: Standing, user_id: int, values: Mapping[str, str], username: str, seen: str, now: datetime) -> bool:
    present = held(who)
    person = person_of(present, user_id)
    if mark_of_data(person) != seen:
        raise Refused(reasons.OVERTAKEN)
    changed = {name: value for name, value in values.items() if value != getattr(person, name)}
    renamed = username not in ("", person.username)
    rows, by = User.objects.filter(pk=person.pk), Author.of(present)
    if changed:
        email = values["email"]
        if _has_mail(email, person.pk):
            raise Invalid({"email": [str(reasons.MAIL_TAKEN)]})
        _unless_taken(lambda: rows.update(**changed), lambda: _has_mail(email, person.pk), "email", reasons.MAIL_TAKEN)
        details = {"before": {name: getattr(person, name) for name in changed}, "after": changed}
        record("user.changed", by, authority=person.authority_id, user=person.pk, details=details, now=now)
    if renamed:
        _unless_taken(
            lambda: rows.update(username=username),
            lambda: User.objects.filter(username=username).exists(),
            "username",
            staff_rights.NAME_TAKEN,
        )
        record("user.name_changed", by, authority=person.authority_id, user=person.pk, now=now)
    return renamed


# --- roles -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def set_roles(
    who: Standing,
    user_id: int,
    roles: Roles,
    administrator: bool,
    seen: str,
    confirmed: Collection[Place] = (),
    now: datetime | None = None,
) -> int:
    """Give a user exactly these roles, effective at the next click also on pages that are open.

    What was allocated to somebody who handles nothing in its area any more goes back to all colleagues.

    Args:
        seen: the :func:`mark_of_roles` of what the form was made from.
        confirmed: roles of which ``who`` knows that nobody will hold them.

    Returns:
        How many allocated exchanges went back to all.

    Raises:
        Refused: ``who`` may not, the authority cannot give a role, or its last administrator would be demoted.
        LeavesNobody: nobody else holds some of the roles taken away, and that was not confirmed.
    """
    now = now or timezone.now()
    present = held(who)
    person = person_of(present, user_id)
    wanted, before = _giveable(person.authority_id, roles), roles_of(person.pk)
    was_administrator = person.is_administrator
    if mark_of_roles(person.pk) != seen:
        raise Refused(reasons.OVERTAKEN)
    if was_administrator and not administrator:
        demand_other_administrator(person)
    lost = held_alone(person) - {(area, role) for area, given in wanted.items() for role in given}
    if lost - frozenset(confirmed):
        raise LeavesNobody(lost)
    if wanted == before and administrator == was_administrator:
        return 0
    idle = [area for area, had in before.items() if had & HANDLING and not wanted.get(area, frozenset()) & HANDLING]
    released = release(present, person, now, idle) if idle else 0
    accounts.set_roles(person, wanted, administrator)
    details = {
        "before": {"administrator": was_administrator, "roles": _listed(before)},
        "after": {"administrator": administrator, "roles": _listed(wanted)},
    }
    by = Author.of(present)
    record("user.roles_changed", by, authority=person.authority_id, user=person.pk, details=details, now=now)
    return released


def release(who: Standing, person: User, now: datetime, areas: Collection[str]) -> int:
    """Give what is allocated to a user in some areas back to all; how many exchanges.

    Raises:
        Refused: something else is being given to the user at this moment.
    """
    released = hand_over_allocated(who, person.pk, None, now, areas)
    demand_nothing_allocated(person, areas)
    return released


def demand_nothing_allocated(person: User, areas: Collection[str] | None = None) -> None:
    """Go on only if nothing has been allocated to a user since it was handed over; nothing will be from now on.

    Whoever allocates holds the addressee and waits here, or was first and has been waited for.

    Raises:
        Refused: something has.
    """
    accounts.hold(person.authority_id)
    if any(areas is None or area in areas for _number, area in allocated_to(person.pk)):
        raise Refused(reasons.OVERTAKEN)


def demand_other_administrator(person: User) -> None:
    """Go on only if the authority has another local data administrator.

    Raises:
        Refused: it has none.
    """
    others = User.objects.filter(authority=person.authority_id, is_active=True, is_administrator=True)
    if not others.exclude(pk=person.pk).exists():
        raise Refused(staff_rights.LAST_ADMINISTRATOR)


def held_alone(person: User) -> frozenset[Place]:
    """The roles that no other active user of the authority holds, in areas to which it has access."""
    grants = RoleGrant.objects.exclude(role=BASIC).filter(area__in=grantable(person.authority_id))
    mine = set(grants.filter(user=person.pk).values_list("area_id", "role"))
    colleagues = User.objects.filter(authority=person.authority_id, is_active=True).exclude(pk=person.pk)
    others = set(grants.filter(user__in=colleagues).values_list("area_id", "role"))
    return frozenset(mine - others)


def hand_over_allocated(
    who: Standing, user_id: int, successor: int | None, now: datetime, areas: Collection[str] | None = None
) -> int:
    """Give what is allocated to a user and not finished to another one, or back to all; how many exchanges."""
    numbers = allocated_to(user_id)
    wanted = sorted(number for number, area in numbers if areas is None or area in areas)
    return sum(replace_colleague(who, number, user_id, successor, now) for number in wanted)


def allocated_to(user_id: int) -> list[tuple[str, str]]:
    """Number and area of each unfinished exchange that is allocated to a user."""
    rows = Allocation.objects.filter(user=user_id).exclude(exchange__phase="done")
    return list(rows.values_list("exchange__number", "exchange__area_id"))
