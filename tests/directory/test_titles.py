"""Titles of authorities: in whose words, and marked where only a machine has said them."""

from __future__ import annotations

import pytest

from imi.directory.actions import index_authorities
from imi.directory.finding import find_authorities
from imi.directory.models import Authority, AuthorityText
from imi.directory.titles import informal_titles, titles
from tests.administration.conftest import Country, country, ground
from tests.administration.country import CRAFTS

__all__ = ["country", "ground"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(country: Country) -> Authority:
    """An authority whose English title is a draft by machine."""
    authority = country.of("masters")
    AuthorityText.objects.create(authority=authority, lang="en", informal="Chamber of guides", machine=True)
    index_authorities([authority.pk])
    return authority


def test_a_draft_is_marked_in_the_readers_language(drafted: Authority) -> None:
    assert informal_titles([drafted], "en")[drafted.pk] == "Chamber of guides (machine draft)"
    assert titles([drafted], "en")[drafted.pk] == ("Chamber of guides", "en", True)


def test_what_a_person_wrote_or_confirmed_is_not(drafted: Authority) -> None:
    assert "draft" not in informal_titles([drafted], "bg")[drafted.pk]
    assert not titles([drafted], "bg")[drafted.pk].machine
    AuthorityText.objects.filter(authority=drafted, lang="en").update(machine=False)
    assert informal_titles([drafted], "en")[drafted.pk] == "Chamber of guides"


def test_what_is_found_says_that_its_title_is_a_draft(drafted: Authority) -> None:
    (found,) = [one for one in find_authorities("en", "guides", area=CRAFTS) if one.authority.pk == drafted.pk]
    assert (found.title, found.machine) == ("Chamber of guides", True)
