"""Who plays: the authorities of the directory and their people, by what they may do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from imi.accounts.models import RoleGrant, User
from imi.accounts.queries import Standing, standing
from imi.core.compiled import Compiled
from imi.core.definition import Action
from imi.core.exchange import Exchange
from imi.core.facts import AuthorityFacts, Facts
from imi.directory.models import Access, Authority, AuthorityConcept, CoordinatorLink
from imi.training.chance import Dice


@dataclass(slots=True)
class Member:
    """One authority as the training world looks at it."""

    id: str
    country: str
    competent: bool
    settings: dict[str, Mapping[str, bool]] = field(default_factory=dict)
    concepts: set[str] = field(default_factory=set)
    coordinators: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class Cast:
    """All authorities with their people, read once in a fixed number of queries."""

    def __init__(self) -> None:
        self.members = {
            row.pk: Member(row.pk, row.country_id, row.kind == Authority.Kind.COMPETENT)
            for row in Authority.objects.filter(active=True).order_by("pk")
        }
        for access in Access.objects.filter(suspended=False, authority__active=True):
            self.members[access.authority_id].settings[access.area_id] = access.settings
        for authority, code in AuthorityConcept.objects.values_list("authority_id", "concept__code"):
            if authority in self.members:
                self.members[authority].concepts.add(code)
        for link in CoordinatorLink.objects.order_by("coordinator_id"):
            if link.authority_id in self.members:
                self.members[link.authority_id].coordinators[link.area_id].append(link.coordinator_id)
        self._people: dict[tuple[str, str, str], list[User]] = defaultdict(list)
        grants = RoleGrant.objects.filter(user__is_active=True).select_related("user__authority").order_by("user_id")
        for grant in grants:
            self._people[grant.user.authority_id, grant.area_id, grant.role].append(grant.user)
        self._standings: dict[int, Standing] = {}

    def competent(self, area: str, concept: str) -> list[Member]:
        """The competent authorities of an area for a profession or activity."""
        return [
            one for one in self.members.values() if one.competent and area in one.settings and concept in one.concepts
        ]

    def neighbours(self, authority: str, area: str, concept: str) -> list[Member]:
        """Other authorities of the same country that may take something over: the competent ones, else any other."""
        country = self.members[authority].country
        others = [
            one
            for one in self.members.values()
            if one.country == country and one.id != authority and area in one.settings and one.competent
        ]
        return [one for one in others if concept in one.concepts] or others

    def setting(self, compiled: Compiled, area: str, authority: str, name: str) -> bool:
        """Whether an authority switched something on."""
        member = self.members.get(authority)
        return bool(member and member.settings.get(area, {}).get(name, compiled.settings[name]))

    def people(self, authority: str, area: str, roles: Iterable[str]) -> list[User]:
        """The users of an authority who hold one of the roles."""
        found = {user.pk: user for role in roles for user in self._people[authority, area, role]}
        return [found[pk] for pk in sorted(found)]

    def standing(self, user: User) -> Standing:
        """What a user may do; asked once."""
        if user.pk not in self._standings:
            self._standings[user.pk] = standing(user)
        return self._standings[user.pk]

    def facts(self, compiled: Compiled, authorities: Iterable[str], now: datetime) -> Facts:
        """What a form depends on: the settings of these authorities and of their coordinators, and who works there.

        The engine reads its own facts when it decides; these spare the queries while a form is filled in.
        """
        area = compiled.definition.area.area
        named = {one for one in authorities if one in self.members}
        named |= {one for other in tuple(named) for one in self.members[other].coordinators[area]}
        return Facts(
            now=now,
            authorities={
                one.id: AuthorityFacts(
                    one.id,
                    one.country,
                    coordinators=tuple(one.coordinators[area]),
                    settings=one.settings.get(area, {}),
                )
                for one in map(self.members.__getitem__, sorted(named))
            },
            colleagues={
                one: frozenset(str(user.pk) for user in self.people(one, area, ("handler",))) for one in sorted(named)
            },
        )

    def actor(
        self,
        compiled: Compiled,
        action: Action,
        party: str,
        authorities: Iterable[str],
        state: Exchange | None,
        dice: Dice,
    ) -> User | None:
        """Somebody of these authorities who may take an action as a party; the same people keep to an exchange.

        Args:
            state: the exchange, None when it is opened; once it is allocated only the chosen colleagues are asked.
        """
        area = compiled.definition.area.area
        roles = [role for by in action.by if by.party == party for role in by.roles]
        for authority in authorities:
            fitting = self.people(authority, area, roles)
            chosen = state.allocations.get(authority) if state and action.allocated_only else None
            if chosen:
                fitting = [user for user in fitting if str(user.pk) in chosen]
            if fitting:
                return fitting[int(dice.random() ** 2 * len(fitting))]
        return None
