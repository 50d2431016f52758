"""Users of an authority: registering, data, roles, who may do it, and what nobody may do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from imi.accounts.models import AccountMail, Credentials, Door, RoleGrant, Session, User
from imi.accounts.queries import Standing
from imi.administration import limits, queries, staff, staff_help, staff_leaving, staff_queries, staff_rights
from imi.administration.models import Act
from imi.administration.reasons import Invalid, Refused
from imi.directory.models import Access
from tests.administration.conftest import Country
from tests.administration.country import AREAS, CRAFTS, NOW, SCHOOLS, person, who

pytestmark = pytest.mark.django_db

HANDLER, ALLOCATOR, APPROVER, DATA = "handler", "allocator", "approver", "data_administrator"


def hire(chief: User, name: str = "Ана", administrator: bool = False, **roles: set[str]) -> User:
    """Register a colleague with roles by area."""
    given = {area: frozenset(one) for area, one in roles.items()}
    return staff.register(who(chief), person(name), given, administrator, NOW)


def refusal(act: Any) -> str:
    """The code of the reason for which something is refused."""
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason.code


# --- registering -----------------------------------------------------------------------------------------------------


def test_a_registered_user_gets_a_mail_without_the_user_name(country: Country) -> None:
    ana = hire(country.masters, crafts={HANDLER})
    assert staff.roles_of(ana.pk) == {CRAFTS: {HANDLER}}
    assert ana.authority_id == country.of("masters").pk
    mail = AccountMail.objects.get(user=ana)
    assert mail.kind == "first_password"
    assert ana.username not in str(vars(mail))
    act = Act.objects.get(kind="user.registered", user=ana)
    assert act.details == {"administrator": False, "roles": {CRAFTS: [HANDLER]}}
    assert act.by_user == country.masters


def test_everybody_has_a_mail_address_of_their_own(country: Country) -> None:
    ana = hire(country.masters)
    again = replace(person("Бина"), email=ana.email.upper())
    with pytest.raises(Invalid) as invalid:
        staff.register(who(country.masters), again, {}, now=NOW)
    assert list(invalid.value.errors) == ["email"]
    assert not User.objects.filter(given_name="Бина").exists()


def test_an_authority_gives_only_the_roles_it_has(country: Country) -> None:
    masters, crafts = country.of("masters").pk, country.of("crafts").pk
    assert staff.grantable(masters) == {CRAFTS: (HANDLER, ALLOCATOR)}
    assert staff.grantable(crafts) == {CRAFTS: (HANDLER, ALLOCATOR, APPROVER, DATA)}
    assert set(staff.grantable(country.of("national").pk)) == set(AREAS)
    for roles in ({CRAFTS: {APPROVER}}, {CRAFTS: {DATA}}, {SCHOOLS: {HANDLER}}, {CRAFTS: {"king"}}):
        assert refusal(lambda roles=roles: hire(country.masters, **roles)) == "unknown_role"


# --- the permission matrix -------------------------------------------------------------------------------------------

BASIC_USER, ADMINISTRATOR = "basic", "administrator"
# Who of the authority itself; who of its coordinator; somebody of another country. Guide for the first user, 2.3.
PEOPLE = (BASIC_USER, HANDLER, ALLOCATOR, APPROVER, DATA, ADMINISTRATOR)
OF_USERS = ("register", "edit", "roles", "remove", "reset", "unlock", "end_sessions", "tell_name", "list")


@pytest.fixture
def cast(country: Country) -> dict[str, Standing]:
    """One person for each column of the matrix, in a coordinator, where all roles exist."""
    found = {}
    for role in (HANDLER, ALLOCATOR, APPROVER, DATA):
        found[role] = who(hire(country.crafts, role, crafts={role}))
    found[BASIC_USER] = who(hire(country.crafts, "basic"))
    found[ADMINISTRATOR] = who(hire(country.crafts, "administrator", administrator=True))
    return found


def try_out(action: str, actor: Standing, target: User) -> None:
    """Do one line of the matrix to a user."""
    User.objects.filter(pk=target.pk).update(last_seen=NOW)
    match action:
        case "register":
            staff.register(actor, person("Нова"), {}, now=NOW)
        case "edit":
            typed = {
                **{name: getattr(target, name) for name in ("family_name", "email", "language")},
                "given_name": "Б",
            }
            staff.change_data(actor, target.pk, typed, staff.mark_of_data(target), NOW)
        case "roles":
            given = {CRAFTS: frozenset({HANDLER})}
            staff.set_roles(actor, target.pk, given, False, staff.mark_of_roles(target.pk), now=NOW)
        case "remove":
            mark = staff_leaving.preview(actor, target.pk).mark
            staff_leaving.remove(actor, target.pk, None, mark, NOW)
        case "reset":
            staff_help.reset(actor, target.pk, NOW)
        case "unlock":
            shut = {"known_failures": 5, "known_opens_at": NOW, "strange_opens_at": NOW, "last_at": NOW}
            Door.objects.get_or_create(user=target, defaults={"key": f"u{target.pk}", **shut})
            staff_help.unlock(actor, target.pk, NOW)
        case "end_sessions":
            staff_help.end_sessions(actor, target.pk, NOW)
        case "tell_name":
            staff_help.tell_name(actor, target.pk, NOW)
        case "list":
            staff_queries.staff_of(actor)


@pytest.mark.parametrize("action", OF_USERS)
@pytest.mark.parametrize("role", PEOPLE)
def test_only_local_data_administrators_manage_users(
    country: Country, cast: dict[str, Standing], role: str, action: str
) -> None:
    target = hire(country.crafts, "Цел")
    before = Act.objects.count()
    if role == ADMINISTRATOR:
        try_out(action, cast[role], target)
        assert Act.objects.count() == before + (action != "list")
    else:
        assert refusal(lambda: try_out(action, cast[role], target)) == "no_administrator"
        assert Act.objects.count() == before


@pytest.mark.parametrize("action", OF_USERS)
def test_nobody_manages_the_users_of_another_authority(country: Country, action: str) -> None:
    target = hire(country.masters, "Цел")
    if action in ("register", "list"):
        return  # these name no user: they are always of the own authority
    stranger = who(country.abroad)
    assert refusal(lambda: try_out(action, stranger, target)) == "not_found"


@pytest.mark.parametrize("action", ["reset", "tell_name"])
@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (BASIC_USER, "no_data_administrator"),
        (HANDLER, "no_data_administrator"),
        (ALLOCATOR, "no_data_administrator"),
        (APPROVER, "no_data_administrator"),
        (ADMINISTRATOR, "no_data_administrator"),
        (DATA, None),
    ],
)
def test_data_administrators_of_the_coordinator_help_local_data_administrators(
    country: Country, cast: dict[str, Standing], role: str, expected: str | None, action: str
) -> None:
    """The newer guides give this to the data administrator of the coordinator, not to its local one."""
    colleague = hire(country.masters, "Колега", crafts={HANDLER})
    if expected is None:
        try_out(action, cast[role], country.masters)
        assert refusal(lambda: try_out(action, cast[role], colleague)) == "no_local_administrator"
    else:
        assert refusal(lambda: try_out(action, cast[role], country.masters)) == expected


@pytest.mark.parametrize("action", ["edit", "roles", "remove", "unlock", "end_sessions"])
def test_a_coordinator_does_nothing_else_to_the_users_of_its_authorities(
    country: Country, cast: dict[str, Standing], action: str
) -> None:
    for actor in (cast[DATA], who(country.crafts)):
        assert refusal(lambda actor=actor: try_out(action, actor, country.masters)) in ("no_administrator", "not_found")


def test_the_validating_coordinator_helps_without_being_a_request_coordinator(country: Country) -> None:
    staff_help.reset(who(country.national), country.masters.pk, NOW)
    assert staff_queries.administrators_of(who(country.national), country.of("masters").pk) == [country.masters]
    assert dict(staff_queries.helped(who(country.national))).keys() == {
        country.of("masters").pk,
        country.of("crafts").pk,
    }
    assert (
        refusal(lambda: staff_queries.administrators_of(who(country.abroad), country.of("masters").pk)) == "not_found"
    )


@pytest.mark.parametrize("action", ["remove", "reset"])
def test_nobody_removes_or_resets_oneself(country: Country, action: str) -> None:
    assert refusal(lambda: try_out(action, who(country.masters), country.masters)) == "oneself"


# --- data ------------------------------------------------------------------------------------------------------------


def edit(chief: User, user: User, **changes: str) -> bool:
    """Change some data of a user as the form would."""
    user = User.objects.get(pk=user.pk)
    typed = {name: getattr(user, name) for name in ("given_name", "family_name", "email", "language")}
    return staff.change_data(who(chief), user.pk, typed | changes, staff.mark_of_data(user), NOW)


def test_what_was_changed_is_recorded_but_no_user_name(country: Country) -> None:
    ana = hire(country.masters)
    assert not edit(country.masters, ana, given_name="Анна")
    assert edit(country.masters, ana, username="Anna.Petrova")
    assert User.objects.get(pk=ana.pk).username == "anna.petrova"
    changed, renamed = Act.objects.filter(user=ana).order_by("pk")[1:]
    assert changed.details == {"before": {"given_name": "Ана"}, "after": {"given_name": "Анна"}}
    assert (renamed.kind, renamed.details) == ("user.name_changed", {})


def test_a_user_name_of_somebody_else_cannot_be_given_nor_tried_without_end(country: Country) -> None:
    ana = hire(country.masters)
    taken = country.national.username
    for name in (taken, taken.upper(), "ана", "a b", "a", "x" * 41):
        with pytest.raises(Invalid) as invalid:
            edit(country.masters, ana, username=name)
        assert list(invalid.value.errors) == ["username"]
    while limits.take("user-name", str(country.masters.pk), staff.NAMES_A_DAY, staff.timedelta(days=1), NOW):
        pass
    assert refusal(lambda: edit(country.masters, ana, username="anna.petrova")) == "too_often"


def test_a_mail_address_stays_unique_when_it_is_changed(country: Country) -> None:
    ana = hire(country.masters)
    with pytest.raises(Invalid) as invalid:
        edit(country.masters, ana, email=country.abroad.email.upper())
    assert list(invalid.value.errors) == ["email"]


def test_a_form_made_from_something_older_is_not_taken(country: Country) -> None:
    ana = hire(country.masters)
    mark, roles = staff.mark_of_data(ana), staff.mark_of_roles(ana.pk)
    edit(country.masters, ana, given_name="Анна")
    give(country.masters, ana, crafts={HANDLER})
    typed = {name: getattr(ana, name) for name in ("given_name", "family_name", "email", "language")}
    chief = who(country.masters)
    assert refusal(lambda: staff.change_data(chief, ana.pk, typed, mark, NOW)) == "overtaken"
    assert refusal(lambda: staff.set_roles(chief, ana.pk, {}, False, roles, now=NOW)) == "overtaken"


# --- roles -----------------------------------------------------------------------------------------------------------


def give(chief: User, user: User, administrator: bool = False, confirmed: Any = (), **roles: set[str]) -> int:
    """Set the roles of a user by area."""
    given = {area: frozenset(one) for area, one in roles.items()}
    mark = staff.mark_of_roles(user.pk)
    return staff.set_roles(who(chief), user.pk, given, administrator, mark, confirmed, NOW)


def test_roles_are_exactly_those_set(country: Country) -> None:
    ana = hire(country.national, crafts={HANDLER}, schools={HANDLER, ALLOCATOR})
    give(country.national, ana, schools={ALLOCATOR})
    assert staff.roles_of(ana.pk) == {SCHOOLS: {ALLOCATOR}}
    act = Act.objects.filter(kind="user.roles_changed").latest("pk")
    assert act.details == {
        "before": {"administrator": False, "roles": {CRAFTS: [HANDLER], SCHOOLS: [ALLOCATOR, HANDLER]}},
        "after": {"administrator": False, "roles": {SCHOOLS: [ALLOCATOR]}},
    }


def test_nothing_is_recorded_where_nothing_changes(country: Country) -> None:
    ana = hire(country.masters, crafts={HANDLER})
    before = Act.objects.count()
    give(country.masters, ana, crafts={HANDLER})
    assert Act.objects.count() == before


def test_the_last_local_data_administrator_cannot_be_demoted(country: Country) -> None:
    all_roles = {CRAFTS: {HANDLER, ALLOCATOR}}
    assert refusal(lambda: give(country.masters, country.masters, **all_roles)) == "last_administrator"
    deputy = hire(country.masters, administrator=True)
    give(country.masters, country.masters, **all_roles)
    assert not User.objects.get(pk=country.masters.pk).is_administrator
    assert refusal(lambda: give(deputy, deputy)) == "last_administrator"


def test_the_last_of_a_role_loses_it_only_knowingly(country: Country) -> None:
    with pytest.raises(staff.LeavesNobody) as warned:
        give(country.masters, country.masters, True, crafts={HANDLER})
    assert warned.value.places == {(CRAFTS, ALLOCATOR)}
    with pytest.raises(staff.LeavesNobody):
        give(country.masters, country.masters, True, confirmed={(CRAFTS, ALLOCATOR)})
    give(country.masters, country.masters, True, confirmed={(CRAFTS, ALLOCATOR)}, crafts={HANDLER})
    assert staff.roles_of(country.masters.pk) == {CRAFTS: {HANDLER}}


def test_two_administrators_demote_each_other_and_one_is_left(country: Country) -> None:
    """The second one's page was opened before: it is judged by what is so now."""
    deputy = hire(country.masters, administrator=True)
    stale = who(deputy)
    give(country.masters, deputy)
    assert stale.administrator
    mark = staff.mark_of_roles(country.masters.pk)
    assert refusal(lambda: staff.set_roles(stale, country.masters.pk, {}, False, mark, now=NOW)) == "no_administrator"
    assert User.objects.get(pk=country.masters.pk).is_administrator


# --- help ------------------------------------------------------------------------------------------------------------


def test_a_reset_ends_password_lock_and_sessions_but_not_the_user_name(country: Country) -> None:
    ana = hire(country.masters)
    before = Credentials.objects.get(user=ana).version
    Session.objects.create(digest="x", user=ana, data="", expires_at=NOW)
    staff_help.reset(who(country.masters), ana.pk, NOW)
    assert Credentials.objects.get(user=ana).version == before + 1
    assert not Session.objects.filter(user=ana).exists()
    assert User.objects.get(pk=ana.pk).username == ana.username
    assert Act.objects.filter(kind="user.reset", user=ana, by_user=country.masters).count() == 1


def test_only_who_is_locked_is_unlocked(country: Country) -> None:
    ana = hire(country.masters)
    assert refusal(lambda: staff_help.unlock(who(country.masters), ana.pk, NOW)) == "not_locked"


def test_looking_a_user_name_up_is_recorded(country: Country) -> None:
    ana = hire(country.masters)
    assert staff_help.tell_name(who(country.masters), ana.pk, NOW).username == ana.username
    seen = queries.history_of_person(who(ana), ana.pk)
    assert [act.kind for act in seen.acts] == ["user.name_told", "user.registered"]
    assert [act.by_user for act in seen.acts] == [country.masters] * 2


# --- what is amiss ---------------------------------------------------------------------------------------------------


def test_roles_that_nobody_holds_are_found(country: Country) -> None:
    chief = country.crafts
    kept = {APPROVER, DATA}
    gone = {(CRAFTS, HANDLER), (CRAFTS, ALLOCATOR)}
    give(chief, chief, True, confirmed=gone, crafts=kept)
    found = staff_queries.staff_of(who(chief))
    assert found.unheld == {CRAFTS: (HANDLER,)}, "nobody allocates, and the setting is off"
    hire(chief, crafts={HANDLER})
    assert staff_queries.staff_of(who(chief)).unheld == {}


def test_whoever_was_not_seen_for_ninety_days_is_marked(country: Country) -> None:
    ana = hire(country.masters)
    for days, long in ((89, False), (91, True)):
        User.objects.filter(pk=ana.pk).update(last_seen=NOW - staff.timedelta(days=days))
        (found,) = [one for one in staff_queries.staff_of(who(country.masters)).colleagues if one.id == ana.pk]
        assert found.long_unseen(NOW) is long


def test_a_suspended_area_keeps_its_roles(country: Country) -> None:
    ana = hire(country.masters, crafts={HANDLER})
    Access.objects.filter(authority=ana.authority).update(suspended=True)
    give(country.masters, ana, crafts={HANDLER, ALLOCATOR})
    assert RoleGrant.objects.filter(user=ana).count() == 2
    assert staff_queries.staff_of(who(country.masters)).suspended == {CRAFTS}


@pytest.mark.parametrize("total", [1, 10, 100])
def test_the_list_takes_a_fixed_number_of_queries(country: Country, django_assert_num_queries: Any, total: int) -> None:
    chief = who(country.masters)
    users = [
        User(
            username=f"x{index}",
            email=f"x{index}@masters.example",
            given_name="Х",
            family_name=f"{index}",
            authority_id=chief.authority_id,
            language="bg",
        )
        for index in range(total - 1)
    ]
    User.objects.bulk_create(users)
    staff_queries.staff_of(chief)
    with django_assert_num_queries(4):
        found = staff_queries.staff_of(chief)
    assert len(found.colleagues) == total
    everybody = [one.id for one in found.colleagues]
    with django_assert_num_queries(2):
        staff_queries.roles_of_many(everybody)
        staff_queries.locked(everybody)


def test_reasons_have_codes_of_their_own() -> None:
    reasons = [one for one in vars(staff_rights).values() if isinstance(one, staff_rights.Reason)]
    assert len({one.code for one in reasons}) == len(reasons) >= 10
