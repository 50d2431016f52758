"""Pages about the users of an authority, as their administrators, they themselves and others meet them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.accounts.models import AccountMail, Door, RoleGrant, Session, User
from imi.administration import staff
from imi.administration.models import Act
from imi.directory.folding import fold
from imi.directory.models import Access, Authority
from imi.exchanges.models import Allocation
from tests.exchanges.conftest import AREA, World
from tests.web.administration.conftest import Visit

pytestmark = pytest.mark.django_db

USERS = "/administration/users/"
NEW = {"given_name": "Ágnes", "family_name": "Őri", "email": "agnes@pt-works.example", "language": "pt"}


@pytest.fixture
def chief(visit: Visit) -> Client:
    """The browser of a local data administrator."""
    return visit("answermate")


def identity(world: World, name: str) -> int:
    return world.people[name].user_id


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


def send(client: Client, address: str, **data: Any) -> HttpResponse:
    return client.post(address, data, follow=True)


def seen(text: str) -> str:
    found = re.search(r'name="seen" value="(\w+)"', text)
    assert found
    return found[1]


# --- registering, and the sheet --------------------------------------------------------------------------------------


def test_a_user_is_registered_and_the_user_name_shown_once(chief: Client) -> None:
    page(chief, f"{USERS}new")
    answer = send(chief, f"{USERS}new", **NEW, role=[f"{AREA}:handler"])
    made = User.objects.get(email=NEW["email"])
    assert made.username in answer.text
    assert made.username not in str(AccountMail.objects.filter(user=made).values())
    assert RoleGrant.objects.filter(user=made).values_list("area_id", "role").get() == (AREA, "handler")
    again = page(chief, f"{USERS}{made.pk}/user-name")
    assert made.username not in again
    assert made.username not in page(chief, f"{USERS}{made.pk}/")
    assert made.username not in page(chief, f"{USERS}{made.pk}/data")
    told = send(chief, f"{USERS}{made.pk}/user-name")
    assert made.username in told.text
    assert Act.objects.filter(kind="user.name_told", user=made).count() == 1


def test_what_was_typed_wrongly_is_said_and_kept(chief: Client) -> None:
    answer = chief.post(f"{USERS}new", {**NEW, "email": "other@pt-other.example", "role": [f"{AREA}:allocator"]})
    assert answer.status_code == 422
    assert "Somebody else is registered with this mail address." in answer.text
    assert 'value="Ágnes"' in answer.text
    assert re.search(rf'value="{AREA}:allocator"[^>]* checked', answer.text)
    empty = chief.post(f"{USERS}new", {})
    assert empty.status_code == 422
    assert "There is a problem" in empty.text


@pytest.mark.parametrize("role", [f"{AREA}:approver", "nothing:handler", ":", "x", f"{AREA}:king\x00"])
def test_a_role_that_cannot_be_given_is_refused(chief: Client, role: str) -> None:
    answer = chief.post(f"{USERS}new", {**NEW, "role": [role]})
    assert answer.status_code == 422
    assert "cannot give this role" in answer.text
    assert not User.objects.filter(email=NEW["email"]).exists()


# --- the list --------------------------------------------------------------------------------------------------------


def crowd(authority: str, names: list[str]) -> None:
    User.objects.bulk_create(
        User(
            username=f"crowd{index}",
            email=f"crowd{index}@crowd.example",
            given_name="A",
            family_name=name,
            authority_id=authority,
            language="en",
            last_seen=timezone.now(),
        )
        for index, name in enumerate(names)
    )


def names(text: str) -> list[str]:
    return re.findall(r'href="/administration/users/\d+/">([^<]+), ', text)


def test_names_stand_in_the_order_of_the_readers_language(world: World, visit: Visit) -> None:
    crowd("hu-trade", ["Zala", "Csaba", "Cukor", "Ódor", "Őri", "Oláh"])
    found = names(page(visit("asker", "hu"), USERS))
    assert [one for one in found if one != "Test"] == ["Cukor", "Csaba", "Ódor", "Oláh", "Őri", "Zala"]


def test_the_list_is_searched_and_paged(world: World, chief: Client) -> None:
    crowd("pt-works", [f"Silva{index:03d}" for index in range(60)])
    assert len(names(page(chief, USERS))) == 25
    last = page(chief, f"{USERS}?page=3")
    assert len(names(last)) == 12
    assert "51 to 62 of 62" in last
    assert names(page(chief, f"{USERS}?page=99")) == names(last)
    assert names(page(chief, f"{USERS}?text=SÍLVA012")) == ["Silva012"]
    assert names(page(chief, f"{USERS}?text=crowd7%40")) == ["Silva007"]
    assert "Nobody fits this search" in page(chief, f"{USERS}?text=zzzz")


@pytest.mark.parametrize("address", [f"{USERS}?page=0&text=%00&show=x", f"{USERS}?page=-1", f"{USERS}?page=9999999"])
def test_nonsense_in_the_address_is_no_failure(chief: Client, address: str) -> None:
    page(chief, address)


def test_the_list_takes_a_fixed_number_of_queries(world: World, visit: Visit) -> None:
    client, counts = visit("answermate"), []
    for more in (1, 9, 90):
        crowd_start = User.objects.count()
        User.objects.bulk_create(
            User(
                username=f"x{crowd_start + index}",
                email=f"x{crowd_start + index}@x.example",
                given_name="X",
                family_name="X",
                authority_id="pt-works",
                language="en",
            )
            for index in range(more)
        )
        client.get(USERS)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(USERS).status_code == 200
        counts.append(len(captured))
    assert len(set(counts)) == 1
    assert counts[0] <= 12


def test_what_is_amiss_is_said(world: World, chief: Client) -> None:
    text = page(chief, USERS)
    assert "1 user has never signed in." in text
    User.objects.filter(pk=identity(world, "answerer")).update(is_active=False)
    RoleGrant.objects.filter(user=identity(world, "answermate"), role="handler").delete()
    text = page(chief, USERS)
    assert "Your authority has a single user." in text
    assert "Nobody holds these roles:" in text
    assert "Request handler" in text


# --- one user --------------------------------------------------------------------------------------------------------


def test_data_and_user_name_are_changed(world: World, chief: Client) -> None:
    person = identity(world, "answerer")
    mark = seen(page(chief, f"{USERS}{person}/data"))
    answer = send(chief, f"{USERS}{person}/data", **NEW, username="Agnes.Ori", seen=mark)
    assert "agnes.ori" in answer.text
    assert User.objects.get(pk=person).family_name == "Őri"
    stale = chief.post(f"{USERS}{person}/data", {**NEW, "given_name": "Anna", "seen": mark})
    assert stale.status_code == 422
    assert "Somebody else has changed this meanwhile" in stale.text
    assert 'value="Anna"' in stale.text


def test_roles_hold_from_the_next_click_on(world: World, chief: Client, visit: Visit) -> None:
    """Also on a page that is open, and in a session that is running."""
    number = world.accepted()
    answerer = visit("answerer")
    before = page(answerer, f"/requests/{number}/reply/")
    person = identity(world, "answerer")
    mark = seen(page(chief, f"{USERS}{person}/roles"))
    send(chief, f"{USERS}{person}/roles", seen=mark)
    assert 'name="do"' in before
    answer = answerer.post(f"/requests/{number}/reply/", {"do": "submit", "key": "k", "f-drawn": ["remark"]})
    assert answer.status_code == 403
    assert "You need one of these roles in this policy area" in answer.text
    assert "New request" not in page(answerer, "/")


def test_the_last_of_a_role_is_taken_away_only_after_a_warning_that_names_it(world: World, chief: Client) -> None:
    RoleGrant.objects.filter(user=identity(world, "answermate")).delete()
    person = identity(world, "answerer")
    address = f"{USERS}{person}/roles"
    form = {"seen": seen(page(chief, address)), "role": [f"{AREA}:handler"]}
    warned = chief.post(address, form)
    assert warned.status_code == 422
    assert re.search(r"<li>[^<]*: Allocator</li>", warned.text)
    assert RoleGrant.objects.filter(user=person, role="allocator").exists()
    confirmed = re.findall(r'name="confirmed" value="([^"]+)"', warned.text)
    assert confirmed == [f"{AREA}:allocator"]
    send(chief, address, **form, confirmed=confirmed)
    assert not RoleGrant.objects.filter(user=person, role="allocator").exists()


def test_the_last_local_data_administrator_stays(world: World, chief: Client) -> None:
    own = identity(world, "answermate")
    address = f"{USERS}{own}/roles"
    form = {"seen": seen(page(chief, address)), "role": [f"{AREA}:handler", f"{AREA}:allocator"]}
    answer = chief.post(address, form)
    assert answer.status_code == 422
    assert "This is the only local data administrator of your authority." in answer.text
    assert "Remove this user" not in page(chief, f"{USERS}{own}/")
    refused = chief.get(f"{USERS}{own}/remove", follow=True)
    assert "You cannot do this to yourself" in refused.text


def test_whoever_gives_the_administration_away_is_out_at_the_next_click(world: World, chief: Client) -> None:
    own = identity(world, "answermate")
    User.objects.filter(pk=identity(world, "answerer")).update(is_administrator=True)
    form = {"seen": seen(page(chief, f"{USERS}{own}/roles")), "role": [f"{AREA}:handler", f"{AREA}:allocator"]}
    assert send(chief, f"{USERS}{own}/roles", **form).redirect_chain[-1] == ("/account/", 302)
    refused = page(chief, USERS, 403)
    assert "Only the local data administrators of the authority may do this." in refused
    assert "/administration/" not in page(chief, "/")


def test_a_form_of_a_demoted_administrator_is_refused_with_the_reason(world: World, chief: Client) -> None:
    person = identity(world, "answerer")
    forms = {
        f"{USERS}new": NEW,
        f"{USERS}{person}/data": {**NEW, "seen": seen(page(chief, f"{USERS}{person}/data"))},
        f"{USERS}{person}/roles": {"seen": seen(page(chief, f"{USERS}{person}/roles"))},
        f"{USERS}{person}/remove": {"seen": seen(page(chief, f"{USERS}{person}/remove"))},
        f"{USERS}{person}/password": {},
        f"{USERS}{person}/unlock": {},
        f"{USERS}{person}/sessions": {},
        f"{USERS}{person}/user-name": {},
    }
    before = (list(User.objects.order_by("pk").values()), Act.objects.count())
    User.objects.filter(pk=identity(world, "answermate")).update(is_administrator=False)
    for address, form in forms.items():
        answer = chief.post(address, form)
        assert answer.status_code == 403, address
        assert "Only the local data administrators of the authority may do this." in answer.text, address
    User.objects.filter(pk=identity(world, "answermate")).update(is_administrator=True)
    after = (list(User.objects.order_by("pk").values()), Act.objects.count())
    assert [{**one, "last_seen": None} for one in after[0]] == [{**one, "last_seen": None} for one in before[0]]
    assert after[1] == before[1]


# --- help ------------------------------------------------------------------------------------------------------------


def test_a_reset_a_lock_and_open_sessions(world: World, chief: Client, visit: Visit) -> None:
    person, answerer = identity(world, "answerer"), visit("answerer")
    now = timezone.now()
    Door.objects.create(
        key="u", user_id=person, known_failures=5, known_opens_at=now, strange_opens_at=now, last_at=now
    )
    assert "Locked after five failures" in page(chief, f"{USERS}{person}/")
    assert "is not locked any more" in send(chief, f"{USERS}{person}/unlock").text
    assert "This person is not locked." in send(chief, f"{USERS}{person}/unlock").text
    assert "All sessions of Answerer Test were ended." in send(chief, f"{USERS}{person}/sessions").text
    assert answerer.get("/").status_code == 302
    answerer = visit("answerer")
    assert "is on its way to Answerer Test by mail" in send(chief, f"{USERS}{person}/password").text
    assert answerer.get("/").status_code == 302
    assert not Session.objects.filter(user=person).exists()
    assert AccountMail.objects.filter(user=person).count() == 1
    own = f"{USERS}{identity(world, 'answermate')}/"
    assert "Generate new password" not in page(chief, own)
    assert "You cannot do this to yourself" in send(chief, f"{own}password").text


def test_a_coordinator_helps_the_local_data_administrators_of_its_authorities_only(world: World, visit: Visit) -> None:
    user = User.objects.get(pk=identity(world, "answercoord"))
    coordinator = visit("answercoord")
    assert "you are none in this area" in page(coordinator, "/administration/help/", 403)
    RoleGrant.objects.create(user=user, area_id=AREA, role="data_administrator")
    assert "/administration/help/" in page(coordinator, "/administration/")
    assert "Pt-Works" in page(coordinator, "/administration/help/?text=works")
    assert "Pt-Other" not in page(coordinator, "/administration/help/?text=works")
    text = page(coordinator, "/administration/help/pt-works/")
    assert "Answermate" in text
    assert "Answerer" not in text
    mate, answerer = identity(world, "answermate"), identity(world, "answerer")
    done = send(coordinator, f"/administration/help/pt-works/{mate}/password")
    assert "is on its way to Answermate Test by mail" in done.text
    told = send(coordinator, f"{USERS}{mate}/user-name")
    assert User.objects.get(pk=mate).username in told.text
    assert coordinator.post(f"/administration/help/pt-works/{answerer}/password").status_code == 404
    assert coordinator.post(f"{USERS}{answerer}/user-name").status_code == 403
    assert page(coordinator, "/administration/help/hu-trade/", 404)
    assert coordinator.post(f"/administration/help/hu-trade/{identity(world, 'asker')}/password").status_code == 404
    assert page(coordinator, "/administration/help/pt-other/").count("No local data administrator") == 1


def test_authorities_to_help_are_paged_in_the_readers_order_by_a_fixed_number_of_queries(
    world: World, visit: Visit
) -> None:
    RoleGrant.objects.create(user_id=identity(world, "askcoord"), area_id=AREA, role="data_administrator")
    client, counts = visit("askcoord", "hu"), []
    first = Authority.objects.get(pk="hu-trade")
    for names in (["Zala"], ["Őrség", "Csaba", "Cukor"], [f"Ős{index:03d}" for index in range(60)]):
        for name in names:
            first.pk, first.name = f"hu-{fold(name)}", name
            first.save(force_insert=True)
        client.get("/administration/help/")
        with CaptureQueriesContext(connection) as captured:
            text = page(client, "/administration/help/")
        counts.append(len(captured))
    assert len(set(counts)) == 1
    found = re.findall(r'href="/administration/help/[\w-]+/">([^<]+)<', text)
    assert len(found) == 25
    assert found[:2] == ["Cukor", "Csaba"]
    assert "Zala" in page(client, "/administration/help/?page=3")


# --- leaving ---------------------------------------------------------------------------------------------------------


def test_what_is_taken_over_is_shown_before_it_is_confirmed(world: World, chief: Client) -> None:
    Access.objects.filter(authority="pt-works", area=AREA).update(settings={"uses_allocation": True})
    number = world.accepted()
    person, mate = identity(world, "answerer"), identity(world, "answermate")
    world.act("answermate", number, "allocate", handlers=[str(person)])
    text = page(chief, f"{USERS}{person}/remove")
    assert "1 allocated exchange" in text
    address, mark = f"{USERS}{person}/remove", seen(text)
    for successor, reason in (("", "Choose the colleague who takes over."), ("x", "Choose the colleague")):
        refused = chief.post(address, {"seen": mark, "successor": successor})
        assert refused.status_code == 422
        assert reason in refused.text
    answer = send(chief, address, seen=mark, successor=mate)
    assert "Answerer Test was removed." in answer.text
    assert Allocation.objects.get().user_id == mate
    assert page(chief, f"{USERS}{person}/", 403)
    assert "Taken over within the authority" in page(chief, f"/requests/{number}/?tab=history")


# --- who changed what ------------------------------------------------------------------------------------------------


def test_the_person_sees_who_changed_what_and_when(world: World, chief: Client, visit: Visit) -> None:
    person = identity(world, "answerer")
    address = f"{USERS}{person}/roles"
    send(chief, address, seen=seen(page(chief, address)), role=[f"{AREA}:handler"])
    answerer = visit("answerer")
    assert "/administration/changes/mine" in page(answerer, "/account/")
    for client, where in (
        (answerer, "/administration/changes/mine"),
        (chief, f"{USERS}{person}/changes"),
        (chief, "/administration/changes/"),
    ):
        text = page(client, where)
        assert "Roles of a user were changed" in text
        assert "Answermate Test" in text
        assert "Request handler instead of Request handler, Allocator" in text
    assert page(answerer, f"{USERS}{person}/changes", 403)
    assert page(answerer, "/administration/changes/", 403)


def test_a_stranger_is_told_nothing(world: World, visit: Visit, chief: Client) -> None:
    foreign, none = identity(world, "asker"), 2**40
    for path in ("", "data", "roles", "remove", "changes"):
        for number in (foreign, none, 2**70):
            assert page(chief, f"{USERS}{number}/{path}", 404)
    reader = visit("reader")
    for number in (foreign, none):
        assert page(reader, f"{USERS}{number}/", 403)
    assert page(reader, "/administration/", 403)


def test_marks_of_forms_tell_nothing(world: World) -> None:
    user = User.objects.get(pk=identity(world, "asker"))
    assert user.username not in staff.mark_of_data(user)
    assert len(staff.mark_of_roles(user.pk)) == 16
