"""Registers authorities and coordinators with their first user, directly and at once.

Routes A and D: a coordinator enters an authority itself; coordinators are registered by the national coordinator, or
by an area coordinator for its own areas; the national coordinator by the operator. Sources: the guide for access
managers (search first, then enter the data, the first user, the access and the request coordinators), Regulation (EU)
No 1024/2012, Art. 6, the guide for the first user (the first user has all roles that the authority can give).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from imi.accounts.actions import NewUser, issue_temporary_password, register_user
from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing
from imi.administration import outbox, reasons, rights
from imi.administration.acts import OPERATOR, Author, record
from imi.administration.dependence import Coordinators, demand_coordinators, hold
from imi.administration.forms import Card, Person
from imi.administration.mandates import mandate
from imi.administration.reasons import Refused, demand
from imi.administration.similar import Likeness, similar
from imi.directory import actions as directory
from imi.directory.folding import fold
from imi.directory.models import Access, Authority, Country, PolicyArea
from imi.directory.reference import CoordinatorKind, coordinator_kinds

COORDINATORS_ROLES = frozenset({RoleGrant.Role.APPROVER.value, RoleGrant.Role.DATA_ADMINISTRATOR.value})
_LONGEST_NAME = 40


class LooksAlike(Refused):
    """Something like it is registered already, or about to be, and nobody has looked at it yet."""

    def __init__(self, found: list[Likeness]) -> None:
        super().__init__(reasons.EXISTS)
        self.found = found


@dataclass(frozen=True, slots=True)
class Registered:
    """What was registered: the user name is to be told to the first user in person, by telephone or by post."""

    authority: Authority
    user: User


# --- the acts --------------------------------------------------------------------------------------------------------


@transaction.atomic
def register_authority(
    who: Standing,
    country: str,
    card: Card,
    person: Person,
    coordinators: Coordinators,
    seen: Collection[str] = (),
    now: datetime | None = None,
) -> Registered:
    """Register an authority with its first user and its accesses (route A).

    Args:
        who: a data administrator of a coordinator that has the tasks.
        coordinators: the areas it gets access to, each with its request coordinators.
        seen: ids of what :func:`~imi.administration.similar.similar` has shown; something else that looks alike stops.

    Raises:
        Refused: ``who`` may not, or the coordinators do not fit.
        LooksAlike: it may be registered already.
    """
    demand(rights.to_register(mandate(who), country, coordinators, card.regions))
    demand_unlike(country, card, seen)
    return enter(Author.of(who), who.authority_id, country, card, person, coordinators, now or timezone.now())


@transaction.atomic
def register_coordinator(
    who: Standing,
    kind: str,
    country: str,
    card: Card,
    person: Person,
    areas: Collection[str],
    seen: Collection[str] = (),
    now: datetime | None = None,
) -> Registered:
    """Register a coordinator that stands between the authorities and the national coordinator (route D).

    Args:
        who: a data administrator of the national coordinator, or of an area coordinator for its own areas.
        kind: an id of ``coordinator_kinds.yaml``.
        areas: what it coordinates; not asked where the kind coordinates all areas.

    Raises:
        Refused: ``who`` may not, or the areas do not fit the kind.
        LooksAlike: it may be registered already.
    """
    described = coordinator_kinds().get(kind)
    if described is None or described.registered_as == Authority.Kind.NATIONAL_COORDINATOR:
        raise Refused(reasons.UNKNOWN_KIND)
    wanted = _areas_of(described, areas)
    hold(country)
    if described.territory == "region" and not card.regions:
        raise Refused(reasons.NEEDS_REGION)
    demand(rights.to_register_coordinator(mandate(who), country, described.areas, wanted))
    _demand_free(described, country, wanted)
    demand_unlike(country, card, seen)
    behind = dict.fromkeys(wanted, (who.authority_id,))
    at = now or timezone.now()
    return enter(Author.of(who), who.authority_id, country, card, person, behind, at, described)


@transaction.atomic
def register_national_coordinator(country: str, card: Card, person: Person, now: datetime | None = None) -> Registered:
    """Register the national coordinator of a country; the operator does this, in place of the Commission.

    Raises:
        Refused: the country is unknown or has one already.
    """
    if not Country.objects.filter(pk=country).exists():
        raise Refused(reasons.UNKNOWN_COUNTRY)
    hold(country)
    present = Authority.objects.filter(country=country, kind=Authority.Kind.NATIONAL_COORDINATOR, active=True).first()
    if present is not None:
        raise Refused(reasons.HAS_NATIONAL.about(authority=present.name))
    national = Authority.Kind.NATIONAL_COORDINATOR
    kind = next(one for one in coordinator_kinds().values() if one.registered_as == national)
    areas: Coordinators = dict.fromkeys(PolicyArea.objects.values_list("pk", flat=True), ())
    return enter(OPERATOR, "", country, card, person, areas, now or timezone.now(), kind)


# --- what they have in common ----------------------------------------------------------------------------------------


def demand_unlike(country: str, card: Card, seen: Collection[str], apart_from: str = "") -> None:
    """Go on only if nothing looks like this body but what was looked at.

    Raises:
        LooksAlike: there is something else.
    """
    alike = similar(country, card.name, card.city, card.email, card.website)
    unseen = [one for one in alike if one.id not in seen and one.id != apart_from]
    if unseen:
        raise LooksAlike(unseen)


def enter(
    by: Author,
    validator: str,
    country: str,
    card: Card,
    person: Person,
    coordinators: Coordinators,
    now: datetime,
    kind: CoordinatorKind | None = None,
) -> Registered:
    """Store an authority, its accesses and its first user, with their acts; the rights have been asked before.

    Raises:
        Refused: the coordinators do not fit, or somebody else has the first user's mail address.
    """
    hold(country)
    coordinators = {area: tuple(dict.fromkeys(chosen)) for area, chosen in coordinators.items()}
    if validator:
        demand_coordinators(country, coordinators)
    role = Access.Role.COORDINATOR if kind else Access.Role.AUTHORITY
    authority = directory.register_authority(_entry(country, card, coordinators, validator, role.value, kind))
    record("authority.registered", by, authority=authority.pk, details={"name": card.name}, now=now)
    for area, chosen in coordinators.items():
        details = {"role": role.value, "request_coordinators": list(chosen)}
        record("access.granted", by, authority=authority.pk, area=area, details=details, now=now)
        if validator:
            outbox.tell_administrators("access_granted", authority.pk, now, area)
    user = enter_first_user(by, authority, person, dict.fromkeys(coordinators, role.value), now)
    return Registered(authority, user)


def enter_first_user(by: Author, authority: Authority, person: Person, areas: Mapping[str, str], now: datetime) -> User:
    """Register the first user, who has every role that the authority can give and is its local data administrator.

    The temporary password is mailed; the user name, which is not, is for whoever registers to tell.

    Args:
        areas: the areas of the authority, each with its role there.

    Raises:
        Refused: somebody else has the mail address.
    """
    entry = NewUser(
        given_name=person.given_name,
        family_name=person.family_name,
        email=person.email,
        authority=authority.pk,
        language=person.language,
        roles={area: every_role(role) for area, role in areas.items()},
        administrator=True,
    )
    try:
        with transaction.atomic():
            user = register_user(entry)
    except IntegrityError as error:
        if User.objects.filter(email__iexact=person.email).exists():
            raise Refused(reasons.MAIL_TAKEN) from error
        raise
    details = {"administrator": True, "roles": {area: list(every_role(role)) for area, role in areas.items()}}
    record("user.registered", by, authority=authority.pk, user=user.pk, details=details, now=now)
    issue_temporary_password(None, user, now)
    return user


def every_role(role: str) -> tuple[str, ...]:
    """Every role that an authority can give in an area where it has this role of its own."""
    coordinates = role == Access.Role.COORDINATOR
    return tuple(one for one in RoleGrant.Role.values if coordinates or one not in COORDINATORS_ROLES)


def _entry(
    country: str, card: Card, coordinators: Coordinators, validator: str, role: str, kind: CoordinatorKind | None
) -> directory.NewAuthority:
    return directory.NewAuthority(
        id=_unused_id(country, card.name),
        kind=kind.registered_as if kind else Authority.Kind.COMPETENT,
        country=country,
        name=card.name,
        city=card.city,
        email=card.email,
        phone=card.phone,
        website=card.website,
        languages=card.languages,
        texts={card.languages[0]: (card.informal, card.description)},
        access=dict.fromkeys(coordinators, role),
        coordinators=coordinators,
        coordinator_kind=kind.id if kind else "",
        validator=validator,
        access_coordinators=dict.fromkeys(coordinators, validator) if validator else {},
        street=card.street,
        postcode=card.postcode,
        regions=card.regions,
    )


def _unused_id(country: str, name: str) -> str:
    """An id that is made of the country and the name, as far as nobody else has it."""
    words = fold(name)[:_LONGEST_NAME].replace(" ", "-").strip("-")
    base = f"{country.lower()}-{words}".strip("-")
    return f"{base}-{secrets.token_hex(3)}" if Authority.objects.filter(pk=base).exists() else base


def _areas_of(kind: CoordinatorKind, areas: Iterable[str]) -> list[str]:
    """The areas of a new coordinator.

    Raises:
        Refused: they do not fit its kind.
    """
    wanted = sorted(set(areas))
    if kind.areas == "all":
        return sorted(PolicyArea.objects.values_list("pk", flat=True))
    if not wanted or (kind.areas == "one" and len(wanted) > 1):
        raise Refused(reasons.WRONG_AREAS)
    return wanted


def _demand_free(kind: CoordinatorKind, country: str, areas: list[str]) -> None:
    """Go on unless the country has one of a kind of which there is at most one for an area.

    Raises:
        Refused: it has.
    """
    if kind.areas != "one" or kind.territory != "country":
        return
    taken = Access.objects.filter(
        authority__country=country,
        authority__active=True,
        authority__coordinator_kind=kind.id,
        role=Access.Role.COORDINATOR,
        area__in=areas,
    ).select_related("authority")
    for access in taken[:1]:
        raise Refused(reasons.AREA_TAKEN.about(authority=access.authority.name))
