"""Stories: the shipped ones come true, and one that does not says where and how."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from imi.core.scenario import lapse, play
from imi.core.story import Scenario
from tests.core.definitions import request

COMPILED = request()
STORIES = {story.id: story for story in COMPILED.lifecycle.scenarios}

SEND = {
    "as": "requesting",
    "do": "send",
    "with": {
        "recipient": "responding-authority",
        "questions": "some",
        "justification": "x",
        "legal_basis": "some",
        "days": 7,
    },
}
CREATE = {"as": "requesting", "do": "create"}


@pytest.mark.parametrize("story", sorted(STORIES))
def test_shipped_stories(story: str) -> None:
    result = play(COMPILED, STORIES[story])
    assert result.ok, [(step.index, list(map(str, step.mismatches))) for step in result.steps]
    assert len(result.steps) == len(STORIES[story].steps)


def told(*steps: dict[str, Any], **more: Any) -> list[str]:
    story = Scenario.model_validate({"id": "s", "title": "S", "steps": steps, **more})
    return [f"{step.index}: {mismatch}" for step in play(COMPILED, story).steps for mismatch in step.mismatches]


@pytest.mark.parametrize(
    ("step", "mismatch"),
    [
        ({"state": "draft"}, "2: state: expected draft, got sent"),
        ({"due": {"acceptance": "2026-03-10"}}, "2: due.acceptance: expected 2026-03-10, got 2026-03-09"),
        ({"due": {"reply": "running"}}, "2: due.reply: expected running, got none"),
        ({"tells": ["requesting.handler"]}, "2: tells: expected requesting.handler, got nothing"),
        ({"sees": {"responding_coordinator": ["overview"]}},
         "2: sees.responding_coordinator: expected overview, got history, overview"),
        ({"as": "responding", "may": ["reply"]}, "2: may: expected reply, got accept, forward, message, split"),
        ({"as": "responding", "may_not": ["accept"]}, "2: may_not: expected not accept, got accept"),
        ({"part": 2}, "2: part: expected a part number 2, got 0 parts"),
        ({"after": "soon"}, '2: after: expected a time such as "3 days" or "2 working days", got soon'),
        ({"as": "responding", "do": "accept", "refused": "state", "with": {"days": 3}},
         "2: refused: expected state, got done"),
        ({"as": "responding", "do": "accept"}, "2: refused: expected done, got refused invalid days required"),
        ({"as": "responding", "do": "withdraw", "refused": "role"}, "2: refused: expected role, got refused party"),
        ({"as": "responding", "do": "vanish"}, "2: refused: expected done, got refused unknown_action"),
    ],
)  # fmt: skip
def test_what_comes_out_otherwise_is_told(step: dict[str, Any], mismatch: str) -> None:
    assert told(CREATE, SEND, step) == [mismatch]


def test_a_story_ends_at_the_first_mismatch() -> None:
    assert told({**CREATE, "state": "sent"}, {**SEND, "state": "draft"}) == ["0: state: expected sent, got draft"]


@pytest.mark.parametrize("starts", ["spring", "2026-03-02T09:00:00"])
def test_a_story_starts_at_a_moment(starts: str) -> None:
    assert told(CREATE, starts=starts)[0].startswith("0: starts: expected a moment")


def test_without_some_the_data_are_taken_literally() -> None:
    literal = {**SEND, "with": {**SEND["with"], "questions": [{"question": "q-number"}], "legal_basis": "art_1"}}  # type: ignore[dict-item]
    assert told(CREATE, {**literal, "refused": "invalid"}) == []
    assert told(CREATE, {**literal, "with": {**literal["with"], "list": "some"}, "state": "sent"}) == []  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ("12 hours", "2026-03-06T21:00:00+00:00"),
        ("1 day", "2026-03-07T09:00:00+00:00"),
        ("2 working days", "2026-03-10T09:00:00+00:00"),
        ("3 weeks", "2026-03-27T09:00:00+00:00"),
        ("5 months", "2026-08-06T09:00:00+00:00"),
    ],
)
def test_time_passes(text: str, later: str) -> None:
    moment = lapse(datetime(2026, 3, 6, 9, tzinfo=UTC), text)
    assert moment is not None
    assert moment.isoformat() == later
