"""The record of acts: kept for ever, without secrets, read by those whom it concerns."""

from __future__ import annotations

from typing import Any

import pytest

from imi.accounts.models import User
from imi.administration import access, acts, cards, queries
from imi.administration.models import Act
from imi.administration.reasons import Refused
from tests.administration.conftest import Country
from tests.administration.country import CRAFTS, NOW, who

pytestmark = pytest.mark.django_db


def test_acts_are_only_added(country: Country) -> None:
    with pytest.raises(TypeError):
        Act.objects.update(kind="x")
    with pytest.raises(TypeError):
        Act.objects.all().delete()
    with pytest.raises(TypeError):
        Act.objects.filter(authority=country.of("masters")).delete()


@pytest.mark.parametrize(
    "details",
    [{"password": "x"}, {"after": {"temporary_password": "x"}}, {"list": [{"token": "x"}]}, {"security_code": "x"}],
)
def test_secrets_are_not_recorded(db: None, details: dict[str, Any]) -> None:
    with pytest.raises(acts.UnknownAct, match="secrets are not recorded"):
        acts.record("user.registered", acts.OPERATOR, details=details)


def test_every_act_has_words(db: None) -> None:
    with pytest.raises(acts.UnknownAct, match="unknown kind"):
        acts.record("nothing", acts.OPERATOR)
    acts.record("authority.confirmed", acts.SYSTEM, details={"keywords": [], "postcode": "4000"})


def test_no_act_outlives_its_change(country: Country) -> None:
    before = Act.objects.count()
    with pytest.raises(Refused):
        access.suspend(who(country.national), country.of("crafts").pk, CRAFTS, "x", NOW)
    assert Act.objects.count() == before


@pytest.mark.parametrize("reader", ["masters", "national", "crafts"])
def test_administrators_and_coordinators_read_the_history_of_an_authority(
    country: Country, reader: str, django_assert_max_num_queries: Any
) -> None:
    masters = country.of("masters").pk
    standing = who(getattr(country, reader))
    with django_assert_max_num_queries(2):
        page = queries.history_of_authority(standing, masters)
        assert [str(act.by_user) for act in page.acts][:1] == ["Нели Иванов"]
    assert [act.kind for act in page.acts] == ["user.registered", "access.granted", "authority.registered"]
    assert page.before is None


def test_nobody_else_reads_it(country: Country) -> None:
    masters = country.of("masters").pk
    User.objects.filter(pk=country.masters.pk).update(is_administrator=False)
    for name in ("masters", "abroad"):
        with pytest.raises(Refused):
            queries.history_of_authority(who(getattr(country, name)), masters)
    with pytest.raises(Refused):
        queries.history_of_person(who(country.abroad), country.masters.pk)
    with pytest.raises(Refused):
        queries.history_of_person(who(country.masters), country.crafts.pk)


@pytest.mark.parametrize("reader", ["masters", "national", "crafts"])
def test_a_person_reads_what_was_done_to_it(country: Country, reader: str) -> None:
    page = queries.history_of_person(who(getattr(country, reader)), country.masters.pk)
    assert [act.kind for act in page.acts] == ["user.registered"]


def test_the_history_is_read_page_by_page(country: Country) -> None:
    head = who(country.masters)
    for number in range(5):
        cards.change_contacts(head, {"phone": f"+359 2 {number}"}, NOW)
    first = queries.history_of_authority(head, head.authority_id, size=3)
    second = queries.history_of_authority(head, head.authority_id, first.before, size=3)
    last = queries.history_of_authority(head, head.authority_id, second.before, size=3)
    told = [*first.acts, *second.acts, *last.acts]
    assert [act.pk for act in told] == sorted(
        Act.objects.filter(authority=head.authority_id).values_list("pk", flat=True), reverse=True
    )
    assert last.before is None
