"""The desks of approvals and referrals: what is shown to whom, nothing more, and every look at it logged."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imi.accounts.models import RoleGrant
from imi.directory.models import Access
from imi.exchanges.models import Content, Exchange, Look
from imi.exchanges.queries import view
from imi.exchanges.several import glances
from imi.web.desk.deciding import kinds
from imi.web.desk.decisions import WANTED
from tests.access.conftest import switch
from tests.exchanges.conftest import AREA, World
from tests.web.desk.test_desk import _part
from tests.web.pages.conftest import Visit, copies

SUBJECT = {"subject_kind": "company", "company_name": "Fiktiv Kft.", "representative_name": "Kanari Ilona"}


def awaiting_request_approval(world: World) -> str:
    switch("hu-coord", approve_requests=True)
    return world.sent(**SUBJECT)


def referred(world: World) -> str:
    number = world.sent(**SUBJECT)
    world.act("answerer", number, "accept", days=10)
    world.act("answerer", number, "reply", answers="some", remark="kanari-valasz")
    world.act("asker", number, "refer", text="The reply leaves out the date.")
    return number


def test_approvals_and_referrals_are_told_apart(world: World) -> None:
    found = kinds()
    assert found["approvals"].states == ("awaiting_reply_approval", "awaiting_request_approval")
    assert found["referrals"].states == ("referred_requesting", "referred_responding")
    assert found["approvals"].parties == ("requesting_coordinator", "responding_coordinator")


def test_a_request_is_approved_from_the_desk(world: World, visit: Visit) -> None:
    number = awaiting_request_approval(world)
    client = visit("askcoord")
    page = client.get("/desk/decisions/").text
    part = _part(page, "approvals")
    assert number in part
    assert number not in _part(page, "referrals")
    for said in ("Hu-Trade", "Pt-Works", "We doubt the papers."):
        assert said in part
    for action in ("approve_request", "reject_request"):
        assert f'href="/requests/{number}/{action}/"' in part
        assert client.get(f"/requests/{number}/{action}/").status_code == 200
    assert "Kanari" not in page
    assert '<span class="imi-count">1</span>' in client.get("/desk/").text


def test_a_reply_is_approved_without_its_answers_on_the_list(world: World, visit: Visit) -> None:
    number = world.sent(**SUBJECT)
    switch("pt-coord", approve_replies=True)
    world.act("answerer", number, "accept", days=10)
    world.act("answerer", number, "reply", answers="some", remark="kanari-valasz")
    page = visit("answercoord").get("/desk/decisions/").text
    assert f'href="/requests/{number}/approve_reply/"' in _part(page, "approvals")
    assert "kanari" not in page.lower()
    assert number not in visit("askcoord").get("/desk/decisions/").text


def test_a_referral_comes_with_its_reason(world: World, visit: Visit) -> None:
    number = referred(world)
    Look.objects.all().delete()
    page = visit("askcoord").get("/desk/decisions/").text
    part = _part(page, "referrals")
    assert "The reply leaves out the date." in part
    assert "kanari-valasz" not in page
    for action in ("support_referral", "decline_referral"):
        assert f'href="/requests/{number}/{action}/"' in part
    look = Look.objects.get()
    assert (look.exchange.number, look.purpose, look.aspects) == (number, "decisions", ["messages"])
    assert look.user_id == world.people["askcoord"].user_id
    world.act("askcoord", number, "support_referral", text="It does.")
    second = _part(visit("answercoord").get("/desk/decisions/").text, "referrals")
    assert "It does." in second
    assert f'href="/requests/{number}/dismiss_referral/"' in second


def test_nobody_else_sees_them(world: World, visit: Visit) -> None:
    numbers = [referred(world), awaiting_request_approval(world)]
    for name in world.people.keys() - {"askcoord"}:
        page = visit(name).get("/desk/decisions/").text
        assert not [one for one in numbers if one in page], name
    RoleGrant.objects.filter(user=world.people["askcoord"].user_id, role="approver").delete()
    page = visit("askcoord").get("/desk/decisions/").text
    assert not [one for one in numbers if one in page]


def test_a_coordinator_that_opted_out_after_the_referral_sees_no_content(world: World, visit: Visit) -> None:
    number = referred(world)
    Access.objects.filter(authority="hu-coord", area=AREA).update(settings={"takes_referrals": False})
    page = visit("askcoord").get("/desk/decisions/").text
    assert number in page
    assert "The reply leaves out the date." not in page


def test_a_glance_shows_what_opening_would_show(world: World) -> None:
    numbers = [referred(world), world.answered(), awaiting_request_approval(world)]
    for name, who in world.people.items():
        if AREA not in who.roles:
            continue
        seen = glances(who, numbers, WANTED, "decisions", world.now)
        for number in numbers:
            try:
                opened = view(who, number, "show", now=world.now)
            except LookupError:
                assert number not in seen
                continue
            if opened.linked:
                continue
            assert seen[number].shown.aspects == opened.aspects & WANTED, (name, number)
            personal = opened.compiled.personal_fields  # not asked for, so not shown to those who might see it either
            known = {field: value for field, value in opened.shown.content.items() if field not in personal}
            assert seen[number].shown.content == known
            assert seen[number].holders == opened.holders


def test_the_desk_is_a_fixed_number_of_queries(world: World, visit: Visit) -> None:
    number = referred(world)
    client = visit("askcoord")
    client.get("/desk/decisions/")
    with CaptureQueriesContext(connection) as few:
        client.get("/desk/decisions/")
    copies(number, 9)
    state = Content.objects.get(exchange__number=number).state
    made = Exchange.objects.filter(number__startswith="2025-")
    Content.objects.bulk_create(Content(exchange=one, state={**state, "number": one.number}) for one in made)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/desk/decisions/").text
    assert page.count('aria-labelledby="decision-') == 10
    assert len(few) == len(many) < 40
    copied = Look.objects.filter(exchange__number__startswith="2025-").count()
    assert copied == 9


@pytest.mark.parametrize("query", ["approvals=x", "referrals=99999999", "approvals=%00", "referrals=0"])
def test_a_hostile_address_is_an_ordinary_page(visit: Visit, query: str) -> None:
    assert visit("askcoord").get(f"/desk/decisions/?{query}").status_code == 200
