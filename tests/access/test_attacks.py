"""Attacks by people of the system: forged forms, replays, other people's files, addresses that lead elsewhere.

The numbers in brackets are those of the threat model: S-2, S-3, S-6, S-7, S-16, S-22, S-25, S-31.
"""

from __future__ import annotations

import re
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import get_resolver

from imi.exchanges.models import EventRecord, Exchange
from imi.files.models import StoredFile
from imi.notify.models import Notice, OutgoingMail, ReceivedMail
from tests.access.conftest import SECRETS, Stage, text_of
from tests.access.test_addresses_of_everybody import ADDRESSES, OF_A_REQUEST, SITE, addresses, filled

pytestmark = pytest.mark.django_db

# --- reading what is not shown yet (S-2, S-3) ------------------------------------------------------------------------

# Who may not read personal data, and in which situations.
BLIND = {
    "sent": ["answerer", "answermate", "allocator", "answerreader", "reader", "otherarea", "askcoord", "onlooker"],
    "accepted": [
        "allocator",
        "answerreader",
        "answerelse",
        "reader",
        "otherarea",
        "askcoord",
        "answercoord",
        "onlooker",
    ],
    "information_provided": ["allocator", "answerreader", "reader", "askcoord", "answercoord", "onlooker"],
    "forwarded": ["answerer", "other", "othermate", "reader", "answercoord", "onlooker"],
    "withdrawn": ["answerer", "answerreader", "reader", "askcoord", "answercoord"],
}
BUTTONS = ("submit", "preview", "")


def leaks(text: str) -> list[str]:
    """The secrets in a text."""
    return [one for one in SECRETS if one in text]


def offered_actions(number: str) -> list[str]:
    """Every action of the definition, whoever it is for."""
    from imi.exchanges import definitions

    return list(definitions.compiled(Exchange.objects.get(number=number).definition_id).actions)


@pytest.mark.slow
@pytest.mark.parametrize("situation", BLIND)
def test_nothing_personal_is_read_before_its_time(stage: Stage, situation: str) -> None:
    number, found = stage.numbers[situation], []
    for person in BLIND[situation]:
        client = stage.client(person)
        for path in (
            f"/requests/{number}/",
            f"/requests/{number}/?tab=history",
            f"/requests/{number}/?tab=overview",
            f"/requests/{number}/print",
            *(f"/requests/{number}/{action}/" for action in ("accept", "reply", "modify", "send", "split", "forward")),
            *(f"/requests/{number}/preview/?action={action}" for action in ("send", "modify", "reply")),
            f"/requests/{number}/files/{stage.files[number]}",
            "/",
            "/tasks/",
            "/notices/",
            "/exchanges/?tab=received&sort=due",
            "/exchanges/?tab=linked",
        ):
            found += [(person, path, one) for one in leaks(text_of(client.get(path)))]
    assert not found


@pytest.mark.slow
@pytest.mark.parametrize("situation", BLIND)
def test_no_button_of_a_form_brings_it_to_light(stage: Stage, situation: str) -> None:
    """A form posted by hand shows and keeps nothing that its sender may not read, whatever button it names."""
    number, found = stage.numbers[situation], []
    for person in BLIND[situation]:
        client = stage.client(person)
        for action in ("send", "modify", "accept", "reply", "split", "forward", "allocate", "message"):
            for button in BUTTONS:
                with transaction.atomic():
                    answer = client.post(f"/requests/{number}/{action}/", {"do": button, "f-drawn": ""})
                    transaction.set_rollback(True)
                found += [(person, action, button, one) for one in leaks(text_of(answer))]
    assert not found


@pytest.mark.parametrize("person", ["answerer", "allocator", "answerreader", "onlooker", "stranger", "other", "reader"])
def test_searching_for_a_hidden_name_finds_nothing(stage: Stage, person: str) -> None:
    """Neither a row nor a count tells that a name is there; ``sent`` is the only request each could find."""
    client = stage.client(person)
    hidden = {stage.numbers[one] for one in ("sent", "withdrawn", "forwarded")}
    for text in ("Kanári", "kanári ilona", "KANARI", "kanari-oklevel", "Kana"):
        for tab in ("received", "sent", "linked", "handed_over", "coordinated"):
            page = text_of(client.get("/exchanges/", {"tab": tab, "text": text}))
            assert not hidden & set(re.findall(r"\d{4}-\d{6}", page)), (text, tab)


def test_the_asking_side_does_find_the_name(stage: Stage) -> None:
    """The search above finds nothing because it must not, and not because it cannot."""
    page = text_of(stage.client("asker").get("/exchanges/", {"tab": "sent", "text": "Kanári"}))
    assert stage.numbers["sent"] in page


@pytest.mark.parametrize("person", ["answerer", "askcoord"])
def test_the_printed_page_holds_no_more_than_the_screen(stage: Stage, person: str, monkeypatch: Any) -> None:
    from imi.web.requests import views_print

    drawn: list[str] = []
    monkeypatch.setattr(views_print.pdf, "from_html", lambda html: drawn.append(html) or b"%PDF-")
    every = ["parties", "questions", "personal", "messages", "attachments", "history"]
    for situation in ("sent", "forwarded", "withdrawn"):
        stage.client(person).post(f"/requests/{stage.numbers[situation]}/print", {"part": every})
    assert drawn
    assert not [one for html in drawn for one in leaks(html)]


def test_mails_and_notices_name_nobody(stage: Stage) -> None:
    assert Notice.objects.exists()
    mails = [*OutgoingMail.objects.all(), *ReceivedMail.objects.all()]
    assert mails
    assert not [found for mail in mails for found in leaks(f"{mail.recipient} {mail.subject} {mail.body}")]


def test_drafts_of_colleagues_are_for_handlers_only(stage: Stage) -> None:
    """What a handler has typed and not sent is personal data too."""
    number = stage.numbers["accepted"]
    answer = stage.client("answerer").post(
        f"/requests/{number}/reply/", {"do": "save", "f-drawn": ["remark"], "f-remark": "kanari-megjegyzes"}
    )
    assert answer.status_code == 302, text_of(answer)[:500]
    assert leaks(text_of(stage.client("answermate").get(f"/requests/{number}/reply/")))
    for person in ("allocator", "answerreader", "answerelse", "answercoord", "asker"):
        for button in BUTTONS:
            answer = stage.client(person).post(f"/requests/{number}/reply/", {"do": button})
            assert answer.status_code in (403, 404)
            assert not leaks(text_of(answer))
        saved = stage.client(person).post(f"/requests/{number}/reply/draft", {"f-drawn": ["remark"], "f-remark": "x"})
        assert saved.status_code in (403, 404)


def test_a_document_in_a_draft_is_for_those_who_see_documents(stage: Stage) -> None:
    number = stage.numbers["accepted"]
    upload = SimpleUploadedFile("kanari-oklevel.txt", b"secret", "text/plain")
    fields = {"do": "save", "f-drawn": ["attachments"], "f-attachments--new": upload}
    assert stage.client("answerer").post(f"/requests/{number}/reply/", fields).status_code == 302
    file = StoredFile.objects.order_by("-uploaded_at").first()
    assert file is not None
    statuses = {
        person: stage.client(person).get(f"/requests/{number}/files/{file.pk}").status_code
        for person in ("answerer", "answermate", "allocator", "answerreader", "asker", "answercoord", "stranger")
    }
    assert statuses == {
        "answerer": 200,
        "answermate": 200,
        "allocator": 403,
        "answerreader": 403,
        "asker": 404,
        "answercoord": 403,
        "stranger": 404,
    }


def test_nobody_sends_a_document_of_another_authority(stage: Stage) -> None:
    """An id that one has seen or guessed gives no document into one's own form."""
    foreign, number = stage.files[stage.numbers["sent"]], stage.numbers["accepted"]
    answer = stage.client("answerer").post(
        f"/requests/{number}/message/",
        {"do": "submit", "f-drawn": ["text", "attachments"], "f-text": "Hello", "f-attachments": foreign},
    )
    assert answer.status_code == 422
    assert not EventRecord.objects.filter(exchange__number=number, name="message").exists()


def test_a_request_of_others_is_not_used_again(stage: Stage) -> None:
    before = Exchange.objects.count()
    for person, situation, status in (
        ("answerer", "accepted", 403),
        ("reader", "accepted", 403),
        ("other", "sent", 404),
    ):
        answer = stage.client(person).post("/requests/start", {"again": stage.numbers[situation], "key": "k"})
        assert answer.status_code == status, person
        assert not leaks(text_of(answer))
    assert Exchange.objects.count() == before


def test_several_at_once_touch_no_request_of_others(stage: Stage) -> None:
    before = tables()
    client = stage.client("stranger")
    handlers = [str(stage.world.people["stranger"].user_id)]
    client.post("/exchanges/allocate", {"number": list(stage.numbers.values()), "handler": handlers, "key": "k"})
    assert changed(before) == set()


# --- what changes nothing (S-6) --------------------------------------------------------------------------------------

# Kept of every look: the session's place in the lists, the log of who read personal data, and which of one's own
# notices are read.
KEPT_OF_READING = {"accounts_session", "exchanges_look", "notify_notice"}


def tables() -> dict[str, list[Any]]:
    """Every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found[table] = sorted(map(repr, cursor.fetchall()))
    return found


def changed(before: dict[str, list[Any]]) -> set[str]:
    """The tables that are not as they were."""
    after = tables()
    return {name for name in before if before[name] != after[name]} - KEPT_OF_READING


@pytest.mark.slow
@pytest.mark.parametrize("person", ["", "asker", "answerer", "askcoord", "reader"])
def test_reading_changes_nothing(stage: Stage, person: str) -> None:
    before, client = tables(), stage.client(person)
    others = Notice.objects.order_by("pk")
    if person:
        others = others.exclude(user=stage.world.people[person].user_id)
    notices = list(others.values())
    for situation in ("draft", "sent", "accepted", "information_provided", "referred_requesting"):
        number = stage.numbers[situation]
        for name, path in ADDRESSES.items():
            if name in SITE and situation != "draft":
                continue
            for method in ("get", "head", "options"):
                getattr(client, method)(filled(path, stage, number))
        for action in offered_actions(number):
            client.get(f"/requests/{number}/{action}/?do=submit&f-drawn=text&f-text=x")
    assert changed(before) == set()
    assert list(others.values()) == notices


def test_forged_forms_are_refused_everywhere(stage: Stage) -> None:
    """Every address refuses every unsafe method that comes without a token, and changes nothing."""
    before = tables()
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = stage.jar("asker")
    for path in {**ADDRESSES, "ended_by": "/"}.values():  # at that one a provider's server shows a signed token
        address = filled(path, stage, stage.numbers["sent"])
        for method in ("post", "put", "patch", "delete"):
            assert getattr(careful, method)(address, {"do": "submit"}).status_code == 403, (method, address)
        override = careful.get(address, headers={"X-HTTP-Method-Override": "POST"})
        assert override.status_code != 302 or "/sign-in" not in override["Location"]
    foreign = careful.post("/language", {"language": "bg"}, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403
    assert changed(before) == set()


# --- headers on every answer (S-7) -----------------------------------------------------------------------------------

PROTECTION = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def test_every_answer_carries_the_protective_headers(stage: Stage, monkeypatch: Any) -> None:
    from imi.web.requests import views_print

    monkeypatch.setattr(views_print.pdf, "from_html", lambda _html: b"%PDF-")
    number, seen, answers = stage.numbers["accepted"], set(), []
    for path in [*ADDRESSES.values(), "/nowhere", "/requests/%00/"]:
        for person in ("", "asker", "answerreader"):
            for method in ("get", "post", "put", "head", "trace"):
                with transaction.atomic():
                    answer = getattr(stage.client(person), method)(filled(path, stage, number))
                    transaction.set_rollback(True)
                answers.append((f"{method} {path} by {person}", answer))
    printed = stage.client("asker").post(f"/requests/{number}/print", {"part": ["parties"]})
    for name, answer in [*answers, ("the printed request", printed)]:
        seen.add(answer.status_code)
        missing = {key for key, value in PROTECTION.items() if answer.headers.get(key) != value}
        assert not missing, (name, missing)
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src" in policy, name
        assert "unsafe" not in policy, name
        assert "Server" not in answer.headers
    assert {200, 302, 403, 404, 405} <= seen


def test_downloads_are_never_run(stage: Stage) -> None:
    number = stage.numbers["accepted"]
    answer = stage.client("answerer").get(f"/requests/{number}/files/{stage.files[number]}")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert text_of(answer) == "what only the parties may read"


# --- paths (S-16) and ways out (S-25) --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "files/../../../../etc/passwd",
        "files/..%2f..%2f..%2fetc%2fpasswd",
        "files/%2e%2e%2fsecret-key",
        "files/....//....//secret-key",
        "files/..%5c..%5csecret-key",
        "files/%00",
        "files/secret-key",
        "files//etc/passwd",
    ],
)
def test_no_path_leads_out_of_the_file_store(stage: Stage, path: str) -> None:
    for person in ("asker", "answerreader"):
        answer = stage.client(person).get(f"/requests/{stage.numbers['accepted']}/{path}")
        assert answer.status_code in (301, 403, 404)
        assert "root:" not in text_of(answer)


@pytest.mark.parametrize(
    "path",
    ["/static/../settings.py", "/static/%2e%2e/secret-key", "/static/..%2f..%2fimi.sqlite3", "/static//etc/passwd"],
)
def test_no_static_path_leads_out(db: None, path: str) -> None:
    assert Client().get(path).status_code in (301, 302, 404)


def test_languages_and_authorities_are_no_paths(stage: Stage) -> None:
    client = stage.client("asker")
    for language in ("../../etc/passwd", "en/../../x", "xx", "", "en\x00", "a" * 5000):
        assert client.post("/language", {"language": language}).status_code == 302
    for authority in ("..%2f..%2fetc", "a" * 3000, "%00", "pt-works%0d%0aX: y"):
        assert client.get(f"/directory/{authority}/").status_code == 404


ELSEWHERE = [
    "https://evil.example/",
    "http:evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "\x00//evil.example",
    "/\x00/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "https:evil.example",
    "https:///evil.example",
    "//evil.example\\@testserver/",
    "//testserver@evil.example/",
    "//evil%2Eexample",
    "/%2F/evil.example",
    "/..//evil.example",
    "/.//evil.example",
    "//[::1]evil.example",
    "//[evil",
    "http://testserver.evil.example/",
    "/\u2028/evil.example",
    "\u3000//evil.example",
    "//evil。example",
    "ftp://evil.example",
    "/" + "a" * 70_000,
]


def stays(location: str) -> bool:
    """Whether a browser that follows the address stays on the site: as browsers read it, not as Python does."""
    cleaned = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    parts = urlsplit(cleaned)
    return cleaned.startswith("/") and not cleaned.startswith("//") and not parts.netloc and not parts.scheme


@pytest.mark.parametrize("address", ELSEWHERE)
def test_no_address_given_by_others_leads_away(stage: Stage, address: str) -> None:
    persona = {"person": stage.world.people["asker"].user_id, "next": address}
    answers = [
        stage.client("asker").get("/sign-in", {"next": address}),
        stage.client("asker").get("/session-ended", {"next": address}),
        stage.client("asker").get("/session", {"next": address}, headers={"Sec-Fetch-Mode": "navigate"}),
        stage.client("asker").post("/language", {"language": "en", "next": address}),
        Client().post("/training/become", persona),
        Client().post("/exchanges/filters/save", {}, headers={"Referer": address.replace("\n", "").replace("\r", "")}),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert stays(answer["Location"]), answer["Location"]
        assert not re.search(r"[\r\n]", answer["Location"])
    for page in (Client().get("/sign-in", {"next": address}), Client().get("/training/", {"next": address})):
        kept = re.findall(r'name="next" value="([^"]*)"', text_of(page))
        assert kept
        assert all(stays(one) for one in kept)


# --- the same again (S-31), too much at once (S-22) ------------------------------------------------------------------


def test_the_same_form_twice_has_one_effect(stage: Stage) -> None:
    number, key = stage.numbers["accepted"], uuid.uuid4().hex
    form = {"do": "submit", "key": key, "f-drawn": ["text"], "f-text": "Once."}
    for _again in range(2):
        assert stage.client("asker").post(f"/requests/{number}/message/", form).status_code == 302
    assert EventRecord.objects.filter(exchange__number=number, name="message").count() == 1
    other = stage.client("asker").post(f"/requests/{number}/message/", {**form, "f-text": "Twice."})
    assert other.status_code == 409
    assert "Twice." in text_of(other)
    assert EventRecord.objects.filter(exchange__number=number, name="message").count() == 1


def test_an_approval_pressed_twice_is_one_approval(stage: Stage) -> None:
    number = stage.numbers["awaiting_request_approval"]
    form = {"do": "submit", "key": uuid.uuid4().hex, "f-drawn": ["remark"], "f-remark": ""}
    statuses = [
        stage.client("askcoord").post(f"/requests/{number}/approve_request/", form).status_code for _again in range(3)
    ]
    assert statuses == [302, 302, 302]
    assert EventRecord.objects.filter(exchange__number=number, name="approve_request").count() == 1


def test_a_form_from_before_is_not_taken(stage: Stage) -> None:
    """The form was made from an earlier state of the request: who was faster is told, the text is kept."""
    number = stage.numbers["information_provided"]
    form = {"do": "submit", "seen": "2", "f-drawn": ["text"], "f-text": "I was slow."}
    answer = stage.client("asker").post(f"/requests/{number}/refer/", form)
    assert answer.status_code == 409
    assert "I was slow." in text_of(answer)
    assert Exchange.objects.get(number=number).state == "information_provided"


def test_a_key_of_somebody_else_is_ones_own(stage: Stage) -> None:
    """A key that another person has used neither gives their answer nor stops one's own form."""
    number = stage.numbers["accepted"]
    for person in ("asker", "answerer"):
        form = {"do": "submit", "key": "the-same-key", "f-drawn": ["text"], "f-text": "Mine."}
        assert stage.client(person).post(f"/requests/{number}/message/", form).status_code == 302
    assert EventRecord.objects.filter(exchange__number=number, name="message").count() == 2


def test_too_much_is_refused_at_once(stage: Stage) -> None:
    """Ten thousand fields, and a body that is too large, at every address that takes forms."""
    fields = "&".join(f"f-{index}=x" for index in range(10_000))
    plain_form, client = "application/x-www-form-urlencoded", stage.client("asker")
    for path in OF_A_REQUEST.values():
        started = time.process_time()
        answer = client.post(filled(path, stage, stage.numbers["accepted"]), fields, content_type=plain_form)
        assert 400 <= answer.status_code < 500, path
        large = client.post(filled(path, stage, stage.numbers["accepted"]), "f=" + "x" * 3_000_000, plain_form)
        assert 400 <= large.status_code < 500, path
        assert time.process_time() - started < 1.5, path


def test_nonsense_in_a_form_is_no_failure(stage: Stage) -> None:
    """Every field of a form, filled with what no browser sends: an answer below 500 and nothing done."""
    before = Exchange.objects.get(number=stage.numbers["draft"]).seq
    names = [
        "recipient",
        "questions",
        "days",
        "attachments",
        "legal_basis",
        "subject_kind",
        "activity",
        "urgent",
        "list",
    ]
    for value in ("\x00", "9" * 400, "-1", "[]", '{"a":1}', "\ud7ff\ufeff", "<script>", "%s%n", "٣", "a" * 20_000):
        form: dict[str, Any] = {f"f-{name}": value for name in names}
        form |= {"f-drawn": names, "do": "submit", "seen": value, "draft_version": value, "key": value}
        answer = stage.client("asker").post(f"/requests/{stage.numbers['draft']}/send/", form)
        assert answer.status_code in (302, 409, 422), (value[:20], answer.status_code)
    assert Exchange.objects.get(number=stage.numbers["draft"]).seq == before


def test_the_walk_over_the_addresses_finds_them_all() -> None:
    assert len(dict(addresses(get_resolver()))) == len(ADDRESSES) >= 30
