"""Lets the national coordinators of the world delegate single tasks, each by an act of its data administrator."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from datetime import datetime

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import standing
from imi.administration import relations
from imi.directory.models import Authority
from imi.training.world_files import Delegated


def delegate(countries: Mapping[str, Iterable[Delegated]], areas: Container[str], now: datetime) -> None:
    """Delegate what the files say.

    Args:
        countries: country to what its national coordinator delegates.
        areas: the areas that exist; what the files say about others is left out.
        now: when it is done.

    Raises:
        Refused: a file says what the rules forbid.
    """
    for country, delegated in countries.items():
        wanted = [one for one in delegated if not one.area or one.area in areas]
        if wanted:
            who = standing(_data_administrator(country))
            for one in wanted:
                relations.delegate(who, one.holder, one.task, one.area or None, one.region, now)


def _data_administrator(country: str) -> User:
    """Somebody who may act for the national coordinator of a country."""
    grants = RoleGrant.objects.filter(
        role=RoleGrant.Role.DATA_ADMINISTRATOR,
        user__authority__country=country,
        user__authority__kind=Authority.Kind.NATIONAL_COORDINATOR,
        user__is_active=True,
    )
    return grants.select_related("user__authority").order_by("user_id")[0].user
