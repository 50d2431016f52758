"""What comes of a proved identity: beside second factors, countries, and requests that come at one moment."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone

from imi.accounts import factors, gate, second_step, signing
from imi.accounts.models import AccountMail, OutsideIdentity, SignIn, User
from imi.accounts.openid import entering, links
from imi.accounts.openid.flow import Identity
from imi.accounts.openid.providers import Provider
from imi.accounts.session_store import SessionStore
from imi.accounts.signing import Begun
from tests.accounts.conftest import browser

pytestmark = pytest.mark.django_db


def provider(countries: str | tuple[str, ...] = "all") -> Provider:
    return Provider(
        id="one",
        title={"en": "One"},
        issuer="https://one.example",
        client_id="imi",
        client_secret_file=Path("secret"),
        countries=countries,
    )


def identity(two_factors: bool, subject: str = "s", issuer: str = "https://one.example") -> Identity:
    return Identity("one", issuer, subject, "sid", two_factors, "Somebody")


@pytest.fixture
def ana(people: dict[str, User]) -> User:
    links.make(people["ana"], identity(True), timezone.now())
    return people["ana"]


@pytest.mark.parametrize("strong", [True, False])
def test_a_second_factor_takes_the_place_of_the_code_and_is_not_asked_after_two(ana: User, strong: bool) -> None:
    factors.add_app(ana.pk, "Telephone", "sealed", 0, timezone.now())
    request = browser()
    assert entering.enter(request, provider(), identity(strong)) == ana
    assert request.user.is_authenticated is strong
    assert (second_step.waiting(request) is None) is strong
    assert not signing.places_asked(request)
    assert SignIn.objects.get(user=ana).ok is strong


def test_without_one_the_code_is_asked(ana: User) -> None:
    request = browser()
    assert entering.enter(request, provider(), identity(False)) == Begun()
    assert not request.user.is_authenticated
    assert signing.places_asked(request)


def test_a_provider_lets_nobody_in_whose_country_it_does_not_serve(ana: User) -> None:
    assert entering.enter(browser(), provider(("HU",)), identity(True)) is None
    assert entering.enter(browser(), provider(("HU", "PT")), identity(True)) == ana


@pytest.mark.parametrize(
    "other", [identity(True, subject="S"), identity(True, subject="s "), identity(True, issuer="https://one.example/")]
)
def test_issuer_and_subject_are_compared_to_the_letter(ana: User, other: Identity) -> None:
    assert entering.enter(browser(), provider(), other) is None


def test_a_locked_password_does_not_shut_this_way_and_strangers_do_not_either(ana: User) -> None:
    stranger = browser()
    for _ in range(7):
        signing.begin(stranger, "ana", "wrong")
    assert entering.enter(browser(), provider(), identity(True)) == ana
    weak = browser()
    assert entering.enter(weak, provider(), identity(False)) == Begun()
    assert signing.places_asked(weak)


def test_of_two_requests_with_one_cookie_one_goes_on(people: dict[str, User]) -> None:
    kept = SessionStore()
    kept["a"] = 1
    kept.create()
    first, second = SessionStore(kept.session_key), SessionStore(kept.session_key)
    assert (first["a"], second["a"]) == (1, 1)
    assert first.step_on()
    assert not second.step_on()
    first.save()
    assert first.session_key != kept.session_key
    assert SessionStore(first.session_key)["a"] == 1
    assert not second.modified
    assert not SessionStore().step_on()


def test_a_link_is_told_by_mail_once_and_taken_ones_are_not_made(ana: User, people: dict[str, User]) -> None:
    for user, other in ((people["rui"], identity(True)), (ana, identity(True, subject="t"))):
        with pytest.raises(links.Taken):
            links.make(user, other, timezone.now())
    assert list(AccountMail.objects.values_list("kind", "user")) == [("outside_linked", ana.pk)]
    assert OutsideIdentity.objects.count() == 1


def test_who_came_as_somebody_else_before_leaves_no_trace_in_the_session(ana: User, people: dict[str, User]) -> None:
    request = browser()
    entering.enter(request, provider(), identity(False))
    gate.open_session(request, people["rui"], two_factors=False)
    request.session.save()
    assert people["rui"].sessions.get().outside_subject == ""
    assert links.end_sessions_at("https://one.example", "s", "", timezone.now()) == 0
