"""What people change of their own way to sign in: written, recorded, told by mail, and refused with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.management import CommandError, call_command
from django.utils import timezone

from imi.accounts import factors, recovery, totp
from imi.accounts.models import AccountMail, Credentials, Factor, RecoveryCode, Session, User
from imi.accounts.session_store import SessionStore
from imi.administration import own_security, reasons, staff_help
from imi.administration.models import Act
from imi.administration.reasons import Refused
from imi.site import doctor
from tests.exchanges.conftest import World, catalogue, world  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture
def person(world: World) -> User:  # noqa: F811
    found = User.objects.select_related("authority").get(pk=world.people["asker"].user_id)
    User.objects.filter(pk=found.pk).update(is_administrator=True)
    found.refresh_from_db()
    return found


def with_app(user: User, name: str = "App") -> list[str]:
    sealed, now = totp.new_secret(user.pk), timezone.now()
    shown = totp._generator(sealed, user.pk).generate(int(now.timestamp())).decode()
    return own_security.add_app(user, sealed, shown, name, now)


def refusal(act: Callable[[], Any]) -> str:
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.reason.code


def kinds() -> list[str]:
    return list(Act.objects.order_by("pk").values_list("kind", flat=True))


def told() -> list[str]:
    return list(AccountMail.objects.order_by("pk").values_list("kind", flat=True))


def test_the_first_factor_brings_recovery_codes_and_the_next_none(person: User) -> None:
    assert len(with_app(person)) == 10
    assert with_app(person, "Second app") == []
    made = ("aGFuZA", "a2V5", 0)
    assert own_security.add_passkey(person, made, "Key") == []
    assert kinds() == ["user.factor_added"] * 3
    assert told() == ["factor_added"] * 3
    assert Act.objects.first().details == {"name": "App"}
    assert [one.name for one in factors.of(person.pk)] == ["App", "Second app", "Key"]


def test_an_app_that_shows_something_else_is_not_added(person: User) -> None:
    sealed = totp.new_secret(person.pk)
    assert refusal(lambda: own_security.add_app(person, sealed, "x", "App")) == "wrong_code"
    assert not Factor.objects.exists()
    assert not Act.objects.exists()


def test_a_passkey_is_added_once(person: User, world: World) -> None:  # noqa: F811
    made = ("aGFuZA", "a2V5", 0)
    own_security.add_passkey(person, made, "Key")
    other = User.objects.get(pk=world.people["answerer"].user_id)
    assert refusal(lambda: own_security.add_passkey(other, made, "Key")) == "known_passkey"
    assert refusal(lambda: own_security.add_passkey(other, None, "Key")) == "wrong_passkey"


def test_kinds_that_are_off_and_too_many_are_refused(person: User, settings: Any) -> None:
    for _ in range(factors.MOST):
        with_app(person)
    assert refusal(lambda: with_app(person)) == reasons.TOO_MANY.code
    settings.IMI_SECOND_FACTORS = ("totp",)
    assert refusal(lambda: own_security.add_passkey(person, None, "Key")) == "kind_off"


def test_whoever_must_have_one_keeps_the_last_one(person: User, settings: Any) -> None:
    with_app(person)
    (factor,) = factors.of(person.pk)
    settings.IMI_SIGN_IN = "strong"
    assert refusal(lambda: own_security.remove(person, factor.pk)) == "last_factor"
    with_app(person, "Other")
    own_security.remove(person, factor.pk)
    settings.IMI_SIGN_IN = "classic"
    assert recovery.left(person.pk) == 10
    own_security.remove(person, factors.of(person.pk)[0].pk)
    assert not RecoveryCode.objects.exists()
    assert kinds()[-2:] == ["user.factor_removed"] * 2
    assert told()[-1] == "factor_removed"


def test_a_factor_that_cannot_be_used_does_not_count_as_another_one(person: User, settings: Any) -> None:
    with_app(person)
    own_security.add_passkey(person, ("aGFuZA", "a2V5", 0), "Key")
    settings.IMI_SIGN_IN, settings.IMI_SECOND_FACTORS = "strong", ("totp",)
    app = next(one for one in factors.of(person.pk) if one.kind == "totp")
    assert refusal(lambda: own_security.remove(person, app.pk)) == "last_factor"


def test_nobody_touches_somebody_elses_factor(person: User, world: World) -> None:  # noqa: F811
    with_app(person)
    (factor,) = factors.of(person.pk)
    other = User.objects.get(pk=world.people["answerer"].user_id)
    assert refusal(lambda: own_security.remove(other, factor.pk)) == reasons.NOT_FOUND.code
    assert refusal(lambda: own_security.rename(other, factor.pk, "Mine")) == reasons.NOT_FOUND.code
    assert refusal(lambda: own_security.renew_codes(other)) == "needs_factor"
    own_security.rename(person, factor.pk, "Telephone")
    assert factors.of(person.pk)[0].name == "Telephone"


def test_new_codes_are_recorded_and_told(person: User) -> None:
    old = with_app(person)
    new = own_security.renew_codes(person)
    assert not set(old) & set(new)
    assert kinds()[-1] == "user.recovery_renewed"
    assert told()[-1] == "recovery_made"
    stored = str(list(Act.objects.values())) + str(list(AccountMail.objects.values()))
    assert not any(code in stored for code in new)


def sessions_of(user: User) -> list[SessionStore]:
    made = []
    for _ in range(2):
        session = SessionStore()
        session["_auth_user_id"] = str(user.pk)
        session.save()
        made.append(session)
    return made


@pytest.mark.parametrize("what", ["password", "code"])
def test_a_change_ends_all_other_sessions_and_known_devices(person: User, what: str) -> None:
    from imi.accounts import codes

    held = Credentials.objects.get(user=person)
    sealed = codes.sealed("Kx7pW2mQz9Rt", person.pk, held.version)
    Credentials.objects.filter(user=person).update(sealed_code=sealed, positions="1 2 3")
    here, _elsewhere = sessions_of(person)
    if what == "password":
        own_security.change_password(person, make_password("another good secret"), here)
    else:
        own_security.change_code(person, "Tm4!vB8#sD2x", here)
    now = Credentials.objects.get(user=person)
    assert now.version == held.version + 1
    code = "Kx7pW2mQz9Rt" if what == "password" else "Tm4!vB8#sD2x"
    assert codes.verifies(now.sealed_code, person.pk, now.version, "1 2 3", code[:3])
    assert User.objects.get(pk=person.pk).check_password("another good secret") is (what == "password")
    assert Session.objects.count() == 1
    assert here.exists(here.session_key)
    assert kinds() == [f"user.{what}_changed"]
    assert told() == ["secret_changed" if what == "password" else "code_changed"]


# --- help from others ------------------------------------------------------------------------------------------------


def test_an_administrators_reset_is_recorded_with_what_it_removed(person: User, world: World) -> None:  # noqa: F811
    mate = User.objects.select_related("authority").get(pk=world.people["askermate"].user_id)
    with_app(mate)
    from imi.accounts.queries import standing

    staff_help.reset(standing(person), mate.pk)
    assert kinds()[-2:] == ["user.reset", "user.factors_removed"]
    assert Act.objects.order_by("pk").last().details == {"factors": 1}
    assert not Factor.objects.filter(user=mate).exists()
    assert {"factors_reset", "colleague_reset"} <= set(told())


def test_the_operator_removes_factors_of_whoever_cannot_be_helped(person: User, capsys: Any) -> None:
    with_app(person)
    password = User.objects.get(pk=person.pk).password
    call_command("remove_factors", person.username.upper())
    assert "1 second factors" in capsys.readouterr().out
    assert not Factor.objects.exists()
    assert not RecoveryCode.objects.exists()
    assert User.objects.get(pk=person.pk).password == password
    act = Act.objects.order_by("pk").last()
    assert (act.kind, act.source, act.user_id) == ("user.factors_removed", "operator", person.pk)
    assert "factors_reset" in told()
    with pytest.raises(CommandError, match="nobody"):
        call_command("remove_factors", "nobody000")


def test_a_reset_by_the_operator_is_recorded_too(person: User) -> None:
    with_app(person)
    call_command("reset_password", person.username)
    acts = Act.objects.order_by("pk").values_list("kind", "source")
    assert list(acts)[-2:] == [("user.reset", "operator"), ("user.factors_removed", "operator")]


def test_the_doctor_counts_administrators_without_a_second_factor(person: User, settings: Any) -> None:
    settings.IMI_SIGN_IN = "classic"
    assert doctor.CHECKS["second factors"]().good
    settings.IMI_SIGN_IN = "strong"
    found = doctor.CHECKS["second factors"]()
    number = factors.administrators_without()
    assert number >= 1
    assert (found.good, found.bearable) == (False, True)
    assert f"{number} administrators" in found.seen
    for user in User.objects.filter(is_active=True):
        with_app(user)
    assert doctor.CHECKS["second factors"]().good
    settings.IMI_SECOND_FACTORS = ()
    assert not doctor.CHECKS["second factors"]().good


def test_of_two_who_set_the_first_factor_up_on_their_way_in_the_second_is_refused(person: User) -> None:
    sealed, now = totp.new_secret(person.pk), timezone.now()
    shown = totp._generator(sealed, person.pk).generate(int(now.timestamp())).decode()
    assert own_security.add_app(person, sealed, shown, "App", now, first=True)
    assert refusal(lambda: own_security.add_app(person, sealed, shown, "App", now, first=True)) == "factor_there"
    made = ("aGFuZA", "a2V5", 0)
    assert refusal(lambda: own_security.add_passkey(person, made, "Key", first=True)) == "factor_there"
    assert Factor.objects.count() == 1


def test_one_app_whose_form_is_sent_twice_is_one_app(person: User) -> None:
    """Two with one secret would take each code twice."""
    sealed, now = totp.new_secret(person.pk), timezone.now()
    shown = totp._generator(sealed, person.pk).generate(int(now.timestamp())).decode()
    assert own_security.add_app(person, sealed, shown, "App", now)
    assert refusal(lambda: own_security.add_app(person, sealed, shown, "App", now)) == "known_app"
    assert Factor.objects.count() == 1
