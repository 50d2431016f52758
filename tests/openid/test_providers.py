"""The operator's file: what is taken from it, and what is said of a mistake."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from imi.accounts.openid import providers
from imi.accounts.openid.providers import Misconfigured
from tests.openid.real import entry


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file in a folder with a secret."""
    (tmp_path / "secret").write_text(" s3cret \n")
    (tmp_path / "empty").write_text("\n")
    return tmp_path / "openid.toml"


def written(file: Path, *entries: str) -> dict[str, providers.Provider]:
    """What is read of a file with these tables."""
    file.write_text("\n".join(entries))
    return providers.read(file)


def test_without_a_file_there_are_no_providers() -> None:
    assert providers.read(None) == {}


def test_a_provider_is_read_with_its_secret_which_is_never_shown(file: Path) -> None:
    found = written(file, entry("one", "https://one.example"), entry("two", "https://two.example/realm"))
    assert list(found) == ["one", "two"]
    assert found["one"].secret == "s3cret"
    assert "s3cret" not in repr(found["one"])
    assert [found["one"].title_in(language) for language in ("hu", "bg", "en")] == [
        "Szolgáltatás one",
        "Service one",
        "Service one",
    ]


def test_two_factors_are_what_the_operator_says(file: Path) -> None:
    [found] = written(
        file, entry("one", "https://one.example", two_factors='{ acr = ["high"], amr = ["mfa"] }')
    ).values()
    for claims in ({"acr": "high"}, {"amr": ["pwd", "mfa"]}):
        assert found.means_two_factors(claims)
    for claims in ({}, {"acr": "low"}, {"amr": "mfa"}, {"amr": ["pwd"]}, {"acr": ["high"]}, {"amr": [["mfa"]]}):
        assert not found.means_two_factors(claims)
    [silent] = written(file, entry("one", "https://one.example", two_factors="{}")).values()
    assert not silent.means_two_factors({"acr": None, "amr": []})


@pytest.mark.parametrize(("written_as", "read_as"), [('"any"', "any"), ("0", 0), ("600", 600)])
def test_how_long_ago_it_was_proved_may_be_left_unasked(file: Path, written_as: str, read_as: object) -> None:
    [found] = written(file, entry("one", "https://one.example", max_age=written_as)).values()
    assert found.max_age == read_as


def test_a_provider_serves_the_countries_that_are_named(file: Path) -> None:
    [found] = written(file, entry("one", "https://one.example", countries='["HU", "PT"]')).values()
    assert [found.serves(country) for country in ("HU", "PT", "DE")] == [True, True, False]


MISTAKES = {
    "provider 1: issuer: must be an https address": {"issuer": '"http://one.example"'},
    "provider 1: issuer: must be an https address without ? and #": {"issuer": '"https://one.example/?a=b"'},
    "provider 1: id: ": {"id": '"One"'},
    "provider 1: title: needs a text in English (en)": {"title": '{ hu = "Egy" }'},
    "provider 1: scopes: must contain openid": {"scopes": '["profile"]'},
    "provider 1: algorithms": {"algorithms": '["none"]'},
    "provider 1: algorithms.1": {"algorithms": '["RS256", "HS256"]'},
    "provider 1: max_age": {"max_age": "-1"},
    "provider 1: max_age.": {"max_age": "false"},
    "provider 1: countries": {"countries": '["Hungary"]'},
    "provider 1: colour: Extra inputs are not permitted": {"colour": '"blue"'},
    "client_secret_file: ": {"client_secret_file": '"missing"'},
    "is empty": {"client_secret_file": '"empty"'},
    "the secret is named by client_secret_file": {"secret": '"x"'},
}


@pytest.mark.parametrize("said", MISTAKES)
def test_a_mistake_is_told_at_the_start_with_its_place(file: Path, said: str) -> None:
    with pytest.raises(Misconfigured, match=re.escape(said)):
        written(file, entry("one", "https://one.example", **MISTAKES[said]))


def test_providers_that_could_be_mixed_up_are_refused(file: Path) -> None:
    one = entry("one", "https://one.example")
    with pytest.raises(Misconfigured, match="the same id"):
        written(file, one, entry("one", "https://two.example"))
    with pytest.raises(Misconfigured, match="the same issuer"):
        written(file, one, entry("two", "https://one.example"))


def test_a_file_that_cannot_be_read_is_told(file: Path) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        providers.read(file)
    for content in ("[[provider", "provider = 1", "", "[[service]]"):
        with pytest.raises(Misconfigured, match="IMI_OPENID"):
            written(file, content)


@pytest.mark.parametrize(
    "address", ["ftp://a.example", "http://a.example", "file:///etc", "https://", "x", "https://[", ""]
)
def test_nothing_is_sent_in_the_open(address: str) -> None:
    assert not providers.is_safe(address)
