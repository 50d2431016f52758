"""Who sees what in which state: table 4.8 of the facts on actors and requests, in full."""

from __future__ import annotations

import pytest

from imi.core.visible import disclose, visible
from tests.core.cases import ROLES, WAYS, Case, in_state
from tests.core.definitions import request
from tests.core.toy import lending_with

COMPILED = request()

OVERVIEW = {"overview"}
ALL = {"overview", "request", "personal", "attachments", "answers", "messages", "history"}
NO_ANSWERS = ALL - {"answers"}
BEFORE_ACCEPTANCE = {"overview", "request", "messages", "history"}
ARBITER = {"overview", "request", "answers", "messages", "history", "attachments"}
HISTORY = {"overview", "history"}
NOTHING: set[str] = set()

# state: requesting handler, responding handler, requesting approver, responding approver,
#        any other user of: requesting, responding, their coordinators
TABLE: dict[str, tuple[set[str], ...]] = {
    "draft": (NO_ANSWERS, NOTHING, NOTHING, NOTHING, OVERVIEW, NOTHING, NOTHING, NOTHING),
    "awaiting_request_approval": (
        NO_ANSWERS, NOTHING, HISTORY | {"request", "attachments"}, NOTHING, OVERVIEW, NOTHING, OVERVIEW, NOTHING,
    ),
    "sent": (NO_ANSWERS, BEFORE_ACCEPTANCE, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "accepted": (NO_ANSWERS, ALL, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "awaiting_reply_approval": (
        NO_ANSWERS, ALL, HISTORY, HISTORY | {"request", "answers", "attachments"}, *([OVERVIEW] * 4),
    ),
    "information_provided": (ALL, ALL, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "clarification_requested": (ALL, ALL, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "clarification_accepted": (ALL, ALL, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "clarification_refused": (ALL, ALL, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "referred_requesting": (ALL, ALL, ARBITER, ARBITER, *([OVERVIEW] * 4)),
    "referred_responding": (ALL, ALL, ARBITER, ARBITER, *([OVERVIEW] * 4)),
    "closed": (ALL, ALL, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "withdrawn": (NO_ANSWERS, BEFORE_ACCEPTANCE, HISTORY, HISTORY, *([OVERVIEW] * 4)),
    "discarded": (NOTHING,) * 8,
}  # fmt: skip
VIEWERS = (
    ("requesting", "handler"), ("responding", "handler"),
    ("requesting_coordinator", "approver"), ("responding_coordinator", "approver"),
    ("requesting", "basic"), ("responding", "basic"),
    ("requesting_coordinator", "basic"), ("responding_coordinator", "basic"),
)  # fmt: skip


def test_the_table_is_complete() -> None:
    assert set(TABLE) == set(COMPILED.states) == set(WAYS)


@pytest.mark.parametrize(("state", "column"), [(state, column) for state in TABLE for column in range(len(VIEWERS))])
def test_table(state: str, column: int) -> None:
    party, role = VIEWERS[column]
    assert in_state(COMPILED, state).sees(party, role) == TABLE[state][column]


@pytest.mark.parametrize("state", sorted(TABLE))
def test_strangers_see_nothing_and_linked_authorities_the_overview(state: str) -> None:
    case = in_state(COMPILED, state)
    everything = frozenset(ROLES)
    assert visible(COMPILED, case.exchange, "other-authority", everything, case.facts) == NOTHING
    linked = visible(COMPILED, case.exchange, "other-authority", everything, case.facts, linked=True)
    known = state not in ("draft", "awaiting_request_approval", "discarded")
    assert linked == (OVERVIEW if known else NOTHING)


@pytest.mark.parametrize("state", sorted(TABLE))
def test_more_roles_never_see_less(state: str) -> None:
    case = in_state(COMPILED, state)
    for party in COMPILED.parties:
        for role in ROLES:
            for other in ROLES:
                assert case.sees(party, role) <= case.sees(party, role, other)


@pytest.mark.parametrize("state", sorted(TABLE))
def test_no_personal_data_without_the_right(state: str) -> None:
    case = in_state(COMPILED, state)
    for party, role in VIEWERS:
        aspects = case.sees(party, role)
        shown = disclose(COMPILED, case.exchange, aspects, (party,))
        if "personal" not in aspects:
            assert not {"family_name", "helpers"} & set(shown.content)
            assert all(not item.comment and "paper" not in item.placeholders for item in shown.items)
        if "request" not in aspects:
            assert not shown.content
            assert not shown.items
        assert bool(shown.attachments) <= ("attachments" in aspects)
        assert bool(shown.messages) <= bool({"messages", "answers"} & aspects)
        assert bool(shown.answers) <= ("answers" in aspects)
        assert shown.personal_masked == ("request" in aspects and "personal" not in aspects)


def asked() -> Case:
    case = Case(COMPILED, {"responding_coordinator": {"approve_replies": True}})
    questions = [{"question": "q-paper", "placeholders": {"paper": "f1"}, "comment": "Anna's paper"}]
    file = {"id": "f1", "name": "scan.pdf", "size": 1, "media_type": "application/pdf", "digest": "0"}
    case.do("requesting", "create").do("requesting", "send", questions=questions, attachments=[file])
    return case


def test_before_acceptance_neither_comment_nor_file_is_told() -> None:
    case = asked()
    shown = disclose(COMPILED, case.exchange, case.sees("responding", "handler"), ("responding",))
    assert [(item.question, item.placeholders, item.comment) for item in shown.items] == [("q-paper", {}, "")]
    assert shown.content["justification"] == "Sample"
    assert not shown.attachments
    assert shown.hidden >= {"personal", "attachments"}


def test_a_reply_is_seen_as_a_whole_and_only_once_it_is_approved() -> None:
    case = asked().do("responding", "accept")
    answers = {"q-paper": {"value": "no", "remark": "Forged.", "attachments": ["f2"]}}
    file = {"id": "f2", "name": "ours.pdf", "size": 1, "media_type": "application/pdf", "digest": "0"}
    case.do("responding", "reply", answers=answers, remark="First words", attachments=[file])

    def seen() -> tuple[set[str], list[str], bool]:
        shown = disclose(COMPILED, case.exchange, case.sees("requesting", "handler"), ("requesting",))
        return {one.id for one in shown.attachments}, [one.text for one in shown.messages], bool(shown.answers)

    assert seen() == ({"f1"}, [], False)
    case.do("responding_coordinator", "reject_reply", "approver")
    assert seen() == ({"f1"}, [], False)
    better = {"q-paper": {"value": "yes", "remark": "Genuine."}}
    case.do("responding", "reply", answers=better, remark="Second words")
    case.do("responding_coordinator", "approve_reply", "approver")
    assert seen() == ({"f1"}, ["Second words"], True)
    assert case.exchange.answers["q-paper"]["value"] == "yes"


def test_who_handed_over_keeps_the_overview() -> None:
    case = in_state(COMPILED, "accepted").do("responding", "forward", target="other-authority")
    everything = frozenset(ROLES)
    assert visible(COMPILED, case.exchange, "responding-authority", everything, case.facts) == OVERVIEW
    assert case.sees("responding", "handler") == BEFORE_ACCEPTANCE


def test_a_message_private_to_a_party_stays_there() -> None:
    case = in_state(COMPILED, "sent").do("requesting", "message", text="Hello")
    private = case.exchange.messages[0].__class__(
        **{name: getattr(case.exchange.messages[0], name) for name in case.exchange.messages[0].__slots__}
        | {"private_to": "requesting"}
    )
    object.__setattr__(case.exchange, "messages", (private,))
    aspects = frozenset({"messages"})
    assert disclose(COMPILED, case.exchange, aspects, ("responding",)).messages == ()
    assert disclose(COMPILED, case.exchange, aspects, ("requesting",)).messages == (private,)


def test_a_private_field_is_seen_by_its_parties_only_whatever_their_aspects() -> None:
    case = Case(COMPILED)
    case.do("requesting", "create").do("requesting", "send", reference="AA-77/2026").do("responding", "accept")
    everything = frozenset(ALL)

    def seen(*parties: str) -> bool:
        return "reference" in disclose(COMPILED, case.exchange, everything, parties).content

    assert seen("requesting")
    assert seen("requesting_coordinator")
    assert not seen("responding")
    assert not seen("responding_coordinator")
    assert not seen()


def test_a_field_is_private_if_one_of_the_forms_that_ask_for_it_says_so() -> None:
    """The forms that write the content may each declare a field; the strictest of them counts."""
    private, public = {"id": "code", "type": "text", "label": "Code", "private_to": ["reader"]}, {
        "id": "code", "type": "text", "label": "Code"}  # fmt: skip
    for first, second in ((private, public), (public, private)):
        compiled = lending_with(first, second)
        assert compiled.private_fields == {"code": frozenset({"reader"})}


def test_before_acceptance_a_gap_that_may_name_somebody_stays_open() -> None:
    case = Case(COMPILED)
    gaps = {"hive": "Anna's hive", "origin": "PT", "since": "2020-05-01"}
    questions = [{"question": "q-kept", "placeholders": gaps, "comment": ""}]
    case.do("requesting", "create").do("requesting", "send", questions=questions)

    def seen(party: str) -> set[str]:
        shown = disclose(COMPILED, case.exchange, case.sees(party, "handler"), (party,))
        return set(shown.items[0].placeholders)

    assert seen("requesting") == {"hive", "origin", "since"}
    assert seen("responding") == {"origin", "since"}
    case.do("responding", "accept")
    assert seen("responding") == {"hive", "origin", "since"}
