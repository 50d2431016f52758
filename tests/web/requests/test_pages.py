"""Single pages: preview, print, history, names and order; and what they cost."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader

from imi.directory.collation import in_order
from imi.directory.models import Authority, AuthorityConcept, Concept, PolicyArea
from imi.directory.queries import ACTIVITIES
from imi.exchanges import definitions
from imi.exchanges.models import Draft, Exchange, Look
from imi.web import pdf
from imi.web.requests import finder
from tests.exchanges.conftest import PROCEDURE, World
from tests.web.requests.conftest import REQUEST, begin
from tests.web.requests.test_faults import drafted, sent

pytestmark = pytest.mark.django_db


def test_the_preview_is_what_the_recipient_sees_in_the_recipients_language(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer", "pt")
    number = drafted(asker)
    page = asker.get(f"/requests/{number}/preview/", {"action": "send"}).content.decode()
    assert '<div class="imi-preview imi-stack" lang="pt">' in page
    assert "Motivo do pedido" in page
    assert "Eventos" in page
    assert "Kovács Ilona" not in page
    assert asker.fill(f"/requests/{number}/send/").status_code == 302
    real = answerer.get(f"/requests/{number}/").content.decode()
    for heading in ("Motivo do pedido", "We doubt the papers.", "Eventos"):
        assert heading in real


def test_a_preview_of_a_gap_ridden_draft_says_what_is_missing(browsers: Any) -> None:
    asker = browsers("asker")
    number = begin(asker)
    answer = asker.get(f"/requests/{number}/preview/", {"action": "send"}, follow=True)
    assert answer.redirect_chain[-1][0] == f"/requests/{number}/send/"
    assert "imi-notification" in answer.content.decode()


def test_the_button_preview_saves_and_leads_to_it(browsers: Any) -> None:
    asker = browsers("asker")
    number = drafted(asker)
    answer = asker.fill(f"/requests/{number}/send/", "preview", justification="Új ok.")
    assert answer["Location"] == f"/requests/{number}/preview/?action=send"
    assert Draft.objects.get().data["justification"] == "Új ok."


def test_the_number_of_days_proposed_stands_in_the_form_of_acceptance(browsers: Any) -> None:
    number = sent(browsers("asker"), days="23")
    page = browsers("answerer").get(f"/requests/{number}/accept/").content.decode()
    assert 'value="23"' in page


def test_an_earlier_request_is_used_again_without_its_documents(browsers: Any) -> None:
    asker = browsers("asker")
    number = drafted(asker)
    upload = SimpleUploadedFile("Oklevél.pdf", b"%PDF-1.4 x")
    assert asker.fill(f"/requests/{number}/send/", attachments__new=upload).status_code == 302
    answer = asker.post("/requests/start", {"again": number, "key": "again"})
    assert answer.status_code == 302
    draft = Draft.objects.get()
    assert draft.exchange.number != number
    assert draft.data["justification"] == REQUEST["justification"]
    assert draft.data["questions"][0]["question"] == "sd-101"
    assert "attachments" not in draft.data
    assert asker.get(answer["Location"]).status_code == 200
    assert browsers("answerer").post("/requests/start", {"again": number, "key": "x"}).status_code == 403


def test_the_finder_finds_in_own_words_and_offers_cards(browsers: Any) -> None:
    asker = browsers("asker")
    number = begin(asker)
    page = asker.fill(
        f"/requests/{number}/send/", "find:recipient", recipient__words="Pt-Works", justification="Ok."
    ).content.decode()
    assert 'value="pt-works"' in page
    assert "Ok." in page
    assert 'value="hu-coord"' not in page


def test_a_word_for_an_activity_that_is_none_brings_suggestions(browsers: Any) -> None:
    asker = browsers("asker")
    number = drafted(asker)
    answer = asker.fill(f"/requests/{number}/send/", activity="étkeztetéses rendezvény")
    assert answer.status_code == 422
    assert "étkeztetéses rendezvény" in answer.content.decode()


def test_chosen_questions_keep_their_order_and_can_be_taken_away(browsers: Any) -> None:
    asker = browsers("asker")
    number = drafted(asker)
    url = f"/requests/{number}/send/"
    asker.fill(url, "pick:questions", questions=["sd-110", "sd-101"])
    assert [one["question"] for one in Draft.objects.get().data["questions"]] == ["sd-101", "sd-110"]
    asker.fill(url, "drop:sd-101")
    assert [one["question"] for one in Draft.objects.get().data["questions"]] == ["sd-110"]


def test_printing_leaves_personal_data_out_unless_ticked(browsers: Any) -> None:
    asker = browsers("asker", "hu")
    number = sent(asker)
    url = f"/requests/{number}/print"
    assert asker.get(url).status_code == 200
    plain = _text(asker.post(url, {"part": ["parties", "questions", "history", "messages", "attachments"]}))
    assert "Kovács Ilona" not in plain
    assert "We doubt the papers." in plain
    assert "Kovács Ilona" in _text(asker.post(url, {"part": ["questions", "personal"]}))
    assert Look.objects.filter(purpose="print").exists()
    refused = browsers("answerer", "pt").post(url, {"part": ["questions", "personal"]})
    assert "Kovács Ilona" not in _text(refused)


def test_printing_without_personal_data_leaves_the_gaps_open_that_may_name_somebody(
    browsers: Any, world: World
) -> None:
    compiled = definitions.compiled(definitions.current(PROCEDURE) or "")
    question = next(one for one, gaps in compiled.gaps.items() if "equipment" in gaps)
    filled = {"equipment": "Crane of J. Doe, no 7"}
    number = world.sent(questions=[{"question": question, "placeholders": filled, "comment": ""}])
    url = f"/requests/{number}/print"
    asker = browsers("asker", "hu")
    assert "Crane of J. Doe" in _text(asker.post(url, {"part": ["questions", "personal"]}))
    assert "Crane of J. Doe" not in _text(asker.post(url, {"part": ["questions"]}))


def test_too_much_for_one_file_is_said_and_loses_nothing(browsers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imi.web.pdf.LONGEST_PAGE", 10)
    asker = browsers("asker")
    number = sent(asker)
    answer = asker.post(f"/requests/{number}/print", {"part": ["parties"]}, follow=True)
    assert "Choose fewer parts" in answer.content.decode()


def _text(response: Any) -> str:
    assert response.status_code == 200, response.get("Location")
    assert response["Content-Type"] == "application/pdf"
    document = PdfReader(io.BytesIO(response.content))
    assert document.trailer["/Root"]["/Lang"] in ("hu", "pt")
    assert document.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert document.metadata
    assert document.metadata.title
    return "\n".join(page.extract_text() for page in document.pages)


def test_a_pdf_fetches_nothing(tmp_path: Any) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    page = f'<html lang="en"><title>x</title><body><img src="file://{secret}"><img src="http://127.0.0.1:9/x">'
    page += f'<link rel="attachment" href="file://{secret}"><p>text</p></body></html>'
    assert b"the secret" not in pdf.from_html(page)


def test_without_the_libraries_printing_says_so(browsers: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_page: str) -> bytes:
        raise pdf.PdfUnavailable

    monkeypatch.setattr(pdf, "from_html", missing)
    number = sent(browsers("asker"))
    answer = browsers("asker").post(f"/requests/{number}/print", {"part": ["parties"]}, follow=True)
    assert "libraries for printing" in answer.content.decode()


def test_a_page_costs_the_same_however_much_was_said(world: World, browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = sent(asker)
    assert answerer.fill(f"/requests/{number}/accept/", days="10").status_code == 302
    browsers("asker").fill(f"/requests/{number}/message/", text="Message")
    few = _queries(asker, number)
    for index in range(6):
        name = ("asker", "answerer")[index % 2]
        browsers(name).fill(f"/requests/{number}/message/", text=f"Message {index}")
    assert _queries(asker, number) == few


def _queries(browser: Any, number: str) -> list[int]:
    counts = []
    for tab in ("show", "history", "overview"):
        browser.get(f"/requests/{number}/", {"tab": tab})
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert browser.get(f"/requests/{number}/", {"tab": tab}).status_code == 200
        counts.append(len(captured))
    assert max(counts) <= 40, counts
    return counts


def test_every_action_that_is_offered_has_a_page(world: World, browsers: Any) -> None:
    number = sent(browsers("asker"))
    for name in ("asker", "answerer", "askcoord", "answercoord"):
        page = browsers(name).get(f"/requests/{number}/").content.decode()
        allowed = re.findall(rf'href="(/requests/{number}/[a-z_]+/)"', page)
        assert allowed, name
        for url in allowed:
            assert browsers(name).get(url).status_code == 200, url
        refused = page[page.index("imi-refused") :]
        reasons = re.findall(r"<dt><strong>[^<]+</strong></dt><dd>(.*?)</dd>", refused)
        assert reasons, name
        assert all(reasons)
    assert Exchange.objects.get(number=number).state == "sent"


@pytest.mark.parametrize(
    ("lang", "names"),
    [
        ("lt", ["Ilgas", "Įmonė", "Ypatingas", "Jonas"]),
        ("cs", ["Cyprus", "Čad", "Dánsko", "Hruška", "Chorvatsko", "Itálie"]),
        ("hu", ["Cirkusz", "Csehország", "Dánia", "Szlovákia", "Törökország"]),
        ("sv", ["Zambia", "Åland", "Ägypten", "Österrike"]),
        ("de", ["Ägypten", "Albanien", "Österreich", "Polen"]),
    ],
)
def test_names_stand_in_the_order_of_the_language(lang: str, names: list[str]) -> None:
    assert in_order(sorted(names, reverse=True), lang, lambda name: name) == names


def test_a_gap_is_filled_with_what_the_request_is_about(browsers: Any) -> None:
    asker = browsers("asker")
    number = drafted(asker)
    compiled = definitions.compiled(Exchange.objects.get(number=number).definition_id)
    question, gap = next(
        (question, gap)
        for question, gaps in compiled.gaps.items()
        for gap in gaps
        if compiled.placeholders[gap].type == "concept" and compiled.questions[question].follows is None
    )
    asker.fill(f"/requests/{number}/send/", "pick:questions", questions=[question])
    assert Draft.objects.get().data["questions"] == [
        {"question": question, "placeholders": {gap: "56.21"}, "comment": ""}
    ]


def test_a_question_has_the_same_number_for_both_sides(browsers: Any) -> None:
    asker, answerer = browsers("asker"), browsers("answerer")
    number = sent(asker)
    asked = re.findall(r'imi-answer__number">([\d.]+)\.<', asker.get(f"/requests/{number}/").content.decode())
    answerer.fill(f"/requests/{number}/accept/")
    form = answerer.get(f"/requests/{number}/reply/").content.decode()
    open_ones = re.findall(r'imi-answer__number">([\d.]+)\.<', form)
    assert open_ones
    assert set(open_ones) <= set(asked)
    assert asked == sorted(asked, key=lambda one: [int(part) for part in one.split(".")])


def test_text_in_another_language_says_which_it_probably_is(browsers: Any) -> None:
    asker, answerer = browsers("asker", "hu"), browsers("answerer", "en")
    number = sent(asker)
    page = answerer.get(f"/requests/{number}/").content.decode()
    assert "Original text, probably in this language: Hungarian" in page
    assert "probably in this language" not in asker.get(f"/requests/{number}/").content.decode()


def test_looks_of_one_minute_are_one_line(browsers: Any) -> None:
    asker = browsers("asker")
    number = sent(asker)
    for _turn in range(3):
        asker.get(f"/requests/{number}/")
    page = asker.get(f"/requests/{number}/", {"tab": "overview"}).content.decode()
    assert re.search(r"reading \(\d+×\)", page)


def test_a_competence_in_several_areas_stands_once_on_a_card(world: World) -> None:
    authority = Authority.objects.get(pk="pt-works")
    concept = Concept.objects.filter(scheme=ACTIVITIES).order_by("pk")[0]
    AuthorityConcept.objects.filter(authority=authority).delete()
    for area in PolicyArea.objects.order_by("slug")[:2]:
        AuthorityConcept.objects.create(authority=authority, concept=concept, area=area)
    AuthorityConcept.objects.create(authority=authority, concept=concept)
    (card,) = finder.cards([authority], {}, {}, "en")
    assert len(card.competence) == 1
