"""What actions lead to: parties, parts, allocation, proposals, deadlines, reminders, and whom they tell."""

from __future__ import annotations

from dataclasses import replace

from imi.core.audience import resolve
from imi.core.available import overdue, running, tasks, timers
from imi.core.exchange import Exchange
from tests.core.cases import MONDAY, Case, in_state
from tests.core.definitions import request

COMPILED = request()


def due(exchange: Exchange, name: str) -> str | None:
    found = exchange.deadlines.get(name)
    return found.due if found and found.met is None else None


# --- audiences -------------------------------------------------------------------------------------------------------


def test_rules_become_authorities() -> None:
    parties = {"a": ("x", "y"), "b": ("x",), "c": ()}
    rules = ("a.handler", "b.handler", "b.mailbox", "c.handler", "d.handler")
    assert resolve(rules, parties) == (("x", "handler"), ("y", "handler"), ("x", "mailbox"))
    assert resolve(rules, parties, {"b"}) == (("x", "handler"), ("x", "mailbox"))


def test_nobody_is_told_of_what_it_may_not_see() -> None:
    case = in_state(COMPILED, "awaiting_request_approval")
    assert {authority for authority, _ in case.events[-1].tells} == {"requesting-coordinator"}
    case.do("requesting_coordinator", "approve_request", "approver")
    assert ("responding-authority", "mailbox") in case.events[-1].tells


def test_the_new_holder_is_told_and_not_the_old_one() -> None:
    case = in_state(COMPILED, "sent").do("responding", "forward", target="other-authority")
    assert case.events[-1].tells == (
        ("other-authority", "handler"), ("other-authority", "mailbox"), ("requesting-authority", "handler"),
    )  # fmt: skip


# --- handing over and splitting --------------------------------------------------------------------------------------


def test_handing_over_empties_the_hands() -> None:
    case = Case(COMPILED, {"responding": {"uses_allocation": True}})
    case.do("requesting", "create").do("requesting", "send")
    case.do("responding", "allocate", "allocator", handlers=["responding-authority-handler"])
    case.do("responding", "forward", target="responding-coordinator")
    exchange = case.exchange
    assert exchange.allocations == {}
    assert exchange.former == (("responding", "responding-authority"),)
    assert exchange.parties["responding"] == ("responding-coordinator",)
    assert exchange.parties["responding_coordinator"] == ()
    assert exchange.countries["responding"] == "BB"


def test_a_split_makes_a_second_exchange() -> None:
    case = in_state(COMPILED, "accepted").wait(days=1)
    case.do("responding", "split", items=["q-sort", "q-paper"], target="other-authority")
    part, rest = case.part, case.exchange
    assert part is not None
    assert [item.question for item in part.items] == ["q-sort", "q-paper"]
    assert [item.question for item in rest.items] == ["q-kept"]
    assert (part.state, part.parent, part.seq) == ("sent", "1", 1)
    assert part.content == rest.content
    assert part.parties["responding"] == ("other-authority",)
    assert part.parties["requesting"] == rest.parties["requesting"] == ("requesting-authority",)
    assert rest.parties["responding"] == ("responding-authority",)
    assert due(part, "acceptance") == "2026-03-10"
    assert (due(rest, "acceptance"), due(rest, "reply")) == (None, "2026-03-03")
    assert part.countries == rest.countries == {
        "requesting": "AA", "responding": "BB", "requesting_coordinator": "AA", "responding_coordinator": "BB",
    }  # fmt: skip


# --- allocation ------------------------------------------------------------------------------------------------------


def allocating() -> Case:
    case = Case(COMPILED, {"responding": {"uses_allocation": True}})
    return case.do("requesting", "create").do("requesting", "send")


def test_an_allocated_case_is_for_the_chosen_ones() -> None:
    case = allocating()
    assert [(task.action, task.users) for task in tasks(COMPILED, case.exchange, case.facts)] == [
        ("accept", ()), ("allocate", ()),
    ]  # fmt: skip
    case.do("responding", "allocate", "allocator", handlers=["responding-authority-handler-2"])
    assert [(task.action, task.users) for task in tasks(COMPILED, case.exchange, case.facts)] == [
        ("accept", ("responding-authority-handler-2",)),
    ]  # fmt: skip
    refusal = case.refused("responding", "accept")
    assert (refusal.code, refusal.params["users"]) == ("allocated", ("responding-authority-handler-2",))
    case.do("requesting", "message", text="The other side is not concerned.")
    case.do("responding", "accept", user="responding-authority-handler-2")


def test_allocation_may_be_taken_back() -> None:
    case = allocating().do("responding", "allocate", "allocator", handlers=["responding-authority-handler-2"])
    case.do("responding", "allocate", "allocator", handlers=[])
    case.do("responding", "accept")


# --- proposals and extension -----------------------------------------------------------------------------------------


def test_more_time_counts_from_the_first_start() -> None:
    case = in_state(COMPILED, "sent").do("responding", "accept", days=14)
    assert due(case.exchange, "reply") == "2026-03-16"
    case.wait(days=10).do("responding", "propose_extension", days=30)
    assert case.exchange.proposals["extension"]["days"] == 30
    assert [task.action for task in tasks(COMPILED, case.exchange, case.facts)] == ["reply", "agree_extension"]
    case.wait(days=2, hours=14).do("requesting", "agree_extension")
    assert case.exchange.proposals == {}
    assert due(case.exchange, "reply") == "2026-04-01"
    assert case.exchange.deadlines["reply"].started == "2026-03-02"


def test_more_time_does_not_slip_by_a_day_late_in_the_evening() -> None:
    case = in_state(COMPILED, "sent")
    east = replace(case.facts.authorities["responding-authority"], timezone="Europe/Helsinki")
    case.facts = replace(case.facts, authorities={**case.facts.authorities, "responding-authority": east})
    case.do("responding", "accept", days=14).do("responding", "propose_extension", days=21)
    case.wait(hours=14.5).do("requesting", "agree_extension")  # 23:30 in UTC, the next day in Helsinki
    assert due(case.exchange, "reply") == "2026-03-23"


def test_a_proposal_ends_with_the_state_it_was_made_in() -> None:
    case = in_state(COMPILED, "accepted").do("responding", "propose_extension", days=30)
    case.do("responding", "forward", target="other-authority").do("responding", "accept")
    assert case.exchange.proposals == {}
    assert case.refused("requesting", "agree_extension").guard == "extension_open"


def test_a_returned_reply_is_due_when_it_was() -> None:
    case = Case(COMPILED, {"responding_coordinator": {"approve_replies": True}})
    case.do("requesting", "create").do("requesting", "send").do("responding", "accept", days=14)
    case.wait(days=3).do("responding", "reply")
    assert due(case.exchange, "reply") == "2026-03-16"
    case.wait(days=3).do("responding_coordinator", "reject_reply", "approver")
    assert due(case.exchange, "reply") == "2026-03-16"
    case.do("responding", "reply").do("responding_coordinator", "approve_reply", "approver")
    assert due(case.exchange, "reply") is None
    assert case.exchange.deadlines["reply"].met == case.facts.now.isoformat()


def test_an_urgent_request_has_a_clock_of_its_own() -> None:
    case = Case(COMPILED).do("requesting", "create").do("requesting", "send", urgent=True).do("responding", "accept")
    assert (due(case.exchange, "reply"), due(case.exchange, "urgent_reply")) == (None, "2026-03-09")


# --- reminders and moved deadlines -----------------------------------------------------------------------------------


def test_reminders_come_in_the_morning_of_their_day() -> None:
    case = in_state(COMPILED, "sent")
    assert [(timer.days, timer.at.isoformat()) for timer in timers(COMPILED, case.exchange)] == [
        (-2, "2026-03-07T06:00:00+00:00"),
        (1, "2026-03-10T06:00:00+00:00"),
        (7, "2026-03-16T06:00:00+00:00"),
    ]


def test_a_reminder_goes_out_once() -> None:
    case = in_state(COMPILED, "sent").wait(days=8)
    event = case.remind("acceptance", 1)
    assert event is not None
    assert event.tells == (
        ("responding-authority", "handler"), ("responding-authority", "mailbox"), ("responding-coordinator", "handler"),
    )  # fmt: skip
    assert case.remind("acceptance", 1) is None
    assert [timer.days for timer in timers(COMPILED, case.exchange)] == [-2, 7]
    assert case.remind("acceptance", 99) is None
    assert case.remind("reply", 1) is None


def test_no_reminder_of_what_is_met_or_closed() -> None:
    assert in_state(COMPILED, "accepted").remind("acceptance", 1) is None
    closed = in_state(COMPILED, "closed")
    assert timers(COMPILED, closed.exchange) == ()
    assert running(closed.exchange) is None


def test_a_new_due_date_is_reminded_of_anew() -> None:
    case = in_state(COMPILED, "sent").wait(days=6)
    assert case.remind("acceptance", -2)
    case.do("responding", "forward", target="other-authority")
    assert case.remind("acceptance", -2)


def test_a_holiday_added_later_moves_the_day_once() -> None:
    case = in_state(COMPILED, "sent")
    assert case.recalculate() is None
    event = case.holidays("BB", "2026-03-09", "2026-03-10").recalculate()
    assert event is not None
    assert event.changes["before"] == {"acceptance": "2026-03-09"}
    assert due(case.exchange, "acceptance") == "2026-03-11"
    assert case.exchange.deadlines["acceptance"].moved_from == "2026-03-09"
    assert ("responding-authority", "handler") in event.tells
    assert case.recalculate() is None
    case.holidays("BB")
    assert case.recalculate() is not None
    assert due(case.exchange, "acceptance") == "2026-03-09"


def test_an_unknown_calendar_moves_nothing() -> None:
    case = in_state(COMPILED, "sent").holidays("BB", "2026-03-09")
    assert case.recalculate() is not None
    case.facts = replace(case.facts, calendars={})
    assert case.recalculate() is None


def test_overdue_and_the_next_deadline() -> None:
    case = in_state(COMPILED, "sent")
    assert overdue(case.exchange, case.facts.now) == ()
    found = running(case.exchange)
    assert found is not None
    assert found.id == "acceptance"
    case.wait(days=8)
    assert [one.id for one in overdue(case.exchange, case.facts.now)] == ["acceptance"]


# --- changes meanwhile -----------------------------------------------------------------------------------------------


def test_a_form_made_before_a_change_is_refused() -> None:
    case = in_state(COMPILED, "sent")
    seen = case.exchange.seq
    case.do("requesting", "modify", days=3)
    refusal = case.attempt(case.command("responding", "accept", seen=seen))
    assert refusal is not None
    assert (refusal.code, refusal.params) == ("overtaken", {"seen": seen, "seq": seen + 1})


def test_messages_and_reminders_do_not_spoil_an_open_form() -> None:
    case = in_state(COMPILED, "accepted")
    seen = case.exchange.seq
    command = case.command("responding", "reply", seen=seen)
    case.do("requesting", "message", text="Any news?")
    assert case.remind("reply", -3)
    assert case.exchange.seq == seen + 2
    assert case.attempt(command) is None


def test_a_concurrent_action_is_never_too_late() -> None:
    case = in_state(COMPILED, "sent")
    command = case.command("requesting", "message", seen=1, text="Hello")
    case.do("requesting", "modify")
    assert case.attempt(command) is None


def test_the_clock_of_a_case_is_given() -> None:
    assert in_state(COMPILED, "draft").exchange.opened_at == MONDAY.isoformat()
