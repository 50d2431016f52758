"""The first page, notices, settings and the pages that tell about the system."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from imi.accounts.models import SignIn, User
from imi.directory.models import Authority
from imi.exchanges.lists import Count
from imi.exchanges.models import Tally
from imi.notify import actions as notify
from imi.notify import chores
from imi.notify.models import Notice
from imi.web.filters import Search
from imi.web.home import WIDTH, bars
from tests.exchanges.conftest import World
from tests.web.pages.conftest import Visit, copies


def test_a_handler_sees_what_awaits_and_that_it_is_late(world: World, visit: Visit) -> None:
    number = world.sent()
    page = visit("answerer").get("/").text
    assert "What awaits me" in page
    assert f'href="/requests/{number}/"' in page
    assert "Accept or forward the request" in page
    assert "imi-task--late" in page
    assert "/tasks/?action=accept" in page
    tasks = visit("answerer").get("/tasks/?action=accept").text
    assert number in tasks
    assert number not in visit("answerer").get("/tasks/?action=reply").text


def test_tasks_are_shown_a_page_at_a_time(world: World, visit: Visit) -> None:
    number = world.sent()
    copies(number, 29)
    client = visit("answerer")
    first = client.get("/tasks/?action=accept").text
    second = client.get("/tasks/?action=accept&page=2").text
    shown = [re.findall(r'href="/requests/([\d-]+)/"', page) for page in (first, second)]
    assert [len(set(one)) for one in shown] == [25, 5]
    assert not set(shown[0]) & set(shown[1])
    assert 'href="/tasks/?action=accept&amp;page=2"' in first
    assert 'href="/tasks/?action=accept&amp;page=1"' in second
    for hostile in ("0", "-1", "x", "99999999999999", "%00"):
        assert client.get(f"/tasks/?page={hostile}").status_code == 200


def test_a_task_names_the_other_side_and_stands_among_the_days_ahead(world: World, visit: Visit) -> None:
    world.sent()
    client = visit("answerer")
    assert "Hu-Trade" in client.get("/tasks/").text
    assert "Deadlines ahead" in client.get("/").text


def test_who_opens_an_exchange_has_read_its_notices(world: World, visit: Visit) -> None:
    number = world.sent()
    chores.tell_people(timezone.now())
    client = visit("answerer")
    unread = Notice.objects.filter(user=world.people["answerer"].user_id, read_at=None)
    assert unread.exists()
    client.get(f"/requests/{number}/")
    assert not unread.exists()


def test_nobody_sees_a_colleagues_task(world: World, visit: Visit) -> None:
    number = world.sent()
    for person in ("reader", "other", "stranger", "otherarea"):
        assert number not in visit(person).get("/tasks/").text


def test_who_has_nothing_to_do_is_told_where_to_begin(visit: Visit) -> None:
    page = visit("asker").get("/").text
    assert "Nothing awaits you now" in page
    assert 'href="/directory/"' in page


def test_drafts_are_on_the_first_page(world: World, visit: Visit) -> None:
    number = world.open()
    assert number in visit("asker").get("/").text
    assert number not in visit("answerer").get("/").text


def test_a_coordinator_sees_what_is_stuck_where(world: World, visit: Visit) -> None:
    number = world.sent()
    world.answered()
    page = visit("answercoord").get("/").text
    assert "Late in the authorities you coordinate" in page
    assert number in page
    assert "Pt-Works" in page
    assert "Accept or forward the request" in page.partition('id="backlog"')[2]
    assert "Longest without a change" in page
    other = visit("askcoord").get("/").text.partition('id="backlog"')[2]
    assert "Hu-Trade" in other
    assert "Read the reply and close the request" in other
    assert 'id="backlog"' not in visit("asker").get("/").text


def test_numbers_lead_to_their_lists(world: World, visit: Visit) -> None:
    world.sent()
    page = visit("answerer").get("/").text
    assert f'href="{Search(tab="received").url()}"'.replace("&", "&amp;") in page
    assert Tally.objects.filter(authority="pt-works", total=1).exists()


def test_the_picture_adds_up(world: World) -> None:
    counts = [Count("received", "sent", "open", "services", 3), Count("received", "accepted", "open", "services", 4)]
    (bar,) = bars([*counts, Count("received", "closed", "done", "services", 9)], "en")
    assert bar.total == 7
    assert [part.total for part in bar.parts] == [3, 4]
    assert sum(part.width for part in bar.parts) == WIDTH
    assert bar.parts[1].x == bar.parts[0].width
    assert bars([], "en") == []


# --- notices ---------------------------------------------------------------------------------------------------------


def test_notices_are_read_in_ones_own_language_and_marked(world: World, visit: Visit) -> None:
    number = world.sent()
    chores.tell_people(timezone.now())
    client = visit("answerer")
    home = client.get("/").text
    assert "imi-bell__count" in home
    assert number in client.get("/notices/").text
    client.post("/notices/read")
    assert not Notice.objects.filter(user=world.people["answerer"].user_id, read_at=None).exists()
    assert "imi-bell__count" not in client.get("/").text
    assert Notice.objects.exclude(user=world.people["answerer"].user_id).filter(read_at=None).exists()


@pytest.mark.parametrize("before", ["x", "-1", "1e9", "9" * 50])
def test_older_notices_by_a_hostile_marker(visit: Visit, before: str) -> None:
    assert visit("asker").get(f"/notices/?before={before}").status_code == 200


# --- settings --------------------------------------------------------------------------------------------------------


def test_a_person_chooses_language_and_mail(world: World, visit: Visit) -> None:
    client = visit("asker")
    page = client.get("/account/").text
    assert "Request handler, Allocator" in page
    assert client.post("/account/", {"language": "pt", "mail": "daily"})["Location"] == "/account/"
    user = User.objects.get(pk=world.people["asker"].user_id)
    assert (user.language, user.mail_choice) == ("pt", "daily")
    assert '<html lang="pt"' in client.get("/account/").text


@pytest.mark.parametrize("given", [{}, {"language": "xx", "mail": "daily"}, {"language": "pt", "mail": "<b>"}])
def test_only_what_is_offered_can_be_chosen(world: World, visit: Visit, given: dict[str, str]) -> None:
    assert visit("asker").post("/account/", given).status_code == 422
    assert User.objects.get(pk=world.people["asker"].user_id).mail_choice == "immediate"


def test_attempts_to_sign_in_are_shown_to_their_owner_only(world: World, visit: Visit) -> None:
    SignIn.objects.create(user_id=world.people["asker"].user_id, at=timezone.now(), ok=False, address="192.0.2.7")
    assert "192.0.2.7" in visit("asker").get("/account/").text
    assert "192.0.2.7" not in visit("askermate").get("/account/").text


# --- about the system ------------------------------------------------------------------------------------------------


def test_help_names_the_own_national_coordinator_first(world: World, visit: Visit) -> None:
    for country in ("HU", "PT"):
        Authority.objects.filter(pk=f"{country.lower()}-coord").update(kind="national_coordinator", phone="+1 23")
    page = visit("answerer").get("/help/desks/").text
    own = page.partition('id="own"')[2].partition('id="all"')[0]
    assert "pt-coord" in own.lower()
    assert "hu-coord" in page.lower()


def test_the_mailbox_shows_mails_by_recipient(visit: Visit) -> None:
    notify.receive("<1@x>", "asker@hu-trade.example", "Something <b>waits</b>", "See http://testserver/requests/1/")
    notify.receive("<2@x>", "other@hu-trade.example", "Else", "Text")
    client = visit("asker")
    page = client.get("/training/mailbox").text
    assert "Something &lt;b&gt;waits" in page
    assert "Else" in page
    assert "Else" not in client.get("/training/mailbox?recipient=asker@hu-trade.example").text
    assert client.get("/training/mailbox?recipient=%00&before=x").status_code == 200
