"""Users, roles and what a user may do."""

from __future__ import annotations

import random

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from imi.accounts import actions, queries
from imi.accounts.models import RoleGrant, User
from imi.directory.models import Access, Authority

from .conftest import GUIDES, TEACHERS

NEW = actions.NewUser("Zoé", "Nunes", "zoe@pt.example", "pt-guides", "pt", {GUIDES: ["handler", "allocator"]})


# --- names ------------------------------------------------------------------------------------------------------------


def test_user_names_are_made_of_the_persons_name() -> None:
    assert actions.generate_username("Ágnes", "Kovács", draw=lambda _: 42) == "kovaa042"
    assert actions.generate_username("Иван", "Петров", draw=lambda _: 7) == "petri007"
    assert actions.generate_username("Bo", "Li", draw=lambda _: 1) == "lib001"
    assert actions.generate_username("", "", draw=lambda _: 1) == "user001"


def test_a_taken_name_is_drawn_again_and_grows_when_all_are_taken() -> None:
    draws = iter([42, 42, 43])
    assert actions.generate_username("G", "Kova", {"kovag042"}, lambda _: next(draws)) == "kovag043"
    taken = {f"kovag{number:03d}" for number in range(1000)}
    assert len(actions.generate_username("G", "Kova", taken)) == len("kovag") + 4


@given(st.text(max_size=30), st.text(max_size=30))
def test_every_name_gives_a_plain_user_name(given_name: str, family_name: str) -> None:
    name = actions.generate_username(given_name, family_name)
    assert name.isascii()
    assert name.isalnum()
    assert name == name.lower()
    assert 4 <= len(name) <= 40


def test_the_same_draw_gives_the_same_world(people: dict[str, User]) -> None:
    entries = [actions.NewUser("Ana", "Sousa", f"ana{number}@pt.example", "pt-guides", "pt") for number in range(30)]
    names = []
    for _ in range(2):
        with transaction.atomic():
            users = actions.load_users(entries, random.Random(1).randrange)
            names.append([user.username for user in users])
            transaction.set_rollback(True)
    assert names[0] == names[1]
    assert len(set(names[0])) == 30


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_registered_user_has_roles_and_no_password(people: dict[str, User]) -> None:
    user = actions.register_user(NEW)
    assert user.username.startswith("nunez")
    assert set(user.grants.values_list("area_id", "role")) == {(GUIDES, "handler"), (GUIDES, "allocator")}
    assert not user.has_usable_password()
    assert user.mail_choice == User.Mail.IMMEDIATE
    assert str(user) == user.get_full_name() == "Zoé Nunes"


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "roles",
    [{"no-area": ["handler"]}, {GUIDES: ["king"]}, {GUIDES: ["approver"]}, {GUIDES: ["data_administrator"]}],
)
def test_roles_that_the_authority_cannot_give_are_refused(roles: dict) -> None:
    with pytest.raises(actions.AccountError):
        actions.register_user(actions.NewUser("A", "B", "a@b.example", "pt-guides", "pt", roles))
    with pytest.raises(actions.AccountError):
        actions.set_roles(User.objects.get(username="rui"), roles)
    assert not User.objects.filter(email="a@b.example").exists()


@pytest.mark.usefixtures("people")
def test_a_malformed_address_is_refused() -> None:
    with pytest.raises(ValidationError):
        actions.register_user(actions.NewUser("A", "B", "nobody", "pt-guides", "pt"))


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    "values", [{"username": "ANA"}, {"email": "ANA@PT.example"}, {"mail_choice": "hourly"}, {"username": "rui"}]
)
def test_the_database_itself_refuses(values: dict) -> None:
    entry = {"username": "new", "email": "new@pt.example", "authority_id": "pt-guides", "language": "pt"} | values
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(given_name="N", family_name="N", **entry)


def test_a_role_is_given_once(people: dict[str, User]) -> None:
    for role in ("handler", "king"):
        with pytest.raises(IntegrityError), transaction.atomic():
            RoleGrant.objects.create(user=people["ana"], area_id=GUIDES, role=role)


@pytest.mark.usefixtures("people")
def test_many_users_take_few_statements(django_assert_max_num_queries) -> None:
    entries = [
        actions.NewUser("Ana", "Sousa", f"a{number}@pt.example", "pt-guides", "pt", {GUIDES: ["handler"]})
        for number in range(100)
    ]
    with django_assert_max_num_queries(12):
        actions.load_users(entries)


# --- standing ---------------------------------------------------------------------------------------------------------


def test_standing(people: dict[str, User], django_assert_num_queries) -> None:
    user = User.objects.select_related("authority").get(username="ana")
    with django_assert_num_queries(1):
        standing = queries.standing(user)
    assert standing == queries.Standing(
        user_id=user.pk,
        authority_id="pt-guides",
        country="PT",
        language="pt",
        roles={GUIDES: frozenset({"basic", "handler"}), TEACHERS: frozenset({"basic"})},
        administrator=True,
        linked=frozenset(),
    )
    assert standing.roles_in(GUIDES) == {"basic", "handler"}
    assert standing.roles_in("no-area") == frozenset()
    assert standing.areas_with("handler") == {GUIDES}
    assert queries.standing(people["eva"]).linked == {"pt-guides"}
    with django_assert_num_queries(2):
        queries.standing(people["rui"])


def test_changes_bite_at_once(people: dict[str, User]) -> None:
    ana = people["ana"]
    actions.set_roles(ana, {TEACHERS: ["allocator"]})
    assert queries.standing(ana).roles == {
        GUIDES: frozenset({"basic"}),
        TEACHERS: frozenset({"basic", "allocator"}),
    }
    Access.objects.filter(authority="pt-guides", area=TEACHERS).update(suspended=True)
    assert queries.standing(ana).roles == {GUIDES: frozenset({"basic"})}
    Access.objects.filter(authority="pt-guides").delete()
    assert queries.standing(ana).roles == {}


def test_inactive_users_and_authorities_have_no_standing(people: dict[str, User]) -> None:
    people["eva"].is_active = False
    assert queries.standing(people["eva"]).roles == {}
    assert queries.standing(people["eva"]).linked == frozenset()
    assert not queries.standing(people["eva"]).administrator
    Authority.objects.filter(pk="pt-guides").update(active=False)
    assert queries.standing(User.objects.get(username="ana")).roles == {}


def test_the_last_administrator_stays(people: dict[str, User]) -> None:
    with pytest.raises(actions.AccountError):
        actions.set_roles(people["ana"], {}, administrator=False)
    actions.set_roles(people["rui"], {}, administrator=True)
    actions.set_roles(people["ana"], {}, administrator=False)
    assert list(User.objects.filter(authority="pt-guides", is_administrator=True)) == [people["rui"]]


def test_colleagues(people: dict[str, User], django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        found = queries.colleagues(["pt-guides", "pt-coord"], GUIDES, ["handler", "approver"])
    assert found == {"pt-guides": [people["ana"]], "pt-coord": [people["eva"]]}
    assert queries.colleagues(["pt-guides"], TEACHERS, ["basic"]) == {"pt-guides": [people["rui"], people["ana"]]}
    User.objects.filter(username="rui").update(is_active=False)
    assert queries.colleagues(["pt-guides"], TEACHERS, ["basic"]) == {"pt-guides": [people["ana"]]}
    Access.objects.filter(authority="pt-guides", area=GUIDES).update(suspended=True)
    assert queries.colleagues(["pt-guides"], GUIDES, ["handler"]) == {"pt-guides": []}


def test_display_names(people: dict[str, User], django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        names = queries.display_names([people["ana"].pk, people["eva"].pk, 0])
    assert names == {people["ana"].pk: "Ana Sousa", people["eva"].pk: "Eva Lima"}
