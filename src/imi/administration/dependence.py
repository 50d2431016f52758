"""Who depends on whom: what keeps every authority with a validating, an access and a request coordinator.

All acts that change it hold their country first, so that two of them never judge by what the other is changing.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Exists, OuterRef, Q

from imi.administration import reasons
from imi.administration.models import Delegation
from imi.administration.reasons import Refused
from imi.directory.models import Access, Authority, CoordinatorLink, Country, PolicyArea
from imi.directory.reference import coordinator_kinds

Coordinators = Mapping[str, tuple[str, ...]]
"""Areas, each with the ids of the request coordinators that an authority has there."""

NAMED = 10
"""How many of the dependent authorities a refusal names."""


def hold(country: str) -> None:
    """Keep other acts on relations in a country waiting until the end of the transaction; others are not disturbed."""
    list(Country.objects.select_for_update(no_key=True).filter(pk=country).values_list("pk"))


def demand_coordinators(country: str, coordinators: Coordinators, authority: str = "") -> None:
    """Go on only if every area has a request coordinator that may be one; two queries.

    Args:
        authority: whose coordinators they are to be, unless it is a new one; none coordinates itself.

    Raises:
        Refused: an area has none or does not exist, or somebody does not coordinate it in the country.
    """
    if not all(coordinators.values()):
        raise Refused(reasons.NEEDS_REQUEST_COORDINATOR)
    if PolicyArea.objects.filter(pk__in=coordinators).count() != len(coordinators):
        raise Refused(reasons.UNKNOWN_AREA)
    named = {one for many in coordinators.values() for one in many}
    accesses = Access.objects.filter(_CAN_COORDINATE, authority__in=named, authority__country=country)
    able = set(accesses.values_list("authority_id", "area_id"))
    for area, many in coordinators.items():
        for one in many:
            if one == authority or (one, area) not in able:
                raise Refused(reasons.NOT_COORDINATING.about(authority=one))


_CAN_COORDINATE = Q(authority__active=True, role=Access.Role.COORDINATOR, suspended=False)


def able() -> Q:
    """The condition on a coordinator link, or on an access, that its coordinator can act in the area."""
    accesses = Access.objects.filter(_CAN_COORDINATE, authority=OuterRef("coordinator"), area=OuterRef("area"))
    return Q(Exists(accesses))


def coordinated() -> Q:
    """The condition on an access that at least one of its request coordinators can act in the area."""
    links = CoordinatorLink.objects.filter(able(), authority=OuterRef("authority"), area=OuterRef("area"))
    return Q(Exists(links))


def dependents(authority_id: str, area: str | None = None) -> list[str]:
    """The names of active authorities that would be left without a coordinator; in one area, or altogether."""
    accesses = Access.objects.filter(coordinator=authority_id, authority__active=True)
    others = CoordinatorLink.objects.filter(authority=OuterRef("authority"), area=OuterRef("area"))
    others = others.exclude(coordinator=authority_id).filter(able())
    links = CoordinatorLink.objects.filter(~Exists(others), coordinator=authority_id, authority__active=True)
    if area is not None:
        accesses, links = accesses.filter(area=area), links.filter(area=area)
    found: set[tuple[str, str]] = set(accesses.values_list("authority", "authority__name"))
    found |= set(links.values_list("authority", "authority__name"))
    if area is None:
        found |= set(Authority.objects.filter(validator=authority_id, active=True).values_list("pk", "name"))
    return sorted(name for _pk, name in found)


def demand_nobody_depends(authority_id: str, area: str | None = None) -> None:
    """Go on only if no active authority would be left without a coordinator.

    Raises:
        Refused: some would; the reason names the first of them.
    """
    names = dependents(authority_id, area)
    if names:
        raise Refused(reasons.STILL_NEEDED.about(authorities=", ".join(names[:NAMED])))


def coordinators_with(country: str, task: str) -> set[str]:
    """The active coordinators of a country that have a task by their kind or by delegation."""
    kinds = [kind.id for kind in coordinator_kinds().values() if task in kind.tasks]
    given = Delegation.objects.filter(holder=OuterRef("pk"), task=task)
    found = Authority.objects.filter(Q(coordinator_kind__in=kinds) | Exists(given), country=country, active=True)
    return set(found.exclude(kind=Authority.Kind.COMPETENT).values_list("pk", flat=True))
