"""The less common ways of a request, through their pages: each of them from its own form."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from imi.core.refusal import FieldError, Refusal
from imi.directory.models import Access
from imi.exchanges.models import Allocation, Draft, Exchange
from imi.web import reasons
from imi.web.requests.texts import Words
from tests.exchanges.conftest import AREA, World
from tests.web.requests.test_faults import sent

CORE = Path(reasons.__file__).parents[1] / "core"


def state(number: str) -> str:
    return Exchange.objects.get(number=number).state


def do(browser: Any, number: str, action: str, **given: Any) -> None:
    answer = browser.fill(f"/requests/{number}/{action}/", **given)
    assert answer.status_code == 302, re.findall(r"imi-error-summary.*?</ul>", answer.content.decode(), re.DOTALL)


def answered(browsers: Any) -> str:
    number = sent(browsers("asker"))
    do(browsers("answerer"), number, "accept", days="10")
    do(browsers("answerer"), number, "reply", **{"answers__sd-101__cannot_say": "not_competent"})
    return number


@pytest.mark.django_db
def test_more_time_is_asked_for_and_given(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = sent(asker)
    do(answerer, number, "accept", days="10")
    do(answerer, number, "propose_extension", days="30", reason="Férias.")
    page = asker.get(f"/requests/{number}/").content.decode()
    assert "Férias." in page
    do(asker, number, "agree_extension")
    assert "30" in asker.get(f"/requests/{number}/").content.decode()


@pytest.mark.django_db
def test_clarification_refused_and_referred_to_both_coordinators(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = answered(browsers)
    do(asker, number, "request_clarification", text="Miért?", days="5")
    do(answerer, number, "refuse_clarification", text="Não podemos.")
    do(asker, number, "refer", text="Nem elég.")
    assert state(number) == "referred_requesting"
    assert browsers("askcoord").get(f"/requests/{number}/").status_code == 200
    do(browsers("askcoord"), number, "support_referral", text="Egyetértünk.")
    do(browsers("answercoord"), number, "return_to_responder", text="Respondam.", days="6")
    do(answerer, number, "answer_clarification", text="Está bem.")
    assert state(number) == "information_provided"
    history = browsers("answercoord").get(f"/requests/{number}/", {"tab": "history"})
    assert history.status_code == 200


@pytest.mark.django_db
def test_forwarding_leaves_the_overview_and_names_the_next(browsers: Any) -> None:
    answerer = browsers("answerer")
    number = sent(browsers("asker"))
    do(answerer, number, "forward", target="pt-other", comment="É convosco.")
    page = answerer.get(f"/requests/{number}/").content.decode()
    assert "We doubt the papers." not in page
    assert "We doubt the papers." in browsers("other").get(f"/requests/{number}/").content.decode()
    assert "Pt-Other" in browsers("asker").get(f"/requests/{number}/", {"tab": "history"}).content.decode()


@pytest.mark.django_db
def test_a_split_leads_to_the_part_and_back(browsers: Any) -> None:
    answerer = browsers("answerer")
    number = sent(browsers("asker"), questions=["sd-101", "sd-110"])
    do(answerer, number, "split", items=["sd-110"], target="pt-other", comment="Parte.")
    part = Exchange.objects.exclude(number=number).get().number
    assert f'href="/requests/{part}/"' in browsers("asker").get(f"/requests/{number}/").content.decode()
    assert f'href="/requests/{number}/"' in browsers("other").get(f"/requests/{part}/").content.decode()


@pytest.mark.django_db
def test_allocated_to_colleagues(world: World, browsers: Any) -> None:
    Access.objects.filter(authority="pt-works", area=AREA).update(settings={"uses_allocation": True})
    answerer, mate = browsers("answerer"), browsers("answermate")
    number = sent(browsers("asker"))
    do(answerer, number, "allocate", handlers=[str(world.people["answermate"].user_id)])
    assert Allocation.objects.get().user_id == world.people["answermate"].user_id
    assert "Answermate Test" in answerer.get(f"/requests/{number}/").content.decode()
    assert answerer.get(f"/requests/{number}/accept/").status_code == 403
    do(mate, number, "accept", days="4")


@pytest.mark.django_db
def test_a_request_sent_can_be_changed_until_it_is_accepted(browsers: Any) -> None:
    asker = browsers("asker")
    number = sent(asker)
    page = asker.get(f"/requests/{number}/modify/").content.decode()
    assert "We doubt the papers." in page
    do(asker, number, "modify", justification="Még egy ok.")
    assert "Még egy ok." in browsers("answerer").get(f"/requests/{number}/").content.decode()


@pytest.mark.django_db
def test_rows_of_a_group_are_added_and_dropped(browsers: Any) -> None:
    browser = browsers("otherarea")
    started = browser.post("/requests/start", {"procedure": "posting-of-workers/information-request", "key": "g"})
    url = started["Location"]
    page = browser.get(url).content.decode()
    group, inner = re.search(r'name="f-(\w+)--rows".*?name="f-\1--0--(\w+)"', page, re.DOTALL).groups()
    more = browser.fill(url, f"row:{group}", **{f"{group}__0__{inner}": "Ülő Bika"})
    assert f'name="f-{group}--1--{inner}"' in more.content.decode()
    assert Draft.objects.get().data[group] == [{inner: "Ülő Bika"}]
    assert browser.fill(url, "save", **{f"{group}__0__{inner}": ""}).status_code in (302, 422)


def codes(pattern: str) -> set[str]:
    """The codes that the engine uses, from its own source."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in CORE.glob("*.py"))
    return set(re.findall(pattern, text))


def test_every_code_of_the_engine_has_a_sentence() -> None:
    faults = codes(r'(?:FaultError|FieldError\([^,()]+,)\(?\s*"([a-z_]+)"') | codes(r'_pattern\([A-Z_]+, "([a-z_]+)"')
    faults |= codes(r'return "((?:no_access|own_\w+|other_\w+|same_\w+|already_\w+))"')
    assert len(faults) > 15
    for code in faults:
        assert reasons.field_error_text(FieldError("x", code, {})) != reasons.field_error_text(FieldError("x", "?")), (
            code
        )
    refusals = codes(r'Refusal\(\s*"([a-z_]+)"')
    assert len(refusals) >= 9
    for code in refusals:
        assert reasons.refusal_text(Refusal(code), "") != "This cannot be done now.", code


@pytest.mark.django_db
def test_a_guard_tells_its_own_reason(world: World) -> None:
    number = world.accepted()
    words = Words(Exchange.objects.get(number=number).definition_id, "en")
    told = reasons.refusal_text(Refusal("guard", guard="extension_open"), "agree_extension", words)
    assert told == "The responding authority has not asked for more time."
