"""Every action, by every party, in every role, in every state: done, or refused with the right code.

What is right is read from the definition by other means than the engine's: states and actors as they are written.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy

import pytest

from imi.core.available import available
from imi.core.definition import Action
from imi.core.scenario import authority_of
from tests.core.cases import ROLES, WAYS, Case, in_state
from tests.core.definitions import request

COMPILED = request()
PARTIES = tuple(COMPILED.parties)
SETTINGS = {"responding": {"uses_allocation": True}, "requesting": {"uses_allocation": True}}


def written_states(action: Action) -> set[str]:
    """The states of an action's ``sources``, read once more from scratch."""
    found = set()
    for source in action.sources:
        if source in COMPILED.states:
            found.add(source)
        else:
            found |= {state.id for state in COMPILED.lifecycle.states if state.phase == source}
    return found


def expected(action: Action, party: str, role: str, case: Case) -> str:
    holders = case.exchange.parties
    acting = [
        actor
        for actor in action.by
        if case.authority(party) in holders.get(actor.party, ()) and "overview" in case.sees(actor.party)
    ]
    if not acting:
        return "party"
    if not any(role in actor.roles for actor in acting):
        return "role"
    if case.exchange.state not in written_states(action):
        return "state"
    if action.id == "agree_extension" or action.id == "decline_extension":
        return "guard"
    return "done"


def attempts() -> Iterator[tuple[str, str, str, str]]:
    for state in WAYS:
        for action in COMPILED.actions:
            for party in PARTIES:
                for role in ROLES:
                    yield state, action, party, role


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {state: in_state(COMPILED, state, SETTINGS) for state in WAYS}


def test_every_combination(cases: dict[str, Case]) -> None:
    wrong = []
    counted = {"done": 0, "party": 0, "role": 0, "state": 0, "guard": 0}
    for state, action, party, role in attempts():
        case = copy(cases[state])
        case.events = []
        refusal = case.attempt(case.command(party, action, role))
        got = refusal.code if refusal else "done"
        want = expected(COMPILED.actions[action], party, role, cases[state])
        counted[want] += 1
        if got != want:
            wrong.append((state, action, party, role, want, refusal))
    assert not wrong
    assert all(counted.values()), counted


def test_what_is_offered_is_what_may_be_done(cases: dict[str, Case]) -> None:
    for state, case in cases.items():
        for party in PARTIES:
            for role in ROLES:
                authority = case.authority(party)
                user = f"{authority}-{role}"
                offered = available(COMPILED, case.exchange, user, authority, frozenset({role}), case.facts)
                for one in offered:
                    want = expected(one.action, party, role, case)
                    got = one.refusal.code if one.refusal else "done"
                    assert got == want, (state, party, role, one.action.id)


def test_an_authority_without_a_part_is_offered_nothing(cases: dict[str, Case]) -> None:
    for case in cases.values():
        assert not available(COMPILED, case.exchange, "x", "other-authority", frozenset(ROLES), case.facts)


def test_only_handlers_open_an_exchange() -> None:
    for role in ROLES:
        case = Case(COMPILED)
        refusal = case.attempt(case.command("requesting", "create", role))
        assert (refusal.code if refusal else "done") == ("done" if role == "handler" else "role")
    assert Case(COMPILED).refused("requesting", "close", timeliness="good", effort="good").code == "state"


def test_an_exchange_is_opened_once() -> None:
    assert in_state(COMPILED, "draft").refused("requesting", "create").code == "state"


def test_unknown_action() -> None:
    case = in_state(COMPILED, "draft")
    command = case.command("requesting", "send")
    object.__setattr__(command, "action", "abolish")
    refusal = case.attempt(command)
    assert refusal is not None
    assert refusal.code == "unknown_action"


def test_an_authority_that_holds_two_parties_acts_in_the_one_that_fits() -> None:
    case = in_state(COMPILED, "sent")
    case.do("responding", "forward", target="responding-coordinator")
    assert case.exchange.parties["responding_coordinator"] == ()
    case.do("responding", "accept")
    assert case.events[-1].by.party == "responding"


@pytest.mark.parametrize("state", sorted(WAYS))
def test_an_erased_exchange_cannot_be_acted_on(state: str) -> None:
    case = in_state(COMPILED, state, SETTINGS)
    object.__setattr__(case.exchange, "erased", True)
    for action in COMPILED.lifecycle.actions:
        for actor in action.by:
            knows = case.exchange.parties.get(actor.party) and case.sees(actor.party)
            if "new" not in action.sources and knows:
                assert case.refused(actor.party, action.id, actor.roles[0]).code == "blocked"


def test_authorities_of_the_world() -> None:
    assert authority_of(COMPILED, "requesting_coordinator") == "requesting-coordinator"
