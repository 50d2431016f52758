"""Calendar files of events (iCalendar, RFC 5545; methods of RFC 5546).

Moments stand in UTC: 9 o'clock of the organiser stays what it was when the clocks change between today and the event,
because it was turned into UTC with the rules of that day, and no reader has to know the organiser's zone.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC

from django.conf import settings
from icalendar import Calendar
from icalendar import Event as Entry

from imi.outreach.models import Event, Registration

PRODUCT = "-//IMI//Events//EN"


def one(event: Event, user: int) -> bytes:
    """One event for a person: published, or called off; one query.

    The address of an online meeting is in it only for those who have a place.
    """
    held = Registration.objects.filter(event=event.pk, user=user, state=Registration.State.REGISTERED).exists()
    return _file([event], method(event), with_address=held)


def method(event: Event) -> str:
    """What a calendar does with the event (RFC 5546, 1.4)."""
    return "CANCEL" if event.state == Event.State.CANCELLED else "PUBLISH"


def several(events: Iterable[Event]) -> bytes:
    """Several events of somebody who has places there, those that were cancelled marked so."""
    return _file(events, "PUBLISH", with_address=True)


def _file(events: Iterable[Event], how: str, with_address: bool) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", how)
    for event in events:
        calendar.add_component(_entry(event, with_address))
    return bytes(calendar.to_ical())


def _entry(event: Event, with_address: bool) -> Entry:
    entry = Entry()
    entry.add("uid", f"{event.uid}@{settings.IMI_MAIL_DOMAIN}")
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.changed_at.astimezone(UTC))
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", event.title, parameters={"LANGUAGE": event.language})
    if event.text:
        entry.add("description", event.text)
    where = event.place or (event.online_url if with_address else "")
    if where:
        entry.add("location", where)
    entry.add("url", f"{settings.IMI_URL}/events/{event.pk}/")
    entry.add("status", "CANCELLED" if event.state == Event.State.CANCELLED else "CONFIRMED")
    return entry
