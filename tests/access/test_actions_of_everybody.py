"""Every action of the lifecycle, tried by every kind of person in every state: allowed, or refused for the reason.

What is expected is written down here from the table of transitions of the user guide and the table of roles of the
first-user guide; nothing of it comes from the engine or its files.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

import pytest
from django.db import transaction

from tests.access.conftest import Stage, switch, text_of

pytestmark = pytest.mark.django_db

HANDLER, ALLOCATOR, APPROVER = "Request handler", "Allocator", "Approval and referral handler"
ASKING, ANSWERING, ASKING_COORDINATOR, ANSWERING_COORDINATOR = (
    "asking",
    "answering",
    "coordinating",
    "their coordinator",
)

TITLES = {
    "draft": "Draft",
    "awaiting_request_approval": "Request awaiting approval by coordinator",
    "sent": "Request sent – awaiting acceptance",
    "accepted": "Request accepted",
    "awaiting_reply_approval": "Reply awaiting approval by coordinator",
    "information_provided": "Request – information provided",
    "clarification_requested": "Clarification requested – awaiting acceptance",
    "clarification_accepted": "Clarification accepted",
    "clarification_refused": "Clarification refused",
    "referred_requesting": "Referred to the requesting-side coordinator",
    "referred_responding": "Referred to the responding-side coordinator",
    "closed": "Closed",
    "withdrawn": "Withdrawn",
    "discarded": "Draft deleted",
}
DONE = {"closed", "withdrawn", "discarded"}
OPEN = set(TITLES) - DONE - {"draft"}
DISCUSSED = OPEN - {"awaiting_request_approval"}  # both sides know of it
REFERRED = {"referred_requesting", "referred_responding"}
CLARIFYING = {"clarification_requested", "clarification_accepted"}

# Who may do it (side and role), and in which states.
ACTIONS: dict[str, tuple[list[tuple[str, str]], set[str]]] = {
    "create": ([], set()),
    "discard": ([(ASKING, HANDLER)], {"draft"}),
    "send": ([(ASKING, HANDLER)], {"draft"}),
    "approve_request": ([(ASKING_COORDINATOR, APPROVER)], {"awaiting_request_approval"}),
    "reject_request": ([(ASKING_COORDINATOR, APPROVER)], {"awaiting_request_approval"}),
    "modify": ([(ASKING, HANDLER)], {"sent"}),
    "withdraw": ([(ASKING, HANDLER)], {"sent", "awaiting_request_approval"}),
    "allocate": ([(ANSWERING, ALLOCATOR), (ASKING, ALLOCATOR)], OPEN),
    "accept": ([(ANSWERING, HANDLER)], {"sent"}),
    "forward": ([(ANSWERING, HANDLER), (ANSWERING_COORDINATOR, HANDLER)], {"sent", "accepted"}),
    "split": ([(ANSWERING, HANDLER)], {"sent", "accepted"}),
    "reply": ([(ANSWERING, HANDLER)], {"accepted"}),
    "approve_reply": ([(ANSWERING_COORDINATOR, APPROVER)], {"awaiting_reply_approval"}),
    "reject_reply": ([(ANSWERING_COORDINATOR, APPROVER)], {"awaiting_reply_approval"}),
    "propose_extension": ([(ANSWERING, HANDLER)], {"accepted"}),
    "agree_extension": ([(ASKING, HANDLER)], {"accepted"}),
    "decline_extension": ([(ASKING, HANDLER)], {"accepted"}),
    "request_clarification": ([(ASKING, HANDLER)], {"information_provided"}),
    "accept_clarification": ([(ANSWERING, HANDLER)], {"clarification_requested"}),
    "answer_clarification": ([(ANSWERING, HANDLER)], CLARIFYING),
    "refuse_clarification": ([(ANSWERING, HANDLER)], CLARIFYING),
    "refer": ([(ASKING, HANDLER)], {"clarification_refused", "information_provided"}),
    "support_referral": ([(ASKING_COORDINATOR, APPROVER)], {"referred_requesting"}),
    "decline_referral": ([(ASKING_COORDINATOR, APPROVER)], {"referred_requesting"}),
    "return_to_responder": ([(ANSWERING_COORDINATOR, APPROVER)], {"referred_responding"}),
    "dismiss_referral": ([(ANSWERING_COORDINATOR, APPROVER)], {"referred_responding"}),
    "message": ([(ASKING, HANDLER), (ANSWERING, HANDLER)], DISCUSSED),
    "remind": (
        [
            (ANSWERING_COORDINATOR, HANDLER),
            (ANSWERING_COORDINATOR, APPROVER),
            (ASKING_COORDINATOR, HANDLER),
            (ASKING_COORDINATOR, APPROVER),
        ],
        DISCUSSED - REFERRED,
    ),
    # A request that was accepted cannot be withdrawn any more, so it can be closed until the coordinators arbitrate.
    "close": ([(ASKING, HANDLER)], {"accepted", "information_provided", "clarification_refused"} | CLARIFYING),
}

# Conditions that are met only in some situations, with the sentence that says so.
NO_ALLOCATION = "Your authority does not use allocation. A local data administrator can switch it on."
NO_EXTENSION = "The responding authority has not asked for more time."
OPEN_EXTENSION = "You have already asked for more time. The requesting authority has not decided yet."
NO_ARBITER = "Neither coordinator takes part in referrals."
OTHERS_TURN = "This was allocated to colleagues of yours; only they can do it."

PEOPLE: dict[str, tuple[str, frozenset[str]]] = {
    "asker": (ASKING, frozenset({HANDLER, ALLOCATOR})),
    "reader": (ASKING, frozenset()),
    "otherarea": (ASKING, frozenset()),
    "askcoord": (ASKING_COORDINATOR, frozenset({HANDLER, APPROVER})),
    "coordhandler": (ASKING_COORDINATOR, frozenset({HANDLER})),
    "answerer": (ANSWERING, frozenset({HANDLER, ALLOCATOR})),
    "answermate": (ANSWERING, frozenset({HANDLER, ALLOCATOR})),
    "allocator": (ANSWERING, frozenset({ALLOCATOR})),
    "answerreader": (ANSWERING, frozenset()),
    "answerelse": (ANSWERING, frozenset()),
    "answercoord": (ANSWERING_COORDINATOR, frozenset({HANDLER, APPROVER})),
    "onlooker": ("linked", frozenset({HANDLER, ALLOCATOR})),
    "other": ("another", frozenset({HANDLER, ALLOCATOR})),
    "stranger": ("another", frozenset({HANDLER, ALLOCATOR})),
}
# A request that was never sent is known to the asking side alone; its coordinator learns of it when asked to approve.
KNOWN = {
    ASKING: set(TITLES) - {"discarded"},
    ASKING_COORDINATOR: set(TITLES) - {"draft", "discarded"},
    ANSWERING: set(TITLES) - {"draft", "discarded", "awaiting_request_approval"},
    ANSWERING_COORDINATOR: set(TITLES) - {"draft", "discarded", "awaiting_request_approval"},
}


@dataclass(frozen=True)
class Expected:
    """A status, and what the page must say."""

    statuses: frozenset[int]
    says: str = ""
    states: frozenset[str] = frozenset()


ALLOWED = Expected(frozenset({302, 422}))  # done, or asked to fill in the form
NO_SUCH = Expected(frozenset({404}))


def expected(person: str, side: str, action: str, state: str, situation: str) -> Expected:
    """What a person must hear."""
    by, states = ACTIONS[action]
    roles = PEOPLE[person][1]
    if state not in KNOWN.get(side, ()) or side not in {one for one, _role in by}:
        return NO_SUCH
    if not any(one == side and role in roles for one, role in by):
        return Expected(frozenset({403}), "You need one of these roles in this policy area:")
    if state not in states:
        return Expected(frozenset({409}), "This can only be done in the state:", frozenset(states))
    if situation == "allocated" and person == "answermate" and action != "allocate":
        return Expected(frozenset({409}), OTHERS_TURN)
    reason = unmet(side, action, situation)
    return Expected(frozenset({409}), reason) if reason else ALLOWED


def unmet(side: str, action: str, situation: str) -> str:
    """The condition that is not met, if one is not."""
    if action == "allocate" and not (situation == "allocated" and side == ANSWERING):
        return NO_ALLOCATION
    if action in ("agree_extension", "decline_extension") and situation != "extending":
        return NO_EXTENSION
    if action == "propose_extension" and situation == "extending":
        return OPEN_EXTENSION
    return NO_ARBITER if action == "refer" and situation == "no arbiter" else ""


def side_of(person: str, situation: str) -> str:
    """The side a person's authority has, after a request was forwarded another one."""
    side = PEOPLE[person][0]
    if situation == "forwarded":
        return {ANSWERING: "former", "another": ANSWERING if person == "other" else "another"}.get(side, side)
    return side


SITUATIONS = {
    **{state: state for state in TITLES},
    "extending": "accepted",
    "allocated": "accepted",
    "forwarded": "sent",
}


# What does not depend on the state is tried in every fourth situation, so that each is still tried four times: what
# does not exist for a person, what needs another role, and what people try who stand as another one does.
EVERY = 4
ALIKE = {"otherarea": "reader", "answerelse": "answerreader", "answermate": "answerer"}


def faults(stage: Stage, situation: str, state: str) -> list[str]:
    """Try every action as every person; what did not go as expected."""
    number, found = stage.numbers[situation], []
    turn = list(SITUATIONS).index(situation)
    for person in PEOPLE:
        side = side_of(person, situation)
        for index, action in enumerate(ACTIONS):
            want = expected(person, side, action, state, situation)
            alike = want.statuses <= {403, 404} or (person in ALIKE and situation != "allocated")
            if alike and (index + turn) % EVERY:
                continue
            with transaction.atomic():
                answer = stage.client(person).post(f"/requests/{number}/{action}/", {"do": "submit", "f-drawn": ""})
                text = html.unescape(text_of(answer)) if want.says else ""
                transaction.set_rollback(True)
            fault = compare(answer.status_code, text, want)
            if fault:
                found.append(f"{person} {action} in {situation}: {fault}")
    return found


def compare(status: int, text: str, want: Expected) -> str:
    """What is wrong with an answer, empty if nothing is."""
    if status not in want.statuses:
        return f"{status} instead of {sorted(want.statuses)}"
    if want.says not in text:
        return f"does not say {want.says!r}"
    if want.states:
        told = re.search(re.escape(want.says) + r"\s*([^<]*)", text)
        named = set((told[1] if told else "").strip().rstrip(".").split(", "))
        if named != {TITLES[one] for one in want.states}:
            return f"names the states {sorted(named)}"
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("situation", SITUATIONS)
def test_everybody_tries_everything(stage: Stage, situation: str) -> None:
    if situation == "allocated":
        switch("pt-works", uses_allocation=True)
    wrong = faults(stage, situation, SITUATIONS[situation])
    assert not wrong, "\n".join(wrong)


def test_all_actions_and_states_are_in_the_table(stage: Stage) -> None:
    from imi.exchanges import definitions
    from imi.exchanges.models import Exchange

    row = Exchange.objects.get(number=stage.numbers["sent"])
    lifecycle = definitions.compiled(row.definition_id).lifecycle
    assert {one.id for one in lifecycle.actions} == set(ACTIONS)
    assert {one.id: one.title for one in lifecycle.states} == TITLES
    reached = {name: Exchange.objects.get(number=number).state for name, number in stage.numbers.items()}
    assert reached == SITUATIONS


def test_nobody_signed_in_does_nothing(stage: Stage) -> None:
    for index, (state, number) in enumerate(stage.numbers.items()):
        for action in list(ACTIONS)[index % EVERY :: EVERY]:
            answer = stage.client("").post(f"/requests/{number}/{action}/", {"do": "submit"})
            assert (answer.status_code, answer["Location"][:8]) == (302, "/sign-in"), (state, action)


def test_without_arbiters_nothing_is_referred(stage: Stage) -> None:
    switch("hu-coord", takes_referrals=False)
    switch("pt-coord", takes_referrals=False)
    number = stage.numbers["information_provided"]
    answer = stage.client("asker").post(f"/requests/{number}/refer/", {"do": "submit"})
    assert answer.status_code == 409
    assert NO_ARBITER in text_of(answer)


def test_a_coordinator_without_the_switch_is_not_asked_to_approve(stage: Stage) -> None:
    for person, action, state in (
        ("askcoord", "approve_request", "sent"),
        ("answercoord", "approve_reply", "information_provided"),
    ):
        answer = stage.client(person).get(f"/requests/{stage.numbers[state]}/{action}/")
        assert answer.status_code == 403
        assert "This can only be done in the state" in text_of(answer)


def test_what_the_page_offers_is_what_may_be_done(stage: Stage) -> None:
    """The page's buttons and the answers to its forms tell the same."""
    for situation, state in SITUATIONS.items():
        if situation == "allocated":
            continue
        for person in ("asker", "answerer", "askcoord", "answercoord"):
            side = side_of(person, situation)
            page = stage.client(person).get(f"/requests/{stage.numbers[situation]}/")
            if state not in KNOWN.get(side, set()):
                assert page.status_code == (200 if side == "former" else 404), (situation, person)
                continue
            links = set(re.findall(r'href="/requests/[\d-]+/([a-z_]+)/"', text_of(page)))
            may = {one for one in ACTIONS if expected(person, side, one, state, situation) == ALLOWED}
            assert links & ACTIONS.keys() == may, (situation, person)
