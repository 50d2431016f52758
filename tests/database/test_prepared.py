"""A prepared query gives what its queryset gives, whatever it was asked before."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imi.accounts.models import SignIn
from imi.database.prepared import Unpreparable, prepared
from imi.directory.models import Country, Holiday
from imi.exchanges.models import NumberSeries

pytestmark = pytest.mark.django_db

NEW_YEAR = date(2026, 1, 1)
MIDNIGHT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def holidays() -> None:
    Country.objects.bulk_create(Country(code=code, iso=code, timezone="UTC") for code in ("AA", "BB", "CC"))
    Holiday.objects.bulk_create(
        Holiday(
            country_id=code, date=NEW_YEAR + timedelta(days=7 * week), name=f"Day {week} of {code}", added_at=MIDNIGHT
        )
        for code in ("AA", "BB", "CC")
        for week in range(5)
    )


def wanted(
    countries: list[str], first: date | None, names: tuple[str, str] | None, backwards: bool, size: int
) -> QuerySet[Holiday]:
    found = Holiday.objects.filter(country__in=countries).select_related("country")
    if first is not None:
        found = found.filter(date__gte=first)
    if names is not None:
        found = found.filter(Q(name__lt=names[0]) | Q(name=names[1]))
    return found.order_by("-date" if backwards else "date", "country")[:size]


find = prepared("size")(wanted)


@given(
    countries=st.sets(st.sampled_from(["AA", "BB", "CC", "no such"])),
    first=st.none() | st.dates(NEW_YEAR, NEW_YEAR + timedelta(days=40)),
    names=st.none() | st.tuples(st.sampled_from(["Day 2", "", "Ω"]), st.sampled_from(["Day 1 of AA", "%s"])),
    backwards=st.booleans(),
    size=st.integers(1, 4),
)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_rows_are_those_of_the_queryset(holidays: None, **asked: Any) -> None:
    asked["countries"] = sorted(asked["countries"])
    assert find(**asked) == list(wanted(**asked))


def test_what_belongs_to_a_row_comes_with_it(holidays: None) -> None:
    with CaptureQueriesContext(connection) as queries:
        (found,) = find(countries=["BB"], first=None, names=None, backwards=True, size=1)
        assert (found.country.code, found.date, found.pk) == ("BB", NEW_YEAR + timedelta(days=28), found.pk)
        assert found._state.db == "default"
        assert not found._state.adding
    assert len(queries) == 1


def test_tuples_single_values_and_sums(holidays: None) -> None:
    @prepared()
    def by_country(first: date) -> QuerySet[Holiday, tuple[str, int]]:
        later = Holiday.objects.filter(date__gte=first)
        return later.values("country").annotate(days=Count("pk")).order_by("country").values_list("country", "days")

    @prepared()
    def names(country: str) -> QuerySet[Holiday, str]:
        return Holiday.objects.filter(country=country).order_by("date").values_list("name", flat=True)

    assert by_country(first=NEW_YEAR + timedelta(days=21)) == [("AA", 2), ("BB", 2), ("CC", 2)]
    assert by_country(first=NEW_YEAR + timedelta(days=28)) == [("AA", 1), ("BB", 1), ("CC", 1)]
    assert names(country="AA")[0] == "Day 0 of AA"
    assert names(country="ZZ") == []


def test_moments_come_back_as_they_were_stored() -> None:
    @prepared()
    def since(at: datetime) -> QuerySet[SignIn, datetime]:
        return SignIn.objects.filter(at__gte=at).values_list("at", flat=True)

    noon = datetime(2026, 3, 29, 12, 0, 0, 123456, tzinfo=UTC)
    SignIn.objects.create(at=noon, ok=False)
    assert since(at=noon) == [noon]
    assert since(at=noon + timedelta(microseconds=1)) == []


def test_a_set_of_any_size_is_found_whole(holidays: None) -> None:
    @prepared()
    def some(ids: set[int]) -> QuerySet[Holiday, int]:
        return Holiday.objects.filter(pk__in=ids).values_list("pk", flat=True)

    every = list(Holiday.objects.values_list("pk", flat=True))
    for size in range(len(every) + 1):
        assert sorted(some(ids=set(every[:size]))) == sorted(every[:size])


def test_nothing_is_asked_where_nothing_can_be_found() -> None:
    with CaptureQueriesContext(connection) as queries:
        assert find(countries=[], first=None, names=None, backwards=False, size=2) == []
    assert len(queries) == 0


def test_the_second_call_builds_nothing(holidays: None) -> None:
    built = []

    @prepared()
    def counted(country: str) -> QuerySet[Holiday]:
        built.append(country)
        return Holiday.objects.filter(country=country)

    assert [len(counted(country=code)) for code in ("AA", "BB", "ZZ")] == [5, 5, 0]
    assert len(built) == 1


def test_an_argument_that_is_not_simply_compared_is_refused() -> None:
    @prepared()
    def beginning(text: str) -> QuerySet[Holiday]:
        return Holiday.objects.filter(name__startswith=text)

    @prepared()
    def page(size: int) -> QuerySet[Holiday]:
        return Holiday.objects.all()[:size]

    @prepared()
    def like(wanted: dict[str, str]) -> QuerySet[Holiday]:
        return Holiday.objects.filter(**wanted)

    for ask in (lambda: beginning(text="Day"), lambda: page(size=3), lambda: like(wanted={"name": "x"})):
        with pytest.raises(Unpreparable):
            ask()


def test_a_column_too_narrow_for_a_stand_in_is_refused_and_never_taken_for_empty() -> None:
    @prepared()
    def of(year: int) -> QuerySet[NumberSeries]:
        return NumberSeries.objects.filter(year=year)

    stored = NumberSeries.objects.create(year=2026)
    if connection.vendor == "sqlite":  # knows no narrow columns
        assert of(year=2026) == [stored]
    else:
        with pytest.raises(Unpreparable):
            of(year=2026)


def test_rows_that_have_gone_are_gone(holidays: None) -> None:
    @prepared()
    def of(country: str, names: list[str]) -> QuerySet[Holiday]:
        return Holiday.objects.filter(country=country, name__in=names)

    of.delete(country="AA", names=["Day 0 of AA", "Day 1 of AA", "Day 0 of BB"])
    of.delete(country="BB", names=[])
    assert Holiday.objects.filter(country="AA").count() == 3
    assert Holiday.objects.filter(country="BB").count() == 5
