"""Every name that a condition may use has a value of its type, in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from imi.core import context
from imi.core.compiled import variables
from imi.core.definition import NotBefore
from imi.core.evolve import replay
from imi.core.samples import sample_form
from tests.core.cases import WAYS, Case, in_state
from tests.core.definitions import request
from tests.core.toy import lending

COMPILED = request()
TYPES: dict[str, Any] = {"string": str, "bool": bool, "int": int, "list": list, "any": object}


@pytest.mark.parametrize("state", [*sorted(WAYS), None])
def test_every_declared_name_has_a_value(state: str | None) -> None:
    case = in_state(COMPILED, state) if state else Case(COMPILED)
    values = context.values(COMPILED, case.current, case.facts, "requesting", "requesting-authority")
    for name, type_ in variables(COMPILED.definition).items():
        assert isinstance(values[name], TYPES[type_]), name
    with pytest.raises(KeyError):
        values["weather"]


def test_what_the_names_say() -> None:
    case = in_state(COMPILED, "sent", {"responding_coordinator": {"approve_replies": True}}).wait(days=8)
    case.do("responding", "split", items=["q-kept"], target="other-authority")
    values = context.values(COMPILED, case.exchange, case.facts, "responding", "responding-authority")
    assert {name: values[name] for name in (
        "state", "actor.party", "actor.country", "items.total", "part", "done.split", "done.accept", "visited.sent",
        "visited.accepted", "deadline.acceptance.running", "deadline.acceptance.overdue", "deadline.reply.running",
        "responding.present", "responding_coordinator.approve_replies", "responding_coordinator.takes_referrals",
        "requesting.uses_allocation", "content.kind", "content.firm", "content.urgent", "proposal.extension",
    )} == {
        "state": "sent", "actor.party": "responding", "actor.country": "BB", "items.total": 2, "part": False,
        "done.split": 1, "done.accept": 0, "visited.sent": True, "visited.accepted": False,
        "deadline.acceptance.running": True, "deadline.acceptance.overdue": True, "deadline.reply.running": False,
        "responding.present": True, "responding_coordinator.approve_replies": True,
        "responding_coordinator.takes_referrals": True, "requesting.uses_allocation": False, "content.kind": "person",
        "content.firm": "", "content.urgent": False, "proposal.extension": False,
    }  # fmt: skip
    assert case.part is not None
    assert context.values(COMPILED, case.part, case.facts)["part"] is True


def test_an_authority_does_not_coordinate_itself() -> None:
    case = in_state(COMPILED, "draft")
    assert context.linked_coordinators(("requesting-authority", "requesting-coordinator"), case.facts) == ()


@pytest.mark.parametrize(
    ("amount", "unit", "hours"), [(2, "calendar_days", 48), (1, "weeks", 168), (1, "months", 31 * 24)]
)
def test_a_guard_opens_with_time(amount: int, unit: str, hours: int) -> None:
    guard = lending().actions["bring_back"].guards[0]
    rule = NotBefore.model_validate({"amount": amount, "unit": unit, "since": "state"})
    entry = lending().guards["bring_back"][0]
    case = (
        Case(lending()).do("reader", "wish", "member", library="library-authority").do("library", "hand_out", "clerk")
    )
    patched = {**lending().guards, "bring_back": (type(entry)(guard.model_copy(update={"not_before": rule}), None),)}
    compiled = type(lending())(lending().definition, "x", lending().conditions)
    object.__setattr__(compiled, "guards", patched)
    case.compiled = compiled
    refusal = case.refused("reader", "bring_back", "member")
    assert refusal.until == case.facts.now + timedelta(hours=hours)
    case.wait(hours=hours).do("reader", "bring_back", "member")


def test_a_history_is_not_empty() -> None:
    with pytest.raises(ValueError, match="at least one event"):
        replay(COMPILED, "1", [])


def test_a_sample_reply_brings_the_files_it_rests_on() -> None:
    case = Case(COMPILED).do("requesting", "create").do("requesting", "send", questions=[{"question": "q-file"}])
    case.do("responding", "accept")
    form = sample_form(COMPILED, COMPILED.actions["reply"], case.exchange, case.facts, "responding-authority")
    assert [file["id"] for file in form["attachments"]] == form["answers"]["q-file"]["attachments"]
    case.do("responding", "reply")
    assert [attachment.action for attachment in case.exchange.attachments] == ["reply"]
