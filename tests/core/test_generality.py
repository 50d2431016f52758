"""The engine knows no policy area: it lends books as readily as it carries requests."""

from __future__ import annotations

from datetime import timedelta

import pytest

from imi.core.compiled import DefinitionError, compile_definition
from imi.core.definition import Definition, Lifecycle, Procedure
from imi.core.scenario import play
from tests.core.cases import Case
from tests.core.toy import LENDING, lending

COMPILED = lending()


def wished(rare: bool = False) -> Case:
    return Case(COMPILED).do("reader", "wish", "member", library="library-authority", rare=rare)


def test_the_story_of_a_rare_book() -> None:
    result = play(COMPILED, COMPILED.lifecycle.scenarios[0])
    assert result.ok, [(step.index, list(map(str, step.mismatches))) for step in result.steps]


def test_an_action_without_a_way_is_refused() -> None:
    assert wished(rare=True).refused("library", "hand_out", "clerk").code == "no_branch"
    wished(rare=False).do("library", "hand_out", "clerk")


def test_time_heals_a_guard() -> None:
    case = wished().do("library", "hand_out", "clerk")
    refusal = case.refused("reader", "bring_back", "member")
    assert (refusal.code, refusal.guard) == ("not_yet", "read_first")
    assert refusal.until == case.facts.now + timedelta(days=1)
    case.wait(days=1).do("reader", "bring_back", "member")


def test_a_guard_reads_the_form() -> None:
    case = wished()
    assert case.refused("library", "sell", "clerk", buyer="reader").guard == "not_to_readers"
    assert case.refused("library", "sell", "clerk", buyer="thief").code == "no_branch"
    case.do("library", "sell", "clerk", buyer="depot")
    assert case.exchange.closed_at


def test_a_count_limits_an_action() -> None:
    case = wished().do("library", "hand_out", "clerk")
    case.do("library", "renew", "clerk", weeks=6).do("library", "renew", "clerk", weeks=8)
    assert case.refused("library", "renew", "clerk", weeks=9).guard == "twice_at_most"


def test_the_procedure_changes_a_deadline() -> None:
    case = wished().do("library", "hand_out", "clerk").do("library", "renew", "clerk", weeks=12)
    assert case.exchange.deadlines["loan"].amount == 10


def test_a_condition_grants_sight() -> None:
    assert wished(rare=False).sees("depot", "clerk") == set()
    assert wished(rare=True).sees("depot", "clerk") == {"overview"}


@pytest.mark.parametrize(
    ("where", "condition"),
    [
        ("actions.renew.guards.not_late", "deadline.loan.late"),
        ("actions.renew.guards.not_late", "done.renew"),
        ("actions.renew.guards.not_late", "done.renew ="),
        ("actions.renew.guards.not_late", "form.author == 1"),
    ],
)
def test_a_condition_that_means_nothing_does_not_compile(where: str, condition: str) -> None:
    lifecycle = Lifecycle.model_validate(LENDING)
    actions = tuple(
        action.model_copy(update={"guards": (action.guards[0].model_copy(update={"when": condition}),)})
        if action.id == "renew"
        else action
        for action in lifecycle.actions
    )
    definition = COMPILED.definition
    broken = Definition(
        area=definition.area,
        procedure=Procedure.model_validate(definition.procedure.model_dump()),
        lifecycle=lifecycle.model_copy(update={"actions": actions}),
    )
    with pytest.raises(DefinitionError) as error:
        compile_definition(broken, "x")
    assert error.value.where == where
