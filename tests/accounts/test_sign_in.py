"""The classic dialogue: name and password, three characters of the code, one answer at the end."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.contrib.auth import get_user
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from imi.accounts import actions, codes, doors, hashing, signing
from imi.accounts.models import Credentials, Door, SignIn, User
from imi.directory.models import Authority

from .conftest import CODE, PASSWORD, attempts, browser, characters, known, places_of, sign_in

pytestmark = pytest.mark.usefixtures("at_once")

WRONG = "Aaaaaaaaaaaa"


# --- who gets in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ana", "ANA", " Ana "])
def test_password_and_code_open_a_session_under_a_new_id(people: dict[str, User], name: str) -> None:
    made = browser()
    made.session.save()
    before = made.session.session_key
    user = sign_in(made, name)
    made.session.save()
    assert user == people["ana"]
    assert get_user(made) == user
    assert made.session.session_key not in (before, None)
    assert not type(made.session)(before).load()
    record = SignIn.objects.get()
    assert (record.user, record.ok, record.address, record.device) == (user, True, "192.0.2.7", "Firefox, Linux")
    assert User.objects.get(pk=user.pk).last_seen is not None


@pytest.mark.parametrize(("password", "code"), [("wrong", CODE), (PASSWORD, WRONG), ("wrong", WRONG)])
def test_either_alone_is_not_enough(people: dict[str, User], password: str, code: str) -> None:
    made = browser()
    assert sign_in(made, "ana", password, code) is None
    assert get_user(made).is_anonymous
    assert attempts(people["ana"]) == [False]


def test_both_are_case_sensitive(people: dict[str, User]) -> None:
    assert sign_in(browser(), "ana", PASSWORD.upper()) is None
    assert sign_in(browser(), "ana", code=CODE.swapcase()) is None
    assert sign_in(browser(), "ana") == people["ana"]


def test_nobody_without_a_code_gets_in(people: dict[str, User]) -> None:
    Credentials.objects.filter(user=people["ana"]).update(sealed_code="", positions="")
    for code in ("", WRONG, CODE):
        made = browser()
        signing.begin(made, "ana", PASSWORD)
        assert signing.answer(made, characters(signing.places_asked(made), code) if code else "") is None


def test_nobody_without_a_password_gets_in(people: dict[str, User]) -> None:
    User.objects.filter(username="ana").update(password=make_password(None))
    User.objects.filter(username="rui").update(password="")
    for name in ("ana", "rui"):
        for password in ("", "!", PASSWORD):
            assert sign_in(browser(), name, password) is None


def test_users_of_an_inactive_authority_stay_outside(people: dict[str, User]) -> None:
    Authority.objects.filter(pk="pt-guides").update(active=False)
    assert sign_in(browser(), "ana") is None
    assert sign_in(browser(), "eva") == people["eva"]


def test_who_leaves_between_the_steps_stays_outside(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    User.objects.filter(username="ana").update(is_active=False)
    assert signing.answer(made, characters(signing.places_asked(made))) is None


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("password", ["", "!", "\x00", "x" * 100_000, PASSWORD.lower(), PASSWORD + " "])
def test_odd_passwords_are_wrong_passwords(password: str) -> None:
    assert sign_in(browser(), "ana", password) is None


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("name", ["\x00", "ana\x00", "%", "x" * 100_000, "аna", "ana'--", ""])
def test_odd_names_are_unknown_names(name: str) -> None:
    assert sign_in(browser(), name) is None
    assert SignIn.objects.get().user is None


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("given", ["", "\x00", "x" * 10_000, "é", "ﷺﷺﷺ", "\ud800"[:0] + "🜁🜂🜃"])
def test_odd_characters_are_wrong_characters(given: str) -> None:
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    assert signing.answer(made, given) is None


def test_a_password_stored_at_a_lower_cost_is_stored_anew(people: dict[str, User], settings) -> None:
    settings.PASSWORD_HASHERS = [
        "imi.site.hashers.ModestArgon2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]
    made = browser()
    assert sign_in(made, "ana")
    assert User.objects.get(username="ana").password.startswith("argon2$argon2id$")
    assert get_user(made) == people["ana"]
    assert sign_in(browser(), "ana")


# --- what is asked ----------------------------------------------------------------------------------------------------


def asked(name: str, password: str = PASSWORD) -> tuple[int, ...]:
    made = browser()
    signing.begin(made, name, password)
    return signing.places_asked(made)


@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_the_same_places_are_asked_until_they_are_answered(people: dict[str, User], name: str) -> None:
    first = asked(name)
    assert len(set(first)) == 3
    assert all(1 <= place <= 12 for place in first)
    for password in (PASSWORD, "wrong", "", PASSWORD):
        assert asked(name, password) == first
    assert sign_in(browser(), name, code=WRONG) is None
    assert asked(name) == first


def test_reloading_the_second_step_asks_for_the_same(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    assert len({signing.places_asked(made) for _ in range(100)}) == 1


def test_after_an_answer_other_places_are_asked(people: dict[str, User]) -> None:
    seen = [places_of(people["ana"])]
    for _ in range(40):
        assert sign_in(browser(), "ana")
        seen.append(places_of(people["ana"]))
    assert all(one != other for one, other in itertools.pairwise(seen))
    assert len(set(seen)) > 20


def test_an_answered_question_cannot_be_answered_again(people: dict[str, User]) -> None:
    """Somebody who watched an answer began before it was given: what was watched is worth nothing."""
    watcher = browser()
    signing.begin(watcher, "ana", PASSWORD)
    watched = signing.places_asked(watcher)
    assert sign_in(browser(), "ana")
    assert signing.answer(watcher, characters(watched)) is None


def test_an_attempt_is_answered_once(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    places, step = signing.places_asked(made), dict(made.session.items())
    assert signing.answer(made, characters(places, WRONG)) is None
    made.session.update(step)
    assert signing.answer(made, characters(places)) is None
    assert signing.answer(browser(), characters(places)) is None


def test_an_attempt_is_answered_in_time(people: dict[str, User], monkeypatch: pytest.MonkeyPatch) -> None:
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    places = signing.places_asked(made)
    later = timezone.now() + doors.ANSWER_WITHIN + timedelta(seconds=1)
    monkeypatch.setattr(signing.timezone, "now", lambda: later)
    assert signing.places_asked(made) == ()
    assert signing.answer(made, characters(places)) is None


def test_a_reset_between_the_steps_ends_the_attempt(people: dict[str, User]) -> None:
    made = browser()
    signing.begin(made, "ana", PASSWORD)
    places = signing.places_asked(made)
    actions.issue_temporary_password(None, people["ana"])
    assert signing.answer(made, characters(places)) is None


def test_names_without_an_owner_are_asked_for_different_places() -> None:
    found = Counter(codes.places_for(f"nobody{number}") for number in range(2200))
    assert len(found) == len(codes.PLACES) == 220
    assert max(found.values()) < 40


@pytest.mark.parametrize("places", ["1 2 3", "10 11 12", "4 7 9"])
def test_only_all_characters_together_are_right(people: dict[str, User], places: str) -> None:
    held = Credentials.objects.get(user=people["ana"])
    right = characters(tuple(map(int, places.split())))

    def verifies(given: str) -> bool:
        return codes.verifies(held.sealed_code, held.pk, held.version, places, given)

    assert verifies(right)
    wrong = [right[:2], right[1:], right[::-1], right + "x", right + right, right.swapcase(), f" {right}", ""]
    assert not any(map(verifies, wrong))
    assert not codes.verifies(held.sealed_code, held.pk, held.version + 1, places, right)
    assert not codes.verifies(held.sealed_code, people["rui"].pk, held.version, places, right)


def test_a_code_is_stored_so_that_nobody_reads_it(people: dict[str, User]) -> None:
    stored = Credentials.objects.get(user=people["ana"]).sealed_code
    assert CODE not in stored
    assert stored != Credentials.objects.get(user=people["rui"]).sealed_code


def test_a_code_whose_key_is_lost_is_a_wrong_code(people: dict[str, User], settings, tmp_path, caplog) -> None:
    settings.IMI_KEY_RING = tmp_path / "another-ring"
    assert sign_in(browser(), "ana") is None
    assert "cannot be read" in caplog.text


# --- nothing tells one failure from another ---------------------------------------------------------------------------


def prepare(kind: str, people: dict[str, User]) -> tuple[str, str]:
    """A name and a password of each kind of failure."""
    ana = people["ana"]
    match kind:
        case "unknown":
            return "nobody", PASSWORD
        case "inactive":
            User.objects.filter(pk=ana.pk).update(is_active=False)
        case "suspended":
            Authority.objects.filter(pk=ana.authority_id).update(active=False)
        case "locked":
            Door.objects.create(
                key=doors.key_of("ana", ana.pk),
                user=ana,
                known_failures=6,
                known_opens_at=timezone.now(),
                strange_opens_at=timezone.now(),
                last_at=timezone.now(),
            )
        case "never signed in":
            Credentials.objects.filter(pk=ana.pk).update(sealed_code="", positions="", chosen_at=None)
            User.objects.filter(pk=ana.pk).update(password=make_password(None))
        case "temporary":
            actions.issue_temporary_password(None, ana)
    return "ana", PASSWORD if kind in ("wrong code", "inactive", "suspended", "locked") else "wrong"


KINDS = ["unknown", "wrong password", "wrong code", "inactive", "suspended", "locked", "never signed in", "temporary"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_failure_makes_the_same_statements(people: dict[str, User], kind: str) -> None:
    def shape(name: str, password: str) -> list[str]:
        made = browser()
        with CaptureQueriesContext(connection) as captured:
            signing.begin(made, name, password)
            made.session.save()
            signing.answer(made, "xxx")
            made.session.save()
        sent = [one["sql"] for one in captured.captured_queries]
        return [re.sub(r"\d+|'[^']*'|NULL|TRUE|FALSE|true|false", "?", sql) for sql in sent]

    usual = shape("rui", "wrong")
    name, password = prepare(kind, people)
    assert shape(name, password) == usual
    assert 8 <= len(usual) <= 16, usual


@pytest.mark.parametrize("kind", KINDS)
def test_every_failure_computes_one_hash(people: dict[str, User], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, password = prepare(kind, people)
    hashes: list[str] = []
    matches = hashing.matches
    monkeypatch.setattr(hashing, "matches", lambda *args: hashes.append(args[0]) or matches(*args))
    for _ in range(8):
        assert sign_in(browser(), name, password, WRONG) is None
    assert len(hashes) == 8


@pytest.mark.parametrize("kind", KINDS)
def test_waits_grow_alike_for_every_name(people: dict[str, User], kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, password = prepare(kind, people)
    monkeypatch.setattr(doors, "DELAYS", (0, 1, 2, 4, 8))
    clock = [timezone.now()]
    monkeypatch.setattr(signing.timezone, "now", lambda: clock[0])
    waits = []
    for _ in range(8):
        assert signing.begin(browser(), name, password).wait == 0
        waits.append(signing.begin(browser(), name, password).wait)
        clock[0] += timedelta(seconds=waits[-1])
    assert waits == [1, 2, 4, 8, 8, 8, 8, 8]


def test_a_sign_in_that_is_told_to_come_back_counts_nothing(
    people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy() -> None:
        raise hashing.Busy

    monkeypatch.setattr(hashing, "place", busy)
    with pytest.raises(hashing.Busy):
        signing.begin(browser(), "ana", PASSWORD)
    assert not Door.objects.exists()
    assert not SignIn.objects.exists()


def test_a_known_browser_stays_known(people: dict[str, User]) -> None:
    made = known(people["ana"])
    assert sign_in(made, "ana") == people["ana"]
    assert SignIn.objects.get().known_device
