"""A world with every kind of person, and one exchange in each state, all reached by real actions and built once.

The exchanges live in a transaction that stays open for a whole module; each test works in a savepoint of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http.response import HttpResponseBase
from django.test import Client

from imi.accounts.actions import load_users
from imi.accounts.models import User
from imi.accounts.queries import standing
from imi.catalogue.registry import Catalogue
from imi.directory.actions import load_authorities, load_countries, sync_areas
from imi.directory.models import Access
from imi.exchanges import actions, definitions
from imi.exchanges.models import Exchange
from imi.exchanges.publish import publish_all
from imi.files.actions import as_attachment, store
from imi.notify.chores import send_mail, tell_people
from imi.training.models import Persona
from imi.web import words
from tests.exchanges.conftest import (
    AREA,
    NOW,
    SEND,
    World,
    _authorities,
    _user,
    _users,
    catalogue,
)

__all__ = ["catalogue"]

PERSONS = ["Allocator", "Answerreader", "Answerelse", "Coordhandler", "Othermate"]
# What only those may read who see personal data; it stands in a field, a comment, a message and a file's name.
SECRETS = ("Kanári Ilona", "kanari-megjegyzes", "kanari-oklevel")
SETTINGS = {"hu-coord": "approve_requests", "pt-coord": "approve_replies"}


@dataclass
class Stage:
    """The world, its people's browsers, and exchanges by the name of what has become of them."""

    world: World
    numbers: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, SimpleCookie] = field(default_factory=dict)
    _clients: dict[str, Client] = field(default_factory=dict)

    def sign_in(self) -> None:
        """Begin a session for everybody; it lasts for the module, as the exchanges do."""
        for name, who in self.world.people.items():
            client = Client()
            client.force_login(User.objects.get(pk=who.user_id))
            self.cookies[name] = client.cookies

    def client(self, name: str) -> Client:
        """A browser of a person, as it was just after signing in; an empty name is nobody signed in."""
        client = self._clients.setdefault(name, Client())
        client.cookies = self.jar(name)
        return client

    def jar(self, name: str) -> SimpleCookie:
        """The cookies of a person's session."""
        kept = self.cookies[name] if name else SimpleCookie()
        return SimpleCookie({key: morsel.value for key, morsel in kept.items()})

    def act(self, name: str, number: str, action: str, **given: Any) -> None:
        """Take an action that must succeed."""
        done = self.world.act(name, number, action, **given)
        assert isinstance(done, actions.Done), (action, done)


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: Any, catalogue: Catalogue) -> Iterator[Stage]:
    """The stage, thrown away after the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        definitions.forget()
        words.forget()
        yield _build(catalogue)
        transaction.set_rollback(True)
    definitions.forget()
    words.forget()


@pytest.fixture
def stage(built: Stage, db: None) -> Stage:
    """The stage; what a test changes is undone after it."""
    return built


def _build(catalogue: Catalogue) -> Stage:
    load_countries()
    sync_areas([area.area for area in catalogue.areas()])
    publish_all(catalogue, NOW)
    load_authorities(_authorities())
    entries = [
        *_users(),
        _user("Allocator", "pt-works", {AREA: ("allocator",)}),
        _user("Answerreader", "pt-works", {AREA: ("basic",)}),
        _user("Answerelse", "pt-works", {"posting-of-workers": ("handler",)}),
        _user("Coordhandler", "hu-coord", {AREA: ("handler",)}),
        _user("Othermate", "pt-other", {AREA: ("basic",)}),
    ]
    users = load_users(entries)
    User.objects.update(language="en")
    people = {
        entry.given_name.lower(): standing(User.objects.get(pk=user.pk))
        for entry, user in zip(entries, users, strict=True)
    }
    Persona.objects.bulk_create(Persona(key=name, user_id=who.user_id) for name, who in people.items())
    made = Stage(World(people))
    made.sign_in()
    _live(made)
    tell_people(NOW)
    send_mail(NOW)
    return made


def switch(authority: str, **settings: bool) -> None:
    """Set an authority's switches in the area; the others get back their defaults."""
    Access.objects.filter(authority=authority, area=AREA).update(settings=settings)


def attach(stage: Stage, name: str, title: str) -> dict[str, object]:
    """A document that a person has uploaded."""
    who = stage.world.people[name]
    upload = SimpleUploadedFile(title, b"what only the parties may read", "text/plain")
    return as_attachment(store(upload, who.user_id, who.authority_id))


def _live(stage: Stage) -> None:
    """One exchange in each state of the lifecycle, and in each situation that changes what people may do."""
    numbers, world = stage.numbers, stage.world
    numbers["draft"] = world.open()
    numbers["discarded"] = world.open()
    stage.act("asker", numbers["discarded"], "discard")
    numbers["sent"] = _sent(stage)
    numbers["withdrawn"] = _sent(stage)
    stage.act("asker", numbers["withdrawn"], "withdraw", reason="Not needed.")
    numbers["accepted"] = _accepted(stage)
    numbers["extending"] = _accepted(stage)
    stage.act("answerer", numbers["extending"], "propose_extension", days=30, reason="Holidays.")
    numbers["information_provided"] = _answered(stage)
    for state in ("clarification_requested", "clarification_accepted", "clarification_refused"):
        numbers[state] = number = _answered(stage)
        stage.act("asker", number, "request_clarification", text="kanari-megjegyzes", days=5)
        if state == "clarification_accepted":
            stage.act("answerer", number, "accept_clarification", days=6)
        if state == "clarification_refused":
            stage.act("answerer", number, "refuse_clarification", text="kanari-megjegyzes")
    for state in ("referred_requesting", "referred_responding"):
        numbers[state] = number = _answered(stage)
        stage.act("asker", number, "refer", text="kanari-megjegyzes")
        if state == "referred_responding":
            stage.act("askcoord", number, "support_referral", text="kanari-megjegyzes")
    numbers["closed"] = _answered(stage)
    stage.act("asker", numbers["closed"], "close", timeliness="good", effort="good")
    numbers["forwarded"] = _sent(stage)
    stage.act("answerer", numbers["forwarded"], "forward", target="pt-other", comment="Yours.")
    _live_under_switches(stage)


def _live_under_switches(stage: Stage) -> None:
    """What becomes of exchanges whose authorities have switched something on."""
    switch("hu-coord", approve_requests=True)
    stage.numbers["awaiting_request_approval"] = number = _sent(stage)
    assert Exchange.objects.get(number=number).state == "awaiting_request_approval"
    switch("hu-coord")
    switch("pt-coord", approve_replies=True)
    stage.numbers["awaiting_reply_approval"] = number = _accepted(stage)
    _reply(stage, number)
    switch("pt-coord")
    switch("pt-works", uses_allocation=True)
    stage.numbers["allocated"] = number = _accepted(stage)
    stage.act("allocator", number, "allocate", handlers=[str(stage.world.people["answerer"].user_id)])
    switch("pt-works")


def _sent(stage: Stage) -> str:
    """A request with personal data in every place that can hold some."""
    number = stage.world.open()
    file = attach(stage, "asker", "kanari-oklevel.txt")
    given = {
        **SEND,
        "subject_kind": "company",
        "company_name": "Fiktív Kft.",
        "representative_name": "Kanári Ilona",
        "attachments": [file],
    }
    data = stage.world.data("asker", number, "send", **given)
    data["questions"][0]["comment"] = "kanari-megjegyzes"
    done = actions.act(stage.world.people["asker"], number, "send", data, None, f"send-{number}", now=stage.world.now)
    assert isinstance(done, actions.Done), done
    stage.files[number] = str(file["id"])
    return number


def _accepted(stage: Stage) -> str:
    number = _sent(stage)
    stage.act("answerer", number, "accept", days=10)
    return number


def _answered(stage: Stage) -> str:
    number = _accepted(stage)
    _reply(stage, number)
    return number


def _reply(stage: Stage, number: str) -> None:
    stage.act("answerer", number, "reply", answers="some", remark="kanari-megjegyzes")


# --- answers, without what differs from one to the next --------------------------------------------------------------


def text_of(answer: HttpResponseBase) -> str:
    """The body of an answer, streamed or not."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    return bytes(body).decode("utf-8", "replace")


def plain(answer: HttpResponseBase, number: str) -> str:
    """An answer's body with the number and everything drawn by lot taken out."""
    text = text_of(answer).replace(number, "NUMBER")
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|name="key" value=|"X-CSRFToken": )"[^"]*"', r"\1", text)
    text = re.sub(r"/files/[0-9a-f]{32}", "/files/FILE", text)
    return re.sub(r"<code>[0-9a-f-]{8,64}</code>", "<code></code>", text)
