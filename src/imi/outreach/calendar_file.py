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

from imi.outreach.models import Event

PRODUCT = "-//IMI//Events//EN"


def one(event: Event) -> bytes:
    """One event: published, or called off."""
    cancelled = event.state == Event.State.CANCELLED
    return _file([event], "CANCEL" if cancelled else "PUBLISH")


def several(events: Iterable[Event]) -> bytes:
    """Several events, those that were cancelled marked so."""
    return _file(events, "PUBLISH")


def _file(events: Iterable[Event], method: str) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    for event in events:
        calendar.add_component(_entry(event))
    return bytes(calendar.to_ical())


def _entry(event: Event) -> Entry:
    entry = Entry()
    entry.add("uid", f"{event.uid}@{settings.IMI_MAIL_DOMAIN}")
    entry.add("sequence", event.sequence)
    entry.add("dtstamp", event.changed_at.astimezone(UTC))
    entry.add("dtstart", event.starts_at.astimezone(UTC))
    entry.add("dtend", event.ends_at.astimezone(UTC))
    entry.add("summary", event.title, parameters={"LANGUAGE": event.language})
    if event.text:
        entry.add("description", event.text)
    if event.place or event.online_url:
        entry.add("location", event.place or event.online_url)
    entry.add("url", f"{settings.IMI_URL}/events/{event.pk}/")
    entry.add("status", "CANCELLED" if event.state == Event.State.CANCELLED else "CONFIRMED")
    return entry
