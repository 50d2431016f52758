"""From the files of the world to authorities and users of the directory."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from imi.accounts.actions import NewUser, load_users
from imi.accounts.hashing import hashed
from imi.accounts.models import User
from imi.directory.actions import NewAuthority, NewRegister, load_authorities
from imi.directory.folding import fold
from imi.directory.queries import ACTIVITIES, PROFESSIONS
from imi.training.chance import dice
from imi.training.models import Persona

Written = Mapping[str, Any]

PASSWORD, CODE = "Practice makes 1 master", "Kite7Rope4Zu"
"""With these every invented person signs in, so that the classic dialogue can be practised; the pages tell them."""


def settle(countries: Mapping[str, Iterable[Written]], areas: Container[str], seed: str) -> list[User]:
    """Register all authorities of the given countries with their people.

    Args:
        countries: country to its authorities as the files write them.
        areas: the areas that exist; what the files say about others is left out.
        seed: user names are drawn anew for another seed.
    """
    entries = [(country, written) for country, found in countries.items() for written in found]
    load_authorities(_authority(country, written, areas) for country, written in entries)
    people = [(written, person) for _, written in entries for person in written["users"]]
    password = hashed(PASSWORD)
    users = load_users(
        [
            _user(written, person, areas, email, password)
            for (written, person), email in zip(people, _addresses(people), strict=True)
        ],
        draw=dice("user names", seed).randrange,
    )
    Persona.objects.bulk_create(
        Persona(key=person["id"], user=user, featured=bool(person.get("featured", False)))
        for (_, person), user in zip(people, users, strict=True)
    )
    return users


def _authority(country: str, written: Written, areas: Container[str]) -> NewAuthority:
    return NewAuthority(
        id=written["id"],
        kind=written["kind"],
        country=country,
        name=written["name"],
        city=written["city"],
        region=written["region"],
        email=written["email"],
        phone=written["phone"],
        website=written["website"],
        languages=tuple(written["languages"]),
        texts={
            language: (informal, written["description"].get(language, ""))
            for language, informal in written["informal"].items()
        },
        concepts=_concepts(written),
        access=_known(written["areas"], areas),
        settings=_known(written.get("settings", {}), areas),
        coordinators={area: tuple(ids) for area, ids in _known(written.get("coordinators", {}), areas).items()},
        linked=tuple(written.get("linked", ())),
        registers=tuple(map(_register, written.get("registers", ()))),
        coordinator_kind=written.get("coordinator_kind", ""),
        validator=written.get("validator", ""),
        access_coordinators=_known(written.get("access_coordinators", {}), areas),
        regions=tuple(written.get("regions", ())),
    )


def _known(by_area: Mapping[str, Any], areas: Container[str]) -> dict[str, Any]:
    return {area: value for area, value in by_area.items() if area in areas}


def _concepts(written: Written) -> tuple[tuple[str, str], ...]:
    professions = ((PROFESSIONS, str(code)) for code in written.get("professions", ()))
    activities = ((ACTIVITIES, str(code)) for code in written.get("activities", ()))
    return (*professions, *activities)


def _register(written: Written) -> NewRegister:
    texts = {language: (name, "") for language, name in written["name"].items()}
    return NewRegister(written["url"], texts, _concepts(written))


def _user(authority: Written, person: Written, areas: Container[str], email: str, password: str) -> NewUser:
    return NewUser(
        given_name=person["given"],
        family_name=person["family"],
        email=email,
        authority=authority["id"],
        language=person["language"],
        roles=_known(person["roles"], areas),
        administrator=bool(person.get("administrator", False)),
        password=password,
        code=CODE,
    )


def _addresses(people: Iterable[tuple[Written, Written]]) -> Iterator[str]:
    """A mail address for everybody, at the domain of the authority; never the same twice."""
    given: set[str] = set()
    for authority, person in people:
        domain = authority["email"].rpartition("@")[2]
        name = ".".join(fold(f"{person['given']} {person['family']}").split())
        address = f"{name}@{domain}"
        if address in given:
            address = f"{name}.{person['id'].rpartition('-')[2]}@{domain}"
        given.add(address)
        yield address
