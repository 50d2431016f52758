"""The pages of the help desk: asking, answering, handing over, stepping in, publishing; and what is refused there."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from imi.helpdesk import actions
from imi.helpdesk.models import Answer, Thread
from imi.notify.helpdesk import tell_of_posts
from tests.exchanges.conftest import AREA, World
from tests.helpdesk.conftest import fresh, message, question
from tests.web.pages.conftest import Visit

ASKED = {
    "desk": f"{AREA}|hu-coord",
    "kind": "legal",
    "subject": "May we ask this?",
    "text": "Is the list of questions meant for this, too?",
    "key": "form-1",
}


def latest() -> Thread:
    found = Thread.objects.order_by("pk").last()
    assert found is not None
    return found


def write(client: Client, thread: Thread, **given: str) -> int:
    data = {"do": "write", "version": str(fresh(thread).version), **given}
    return client.post(f"/helpdesk/{thread.pk}/", data).status_code


def test_a_question_goes_all_the_way(world: World, visit: Visit) -> None:
    number = world.sent()
    client = visit("asker")
    assert "/helpdesk/ask" in client.get("/help/desks/").text
    form = client.get(f"/helpdesk/ask?number={number}").text
    assert f'value="{number}"' in form
    assert "no personal data" in form
    answer = client.post("/helpdesk/ask", {**ASKED, "number": number})
    thread = latest()
    assert (answer.status_code, answer["Location"]) == (302, f"/helpdesk/{thread.pk}/")
    assert f'href="/requests/{number}/"' in client.get(f"/helpdesk/{thread.pk}/").text

    desk = visit("askcoord")
    tell_of_posts(world.now)
    assert "May we ask this?" in desk.get("/notices/").text
    assert "at the help desk" in desk.get("/").text
    assert "May we ask this?" in desk.get("/helpdesk/?tab=desk").text
    assert desk.post(f"/helpdesk/{thread.pk}/", {"do": "take", "version": "1"}).status_code == 302
    assert write(desk, thread, text="Yes, it is.") == 302
    assert "Yes, it is." in client.get(f"/helpdesk/{thread.pk}/").text
    assert "Askcoord Test" in client.get(f"/helpdesk/{thread.pk}/").text
    assert client.post(f"/helpdesk/{thread.pk}/", {"do": "settle", "version": "3"}).status_code == 302

    publish = desk.get(f"/helpdesk/{thread.pk}/publish").text
    assert "Yes, it is." in publish
    given = {"language": "hu", "title": "May one ask this?", "text": "One may."}
    assert desk.post(f"/helpdesk/{thread.pk}/publish", given).status_code == 302
    page = client.get("/help/desks/").text
    assert "One may." in page
    assert "Change or remove" not in page
    assert "Change or remove" in desk.get("/help/desks/").text
    assert "One may." not in visit("answerer").get("/help/desks/").text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"text": ""}, "This field is required"),
        ({"desk": f"{AREA}|pt-coord"}, "Select a valid choice"),
        ({"desk": "", "subject": "kept-as-it-was"}, "kept-as-it-was"),
        ({"number": "2031-000404"}, "has no exchange with this number"),
        ({"text": "x" * 4001}, "at most 4000"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_keeps_what_was_typed(
    world: World, visit: Visit, given: dict[str, str], said: str
) -> None:
    answer = visit("asker").post("/helpdesk/ask", {**ASKED, **given})
    assert answer.status_code == 422
    assert said in answer.text
    assert "data-error-summary" in answer.text
    assert not Thread.objects.exists()


def test_a_form_sent_twice_asks_once(world: World, visit: Visit) -> None:
    client = visit("asker")
    first, second = client.post("/helpdesk/ask", ASKED), client.post("/helpdesk/ask", ASKED)
    assert first["Location"] == second["Location"]
    assert Thread.objects.count() == 1


def test_what_was_typed_is_kept_when_somebody_was_faster(world: World, visit: Visit) -> None:
    thread = question(world)
    desk = visit("askcoord")
    actions.write(world.people["asker"], thread.pk, "I found it.", 1)
    answer = desk.post(f"/helpdesk/{thread.pk}/", {"do": "write", "version": "1", "text": "kept-as-it-was"})
    assert answer.status_code == 422
    for said in ("kept-as-it-was", "I found it.", "Somebody else has changed this", 'value="2"'):
        assert said in answer.text
    assert write(desk, thread, text="kept-as-it-was") == 302


def test_every_form_of_a_thread_says_which_version_was_read(world: World, visit: Visit) -> None:
    thread = question(world)
    actions.write(world.people["asker"], thread.pk, "And one more.", 1)
    page = visit("askcoord").get(f"/helpdesk/{thread.pk}/").text
    forms = re.findall(r'<form [^>]*method="post".*?</form>', page.partition("<main")[2], re.DOTALL)
    assert len(forms) == 3  # write, take, settle
    for form in forms:
        assert re.findall(r'name="version" value="(\d+)"', form) == ["2"]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30])
def test_a_version_that_is_none_is_refused(world: World, visit: Visit, version: str) -> None:
    thread = question(world)
    for do in ("take", "settle", "write", "nothing"):
        data = {"do": do, "version": version, "text": "kept-as-it-was"}
        assert visit("askcoord").post(f"/helpdesk/{thread.pk}/", data).status_code == 422
    assert fresh(thread).version == 1


def test_others_do_not_learn_that_it_exists(world: World, visit: Visit) -> None:
    thread = question(world)
    for name in ("askermate", "reader", "onlooker", "coordreader", "nati", "answercoord", "natpt", "stranger"):
        client = visit(name)
        for path in ("", "hand-over", "publish"):
            assert client.get(f"/helpdesk/{thread.pk}/{path}").status_code == 404, (name, path)
            assert client.post(f"/helpdesk/{thread.pk}/{path}", {"version": "1"}).status_code == 404, (name, path)
        for tab in ("asked", "messages", "desk"):
            assert thread.subject not in client.get(f"/helpdesk/?tab={tab}").text, (name, tab)
    for path in ("hand-over", "publish"):
        assert visit("asker").get(f"/helpdesk/{thread.pk}/{path}").status_code == 403
    assert visit("askcoord").get("/helpdesk/99999999999999999999999/").status_code == 404


def test_a_question_is_handed_over(world: World, visit: Visit) -> None:
    thread = question(world)
    client = visit("askcoord")
    page = client.get(f"/helpdesk/{thread.pk}/hand-over").text
    assert 'value="hu-nat"' in page
    assert 'value="pt-nat"' not in page
    sent = {"desk": "hu-nat", "version": "1"}
    assert client.post(f"/helpdesk/{thread.pk}/hand-over", {**sent, "desk": "pt-nat"}).status_code == 422
    assert client.post(f"/helpdesk/{thread.pk}/hand-over", sent).status_code == 302
    assert client.get(f"/helpdesk/{thread.pk}/").status_code == 404
    assert "handed the question over" in visit("nati").get(f"/helpdesk/{thread.pk}/").text


def test_a_coordinator_steps_in_from_the_exchange_and_from_the_desk(world: World, visit: Visit) -> None:
    number = world.sent()
    client = visit("answercoord")
    address = f"/helpdesk/about/{number}/"
    assert f'href="{address}"' in client.get(f"/requests/{number}/").text
    assert f'href="{address}"' in client.get("/desk/").text
    page = client.get(address).text
    assert 'value="pt-works"' in page
    assert 'value="hu-coord"' in page
    sent = {"addressee": "hu-coord", "text": "Please look at it with us.", "key": "form-1"}
    assert client.post(address, {**sent, "addressee": "hu-trade"}).status_code == 422
    assert client.post(address, sent).status_code == 302
    other = visit("askcoord").get(f"/helpdesk/{latest().pk}/").text
    assert "Please look at it with us." in other
    assert f'href="/requests/{number}/"' in other
    # Abroad the authority speaks, not a person.
    assert "Answercoord Test" not in other
    for name in ("asker", "answerer", "coordreader", "nati", "stranger"):
        assert visit(name).get(address).status_code == 404, name
        assert visit(name).post(address, sent).status_code == 404, name
        assert f'href="{address}"' not in visit(name).get(f"/requests/{number}/").text
    assert visit("answercoord").get("/helpdesk/about/%00/").status_code == 404


def test_an_answer_is_changed_and_removed_after_asking(world: World, visit: Visit) -> None:
    thread = question(world)
    actions.settle(world.people["askcoord"], thread.pk, 1)
    made = actions.publish(world.people["askcoord"], thread.pk, "hu", "Title", "Text")
    client = visit("askdata")
    changed = {"language": "hu", "title": "Better", "text": "Text", "version": "1"}
    assert client.post(f"/helpdesk/answers/{made.pk}/", {**changed, "title": ""}).status_code == 422
    assert client.post(f"/helpdesk/answers/{made.pk}/", changed).status_code == 302
    assert client.post(f"/helpdesk/answers/{made.pk}/", changed).status_code == 422
    assert "cannot be undone" in client.get(f"/helpdesk/answers/{made.pk}/remove").text
    assert Answer.objects.get().title == "Better"
    for name in ("asker", "nati", "coordreader", "answercoord"):
        assert visit(name).post(f"/helpdesk/answers/{made.pk}/remove").status_code == 404
    assert client.post(f"/helpdesk/answers/{made.pk}/remove").status_code == 302
    assert not Answer.objects.exists()


def test_what_is_written_is_no_markup(world: World, visit: Visit) -> None:
    thread = question(world, subject="<b>bold</b>", text="<script>alert(1)</script>")
    for page in (f"/helpdesk/{thread.pk}/", "/helpdesk/?tab=desk"):
        text = visit("askcoord").get(page).text
        assert "<b>bold" not in text
        assert "<script>alert" not in text


def test_lists_are_narrowed_and_empty_ones_say_so(world: World, visit: Visit) -> None:
    question(world, subject="About the law", kind="legal")
    question(world, subject="In general", desk="hu-coord", area=None)
    client = visit("askdata")
    page = client.get("/helpdesk/?tab=desk&kind=legal").text
    assert "About the law" in page
    assert "In general" not in page
    general = client.get("/helpdesk/?tab=desk&area=-").text
    assert "In general" in general
    assert "About the law" not in general
    assert "Nothing fits these filters" in client.get("/helpdesk/?tab=desk&state=settled").text
    assert "You have not asked anything yet" in client.get("/helpdesk/").text
    assert "Nothing waits here" in client.get("/helpdesk/?tab=messages").text
    for name in ("reader", "asker", "chief", "coordreader"):
        assert "tab=desk" not in visit(name).get("/helpdesk/").text, name
    for query in ("page=x", "page=99999999", "state=%00", "area=<b>", "kind=x", "tab=x"):
        assert client.get(f"/helpdesk/?tab=desk&{query}").status_code == 200


def test_lists_and_threads_are_a_fixed_number_of_queries(world: World, visit: Visit) -> None:
    number = world.sent()
    thread = question(world, number=number)
    client = visit("askcoord")
    pages = ("/helpdesk/?tab=desk", f"/helpdesk/{thread.pk}/", "/help/desks/", "/")

    def counted() -> list[int]:
        found = []
        for page in pages:
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code == 200
            found.append(len(captured))
        return found

    counted()
    few = counted()
    for _ in range(10):
        question(world, number=number)
        message(world, number, "answercoord", "hu-coord")
        actions.write(world.people["asker"], thread.pk, "One more.", fresh(thread).version)
    gone = question(world)
    actions.settle(world.people["askcoord"], gone.pk, 1)
    for title in ("One", "Two", "Three"):
        actions.publish(world.people["askcoord"], gone.pk, "hu", title, "Text")
    assert counted() == few
    assert max(few) < 30


def test_a_message_of_the_help_desk_is_read_by_opening_it(world: World, visit: Visit) -> None:
    thread = question(world)
    tell_of_posts(world.now)
    client = visit("askcoord")
    assert re.search(r"imi-bell__count\">1<", client.get("/helpdesk/").text)
    client.get(f"/helpdesk/{thread.pk}/")
    assert "imi-bell__count" not in client.get("/helpdesk/").text
