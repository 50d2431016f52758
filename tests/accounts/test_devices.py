"""Known devices, what a device is called, and from where a request comes."""

from __future__ import annotations

import time

import pytest
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from imi.accounts import devices


def browser(*people: tuple[int, int]) -> HttpRequest:
    """A browser in which these people signed in, one after the other."""
    made = RequestFactory().get("/")
    for user, version in people:
        answer = HttpResponse()
        devices.remember(made, answer, user, version)
        made.COOKIES = {name: morsel.value for name, morsel in answer.cookies.items()}
    return made


def test_a_browser_is_known_to_whom_signed_in_in_it_and_to_nobody_else() -> None:
    assert devices.is_known(browser((7, 1)), 7, 1)
    assert not devices.is_known(browser((7, 1)), 8, 1)
    assert not devices.is_known(RequestFactory().get("/"), 7, 1)


def test_a_reset_of_the_credentials_makes_every_device_unknown() -> None:
    assert not devices.is_known(browser((7, 1)), 7, 2)


def test_colleagues_share_a_browser_and_the_longest_away_is_forgotten() -> None:
    shared = browser(*((user, 1) for user in range(1, 7)), (3, 2))
    assert [devices.is_known(shared, user, 1) for user in range(1, 7)] == [False, True, False, True, True, True]
    assert devices.is_known(shared, 3, 2)


@pytest.mark.parametrize(
    "value",
    ["", "x", "x:y:z", signing.dumps([[7, 1]]), signing.dumps("x", salt=devices._SALT)],
    # What is signed bears the second of its signing, and two workers must call a test the same.
    ids=["nothing", "a letter", "three parts", "another signature", "no list"],
)
def test_a_cookie_that_we_did_not_sign_for_this_says_nothing(value: str, settings) -> None:
    made = RequestFactory().get("/")
    made.COOKIES = {settings.IMI_DEVICE_COOKIE_NAME: value}
    assert not devices.is_known(made, 7, 1)


def test_a_device_is_known_for_a_limited_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made, now = browser((7, 1)), time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 401 * 24 * 3600)
    assert not devices.is_known(made, 7, 1)


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(settings) -> None:
    answer = HttpResponse()
    devices.remember(RequestFactory().get("/"), answer, 7, 1)
    morsel = answer.cookies[settings.IMI_DEVICE_COOKIE_NAME]
    assert morsel["httponly"]
    assert (morsel["samesite"], morsel["path"]) == ("Strict", "/")


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iOS"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/150.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_devices_have_the_names_that_people_give_them(agent: str, name: str) -> None:
    assert devices.name(agent) == name


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("8.8.4.4", "8.8.4.4/32"),
        ("2a00:1450:4001:82a::200e", "2a00:1450:4001:82a::/64"),
        ("2a00:1450:4001:82a:ffff::1", "2a00:1450:4001:82a::/64"),
        ("127.0.0.1", ""),
        ("10.1.2.3", ""),
        ("fd00::1", ""),
        (None, ""),
    ],
)
def test_what_is_counted_together(address: str | None, network: str) -> None:
    assert devices.network(address) == network


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.7"),
        (1, "", "192.0.2.7"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "<script>", None),
    ],
)
def test_only_what_our_own_proxies_say_about_an_address_is_believed(
    settings, proxies: int, forwarded: str, found: str | None
) -> None:
    settings.IMI_PROXIES = proxies
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert devices.address(RequestFactory().get("/", REMOTE_ADDR="192.0.2.7", headers=headers)) == found
