"""Temporary passwords, the first sign-in, resets, and changing the key under which codes are kept."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.hashers import identify_hasher
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.utils import timezone

from imi.accounts import actions, keyring, outbox, queries, resealing, sessions, signing
from imi.accounts.models import AccountMail, Credentials, RoleGrant, User
from imi.accounts.strength import Fault
from imi.directory.models import Authority

from .conftest import (
    CODE,
    GUIDES,
    PASSWORD,
    TEACHERS,
    attempts,
    browser,
    characters,
    known,
    sign_in,
    temporary,
)

OWN, OWN_CODE = "Zk7!bbqx", "Tm4!vB8#sD2x"
pytestmark = pytest.mark.usefixtures("at_once")


def choose(made, password: str = OWN, code: str = OWN_CODE) -> tuple[list[Fault], list[Fault]]:
    """Both choices of the first sign-in."""
    held = signing.choosing(made)
    assert held is not None
    faults = signing.choose_password(made, held, password)
    return faults, [] if faults else signing.choose_code(made, held, code)


# --- the first sign-in ------------------------------------------------------------------------------------------------


def newcomer() -> User:
    return actions.register_user(actions.NewUser("Zoé", "Nunes", "zoe@pt.example", "pt-guides", "pt", username="zoe"))


def test_a_new_user_chooses_a_password_and_a_code_and_is_in(people: dict[str, User]) -> None:
    zoe = newcomer()
    made = browser()
    assert signing.begin(made, "zoe", temporary(zoe)) == signing.Begun(choosing=True)
    assert signing.places_asked(made) == ()
    assert get_user(made).is_anonymous
    assert choose(made) == ([], [])
    assert get_user(made) == zoe
    assert attempts(zoe) == [True]
    assert sign_in(browser(), "zoe", OWN, OWN_CODE) == zoe


def test_a_temporary_password_is_random_readable_and_stored_as_a_hash(people: dict[str, User], settings) -> None:
    settings.PASSWORD_HASHERS = ["imi.site.hashers.ModestArgon2PasswordHasher"]
    drawn = {temporary(people["ana"]) for _ in range(5)}
    assert len(drawn) == 5
    for password in drawn:
        assert len(password) == 14
        assert not set(password) & set("il1o0ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert identify_hasher(User.objects.get(username="ana").password).algorithm == "argon2"


def test_a_temporary_password_works_once(people: dict[str, User]) -> None:
    password = temporary(people["ana"])
    first, second = browser(), browser()
    assert signing.begin(first, "ana", password).choosing
    assert not signing.begin(second, "ana", password).choosing
    assert signing.answer(second, "xxx") is None
    assert choose(first) == ([], [])
    assert not signing.begin(browser(), "ana", password).choosing


@pytest.mark.parametrize(("first", "days"), [(True, 14), (False, 3)])
@pytest.mark.parametrize("late", [False, True])
def test_a_temporary_password_works_for_a_limited_time(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch, first: bool, days: int, late: bool
) -> None:
    user = newcomer() if first else people["ana"]
    password, start = temporary(user), timezone.now()
    moment = start + timedelta(days=days, minutes=1 if late else -1)
    monkeypatch.setattr(timezone, "now", lambda: moment)
    assert signing.begin(browser(), user.username, f" {password}\n").choosing is not late


def test_a_temporary_password_never_signs_in_by_itself(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    assert signing.answer(made, characters((1, 2, 3))) is None
    assert get_user(made).is_anonymous


def test_weak_choices_are_refused_with_the_reason_and_can_be_made_again(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    assert choose(made, "short")[0] == [Fault.SHORT, Fault.NO_CAPITAL, Fault.NO_DIGIT]
    assert not signing.has_chosen_password(made)
    assert choose(made, "Sousa123")[0] == [Fault.PERSONAL]
    assert choose(made, code="Guias7!vB8sD")[1] == [Fault.PERSONAL]
    assert signing.has_chosen_password(made)
    assert choose(made) == ([], [])


def test_the_strong_profile_holds_for_the_own_password(people: dict[str, User], settings) -> None:
    settings.IMI_SIGN_IN = "strong"
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    assert choose(made)[0] == [Fault.SHORT]
    assert choose(made, "quiet river under bridges") == ([], [])
    assert signing.begin(browser(), "ana", "quiet river under bridges") == signing.Begun(), "the code is still asked"


def test_choosing_takes_no_longer_than_it_may(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    later = timezone.now() + signing.CHOOSE_WITHIN + timedelta(seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert signing.choosing(made) is None


@pytest.mark.parametrize("change", ["reset", "inactive", "authority"])
def test_choosing_ends_when_the_right_to_it_ends(people: dict[str, User], change: str) -> None:
    made = browser()
    signing.begin(made, "rui", temporary(people["rui"]))
    held = signing.choosing(made)
    assert held is not None
    if change == "reset":
        actions.issue_temporary_password(None, people["rui"])
    elif change == "inactive":
        User.objects.filter(username="rui").update(is_active=False)
    else:
        Authority.objects.filter(pk="pt-guides").update(active=False)
    assert signing.choosing(made) is None


def test_a_reset_between_the_last_page_and_its_answer_wins(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    held = signing.choosing(made)
    assert held is not None
    signing.choose_password(made, held, OWN)
    actions.issue_temporary_password(None, people["ana"])
    signing.choose_code(made, held, OWN_CODE)
    assert get_user(made).is_anonymous
    assert Credentials.objects.get(user=people["ana"]).sealed_code == ""


def test_nothing_is_stored_before_both_are_chosen(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    before = User.objects.get(username="ana").password
    held = signing.choosing(made)
    assert held is not None
    signing.choose_password(made, held, OWN)
    assert User.objects.get(username="ana").password == before


# --- resets -----------------------------------------------------------------------------------------------------------


def test_a_reset_ends_everything_but_the_name(people: dict[str, User]) -> None:
    device, open_one = known(people["ana"]), browser()
    assert sign_in(open_one, "ana")
    open_one.session.save()
    password = temporary(people["ana"])
    assert sessions.running(people["ana"].pk) == []
    assert sign_in(browser(), "ana") is None
    assert signing.begin(device, "ana", password).choosing
    assert User.objects.get(pk=people["ana"].pk).username == "ana"
    made = known(people["ana"])
    held = Credentials.objects.get(user=people["ana"])
    assert (held.sealed_code, held.positions) == ("", "")
    assert made.COOKIES != device.COOKIES


def test_a_device_known_before_a_reset_is_a_strangers_after_it(people: dict[str, User]) -> None:
    device = known(people["ana"])
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    assert choose(made) == ([], [])
    for _ in range(5):
        assert sign_in(browser(), "ana", "wrong") is None
    assert sign_in(device, "ana", OWN, OWN_CODE) is None
    assert sign_in(known(people["ana"]), "ana", OWN, OWN_CODE) == people["ana"]


def test_only_the_latest_temporary_password_works_and_is_mailed(people: dict[str, User]) -> None:
    first = temporary(people["ana"])
    second = temporary(people["ana"])
    assert AccountMail.objects.count() == 1
    assert not signing.begin(browser(), "ana", first).choosing
    assert signing.begin(browser(), "ana", second).choosing


def test_the_database_does_not_hold_a_readable_password(people: dict[str, User]) -> None:
    password = temporary(people["ana"])
    for model in (User, Credentials, AccountMail):
        assert password not in str(list(model.objects.values()))


def test_the_mail_says_whether_it_is_the_first_or_a_reset(people: dict[str, User]) -> None:
    temporary(people["ana"])
    temporary(newcomer())
    assert list(AccountMail.objects.order_by("pk").values_list("kind", flat=True)) == [
        "reset_password",
        "first_password",
    ]


@pytest.mark.parametrize(
    ("actor", "user", "allowed"),
    [
        ("ana", "rui", True),  # the local data administrator for a colleague
        ("rui", "ana", False),
        ("ana", "ana", False),
        ("ana", "eva", False),
        ("eva", "ana", True),  # the data administrator of the coordinator for a local data administrator
        ("eva", "rui", False),
    ],
)
def test_who_may_reset_whom(people: dict[str, User], actor: str, user: str, allowed: bool) -> None:
    RoleGrant.objects.create(user=people["eva"], area_id=GUIDES, role="data_administrator")
    who = queries.standing(people[actor])
    assert queries.may_reset(who, people[user]) is allowed
    if allowed:
        actions.issue_temporary_password(who, people[user])
    else:
        with pytest.raises(PermissionDenied):
            actions.issue_temporary_password(who, people[user])
    assert AccountMail.objects.count() == allowed


def test_a_coordinators_local_administrator_is_not_its_data_administrator(people: dict[str, User]) -> None:
    assert people["eva"].is_administrator
    assert not queries.may_reset(queries.standing(people["eva"]), people["ana"])


def test_a_coordinator_that_is_not_behind_the_authority_helps_nobody(people: dict[str, User]) -> None:
    RoleGrant.objects.create(user=people["eva"], area_id=GUIDES, role="data_administrator")
    people["ana"].authority.coordinator_links.all().delete()
    assert not queries.may_reset(queries.standing(people["eva"]), people["ana"])
    Authority.objects.filter(pk="pt-guides").update(validator="pt-coord")
    people["ana"].refresh_from_db()
    assert queries.may_reset(queries.standing(people["eva"]), people["ana"])


def test_rights_that_were_taken_away_help_nobody(people: dict[str, User]) -> None:
    User.objects.filter(pk=people["ana"].pk).update(is_active=False)
    gone = User.objects.get(pk=people["ana"].pk)
    assert not queries.may_reset(queries.standing(gone), people["rui"])
    assert not queries.may_reset(queries.standing(people["eva"]), gone)
    assert not queries.standing(people["rui"]).roles_in(TEACHERS) - {"basic"}


def test_the_operator_resets_by_command(people: dict[str, User]) -> None:
    call_command("reset_password", "ANA")
    assert AccountMail.objects.get().user == people["ana"]
    with pytest.raises(CommandError, match="nobody"):
        call_command("reset_password", "nobody")


# --- keys -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def ring(settings, tmp_path: Path) -> Path:
    settings.IMI_KEY_RING = tmp_path / "key-ring"
    return settings.IMI_KEY_RING


def test_after_a_rotation_everybody_still_gets_in(ring: Path, people: dict[str, User], capsys) -> None:
    password = temporary(people["rui"])
    before = keyring.ring().current
    call_command("rotate_keys")
    assert resealing.keys_needed() == {keyring.ring().current} != {before}
    assert sign_in(browser(), "ana") == people["ana"]
    assert outbox.secret_of(AccountMail.objects.get()) == password
    call_command("rotate_keys", "--forget")
    assert set(keyring.ring().keys) == {keyring.ring().current}
    assert sign_in(browser(), "eva") == people["eva"]


def test_a_rotation_that_was_interrupted_is_finished(
    ring: Path, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resealing, "_BATCH", 1)
    seal, calls = keyring.seal, []

    def failing(secret: bytes, context: str) -> str:
        calls.append(context)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return seal(secret, context)

    before = keyring.ring().current
    monkeypatch.setattr(keyring, "seal", failing)
    with pytest.raises(KeyboardInterrupt):
        call_command("rotate_keys")
    assert resealing.keys_needed() == {before, keyring.ring().current}
    assert sign_in(browser(), "ana")
    monkeypatch.setattr(keyring, "seal", seal)
    call_command("rotate_keys", "--forget")
    assert before in keyring.ring().keys
    call_command("rotate_keys", "--finish")
    assert resealing.keys_needed() == {keyring.ring().current}
    assert sign_in(browser(), "eva")


def test_a_rotation_says_what_it_cannot_read(ring: Path, people: dict[str, User], settings, tmp_path: Path) -> None:
    settings.IMI_KEY_RING = tmp_path / "another"
    with pytest.raises(CommandError, match="3 secrets cannot be read"):
        call_command("rotate_keys")


def test_a_code_chosen_during_a_rotation_is_kept(ring: Path, people: dict[str, User]) -> None:
    """The rotation writes only over what it has read."""
    old = Credentials.objects.get(user=people["ana"])
    keyring.use_newest_key()
    rows = resealing._under_old_keys(Credentials, "sealed_code")
    assert next(rows).pk == old.pk
    made = browser()
    signing.begin(made, "ana", temporary(people["ana"]))
    assert choose(made) == ([], [])
    resealing.seal_anew()
    assert sign_in(browser(), "ana", OWN, OWN_CODE) == people["ana"]
    assert sign_in(browser(), "rui", PASSWORD, CODE) == people["rui"]
