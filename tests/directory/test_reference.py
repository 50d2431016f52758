"""The shipped data of regions and kinds of coordinators, and what is told from addresses."""

from __future__ import annotations

from datetime import date

import pytest

from imi.directory import actions, reference
from imi.directory.authorities import next_confirmation
from imi.directory.hosts import mail_domain, web_host
from imi.directory.models import Access, Authority

from .conftest import GUIDES


def test_every_country_has_regions_of_three_levels() -> None:
    for country in reference.countries():
        levels = {len(code) for code in reference.regions() if code.startswith(country)}
        assert levels == {3, 4, 5}, country
    assert all(name and name == name.strip() for name in reference.regions().values())


def test_kinds_of_coordinators_use_known_words() -> None:
    tasks = set(reference.coordinator_tasks())
    for kind in reference.coordinator_kinds().values():
        assert kind.tasks <= tasks
        assert kind.areas in {"all", "one", "chosen"}
        assert kind.territory in {"country", "region", "field"}
    national = [one for one in reference.coordinator_kinds().values() if one.registered_as == "national_coordinator"]
    assert [one.tasks for one in national] == [tasks]
    assert reference.usual_coordinator_kind("national_coordinator") == national[0].id
    assert reference.usual_coordinator_kind("competent") == ""


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("A@Office.Example", "office.example"),
        ("a@gmail.com", ""),
        ("nobody", ""),
        ("", ""),
        ("a@office.example.", "office.example"),
    ],
)
def test_mail_domains(email: str, domain: str) -> None:
    assert mail_domain(email) == domain


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.Office.example/x?y", "office.example"),
        ("http://office.example:8080", "office.example"),
        ("office.example", ""),
        ("http://[", ""),
        ("", ""),
    ],
)
def test_hosts_of_websites(url: str, host: str) -> None:
    assert web_host(url) == host


def test_data_are_confirmed_again_six_months_later() -> None:
    assert next_confirmation(date(2026, 8, 31)) == date(2027, 2, 28)
    assert next_confirmation(date(2026, 1, 15)) == date(2026, 7, 15)


def test_what_is_not_said_is_filled_in(world: dict[str, Authority]) -> None:
    guides = Authority.objects.get(pk="pt-guides")
    assert (guides.validator_id, guides.coordinator_kind) == ("pt-nimic", "")
    assert (guides.mail_domain, guides.web_host) == ("pt-guides.example", "pt-guides.example")
    national = Authority.objects.get(pk="pt-nimic")
    assert (national.validator_id, national.coordinator_kind) == (None, "nimic")
    assert Access.objects.get(authority=guides, area=GUIDES).coordinator_id == "pt-nimic"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"coordinator_kind": "x"}, "kind of coordinator"),
        ({"regions": ("PT99",)}, "region"),
        ({"regions": ("EL301",)}, "regions of another country"),
        ({"validator": "hu-guides"}, "no coordinator of its country"),
        ({"access_coordinators": {GUIDES: "nobody"}}, "no coordinator of its country"),
    ],
)
def test_relations_that_do_not_fit_are_refused(
    world: dict[str, Authority], changes: dict[str, object], message: str
) -> None:
    with pytest.raises(actions.DirectoryError, match=message):
        actions.register_authority(
            actions.NewAuthority(id="pt-new", kind="competent", country="PT", name="Nova", **changes)  # type: ignore[arg-type]
        )
