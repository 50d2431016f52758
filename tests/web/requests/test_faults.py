"""What goes wrong: gaps in a form, two people at once, a form sent twice, hostile input."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from imi.exchanges.actions import Done
from imi.exchanges.models import Draft, EventRecord, Exchange, Look
from imi.files.models import StoredFile
from tests.exchanges.conftest import World
from tests.web.requests.conftest import REQUEST, begin, inputs

pytestmark = pytest.mark.django_db

SCRIPT = "<script>alert(1)</script>"


def drafted(asker: Any, key: str = "k1", **more: Any) -> str:
    """A draft in which everything but the press of the button is done."""
    number = begin(asker, key)
    saved = asker.fill(f"/requests/{number}/send/", "save", **{"questions": ["sd-101"], **REQUEST, **more})
    assert saved.status_code == 302, saved.content.decode()[:4000]
    return number


def sent(asker: Any, **more: Any) -> str:
    number = drafted(asker, **more)
    answer = asker.fill(f"/requests/{number}/send/")
    assert answer.status_code == 302, answer.content.decode()[:4000]
    return number


def test_an_error_keeps_what_was_typed_and_leads_to_the_field(browsers: Any) -> None:
    asker = browsers("asker")
    number = begin(asker)
    answer = asker.fill(f"/requests/{number}/send/", justification="Because.", days="soon", company_name="Öko")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Because." in page
    assert 'value="soon"' in page
    assert 'value="Öko"' in page
    for field in ("recipient", "questions", "days", "legal_basis"):
        assert f'href="#id_f-{field}"' in page
        assert f'id="id_f-{field}"' in page
    assert Exchange.objects.get(number=number).state == "draft"


def test_a_file_survives_an_error(browsers: Any) -> None:
    asker = browsers("asker")
    number = begin(asker)
    upload = SimpleUploadedFile("Oklevél.pdf", b"%PDF-1.4 diploma")
    page = asker.fill(f"/requests/{number}/send/", attachments__new=upload).content.decode()
    stored = StoredFile.objects.get()
    assert f'value="{stored.pk}"' in page
    assert "Oklevél.pdf" in page


def test_a_file_that_is_not_taken_is_named(browsers: Any) -> None:
    asker = browsers("asker")
    number = begin(asker)
    upload = SimpleUploadedFile("run.exe", b"MZ\x00\x01")
    answer = asker.fill(f"/requests/{number}/send/", attachments__new=upload, justification="Because.")
    assert answer.status_code == 422
    assert "run.exe" in answer.content.decode()
    assert "Because." in answer.content.decode()
    assert not StoredFile.objects.exists()


def test_the_second_of_two_is_told_who_was_faster_and_keeps_the_text(world: World, browsers: Any) -> None:
    asker, answerer, mate = browsers("asker"), browsers("answerer"), browsers("answermate")
    number = sent(asker)
    url = f"/requests/{number}/forward/"
    typed = inputs(mate.get(url).content.decode())
    assert answerer.fill(f"/requests/{number}/accept/", days="10").status_code == 302
    late = mate.post(url, {**typed, "f-target": "pt-other", "f-comment": "É convosco.", "do": "submit"})
    page = late.content.decode()
    assert late.status_code == 409
    assert "Answerer Test" in page
    assert "É convosco." in page
    again = mate.post(url, {**inputs(page), "do": "submit"})
    assert again.status_code == 302, again.content.decode()[:4000]
    assert EventRecord.objects.filter(exchange__number=number, name="forward").count() == 1


def test_a_stranger_to_the_case_learns_no_name(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = sent(asker)
    url = f"/requests/{number}/withdraw/"
    typed = inputs(asker.get(url).content.decode())
    assert answerer.fill(f"/requests/{number}/accept/", days="10").status_code == 302
    late = asker.post(url, {**typed, "f-reason": "Tévedés.", "do": "submit"})
    assert late.status_code == 409
    assert "Tévedés." in late.content.decode()
    assert "Answerer Test" not in late.content.decode()
    assert 'value="submit"' not in late.content.decode()


def test_the_same_form_twice_has_one_effect(browsers: Any) -> None:
    asker = browsers("asker")
    number = sent(asker)
    url = f"/requests/{number}/message/"
    typed = {**inputs(asker.get(url).content.decode()), "f-text": "Kérdés.", "do": "submit"}
    assert asker.post(url, typed).status_code == 302
    assert asker.post(url, typed).status_code == 302
    assert EventRecord.objects.filter(exchange__number=number, name="message").count() == 1
    other = asker.post(url, {**typed, "f-text": "Más."})
    assert other.status_code == 409
    assert "Más." in other.content.decode()


def test_two_presses_of_begin_open_one_draft(browsers: Any) -> None:
    asker = browsers("asker")
    assert begin(asker, "same") == begin(asker, "same")
    assert Exchange.objects.count() == 1


def test_autosave_keeps_the_form_and_notices_a_colleague(browsers: Any) -> None:
    asker, mate = browsers("asker"), browsers("askermate")
    number = begin(asker)
    url = f"/requests/{number}/send/"
    mine, theirs = inputs(asker.get(url).content.decode()), inputs(mate.get(url).content.decode())
    saved = asker.post(f"{url}draft", {**mine, "f-justification": "Egy"})
    assert saved.status_code == 200
    assert saved.json()["fields"] == {"draft_version": "1"}
    assert Draft.objects.get().data["justification"] == "Egy"
    newer = asker.post(f"{url}draft", {**mine, "draft_version": "1", "f-justification": "Kettő"})
    assert newer.json()["fields"] == {"draft_version": "2"}
    for version in ("0", "1"):
        conflict = mate.post(f"{url}draft", {**theirs, "draft_version": version, "f-justification": "Három"})
        assert conflict.status_code == 409
        assert conflict.json()["by"] == "Asker Test"
    pressed = mate.post(url, {**theirs, "do": "save", "f-justification": "Három"})
    assert pressed.status_code == 409
    assert "Három" in pressed.content.decode()
    assert "Asker Test" in pressed.content.decode()
    stale = asker.post(f"{url}draft", {**mine, "draft_version": "1", "f-justification": "Egy"})
    assert stale.status_code == 409
    assert Draft.objects.get().data["justification"] == "Kettő"


def test_a_field_that_does_not_apply_now_keeps_its_text_in_the_draft(browsers: Any) -> None:
    asker = browsers("asker")
    number = drafted(asker, urgent="yes")
    url = f"/requests/{number}/send/"
    assert asker.fill(url, "save", urgency_reason="Holnap kezd.").status_code == 302
    assert asker.fill(url, "save", urgent="no").status_code == 302
    assert "Holnap kezd." not in asker.get(url).content.decode()
    assert asker.fill(url, "save", urgent="yes").status_code == 302
    assert "Holnap kezd." in asker.get(url).content.decode()


def test_html_in_every_text_field_stays_text(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    texts = ("company_name", "service_description", "justification", "representative_name", "company_address")
    number = drafted(asker, **dict.fromkeys(texts, SCRIPT), **{"questions__sd-101__comment": SCRIPT})
    upload = SimpleUploadedFile(f"{SCRIPT}.pdf", b"%PDF-1.4 x")
    assert asker.fill(f"/requests/{number}/send/", attachments__new=upload).status_code == 302
    assert answerer.fill(f"/requests/{number}/accept/", days="10").status_code == 302
    assert asker.fill(f"/requests/{number}/message/", text=SCRIPT).status_code == 302
    for browser in (asker, answerer):
        for tab in ("show", "history", "overview"):
            page = browser.get(f"/requests/{number}/", {"tab": tab}).content.decode()
            assert SCRIPT not in page
        assert "&lt;script&gt;" in browser.get(f"/requests/{number}/").content.decode()


HOSTILE_VALUES = [
    ("questions", ["no-such", "sd-101"]),
    ("justification", "x" * 200_000),
    ("justification", "\x00\x07\ud7ff"),
    ("recipient", "'; DROP TABLE"),
    ("recipient", "hu-trade"),
    ("legal_basis", "art_99"),
    ("activity", "[" * 5000),
    ("activity", "no such thing"),
    ("service_period__from", "2026-99-99"),
    ("days", "9" * 400),
    ("days", "-3"),
    ("establishment_country", "<b>"),
    ("attachments", ["0" * 32, "../../etc/passwd"]),
    ("drawn", ["nonsense"] * 300),
    ("urgent", "maybe"),
]


def test_hostile_values_are_refused_and_change_nothing(browsers: Any) -> None:
    asker = browsers("asker")
    for index, (name, value) in enumerate(HOSTILE_VALUES):
        number = drafted(asker, key=f"hostile-{index}")
        answer = asker.fill(f"/requests/{number}/send/", **{name: value})
        assert answer.status_code in (302, 422), (name, answer.status_code)
        if answer.status_code == 422:
            assert Exchange.objects.get(number=number).state == "draft"
        else:
            assert name in ("drawn", "justification", "urgent", "questions"), name


def test_a_file_of_another_authority_cannot_be_attached(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = sent(asker)
    assert answerer.fill(f"/requests/{number}/accept/", days="9").status_code == 302
    upload = SimpleUploadedFile("Segredo.pdf", b"%PDF-1.4 secret")
    assert answerer.fill(f"/requests/{number}/reply/", "save", attachments__new=upload).status_code == 302
    theirs = StoredFile.objects.get().pk
    answer = asker.fill(f"/requests/{number}/message/", text="?", attachments=[theirs])
    assert answer.status_code == 422
    assert "Segredo" not in answer.content.decode()


def test_the_documents_open_after_acceptance_only(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = drafted(asker)
    upload = SimpleUploadedFile("Oklevél.pdf", b"%PDF-1.4 diploma")
    assert asker.fill(f"/requests/{number}/send/", attachments__new=upload).status_code == 302
    url = f"/requests/{number}/files/{StoredFile.objects.get().pk}"
    assert "Oklevél" not in answerer.get(f"/requests/{number}/").content.decode()
    refused = answerer.get(url)
    assert refused.status_code == 403
    assert answerer.fill(f"/requests/{number}/accept/", days="9").status_code == 302
    Look.objects.all().delete()
    given = answerer.get(url)
    assert given.status_code == 200
    assert b"".join(given.streaming_content) == b"%PDF-1.4 diploma"
    assert given["Content-Disposition"].startswith("attachment")
    assert given["Content-Security-Policy"].startswith("sandbox")
    assert given["X-Content-Type-Options"] == "nosniff"
    assert Look.objects.get().purpose == "file"
    assert answerer.get(f"/requests/{number}/files/{'0' * 32}").status_code == 404
    assert browsers("stranger").get(url).status_code == 404


def test_others_do_not_learn_that_there_is_such_a_request(browsers: Any) -> None:
    number = sent(browsers("asker"))
    other = browsers("stranger")
    for page in ("", "send/", "print", "preview/", "files/x"):
        assert other.get(f"/requests/{number}/{page}").status_code == 404
    assert other.post(f"/requests/{number}/send/draft", {}).status_code == 404


def test_basic_users_and_linked_authorities_see_the_overview_with_the_reason(browsers: Any) -> None:
    number = sent(browsers("asker"))
    for name in ("reader", "otherarea", "onlooker"):
        page = browsers(name).get(f"/requests/{number}/").content.decode()
        assert "We doubt the papers." not in page
        assert "Kovács Ilona" not in page
        assert re.search(r"overview only", page)


def test_an_action_that_is_not_possible_says_why(browsers: Any) -> None:
    number = sent(browsers("asker"))
    page = browsers("asker").get(f"/requests/{number}/close/")
    assert page.status_code == 403
    assert browsers("asker").get(f"/requests/{number}/no_such/").status_code == 404


HOSTILE_DRAFT = {
    "recipient": ["no-such", "pt-works"],
    "questions": ["no-such", "sd-101", "sd-101"],
    "questions--order": ["sd-110", "no-such"],
    "subject_kind": "neither",
    "establishment_country": "??",
    "activity": "((((" * 50,
    "service_period--from": "yesterday",
    "service_period--to": "<b>",
    "legal_basis": ["a", "b"],
    "days": "ten",
    "urgent": "yes",
    "attachments": ["x", "y" * 500],
    "justification": "\x00\u202e" + "ő" * 50_000,
}


def test_a_hostile_draft_breaks_no_page(browsers: Any) -> None:
    asker = browsers("asker")
    number = begin(asker)
    url = f"/requests/{number}/send/"
    typed = inputs(asker.get(url).content.decode())
    hostile = {**typed, **{f"f-{name}": value for name, value in HOSTILE_DRAFT.items()}}
    assert asker.post(f"{url}draft", hostile).status_code == 200
    for page in (url, f"/requests/{number}/", f"/requests/{number}/print", f"/requests/{number}/?tab=overview"):
        assert asker.get(page).status_code == 200
    assert asker.get(f"/requests/{number}/preview/", {"action": "send"}).status_code == 302
    assert asker.fill(url).status_code == 422


HOSTILE_ANSWERS: list[dict[str, Any]] = [
    {"answers--sd-101--value": ["yes", "no"]},
    {"answers--sd-101--value": "perhaps"},
    {"answers--sd-101--cannot_say": "because"},
    {"answers--drawn": ["no-such", "sd-101"] * 100, "answers--no-such--value": "yes"},
    {"answers--sd-101--attached": ["0" * 32], "answers--sd-101--value": "x" * 300_000},
    {"answers--sd-101--remark": "x" * 200_000, "answers--sd-101--value": "yes"},
]


def test_a_hostile_reply_is_refused(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = sent(asker)
    assert answerer.fill(f"/requests/{number}/accept/", days="9").status_code == 302
    url = f"/requests/{number}/reply/"
    typed = inputs(answerer.get(url).content.decode())
    for given in HOSTILE_ANSWERS:
        hostile = {f"f-{name}": value for name, value in given.items()}
        answer = answerer.post(url, {**typed, **hostile, "do": "submit"})
        assert answer.status_code == 422, given
        assert Exchange.objects.get(number=number).state == "accepted"
    assert answerer.get(url).status_code == 200


def test_addresses_that_lead_nowhere(browsers: Any) -> None:
    asker = browsers("asker")
    long = "a" * 300
    for path in ("nothing/", "2026-000001/", "%00/", "2026-000001/send/", f"{long}/", "x/files/../../etc", "x/y/draft"):
        for method in (asker.get, asker.post):
            assert method(f"/requests/{path}").status_code in (404, 405), path


def test_who_writes_while_the_request_is_passed_on_gets_the_words_back(world: World, browsers: Any) -> None:
    number = world.accepted()
    page = inputs(browsers("answermate").get(f"/requests/{number}/message/").content.decode())
    done = world.act("answerer", number, "forward", target="pt-other", comment="Not ours.")
    assert isinstance(done, Done)
    answer = browsers("answermate").post(
        f"/requests/{number}/message/", {**page, "f-text": "Long and careful words <b>", "do": "submit"}
    )
    assert answer.status_code == 409
    assert "Long and careful words &lt;b&gt;" in answer.content.decode()
