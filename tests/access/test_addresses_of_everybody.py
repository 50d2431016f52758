"""Every address of the site, read and posted to by every kind of person; a new address without an expectation fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver

from imi.accounts.models import User
from tests.access.conftest import Stage, plain, text_of
from tests.exchanges.conftest import AREA

pytestmark = pytest.mark.django_db

EVERYBODY = [
    "",  # nobody is signed in
    "asker",
    "askermate",
    "reader",
    "otherarea",
    "answerer",
    "answerreader",
    "allocator",
    "askcoord",
    "coordhandler",
    "answercoord",
    "onlooker",
    "other",
    "stranger",
]
COORDINATING = {"askcoord", "answercoord"}
ALLOCATORS = {"asker", "askermate", "answerer", "allocator", "onlooker", "other", "stranger"}
MISSING = "2031-000404"


@dataclass(frozen=True)
class Rule:
    """Who gets what at an address; status of reading and posting.

    ``public``, ``signed_in``, ``allocators`` or ``coordinating`` may.
    """

    who: str
    get: int = 405
    post: int = 405


SITE = {
    "home": Rule("signed_in", get=200),
    "sign_in": Rule("public", get=200, post=422),
    "sign_in_code": Rule("public", get=302, post=302),  # nobody has begun
    "own_password": Rule("public", get=302, post=422),
    "own_code": Rule("public", get=302, post=422),
    # No service is configured, and nobody has come from one.
    "not_linked": Rule("public", get=302),
    "sign_in_with": Rule("public", get=404),
    "back_from": Rule("public", get=404),
    "ended_by": Rule("public", post=404),
    "leave_too": Rule("public", get=404),
    "identities": Rule("signed_in", get=200),
    # Nobody of these has just proved who it is.
    "identity_confirm": Rule("signed_in", get=302, post=302),
    "identity_link": Rule("signed_in", get=302),
    "identity_go": Rule("signed_in", get=302),
    "identity_unlink": Rule("signed_in", get=302, post=302),
    "second_factor": Rule("public", get=302, post=422),  # nobody has given a first proof
    "second_set_up": Rule("public", get=302, post=422),
    "second_set_up_app": Rule("public", get=302, post=422),
    "second_set_up_passkey": Rule("public", get=302, post=422),
    "passkey": Rule("public", get=200, post=422),
    "sign_out": Rule("public", post=302),
    "session_ended": Rule("public", get=200),
    "authorities:own": Rule("signed_in", get=200),
    "authorities:propose": Rule("signed_in", get=200, post=422),
    # None of these people is a local data administrator.
    "authorities:confirm": Rule("signed_in", post=403),
    "authorities:contacts": Rule("signed_in", get=403, post=403),
    "authorities:reach": Rule("signed_in", get=403, post=403),
    "authorities:texts": Rule("signed_in", get=403, post=403),
    "authorities:draft_texts": Rule("signed_in", post=403),
    "authorities:discard_draft": Rule("signed_in", post=403),
    "authorities:competence": Rule("signed_in", get=403, post=403),
    "authorities:settings": Rule("signed_in", get=403, post=403),
    "authorities:links": Rule("signed_in", get=403, post=403),
    "authorities:corrections": Rule("signed_in", get=403, post=403),
    # None of them is a data administrator.
    "authorities:delegations": Rule("signed_in", get=403, post=403),
    "authorities:list": Rule("signed_in", get=403),
    "authorities:export": Rule("signed_in", get=403),
    "authorities:register": Rule("signed_in", get=403, post=403),
    "authorities:one": Rule("signed_in", get=403),
    "authorities:registered": Rule("signed_in", get=404),  # nobody has registered it just now
    "authorities:history": Rule("signed_in", get=404),
    "authorities:rename": Rule("signed_in", get=403, post=403),
    "authorities:regions": Rule("signed_in", get=403, post=403),
    "authorities:hand_over": Rule("signed_in", get=403, post=403),
    "authorities:deactivate": Rule("signed_in", get=403, post=403),
    "authorities:reactivate": Rule("signed_in", get=403, post=403),
    "authorities:grant": Rule("signed_in", get=403, post=403),
    "authorities:coordinators": Rule("signed_in", get=403, post=403),
    "authorities:suspend": Rule("signed_in", get=403, post=403),
    "authorities:resume": Rule("signed_in", get=403, post=403),
    "authorities:register_coordinator": Rule("signed_in", get=403, post=403),
    "authorities:admissions": Rule("signed_in", get=403),
    "authorities:invite": Rule("signed_in", get=403, post=403),
    "authorities:admission": Rule("signed_in", get=404, post=404),
    "client_keys": Rule("public", get=404),  # no provider asks for a signature
    "registration:ask": Rule("public", get=200, post=422),
    "registration:asked": Rule("public", get=200),
    # Nobody of these has followed a link.
    "registration:step": Rule("public", get=410, post=410),
    "registration:preview": Rule("public", get=410, post=410),
    "registration:submitted": Rule("public", get=410),
    "registration:give_up": Rule("public", post=410),
    "registration:typed": Rule("public", get=410, post=410),
    "registration:link": Rule("public", get=410, post=410),
    "typed": Rule("signed_in", get=302, post=302),  # nothing was kept
    "renew_session": Rule("signed_in", get=204),
    "set_language": Rule("public", post=302),
    "account": Rule("signed_in", get=200, post=422),
    "end_sessions": Rule("signed_in", post=302),
    "security": Rule("signed_in", get=200),
    "prove": Rule("signed_in", get=200, post=422),
    "change_password": Rule("signed_in", get=200, post=422),
    # Nobody of these has proved a moment ago who it is.
    "change_code": Rule("signed_in", get=302, post=302),
    "add_app": Rule("signed_in", get=302, post=302),
    "add_passkey": Rule("signed_in", get=302, post=302),
    "rename_factor": Rule("signed_in", get=302, post=302),
    "remove_factor": Rule("signed_in", get=302, post=302),
    "recovery_codes": Rule("signed_in", get=302, post=302),  # none were made
    "renew_codes": Rule("signed_in", get=302, post=302),
    "tasks": Rule("signed_in", get=200),
    "exchanges": Rule("signed_in", get=200),
    "allocate_many": Rule("allocators", post=302),
    "save_filter": Rule("signed_in", post=302),
    "remove_filter": Rule("signed_in", post=302),
    "directory": Rule("signed_in", get=200),
    "organisation": Rule("signed_in", get=200),
    "authority": Rule("signed_in", get=200),
    "registers": Rule("signed_in", get=200),
    "notices": Rule("signed_in", get=200),
    "notices_read": Rule("signed_in", post=302),
    "help": Rule("public", get=200),
    "help_desks": Rule("public", get=200),
    "help_section": Rule("public", get=200),
    "first_steps": Rule("signed_in", get=200),
    "take_step": Rule("signed_in", post=404),  # no step was named
    "desk": Rule("signed_in", get=200),
    "desk_deadlines": Rule("signed_in", get=200),
    "desk_authorities": Rule("signed_in", get=200),
    "desk_decisions": Rule("signed_in", get=200),
    "helpdesk:list": Rule("signed_in", get=200),
    "helpdesk:ask": Rule("signed_in", get=200, post=422),
    # No exchange, thread or answer is named that any of these has a part in.
    "helpdesk:about": Rule("signed_in", get=404, post=404),
    "helpdesk:thread": Rule("signed_in", get=404, post=404),
    "helpdesk:hand_over": Rule("signed_in", get=404, post=404),
    "helpdesk:publish": Rule("signed_in", get=404, post=404),
    "helpdesk:answer": Rule("signed_in", get=404, post=404),
    "helpdesk:answer_remove": Rule("signed_in", get=404, post=404),
    "practice": Rule("signed_in", get=200),
    "outreach:overview": Rule("signed_in", get=200),
    "outreach:events": Rule("signed_in", get=200),
    "outreach:month": Rule("signed_in", get=200),
    "outreach:my_calendar": Rule("signed_in", get=200),
    "outreach:event_new": Rule("coordinating", get=200, post=422),
    # Nobody has offered anything.
    "outreach:event": Rule("signed_in", get=404),
    "outreach:event_calendar": Rule("signed_in", get=404),
    "outreach:event_register": Rule("signed_in", post=404),
    "outreach:event_withdraw": Rule("signed_in", post=404),
    "outreach:event_edit": Rule("signed_in", get=404, post=404),
    "outreach:event_publish": Rule("signed_in", get=404, post=404),
    "outreach:event_cancel": Rule("signed_in", get=404, post=404),
    "outreach:event_discard": Rule("signed_in", get=404, post=404),
    "outreach:participants": Rule("signed_in", get=404),
    "outreach:participants_file": Rule("signed_in", get=404),
    "outreach:attendance": Rule("signed_in", post=404),
    "outreach:news": Rule("signed_in", get=200),
    "outreach:news_new": Rule("coordinating", get=200, post=422),
    "outreach:news_item": Rule("signed_in", get=404),
    "outreach:news_edit": Rule("coordinating", get=404, post=404),
    "outreach:news_publish": Rule("coordinating", get=404, post=404),
    "outreach:news_withdraw": Rule("coordinating", get=404, post=404),
    "outreach:issues": Rule("coordinating", get=200),
    "outreach:issue_new": Rule("coordinating", get=200, post=422),
    "outreach:issue": Rule("signed_in", get=404),
    "outreach:issue_edit": Rule("coordinating", get=404, post=404),
    "outreach:issue_send": Rule("coordinating", get=404, post=404),
    "outreach:plans": Rule("signed_in", get=200),
    "outreach:plan_new": Rule("signed_in", get=403, post=403),  # none of them is of a national coordinator
    "outreach:plan": Rule("signed_in", get=404),
    "outreach:plan_texts": Rule("signed_in", get=404, post=404),
    "outreach:plan_text_draft": Rule("signed_in", get=405, post=404),
    "outreach:plan_text_discard": Rule("signed_in", get=405, post=404),
    "outreach:plan_withdraw": Rule("signed_in", get=404, post=404),
    "outreach:tick": Rule("signed_in", post=404),
    "outreach:materials": Rule("signed_in", get=200),
    "outreach:material_new": Rule("coordinating", get=200, post=422),
    "outreach:material": Rule("signed_in", get=404),
    "outreach:material_file": Rule("signed_in", get=404),
    "outreach:material_word": Rule("coordinating", get=404, post=404),
    "outreach:material_review": Rule("coordinating", get=404, post=404),
    "outreach:material_withdraw": Rule("coordinating", get=404, post=404),
    "outreach:training_access": Rule("signed_in", get=200),
    "outreach:training_ask": Rule("signed_in", get=200, post=422),
    "outreach:training_request": Rule("coordinating", get=404),
    "outreach:training_people": Rule("coordinating", get=200),
    "outreach:training_give_unasked": Rule("coordinating", get=404, post=404),
    "outreach:training_withdraw": Rule("coordinating", get=404, post=404),
    "outreach:training_give": Rule("coordinating", get=404, post=404),
    "outreach:training_refuse": Rule("coordinating", get=404, post=404),
    # Nobody of these administers anything; each page says why it is closed.
    "administration": Rule("signed_in", get=403),
    "users": Rule("signed_in", get=403),
    "user_new": Rule("signed_in", get=403, post=403),
    "user": Rule("signed_in", get=403),
    "user_edit": Rule("signed_in", get=403, post=403),
    "user_roles": Rule("signed_in", get=403, post=403),
    "user_remove": Rule("signed_in", get=403, post=403),
    "user_name": Rule("signed_in", get=403, post=403),
    "user_reset": Rule("signed_in", post=403),
    "user_unlock": Rule("signed_in", post=403),
    "user_end_sessions": Rule("signed_in", post=403),
    "user_acts": Rule("signed_in", get=403),
    "authority_acts": Rule("signed_in", get=403),
    "own_acts": Rule("signed_in", get=200),
    "mail_problems": Rule("signed_in", get=403),
    "mail_test": Rule("signed_in", post=404),  # no address was named
    "mail_arrived": Rule("public", get=410, post=410),
    "users_helped": Rule("signed_in", get=403),
    "user_helped": Rule("signed_in", get=403),
    "user_helped_reset": Rule("signed_in", post=403),
    "accessibility": Rule("public", get=200),
    "privacy": Rule("public", get=200),
    "training": Rule("public", get=200),
    "become": Rule("public", post=404),  # nobody was chosen
    "counterparts": Rule("public", post=302),
    "training_mailbox": Rule("public", get=200),
    "requests:new": Rule("signed_in", get=200),
    "requests:start": Rule("signed_in", post=404),  # no procedure was chosen
    "requests:concepts": Rule("signed_in", get=200),
}
# Signed-in people are led on from the pages that lead to signing in.
LED_ON = {
    "sign_in",
    "sign_in_code",
    "own_password",
    "own_code",
    "second_factor",
    "second_set_up",
    "second_set_up_app",
    "second_set_up_passkey",
    "passkey",
    "session_ended",
}

FULL, OVERVIEW, NOTHING = "full", "overview", "nothing"
# How much of a sent and of an accepted request each person sees (table of visibility by state).
SEES = {
    "sent": {
        "asker": FULL,
        "askermate": FULL,
        "reader": OVERVIEW,
        "otherarea": OVERVIEW,
        "answerer": FULL,
        "answerreader": OVERVIEW,
        "allocator": OVERVIEW,
        "askcoord": OVERVIEW,
        "coordhandler": OVERVIEW,
        "answercoord": OVERVIEW,
        "onlooker": OVERVIEW,
        "other": NOTHING,
        "stranger": NOTHING,
    }
}
SEES["accepted"] = SEES["sent"]
# After forwarding, who held the request before keeps the overview.
SEES["forwarded"] = {**SEES["sent"], "answerer": OVERVIEW, "allocator": OVERVIEW, "other": FULL}
# Who may open the document of the asking side.
OPENS_FILES = {"sent": {"asker", "askermate"}, "accepted": {"asker", "askermate", "answerer"}}
OPENS_FILES["forwarded"] = OPENS_FILES["sent"]


def addresses(resolver: URLResolver, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """Every address of the site: its name, and its path with example values."""
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            name = f"{entry.namespace}:" if entry.namespace else ""
            yield from addresses(entry, path, space + name)
        elif isinstance(entry, URLPattern):
            yield f"{space}{entry.name}", "/" + path


ADDRESSES = dict(addresses(get_resolver()))
OF_A_REQUEST = {name: path for name, path in ADDRESSES.items() if "<str:number>" in path}


def filled(path: str, stage: Stage, number: str) -> str:
    """An address with a request, a document and an authority in it."""
    for part, value in (
        ("<slug:authority_id>", "pt-works"),
        ("<str:code>", "PT"),
        ("<slug:step>", "contact"),
        ("<slug:area>", AREA),
        ("<int:admission_id>", "1"),
        ("<int:thread_id>", "1"),
        ("<int:answer_id>", "1"),
        ("<str:about>", MISSING),
        ("<str:token>", "x" * 43),
        ("<slug:name>", "glossary"),
        ("<slug:service>", "nobody"),
        ("<int:link_id>", "1"),
        ("<str:number>", number),
        ("<int:user_id>", str(stage.world.people["answermate"].user_id)),
        ("<int:factor_id>", "1"),
        ("<str:file>", stage.files.get(number, "0" * 32)),
        ("<str:action>", "message"),
        ("<int:event_id>", "999999"),
        ("<int:item_id>", "999999"),
        ("<int:issue_id>", "999999"),
        ("<int:plan_id>", "999999"),
        ("<int:person_id>", "999999"),
        ("<int:todo_id>", "999999"),
        ("<int:material_id>", "999999"),
        ("<int:request_id>", "999999"),
        ("<slug:kind>", "link"),
        ("<slug:lang>", "en"),
    ):
        path = path.replace(part, value)
    return path


def test_every_address_has_an_expectation() -> None:
    assert ADDRESSES.keys() - SITE.keys() == OF_A_REQUEST.keys()
    assert {name.partition(":")[2] for name in OF_A_REQUEST} == {"show", "preview", "print", "file", "act", "draft"}


def expected(name: str, rule: Rule, person: str, method: str) -> int:
    """The status that an address of the site answers with."""
    status: int = getattr(rule, method)
    if person == "":
        return status if rule.who == "public" or (name, method) == ("home", "post") else 302
    if rule.who == "allocators" and person not in ALLOCATORS:
        return 403
    if rule.who == "coordinating" and person not in COORDINATING and status != 405:
        return 403
    return 302 if name in LED_ON and method == "get" else status


@pytest.mark.parametrize("name", SITE)
def test_addresses_of_the_site(stage: Stage, name: str) -> None:
    rule, path = SITE[name], filled(ADDRESSES[name], stage, "")
    for person in EVERYBODY:
        for method in ("get", "post"):
            with transaction.atomic():
                answer = getattr(stage.client(person), method)(path)
                transaction.set_rollback(True)
            assert answer.status_code == expected(name, rule, person, method), (person, method, path)
            if answer.status_code == 302 and person == "" and rule.who != "public" and name != "home":
                assert answer["Location"].startswith("/sign-in")


def of_a_request(name: str, person: str, situation: str) -> tuple[int, int]:
    """The statuses of reading and of posting to an address of a request."""
    if person == "":
        return 302, 302
    sees = SEES[situation][person]
    if sees == NOTHING:
        # A page that takes no forms says so, whatever the number: of a request it tells nothing.
        return (405, 404) if name == "draft" else (404, 404 if name in ("print", "act") else 405)
    partner = person in ("asker", "askermate", "answerer", "answerreader", "allocator", "reader", "otherarea")
    partner = (partner and not (situation == "forwarded" and person in ("answerer", "answerreader", "allocator"))) or (
        situation == "forwarded" and person == "other"
    )
    may_write = partner and sees == FULL
    match name:
        case "show":
            return 200, 405
        case "preview":
            return 404, 405  # no action was named
        case "print":
            return 200, 302  # nothing was ticked
        case "file":
            if person in OPENS_FILES[situation]:
                return 200, 405
            return 403, 405
        case "act":
            return (200, 200) if may_write else (403, 403) if partner else (404, 404)
        case "draft":
            return 405, 400 if partner else 404  # a message keeps no draft
    raise AssertionError(name)


@pytest.mark.parametrize("situation", SEES)
def test_addresses_of_a_request(stage: Stage, situation: str) -> None:
    number, wrong = stage.numbers[situation], []
    for full_name, path in OF_A_REQUEST.items():
        name = full_name.partition(":")[2]
        for person in EVERYBODY:
            want = of_a_request(name, person, situation)
            for method, status in zip(("get", "post"), want, strict=True):
                answer = getattr(stage.client(person), method)(filled(path, stage, number))
                if answer.status_code != status:
                    wrong.append(f"{method} {name} by {person or 'nobody'}: {answer.status_code} instead of {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("situation", ["draft", "sent", "accepted", "closed", "awaiting_request_approval"])
def test_somebody_elses_request_is_like_one_that_does_not_exist(stage: Stage, situation: str) -> None:
    """Same status, same headers, same bytes, for every address and both methods."""
    number = stage.numbers[situation]
    others = ["stranger", "other", *(["answerer", "answercoord", "onlooker"] if situation in HIDDEN else [])]
    for path in OF_A_REQUEST.values():
        for person in others:
            for method in ("get", "post"):
                real, none = (
                    getattr(stage.client(person), method)(filled(path, stage, one).replace("message", "send"))
                    for one in (number, MISSING)
                )
                assert real.status_code == none.status_code in (404, 405), (path, person)
                assert plain(real, number) == plain(none, MISSING), (path, person)
                assert dict(real.headers) | LENGTH == dict(none.headers) | LENGTH | request_id(real), (path, person)


HIDDEN = {"draft", "awaiting_request_approval"}
LENGTH = {"Content-Length": ""}


def request_id(answer: object) -> dict[str, str]:
    """The header that differs with every answer."""
    return {"X-Request-ID": answer.headers["X-Request-ID"]}  # type: ignore[attr-defined]


def test_somebody_elses_document_is_like_one_that_does_not_exist(stage: Stage) -> None:
    """Of a request that one may see, a document of another request is as unknown as one that was never stored."""
    number, foreign = stage.numbers["accepted"], stage.files[stage.numbers["sent"]]
    for person in ("asker", "answerer", "answerreader", "stranger", "onlooker"):
        client = stage.client(person)
        real, none = (client.get(f"/requests/{number}/files/{one}") for one in (foreign, "f" * 32))
        assert real.status_code == none.status_code in (403, 404)
        assert plain(real, number) == plain(none, number)


def test_a_change_of_role_bites_at_the_next_click(stage: Stage) -> None:
    client, path = stage.client("answerer"), f"/requests/{stage.numbers['accepted']}/"
    assert "Kanári" in text_of(client.get(path))
    User.objects.filter(pk=stage.world.people["answerer"].user_id).update(is_active=False)
    assert client.get(path).status_code == 302
