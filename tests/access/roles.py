"""People who have exactly one role each, in every authority of the stage, and what they may try there."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from imi.accounts import codes
from imi.accounts.actions import NewUser, load_users
from imi.accounts.models import Credentials, User
from imi.accounts.queries import Standing, standing
from imi.administration.models import Act
from imi.administration.reasons import Refused
from imi.directory.actions import load_authorities
from imi.directory.models import Access, Authority, AuthorityLink, CoordinatorLink
from imi.exchanges import actions
from imi.exchanges.models import EventRecord
from tests.access.conftest import Stage, text_of
from tests.access.test_attacks import changed, tables
from tests.access.test_sign_in_attacks import CODE, PASSWORD
from tests.exchanges.conftest import AREA, _authority

BASIC, HANDLER, ALLOCATOR, APPROVER, ADMINISTRATOR, DATA_ADMINISTRATOR = ("BU", "RH", "AL", "RF", "LDA", "DA")
COLUMNS = (BASIC, HANDLER, ALLOCATOR, APPROVER, ADMINISTRATOR, DATA_ADMINISTRATOR)
ROLE = {
    BASIC: "basic",
    HANDLER: "handler",
    ALLOCATOR: "allocator",
    APPROVER: "approver",
    ADMINISTRATOR: "basic",
    DATA_ADMINISTRATOR: "data_administrator",
}
COORDINATORS_OWN = {APPROVER, DATA_ADMINISTRATOR}  # roles that exist in coordinators only

# Where the people stand: each authority of a side with the coordinator behind it.
BEHIND = {"hu-trade": "hu-coord", "pt-works": "pt-coord"}
REFUSED = {403, 404, 409}


def populate(stage: Stage) -> None:
    """One person of each role where there is such a role; coordinators that validate, as their acts leave them."""
    load_authorities([_authority("hu-second", "HU", "coordinator")])
    AuthorityLink.objects.create(authority_id="hu-trade", linked_id="hu-second")
    Authority.objects.filter(pk__in=["hu-coord", "pt-coord"]).update(coordinator_kind="limic")
    for authority in ("hu-trade", "hu-linked"):
        Authority.objects.filter(pk=authority).update(validator="hu-coord")
        Access.objects.filter(authority=authority, area=AREA).update(coordinator="hu-coord")
    entries = [
        _person(column, authority)
        for authority in ("hu-trade", "pt-works", "hu-coord", "pt-coord", "hu-second")
        for column in COLUMNS
        if authority not in BEHIND or column not in COORDINATORS_OWN
    ]
    for entry, user in zip(entries, load_users(entries), strict=True):
        stage.world.people[entry.given_name] = standing(user)


def leave(stage: Stage) -> None:
    """Forget the people again, whose rows are taken back with the test."""
    for name in [one for one in stage.world.people if ":" in one]:
        del stage.world.people[name]


def _person(column: str, authority: str) -> NewUser:
    return NewUser(
        given_name=f"{column}:{authority}",
        family_name="Test",
        email=f"{column.lower()}@{authority}.example",
        authority=authority,
        language="en",
        roles={AREA: (ROLE[column],)},
        administrator=column == ADMINISTRATOR,
    )


def with_secrets(user: User) -> None:
    """Give somebody the password and the code of the tests."""
    held = Credentials.objects.get(user=user)
    User.objects.filter(pk=user.pk).update(password=make_password(PASSWORD))
    sealed = codes.sealed(CODE, user.pk, held.version)
    Credentials.objects.filter(pk=user.pk).update(sealed_code=sealed, positions="2 5 9", chosen_at=timezone.now())


@dataclass
class Trying:
    """Somebody with one role, who tries something; each try says whether it had its effect.

    What is refused must say why and leave every row of the database as it was.
    """

    stage: Stage
    name: str
    on: bool = True

    @property
    def home(self) -> str:
        """The authority in which the person works."""
        return self.name.partition(":")[2]

    @property
    def user(self) -> User:
        """The person."""
        return User.objects.select_related("authority").get(pk=self.stage.world.people[self.name].user_id)

    @property
    def who(self) -> Standing:
        """What the person may do now."""
        return standing(self.user)

    @property
    def client(self) -> Client:
        """A browser in which the person is signed in."""
        client = Client()
        client.force_login(self.user)
        return client

    def number(self, situation: str) -> str:
        """A request of the stage, by what has become of it."""
        return self.stage.numbers[situation]

    def reads(self, path: str, shows: str) -> bool:
        """Open a page; whether it shows something."""
        answer = self.client.get(path)
        assert answer.status_code in {200, 403, 404}, (path, answer.status_code)
        return answer.status_code == 200 and shows in text_of(answer)

    def acts(self, situation: str, action: str, **given: Any) -> bool:
        """Take an action on a request; its form is there for those who may, and says why it is not for others."""
        number = self.number(situation)
        form = self.client.get(f"/requests/{number}/{action}/")
        events = EventRecord.objects.filter(exchange__number=number)
        before, count = tables(), events.count()
        try:
            done = self.stage.world.act(self.name, number, action, **given)
        except actions.NoSuchExchange:
            assert form.status_code == 404
            assert changed(before) == set()
            return False
        if isinstance(done, actions.Done):
            assert form.status_code == 200
            assert events.count() == count + 1
            return True
        assert done.refusal.code in {"party", "role", "state", "guard"}, done.refusal
        assert form.status_code in REFUSED
        assert changed(before) == set()
        return False

    def begins(self) -> bool:
        """Press the button that begins a request."""
        form = {"procedure": f"{AREA}/information-request", "key": uuid.uuid4().hex}
        client, before = self.client, tables()
        answer = client.post("/requests/start", form)
        if answer.status_code == 302:
            assert "/send/" in answer["Location"]
            return "exchanges_exchange" in changed(before)
        assert answer.status_code in REFUSED
        assert changed(before) == set()
        return False

    def administers(self, act: Callable[..., Any], *given: Any, **named: Any) -> bool:
        """Do an act of the administration; it is recorded, or refused with a sentence."""
        who, before, count = self.who, tables(), Act.objects.count()
        reason = ""
        try:
            act(who, *given, **named)
        except Refused as refused:
            reason = str(refused.reason)
        if reason:
            assert changed(before) == set()
            return False
        assert Act.objects.count() > count
        assert Act.objects.filter(by_user=who.user_id).exists()
        return True


def take_access(authority: str) -> None:
    """Let an authority have no access to the area, so that it can be given."""
    CoordinatorLink.objects.filter(authority=authority, area=AREA).delete()
    Access.objects.filter(authority=authority, area=AREA).delete()
