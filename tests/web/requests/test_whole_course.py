"""A request from draft to closed, by both sides, through their pages."""

from __future__ import annotations

from typing import Any

import pytest

from imi.exchanges.models import Exchange
from tests.exchanges.conftest import World
from tests.web.requests.conftest import REQUEST, begin

pytestmark = pytest.mark.django_db


def state(number: str) -> str:
    return Exchange.objects.get(number=number).state


def test_from_draft_to_closed(world: World, browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    assert "answer_clarification" not in asker.get("/requests/new").content.decode()
    number = begin(asker)
    assert asker.fill(f"/requests/{number}/send/", "pick:questions", questions=["sd-101", "sd-102"]).status_code == 200
    sent = asker.fill(f"/requests/{number}/send/", **REQUEST)
    assert sent.status_code == 302, sent.content.decode()[:6000]
    assert state(number) == "sent"
    page = asker.get(f"/requests/{number}/")
    assert page.status_code == 200
    assert "We doubt the papers." in page.content.decode()

    page = answerer.get(f"/requests/{number}/").content.decode()
    assert "We doubt the papers." in page
    assert "Kovács Ilona" not in page
    accepted = answerer.fill(f"/requests/{number}/accept/", days="10")
    assert accepted.status_code == 302, accepted.content.decode()[:6000]
    assert "Kovács Ilona" in answerer.get(f"/requests/{number}/").content.decode()

    reply = f"/requests/{number}/reply/"
    first = {"answers__sd-101__value": "no", "answers__sd-102__cannot_say": "not_in_records"}
    incomplete = answerer.fill(reply, **first, remark="Tudo em ordem.")
    assert incomplete.status_code == 422
    assert "Tudo em ordem." in incomplete.content.decode()
    assert 'href="#id_f-answers--sd-104"' in incomplete.content.decode()
    opened = answerer.fill(reply, "answers:answers", **first, remark="Tudo em ordem.")
    assert 'id="id_f-answers--sd-104"' in opened.content.decode()
    replied = answerer.fill(reply, **{"answers__sd-104__cannot_say": "not_competent"})
    assert replied.status_code == 302, replied.content.decode()[:6000]
    assert state(number) == "information_provided"
    page = asker.get(f"/requests/{number}/").content.decode()
    assert "Tudo em ordem." in page
    closed = asker.fill(f"/requests/{number}/close/", timeliness="good", effort="good")
    assert closed.status_code == 302
    assert state(number) == "closed"
    for tab in ("show", "history", "overview"):
        for browser in (asker, answerer):
            assert browser.get(f"/requests/{number}/", {"tab": tab}).status_code == 200
