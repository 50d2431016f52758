"""Events: who makes them, whom they reach, what participants are told, and that nobody gets a place twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from imi.accounts.models import RoleGrant, User
from imi.administration.models import Act
from imi.administration.reasons import Invalid, Refused
from imi.directory.models import Access
from imi.outreach import calendar_file, chores, events, queries, registrations
from imi.outreach.models import Event, Registration
from imi.outreach.queries import EventFilter
from tests.administration.country import CRAFTS, NOW, SCHOOLS, who
from tests.outreach.conftest import Country
from tests.outreach.offers import another_authority, details, published, told

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def seen(user: User, **wish: str) -> list[str]:
    return [one.title for one in queries.events(who(user), EventFilter(**wish), NOW).rows]


def refusal(act: object, *given: object) -> str:
    with pytest.raises(Refused) as caught:
        act(*given)  # type: ignore[operator]
    return caught.value.reason.code


# --- who offers ------------------------------------------------------------------------------------------------------


def test_only_coordinating_people_make_events(country: Country) -> None:
    assert refusal(events.draft, who(country.masters), details()) == "no_coordinator"
    RoleGrant.objects.filter(user=country.crafts, role__in=["approver", "data_administrator"]).delete()
    assert refusal(events.draft, who(country.crafts), details()) == "no_coordinating_role"


def test_an_area_coordinator_offers_in_its_own_areas_only(country: Country) -> None:
    assert events.draft(who(country.crafts), details(areas=(CRAFTS,)), NOW).state == "draft"
    assert refusal(events.draft, who(country.crafts), details(areas=(SCHOOLS,))) == "no_coordinating_role"


def test_authorities_of_others_cannot_be_chosen(country: Country) -> None:
    chosen = details(authorities=(country.of("abroad").pk,))
    assert refusal(events.draft, who(country.crafts), chosen) == "not_coordinated"
    assert not Event.objects.exists()


def test_the_event_of_another_coordinator_does_not_exist(country: Country) -> None:
    made = published(country.national)
    for act in (events.publish, events.discard):
        assert refusal(act, who(country.crafts), made.pk) == "not_found"
    assert refusal(events.cancel, who(country.abroad), made.pk, "x") == "not_found"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"ends_at": NOW}, "ends_at"),
        ({"title": "  "}, "title"),
        ({"place": ""}, "place"),
        ({"register_until": NOW + timedelta(days=11)}, "register_until"),
        ({"online_url": "javascript:alert(1)"}, "online_url"),
    ],
)
def test_details_that_do_not_fit(country: Country, wrong: dict, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        events.draft(who(country.national), details(**wrong), NOW)
    assert field in caught.value.errors


@pytest.mark.parametrize("year", [1, 1999, 9999])
def test_an_event_outside_of_all_calendars_is_none(country: Country, year: int) -> None:
    """Moments at the ends of what can be counted have no time in the next zone, and no list could be drawn."""
    starts = datetime(year, 12, 31, 22, 30, tzinfo=UTC)
    odd = details(starts_at=starts, ends_at=starts + timedelta(hours=1), register_until=starts)
    with pytest.raises(Invalid) as caught:
        events.draft(who(country.national), odd, NOW)
    assert "starts_at" in caught.value.errors
    far = details(ends_at=datetime(9999, 12, 31, 22, 30, tzinfo=UTC))
    with pytest.raises(Invalid) as caught:
        events.draft(who(country.national), far, NOW)
    assert "ends_at" in caught.value.errors


# --- whom it reaches -------------------------------------------------------------------------------------------------


def test_a_draft_is_seen_by_its_own_authority_only(country: Country) -> None:
    events.draft(who(country.national), details(), NOW)
    assert seen(country.masters) == seen(country.crafts) == []
    assert seen(country.national, when="drafts") == [details().title]
    assert told(country.masters) == []


def test_publishing_invites_those_whom_the_coordinator_reaches(country: Country) -> None:
    outsider = another_authority(country.national, country.of("national").pk, "Камара на грънчарите")
    published(country.crafts)
    assert seen(country.masters)
    assert told(country.masters) == ["invited"]
    assert seen(outsider) == seen(country.abroad) == told(outsider) == told(country.abroad) == []
    assert Act.objects.filter(kind="event.published", by_user=country.crafts).exists()


def test_whose_access_is_suspended_is_not_invited_and_sees_nothing(country: Country) -> None:
    Access.objects.filter(authority=country.of("masters"), area=CRAFTS).update(suspended=True)
    published(country.crafts)
    published(country.crafts, areas=(CRAFTS,))
    published(country.national, areas=(CRAFTS,))
    assert seen(country.masters) == told(country.masters) == []


def test_areas_and_chosen_authorities_narrow_it(country: Country) -> None:
    published(country.national, title="училища", areas=(SCHOOLS,))
    assert seen(country.masters) == []
    published(country.national, title="избрани", authorities=(country.of("crafts").pk,))
    assert seen(country.masters) == told(country.masters) == []
    assert seen(country.crafts) == ["избрани"]


def test_open_abroad_means_coordinators_abroad(country: Country) -> None:
    published(country.national)
    assert seen(country.abroad) == []
    published(country.national, title="отворено", abroad=True)
    assert seen(country.abroad) == ["отворено"]
    assert told(country.abroad) == ["invited"]


def test_filters(country: Country) -> None:
    published(country.national, title="a", kind="online", areas=(CRAFTS,))
    published(country.national, title="b", language="en", areas=(SCHOOLS,))
    published(country.national, title="c")
    assert seen(country.national, kind="online") == ["a"]
    assert seen(country.national, language="en") == ["b"]
    assert seen(country.national, area=CRAFTS) == ["a", "c"]
    assert seen(country.national, when="past") == []


# --- places ----------------------------------------------------------------------------------------------------------


def test_full_means_waiting_and_a_place_given_back_goes_to_who_waits(country: Country) -> None:
    made = published(country.national, places=1)
    assert registrations.register(who(country.masters), made.pk, NOW).state == "registered"
    assert registrations.register(who(country.crafts), made.pk, LATER).state == "waiting"
    assert refusal(registrations.register, who(country.crafts), made.pk, LATER) == "registered"
    registrations.withdraw(who(country.masters), made.pk, LATER)
    assert queries.registration(who(country.crafts), made.pk).state == "registered"
    assert told(country.crafts) == ["invited", "moved_up"]
    assert Event.objects.get(pk=made.pk).taken == 1
    assert refusal(registrations.withdraw, who(country.masters), made.pk, LATER) == "not_registered"


def test_the_place_of_somebody_who_has_left_goes_to_who_waits(country: Country) -> None:
    made = published(country.national, places=1)
    registrations.register(who(country.masters), made.pk, NOW)
    registrations.register(who(country.crafts), made.pk, LATER)
    User.objects.filter(pk=country.masters.pk).update(is_active=False)
    assert chores.free_places(LATER) == 1
    assert chores.free_places(LATER) == 0
    assert queries.registration(who(country.crafts), made.pk).state == "registered"
    assert told(country.crafts) == ["invited", "moved_up"]


def test_who_withdraws_and_comes_back_goes_to_the_end_of_the_queue(country: Country) -> None:
    made = published(country.national, places=0)
    registrations.register(who(country.masters), made.pk, NOW)
    registrations.register(who(country.crafts), made.pk, NOW + timedelta(minutes=1))
    registrations.withdraw(who(country.masters), made.pk, NOW + timedelta(minutes=2))
    again = registrations.register(who(country.masters), made.pk, NOW + timedelta(minutes=3))
    assert queries.place_in_queue(again) == 2


def test_more_places_move_people_up_and_fewer_than_taken_are_refused(country: Country) -> None:
    made = published(country.national, places=1)
    registrations.register(who(country.masters), made.pk, NOW)
    registrations.register(who(country.crafts), made.pk, LATER)
    with pytest.raises(Invalid):
        events.change(who(country.national), made.pk, 2, details(places=0), LATER)
    events.change(who(country.national), made.pk, 2, details(places=2), LATER)
    assert Registration.objects.filter(event=made, state="registered").count() == 2
    assert Event.objects.get(pk=made.pk).taken == 2


def test_who_is_not_invited_or_too_late_gets_no_place(country: Country) -> None:
    made = published(country.crafts)
    assert refusal(registrations.register, who(country.abroad), made.pk, NOW) == "not_found"
    late = made.register_until + timedelta(seconds=1)
    assert refusal(registrations.register, who(country.masters), made.pk, late) == "too_late"


def test_attendance_is_noted_by_the_organiser_once_it_has_begun(country: Country) -> None:
    made = published(country.national)
    one = registrations.register(who(country.masters), made.pk, NOW)
    given = (who(country.national), made.pk, [one.pk], [one.pk])
    assert refusal(registrations.mark_attendance, *given, NOW) == "not_begun"
    assert refusal(registrations.mark_attendance, who(country.crafts), *given[1:], made.ends_at) == "not_found"
    registrations.mark_attendance(*given, made.ends_at)
    assert Registration.objects.get(pk=one.pk).attended is True


# --- changes ---------------------------------------------------------------------------------------------------------


def test_participants_are_told_of_a_change_once_and_only_if_it_matters(country: Country) -> None:
    made = published(country.national)
    registrations.register(who(country.masters), made.pk, NOW)
    events.change(who(country.national), made.pk, 2, details(text="Носете и зарядно."), LATER)
    assert told(country.masters) == ["invited"]
    events.change(who(country.national), made.pk, 3, details(place="Пловдив"), LATER)
    assert told(country.masters) == ["invited", "changed"]
    assert told(country.crafts) == ["invited"]
    assert Event.objects.get(pk=made.pk).sequence == 2
    assert refusal(events.change, who(country.national), made.pk, 2, details(), LATER) == "overtaken"


def test_cancelling_needs_a_reason_and_tells_participants(country: Country) -> None:
    made = published(country.national)
    registrations.register(who(country.masters), made.pk, NOW)
    assert refusal(events.cancel, who(country.national), made.pk, "  ", LATER) == "needs_reason"
    events.cancel(who(country.national), made.pk, "Лекторът е болен.", LATER)
    assert told(country.masters) == ["invited", "cancelled"]
    assert refusal(registrations.register, who(country.crafts), made.pk, LATER) == "not_published"
    assert refusal(events.cancel, who(country.national), made.pk, "x", LATER) == "not_published"


# --- calendar files --------------------------------------------------------------------------------------------------


def entry(file: bytes) -> tuple[str, object]:
    calendar = Calendar.from_ical(file)
    return str(calendar["METHOD"]), calendar.walk("VEVENT")[0]


def test_a_calendar_file_says_when_in_utc_on_both_sides_of_the_change_of_clocks(country: Country) -> None:
    zone = ZoneInfo("Europe/Sofia")
    nine = {season: datetime(2027, month, 15, 9, tzinfo=zone) for season, month in (("winter", 3), ("summer", 4))}
    hours = {}
    for season, starts in nine.items():
        made = published(
            country.national,
            starts_at=starts,
            ends_at=starts + timedelta(hours=1),
            register_until=starts,
        )
        method, found = entry(calendar_file.one(Event.objects.get(pk=made.pk), country.masters.pk))
        assert method == "PUBLISH"
        assert found.decoded("dtstart") == starts
        assert found.decoded("dtstart").utcoffset() == timedelta()
        hours[season] = found.decoded("dtstart").astimezone(UTC).hour
    assert hours == {"winter": 7, "summer": 6}


def test_a_changed_and_a_cancelled_event_carry_a_higher_sequence(country: Country) -> None:
    made = published(country.national, title="Среща; обсъждане, \\ въпроси\nи отговори")
    method, first = entry(calendar_file.one(made, country.masters.pk))
    assert (method, first["SEQUENCE"], first["STATUS"]) == ("PUBLISH", 0, "CONFIRMED")
    assert str(first["SUMMARY"]) == made.title
    events.change(who(country.national), made.pk, 2, details(place="Пловдив"), LATER)
    events.cancel(who(country.national), made.pk, "Няма зала.", LATER)
    method, last = entry(calendar_file.one(Event.objects.get(pk=made.pk), country.masters.pk))
    assert (method, last["SEQUENCE"], last["STATUS"]) == ("CANCEL", 2, "CANCELLED")
    assert last["UID"] == first["UID"]
