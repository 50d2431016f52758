"""What holds whatever people do: any sequence of allowed actions, any data, in any order."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imi.core.available import available, tasks, timers
from imi.core.commands import Command
from imi.core.compiled import Compiled
from imi.core.decide import decide
from imi.core.evolve import replay
from imi.core.exchange import from_json, to_json
from imi.core.refusal import Refusal
from imi.core.samples import SAMPLE_FILE
from imi.core.visible import disclose, visible
from tests.core.cases import ROLES, WAYS, Case, in_state
from tests.core.definitions import request
from tests.core.toy import lending

SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
Way = tuple[tuple[str, str, str], ...]
REQUEST_WAYS: list[Way] = [WAYS[state] for state in sorted(WAYS) if state not in ("discarded", "withdrawn", "closed")]
LOAN_WAY: Way = (("reader", "member", "wish"), ("library", "clerk", "hand_out"))
PERSONAL = {"family_name", "helpers", "card"}
NAMES = {"family_name": "Anna Szekeres", "kind": "person", "helpers": [{"name": "Rita Paju"}]}
ACCEPTED = {
    "accepted", "awaiting_reply_approval", "information_provided", "clarification_requested", "clarification_accepted",
    "clarification_refused", "referred_requesting", "referred_responding", "closed",
}  # fmt: skip


ENDINGS = {"discard", "withdraw", "close"}  # left out now and then, or most courses would end at once


def drawn_settings(data: st.DataObject, compiled: Compiled) -> dict[str, dict[str, bool]]:
    names = [setting.id for setting in compiled.lifecycle.settings]
    one = st.dictionaries(st.sampled_from(names), st.booleans()) if names else st.just({})
    return {party: data.draw(one) for party in compiled.parties}


def choices(case: Case) -> list[tuple[str, str, str, str]]:
    """Everything that somebody may do now: party, role, user, action."""
    found = []
    roles = [role.id for role in case.compiled.lifecycle.roles]
    for party in case.compiled.parties:
        authority = case.authority(party)
        for role in roles:
            user = f"{authority}-{role}"
            for one in available(case.compiled, case.exchange, user, authority, frozenset({role}), case.facts):
                if one.allowed and any(actor.party == party for actor in one.action.by):
                    found.append((party, role, user, one.action.id))
    return found


def variation(data: st.DataObject, case: Case, action: str) -> dict[str, Any]:
    """Some of the form's fields other than the sample has them."""
    varied: dict[str, Any] = {}
    for field in case.compiled.fields[action]:
        if field.type == "authority" and data.draw(st.booleans()):
            varied[field.id] = data.draw(st.sampled_from(sorted(case.facts.authorities)))
        elif field.type == "days" and data.draw(st.booleans()):
            varied[field.id] = data.draw(st.integers(1, 60))
        elif field.type == "files" and data.draw(st.booleans()):
            varied[field.id] = [{**SAMPLE_FILE, "id": f"file-{len(case.events)}"}]
        elif field.id in NAMES:
            varied[field.id] = NAMES[field.id]
        elif field.type == "colleagues":
            users = sorted(user for group in case.facts.colleagues.values() for user in group)
            varied[field.id] = data.draw(st.lists(st.sampled_from(users), max_size=2))
        elif field.type == "yes_no":
            varied[field.id] = data.draw(st.booleans())
        elif field.id == "remark":
            varied[field.id] = "A remark"
    return varied


def lived(data: st.DataObject, compiled: Compiled, way: Way, most: int = 8) -> Case:
    """An exchange that went a way as far as its settings let it, and then wherever people took it."""
    case = Case(compiled, drawn_settings(data, compiled))
    for party, role, action in way:
        command = case.command(party, action, role, **(variation(data, case, action) if case.current else {}))
        case.attempt(command)
    for _ in range(data.draw(st.integers(0, most))):
        ending = data.draw(st.integers(0, 3)) == 0
        offered = [one for one in choices(case) if ending or one[3] not in ENDINGS]
        if not offered:
            break
        party, role, user, action = data.draw(st.sampled_from(offered))
        refusal = case.attempt(case.command(party, action, role, user, **variation(data, case, action)))
        # What was offered is refused only for what the form says, or what only the form can tell.
        assert refusal is None or refusal.code in ("invalid", "guard", "no_branch"), refusal
        check(case)
        pass_time(data, case)
        check(case)
    return case


def pass_time(data: st.DataObject, case: Case) -> None:
    """Let hours or days go by, send what reminders are due, and perhaps learn of a new holiday."""
    case.wait(hours=data.draw(st.integers(0, 24 * 9)))
    for timer in timers(case.compiled, case.exchange):
        if timer.at <= case.facts.now:
            assert case.remind(timer.deadline, timer.days) is not None
            assert case.remind(timer.deadline, timer.days) is None
    if data.draw(st.booleans()):
        feast = case.facts.now.date() + timedelta(days=data.draw(st.integers(0, 10)))
        case.holidays("BB", date.isoformat(feast)).recalculate()
        assert case.recalculate() is None


def check(case: Case) -> None:
    exchange, compiled = case.exchange, case.compiled
    assert exchange.state in compiled.states
    assert [event.seq for event in case.events] == list(range(1, len(case.events) + 1))
    assert exchange.seq == len(case.events)
    assert exchange.changed <= exchange.seq
    for party, held in exchange.parties.items():
        countries = {case.facts.authorities[one].country for one in held}
        assert len(countries) <= 1
        assert not countries or countries == {exchange.countries[party]}
    if exchange.closed_at:
        assert all(due.met for due in exchange.deadlines.values()), exchange.deadlines
        assert not tasks(compiled, exchange, case.facts)
        assert not timers(compiled, exchange)
    for awaited in tasks(compiled, exchange, case.facts):
        assert awaited.authority in exchange.parties[awaited.party]
    aware = {one for party in compiled.aware[exchange.state] for one in exchange.parties.get(party, ())}
    assert {authority for authority, _ in case.events[-1].tells} <= aware
    check_views(case)


def check_views(case: Case) -> None:
    exchange, compiled = case.exchange, case.compiled
    roles = [role.id for role in compiled.lifecycle.roles]
    for authority in case.facts.authorities:
        everything = visible(compiled, exchange, authority, frozenset(roles), case.facts)
        for role in roles:
            aspects = visible(compiled, exchange, authority, frozenset({role}), case.facts)
            assert aspects <= everything
            shown = disclose(compiled, exchange, aspects, exchange.held_by(authority))
            if "personal" not in aspects:
                assert not PERSONAL & set(shown.content)
                assert "Szekeres" not in repr(shown.content) + repr(shown.items)


def check_folding(case: Case) -> None:
    exchange = case.exchange
    assert replay(case.compiled, "1", case.events) == exchange
    assert from_json(to_json(exchange)) == exchange
    assert from_json(json.loads(json.dumps(to_json(exchange)))) == exchange
    for event in case.events:
        assert json.loads(json.dumps({"data": event.data, "changes": event.changes})) == {
            "data": event.data,
            "changes": event.changes,
        }


@SLOW
@given(data=st.data())
def test_any_course_of_a_request(data: st.DataObject) -> None:
    case = lived(data, request(), data.draw(st.sampled_from(REQUEST_WAYS)))
    check_folding(case)
    if case.exchange.state not in ACCEPTED:
        for authority in case.exchange.parties.get("responding", ()):
            assert "personal" not in visible(case.compiled, case.exchange, authority, frozenset(ROLES), case.facts)
    assert set(case.exchange.countries.get("responding", "BB")) == {"B"}


@SLOW
@given(data=st.data())
def test_any_course_of_a_loan(data: st.DataObject) -> None:
    check_folding(lived(data, lending(), LOAN_WAY))


@SLOW
@given(data=st.data())
def test_a_course_whose_words_are_erased_keeps_its_consequences(data: st.DataObject) -> None:
    case = lived(data, request(), data.draw(st.sampled_from(REQUEST_WAYS)), most=4)
    erased = [replace(event, data=None) for event in case.events]
    left = replay(case.compiled, "1", erased)
    assert left.erased
    assert "Szekeres" not in repr(left)
    for kept in ("state", "seq", "parties", "countries", "former", "deadlines", "counts", "closed_at", "visited"):
        assert getattr(left, kept) == getattr(case.exchange, kept)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KNOWN = st.sampled_from(
    [
        "q-kept",
        "q-paper",
        "q-file",
        "responding-authority",
        "other-authority",
        "yes",
        "no",
        "b",
        "f1",
        "person",
        3,
        True,
    ]
)
PART = st.sampled_from(["value", "cannot_say", "remark", "attachments"])
SHAPES = JSON | KNOWN | st.lists(KNOWN) | st.lists(
    st.dictionaries(st.sampled_from(["question", "placeholders", "comment", "id", "name"]), JSON | KNOWN)
) | st.dictionaries(
    KNOWN.map(str),
    JSON | st.dictionaries(PART, JSON | KNOWN | st.lists(KNOWN)),
)  # fmt: skip


@pytest.mark.parametrize("state", sorted(WAYS))
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_no_data_break_a_decision(state: str, data: st.DataObject) -> None:
    compiled = request()
    case = in_state(compiled, state)
    for action in compiled.lifecycle.actions:
        if state not in compiled.action_states[action.id]:
            continue
        actor = action.by[0]
        authority = case.authority(actor.party)
        form = {field.id: data.draw(SHAPES) for field in compiled.fields[action.id]}
        command = Command(action.id, "u", authority, frozenset(actor.roles), form)
        decision = decide(compiled, case.exchange, command, case.facts)
        if isinstance(decision, Refusal):
            assert decision.code in ("invalid", "guard", "no_branch", "party")
        else:
            json.dumps(decision.event.data)
