"""Reads of the accounts: what a user may do, and who is to be told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, F, QuerySet, Value

from imi.accounts.models import RoleGrant, User
from imi.database.prepared import prepared
from imi.directory.models import Access, AuthorityLink, CoordinatorLink

BASIC = RoleGrant.Role.BASIC.value
HANDLER = RoleGrant.Role.HANDLER.value
DATA_ADMINISTRATOR = RoleGrant.Role.DATA_ADMINISTRATOR.value

NO_ROLES: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """What a user is entitled to at this moment.

    ``roles`` has every area that the authority has access to; everyone is at least a basic user there. ``linked`` are
    the authorities whose high-level overview this authority may see because they have linked it.
    """

    user_id: int
    authority_id: str
    country: str
    language: str
    roles: Mapping[str, frozenset[str]]
    administrator: bool
    linked: frozenset[str]

    def roles_in(self, area: str) -> frozenset[str]:
        """Return the roles in ``area``, none without access to it."""
        return self.roles.get(area, NO_ROLES)

    def areas_with(self, role: str) -> frozenset[str]:
        """Return the areas in which the user has ``role``."""
        return frozenset(area for area, roles in self.roles.items() if role in roles)


def standing(user: User) -> Standing:
    """Return what ``user`` may do now; one query, and a second one when the authority has not been loaded.

    It is asked for with every request and never kept, so that a change of roles or access bites at the next click.
    A user or an authority that is not active has no roles.
    """
    authority = user.authority
    active = user.is_active and authority.active
    roles, linked = _rights(user) if active else ({}, frozenset())
    return Standing(
        user_id=user.pk,
        authority_id=authority.pk,
        country=authority.country_id,
        language=user.language,
        roles=roles,
        administrator=active and user.is_administrator,
        linked=linked,
    )


def _rights(user: User) -> tuple[dict[str, frozenset[str]], frozenset[str]]:
    """Read accesses, roles and links together: one union instead of three questions in every request."""

    areas: dict[str, set[str]] = {}
    granted: list[tuple[str, str]] = []
    linked: set[str] = set()
    for kind, one, other in _rights_rows(user=user.pk, authority=user.authority_id):
        if kind == "access":
            areas[one] = {BASIC}
        elif kind == "role":
            granted.append((one, other))
        else:
            linked.add(one)
    for area, role in granted:
        if area in areas:
            areas[area].add(role)
    return {area: frozenset(roles) for area, roles in areas.items()}, frozenset(linked)


@prepared()
def _rights_rows(user: int, authority: str) -> QuerySet[Any, tuple[str, str, str]]:
    def rows(found: QuerySet, kind: str, one: str, other: str | None) -> QuerySet:
        second = F(other) if other else Value("", output_field=CharField())
        return found.annotate(kind=Value(kind, output_field=CharField()), one=F(one), other=second).values_list(
            "kind", "one", "other"
        )

    accesses = Access.objects.filter(authority=authority, suspended=False)
    grants = RoleGrant.objects.filter(user=user)
    links = AuthorityLink.objects.filter(linked=authority, authority__active=True)
    return rows(accesses, "access", "area_id", None).union(
        rows(grants, "role", "area_id", "role"), rows(links, "link", "authority_id", None), all=True
    )


def may_reset(actor: Standing, user: User) -> bool:
    """Return whether ``actor`` may have a temporary password made for ``user``.

    A local data administrator may for the colleagues of the own authority. For a local data administrator, who may be
    the last one, a data administrator of the coordinator that validated the authority or stands behind it may as well
    (guide for the first user, "Lost password and user name" and step 13). Nobody does it for himself or herself.
    """
    if not user.is_active or actor.user_id == user.pk:
        return False
    if actor.authority_id == user.authority_id:
        return actor.administrator
    areas = actor.areas_with(DATA_ADMINISTRATOR)
    if not areas or not user.is_administrator:
        return False
    behind = CoordinatorLink.objects.filter(authority=user.authority_id, coordinator=actor.authority_id, area__in=areas)
    return user.authority.validator_id == actor.authority_id or behind.exists()


def colleagues(authorities: Iterable[str], area: str, roles: Iterable[str]) -> dict[str, list[User]]:
    """Return the active users of each authority who hold one of ``roles`` in ``area``, by name; one query.

    Whoever asks for basic users gets everybody. Authorities without access to the area, or inactive ones, have nobody.
    """
    wanted, ids = set(roles), list(authorities)
    users = User.objects.filter(authority__in=_with_access(ids, area), authority__active=True, is_active=True)
    if BASIC not in wanted:
        users = users.filter(pk__in=RoleGrant.objects.filter(area=area, role__in=wanted).values("user"))
    found: dict[str, list[User]] = defaultdict(list)
    for user in users.order_by("family_name", "given_name", "pk"):
        found[user.authority_id].append(user)
    return {authority: found[authority] for authority in ids}


def _with_access(ids: Iterable[str], area: str) -> QuerySet:
    return Access.objects.filter(authority__in=ids, area=area, suspended=False).values("authority")


def display_names(users: Iterable[int]) -> dict[int, str]:
    """Return the names of users by id; one query."""
    return {pk: f"{given} {family}" for pk, given, family in _names(users=list(users))}


@prepared()
def _names(users: Iterable[int]) -> QuerySet[Any, tuple[int, str, str]]:
    return User.objects.filter(pk__in=users).values_list("pk", "given_name", "family_name")
