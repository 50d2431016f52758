"""Whom an offering reaches: conditions for a reader's lists, and the people to be told; nothing loops over authorities.

A national coordinator reaches its country, another coordinator the authorities behind which it stands, each in the
areas of the offering.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing
from imi.directory.models import Access, Authority, CoordinatorLink, PolicyArea
from imi.outreach.models import Event, Offering
from imi.outreach.rights import COORDINATING

NATIONAL = Authority.Kind.NATIONAL_COORDINATOR


def for_reader(model: type[Offering], authority: str, country: str, areas: Collection[str]) -> Q:
    """The offerings that reach an authority of a country with access to these areas, its own included."""
    through: Any = model.areas.through
    source = model._meta.model_name
    rows = through.objects.filter(**{f"{source}_id": OuterRef("pk")})
    anywhere = ~Exists(rows)
    ours = anywhere | Exists(rows.filter(policyarea__in=areas))
    # ``areas`` are those to which the access is not suspended; the link of a suspended one stays.
    linked = CoordinatorLink.objects.filter(authority=authority, coordinator=OuterRef("host_id"), area__in=areas)
    of_area = through.objects.filter(**{f"{source}_id": OuterRef(OuterRef("pk"))}).values("policyarea_id")
    # Not through the hosts themselves: PostgreSQL would join all authorities to find the one that it is.
    chief = Authority.objects.filter(kind=NATIONAL, country=country).values("pk")
    national = Q(host__in=chief) & ours
    return Q(host=authority) | national | (Q(Exists(linked)) & anywhere) | Q(Exists(linked.filter(area__in=of_area)))


def open_to_all(model: type[Offering], areas: Collection[str]) -> Q:
    """The offerings of any country that are open abroad, in the reader's areas."""
    through: Any = model.areas.through
    rows = through.objects.filter(**{f"{model._meta.model_name}_id": OuterRef("pk")})
    return Q(abroad=True) & (~Exists(rows) | Exists(rows.filter(policyarea__in=areas)))


def in_area(model: type[Offering], area: str) -> Q:
    """The offerings for an area: those that name it, and those for all areas."""
    through: Any = model.areas.through
    source = f"{model._meta.model_name}_id"
    return Q(pk__in=through.objects.filter(policyarea=area).values(source)) | ~Q(pk__in=through.objects.values(source))


def readable(model: type[Offering], who: Standing) -> Q:
    """What a reader may see of news and materials: those of the own coordinators, and those open to all countries."""
    return readable_by(model, who.authority_id, who.country, sorted(who.roles))


def readable_by(model: type[Offering], authority: str, country: str, areas: Collection[str]) -> Q:
    """The same for a reader of an authority of a country with access to these areas."""
    return for_reader(model, authority, country, areas) | open_to_all(model, areas)


def events_for(who: Standing) -> Q:
    """The events somebody is invited to: only chosen authorities where some were, coordinators abroad if it is open."""
    return events_reaching(who.authority_id, who.country, sorted(who.roles))


def events_reaching(authority: str, country: str, areas: Collection[str]) -> Q:
    """The same for somebody of an authority of a country with access to these areas."""
    chosen = Event.authorities.through.objects.filter(event_id=OuterRef("pk"))
    invited = for_reader(Event, authority, country, areas)
    invited &= ~Exists(chosen) | Exists(chosen.filter(authority=authority)) | Q(host=authority)
    me = Authority.objects.filter(pk=authority).exclude(kind=Authority.Kind.COMPETENT)
    return invited | (open_to_all(Event, areas) & Q(Exists(me)))


# --- the other way round: from an offering to people -----------------------------------------------------------------


def areas_of(slugs: Collection[str]) -> QuerySet[PolicyArea]:
    """The areas with these ids."""
    return PolicyArea.objects.filter(pk__in=slugs)


def authorities_of(host: Authority, areas: Collection[str]) -> QuerySet[Authority]:
    """The active authorities that a coordinator reaches in these areas, without itself."""
    active = Authority.objects.filter(active=True).exclude(pk=host.pk)
    access = Access.objects.filter(authority=OuterRef("pk"), suspended=False)
    if host.kind == NATIONAL:
        found = active.filter(country=host.country_id)
        return found.filter(Exists(access.filter(area__in=areas))) if areas else found
    working = Access.objects.filter(authority=OuterRef("authority"), area=OuterRef("area"), suspended=False)
    links = CoordinatorLink.objects.filter(Exists(working), authority=OuterRef("pk"), coordinator=host.pk)
    return active.filter(Exists(links.filter(area__in=areas) if areas else links))


def people_of(authorities: QuerySet[Authority]) -> QuerySet[User]:
    """The active people of these authorities."""
    return User.objects.filter(is_active=True, authority__in=authorities.values("pk"))


def coordinators(country: str | None, areas: Collection[str]) -> QuerySet[Authority]:
    """The active coordinators of a country (None: of all), in one of these areas if there are any."""
    access = Access.objects.filter(authority=OuterRef("pk"), role=Access.Role.COORDINATOR, suspended=False)
    found = Authority.objects.filter(Exists(access.filter(area__in=areas) if areas else access), active=True)
    return found if country is None else found.filter(country=country)


def coordinating_people(authorities: QuerySet[Authority], areas: Collection[str]) -> QuerySet[User]:
    """Who has a coordinating role in these authorities, in one of these areas if there are any."""
    roles = RoleGrant.objects.filter(user=OuterRef("pk"), role__in=COORDINATING)
    found = User.objects.filter(is_active=True, authority__active=True, authority__in=authorities.values("pk"))
    return found.filter(Exists(roles.filter(area__in=areas) if areas else roles))


def event_people(event: Event) -> QuerySet[User]:
    """Everybody who is invited to an event."""
    areas = list(event.areas.values_list("pk", flat=True))
    reached = authorities_of(event.host, areas)
    if event.authorities.exists():
        reached = reached.filter(pk__in=event.authorities.values("pk"))
    people = people_of(reached)
    if event.abroad:
        others = coordinators(None, areas).exclude(country=event.host.country_id)
        people = people | coordinating_people(others, areas)
    return people
