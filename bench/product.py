"""Fills the product's directory and accounts with the generated world, by the product's own functions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from random import Random

from django.utils import timezone

from bench.data import SENTENCES, Authority, World
from imi.accounts.actions import NewUser, load_users
from imi.accounts.models import User
from imi.catalogue.registry import Catalogue
from imi.directory import reference
from imi.directory.actions import (
    NewAuthority,
    load_authorities,
    load_concepts,
    load_countries,
    load_holidays,
    sync_areas,
)
from imi.directory.queries import PROFESSIONS
from imi.exchanges.models import PublishedDefinition
from imi.exchanges.publish import publish_all

BATCH = 1000


def publish(catalogue: Catalogue) -> None:
    """Countries, professions and activities, areas, procedures and holidays."""
    load_countries()
    load_concepts()
    load_holidays(range(2025, 2029))
    sync_areas([area.area for area in catalogue.areas()])
    publish_all(catalogue)


def procedures() -> list[PublishedDefinition]:
    """The published procedures, in the order in which the world counts them."""
    return list(PublishedDefinition.objects.filter(current=True).order_by("procedure"))


def load_directory(world: World, areas: list[str]) -> None:
    """Authorities and users; user number n of the world gets the key n + 1."""
    authorities = (_authority(world, one, areas) for one in world.authorities)
    while batch := list(islice(authorities, BATCH)):
        load_authorities(batch)
    users = _users(world, areas)
    while people := list(islice(users, BATCH)):
        load_users(people)
    # In most authorities somebody has signed in; in every fiftieth nobody has.
    first = [one.id for one in world.authorities[::50]]
    User.objects.exclude(authority__in=first).update(last_seen=timezone.now())
    last = User.objects.order_by("-pk").values_list("pk", flat=True).first()
    if last != world.users:
        raise RuntimeError(f"the last user has the key {last}, not {world.users}")


@cache
def _professions() -> list[str]:
    return sorted({entry.code for entry in reference.concepts() if entry.scheme == PROFESSIONS})


def _authority(world: World, one: Authority, areas: list[str]) -> NewAuthority:
    language = reference.countries()[one.country].languages[0]
    role = "coordinator" if one.coordinates else "authority"
    title = f"Office {one.index} of {one.country}"
    return NewAuthority(
        id=one.id,
        kind="national_coordinator" if one.coordinates else "competent",
        country=one.country,
        name=title,
        city=f"Town {one.index % 400}",
        email=f"office@{one.id}.example",
        languages=(language,),
        concepts=tuple((PROFESSIONS, code) for code in Random(one.index).sample(_professions(), 3)),
        texts={"en": (f"{title}: professions and services", SENTENCES[0]), language: (title, SENTENCES[1])},
        access=dict.fromkeys(areas, role),
        coordinators={} if one.coordinates else dict.fromkeys(areas, (world.authorities[one.coordinator].id,)),
    )


def _users(world: World, areas: list[str]) -> Iterator[NewUser]:
    """The first of each authority allocates, every fourth only reads, coordinators approve."""
    for one in world.authorities:
        for place in range(one.users):
            roles = ("basic",) if place % 4 == 3 else ("handler", "allocator") if place == 0 else ("handler",)
            if one.coordinates:
                roles = ("handler", "approver", "data_administrator")
            number = one.first_user + place
            yield NewUser(
                authority=one.id,
                given_name="Ana",
                family_name=f"Person {number}",
                email=f"person{number}@{one.id}.example",
                language="en",
                roles=dict.fromkeys(areas, roles),
                administrator=place == 0,
                username=f"u{number}",
            )
