"""One person alone lives a whole request: scripted counterparts do the rest, and keep away from other people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from imi.accounts.models import User
from imi.accounts.queries import standing
from imi.core.samples import expanded
from imi.exchanges import actions, definitions
from imi.exchanges.facts import facts_for
from imi.exchanges.models import Exchange
from imi.training import build, counterparts, queries
from imi.training.actions import become, leave, set_counterparts
from imi.training.models import Impersonation, Persona

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
MORNING = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PROCEDURE = "professional-qualifications/information-request"
SEND = {
    "list": "general",
    "questions": "some",
    "justification": "We must decide.",
    "legal_basis": "some",
    "days": 14,
}


@dataclass
class Visitor:
    """Somebody real who plays a person of the world; time passes when told."""

    key: str
    now: datetime = MORNING
    number: str = ""
    steps: int = field(default=0)

    @property
    def user(self) -> User:
        return Persona.objects.select_related("user__authority").get(key=self.key).user

    def become(self, **options: Any) -> Impersonation:
        return become(self.user, now=self.now, **options)

    @property
    def row(self) -> Exchange:
        return Exchange.objects.get(number=self.number)

    def open(self, recipient: str) -> None:
        done = actions.open_exchange(standing(self.user), PROCEDURE, "visitor", now=self.now)
        assert isinstance(done, actions.Done)
        self.number = done.number
        self.act("send", recipient=recipient, profession="5113", **SEND)

    def act(self, action: str, **given: Any) -> None:
        self.now += timedelta(seconds=20)
        compiled, state = definitions.compiled(self.row.definition_id), actions.state_of(self.row)
        who = standing(self.user)
        facts = facts_for(compiled, state, who.authority_id, self.now, compiled.actions[action], given)
        data = expanded(compiled, compiled.actions[action], given, state, facts, who.authority_id)
        self.steps += 1
        done = actions.act(who, self.number, action, data, None, f"visitor-{self.steps}", now=self.now)
        assert isinstance(done, actions.Done), done

    def wait(self, seconds: int = 10) -> int:
        """Let time pass and the worker come by once."""
        self.now += timedelta(seconds=seconds)
        return counterparts.act(self.now)


@pytest.fixture
def asker(built: build.Built) -> Visitor:
    visitor = Visitor("hu-guides-1")
    visitor.become()
    visitor.open("pt-guides")
    return visitor


def until(visitor: Visitor, state: str, most: int = 8) -> None:
    for _ in range(most):
        if visitor.row.state == state:
            return
        assert visitor.wait() == 1, visitor.row.state
    assert visitor.row.state == state


def test_one_person_lives_a_whole_request(asker: Visitor) -> None:
    assert asker.row.state == "awaiting_request_approval"
    until(asker, "accepted")
    days = actions.state_of(asker.row).deadlines["reply"].amount
    assert 8 <= days <= 24
    until(asker, "information_provided")
    assert actions.state_of(asker.row).answers
    assert asker.wait() == 0, "it is the visitor's turn"
    asker.act("request_clarification", text="Since when?", days=5)
    until(asker, "information_provided")
    asker.act("close", timeliness="good", effort="good")
    assert asker.row.state == "closed"
    assert asker.wait() == 0


def test_the_answerer_is_answered_as_well(built: build.Built) -> None:
    visitor = Visitor("pt-guides-1")
    visitor.become()
    listed = Exchange.objects.filter(
        state="accepted", participations__authority="pt-guides", participations__party="responding", allocations=None
    )
    visitor.number = next(one.number for one in listed if not actions.state_of(one).proposals)
    visitor.act("propose_extension", days=40, reason="The archive is closed.")
    assert visitor.wait() == 1
    assert not actions.state_of(visitor.row).proposals
    assert visitor.wait() == 0


def test_a_referral_is_decided_by_both_coordinators(asker: Visitor) -> None:
    until(asker, "information_provided")
    asker.act("refer", text="Not enough.")
    assert asker.row.state == "referred_requesting"
    until(asker, "clarification_requested")
    until(asker, "information_provided")


def test_nothing_happens_before_a_few_seconds_have_passed(asker: Visitor, settings: Any) -> None:
    settings.IMI_COUNTERPART_SECONDS = 6
    assert asker.wait(seconds=2) == 0
    assert asker.wait(seconds=8) == 1


def test_hands_off_where_a_person_plays_the_other_side(asker: Visitor) -> None:
    until(asker, "sent")
    other = Visitor("pt-guides-1", now=asker.now)
    played = other.become()
    assert asker.wait() == 0
    assert asker.row.state == "sent"
    played.ended_at = asker.now
    played.save()
    assert asker.wait() == 1
    assert asker.row.state == "accepted"


def test_a_person_who_fell_silent_is_no_longer_played(asker: Visitor) -> None:
    until(asker, "sent")
    Visitor("pt-guides-1", now=asker.now).become()
    asker.now += queries.PLAYING
    asker.act("message", text="Are you there?")
    assert asker.wait() == 1


def test_counterparts_can_be_switched_off(asker: Visitor, settings: Any) -> None:
    settings.IMI_COUNTERPARTS = False
    assert asker.wait() == 0
    settings.IMI_COUNTERPARTS = True
    Impersonation.objects.update(counterparts=False)
    assert asker.wait() == 0


def test_whoever_becomes_somebody_else_in_the_same_browser_leaves_the_first_person(built: build.Built, rf: Any) -> None:
    request = rf.post("/")
    SessionMiddleware(lambda _request: None).process_request(request)
    request.user = AnonymousUser()
    agnes, joao = Visitor("hu-guides-1").user, Visitor("pt-guides-1").user
    first = become(agnes, request)
    assert request.user == agnes
    second = become(joao, request, counterparts=False)
    assert request.user == joao
    first.refresh_from_db()
    assert first.ended_at is not None
    assert set(queries.played(timezone.now())) == {"pt-guides"}
    set_counterparts(request, wanted=True)
    second.refresh_from_db()
    assert second.counterparts
    leave(request)
    assert not queries.played(timezone.now())


def test_nobody_is_impersonated_outside_the_training_world(built: build.Built, settings: Any) -> None:
    settings.IMI_TRAINING = False
    with pytest.raises(PermissionDenied):
        Visitor("hu-guides-1").become()
    settings.IMI_TRAINING = True
    user = Visitor("hu-guides-1").user
    Persona.objects.filter(user=user).delete()
    with pytest.raises(PermissionDenied):
        become(user)


def test_exchanges_that_nobody_real_touched_are_left_alone(built: build.Built) -> None:
    visitor = Visitor("hu-guides-1")
    visitor.become()
    assert visitor.wait() == 0


def test_a_step_that_cannot_be_taken_is_not_tried_again(asker: Visitor, caplog: Any) -> None:
    until(asker, "sent")
    User.objects.filter(authority="pt-guides").update(is_active=False)
    assert asker.wait() == 0
    assert asker.wait() == 0
    assert len([one for one in caplog.messages if "cannot accept" in one]) == 1


def test_a_counterpart_that_fails_is_not_tried_again_and_again(asker: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> None:
        raise RuntimeError("poison")

    monkeypatch.setattr(counterparts, "Writer", broken)
    assert asker.wait() == 0
    monkeypatch.undo()
    assert asker.wait() == 0, "it rests until the exchange has moved"
