"""Making events: a draft is published, which invites; later it is changed or cancelled, which participants are told."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.acts import Author, record
from imi.administration.mandates import mandate
from imi.administration.reasons import Invalid, Reason, Refused, demand
from imi.directory.models import Authority, Country
from imi.outreach import notes, reach, reasons, rights
from imi.outreach.models import Event, Note, Registration
from imi.outreach.registrations import move_up
from imi.outreach.words import checked_url, plain

SHOWN_IN_CALENDARS = frozenset({"title", "text", "starts_at", "ends_at", "place", "online_url"})
YEARS = range(2000, 2101)
"""The years in which an event can be: moments at the ends of what can be counted have no time in the next zone."""

WORTH_TELLING = frozenset({"title", "starts_at", "ends_at", "place", "online_url"})


@dataclass(frozen=True, slots=True)
class Details:
    """What an organiser says of an event; moments have a zone. ``areas`` and ``authorities``: none means all."""

    kind: str
    language: str
    title: str
    text: str
    starts_at: datetime
    ends_at: datetime
    place: str
    online_url: str
    places: int | None
    register_until: datetime
    areas: tuple[str, ...] = ()
    authorities: tuple[str, ...] = ()
    abroad: bool = False

    def columns(self) -> dict[str, object]:
        """The values of the event's own row."""
        return {
            "kind": Event.Kind(self.kind),
            "language": self.language,
            "title": plain(self.title),
            "text": plain(self.text),
            "starts_at": self.starts_at,
            "ends_at": self.ends_at,
            "place": plain(self.place),
            "online_url": checked_url(self.online_url, "online_url"),
            "places": self.places,
            "register_until": self.register_until,
            "abroad": self.abroad,
        }


@transaction.atomic
def draft(who: Standing, details: Details, now: datetime | None = None) -> Event:
    """Begin an event; nobody else sees it yet.

    Raises:
        Refused: ``who`` offers nothing in these areas, or does not coordinate the chosen authorities.
        Invalid: the details do not fit together.
    """
    now = now or timezone.now()
    demand(rights.to_offer(mandate(who), details.areas))
    _check(details, taken=0)
    event = Event.objects.create(
        host_id=who.authority_id,
        made_by_id=who.user_id,
        made_at=now,
        changed_at=now,
        uid=uuid.uuid4().hex,
        timezone=Country.objects.get(pk=who.country).timezone,
        **details.columns(),
    )
    _set_audience(event, details)
    return event


@transaction.atomic
def change(who: Standing, event_id: int, version: int, details: Details, now: datetime | None = None) -> Event:
    """Change an event; of a published one participants are told once if time, place or title have changed.

    Args:
        version: that of the event from which the form was made.

    Raises:
        Refused: ``who`` may not, it is cancelled or over, or somebody else was faster.
        Invalid: the details do not fit together, or there are too few places for those who are registered.
    """
    now = now or timezone.now()
    event = _own(who, event_id)
    demand(rights.to_offer(mandate(who), details.areas) or _unchangeable(event, version, now))
    _check(details, event.taken)
    changed = _apply(event, details, now)
    _set_audience(event, details)
    if event.state == Event.State.PUBLISHED:
        move_up(event, now)
        if changed & WORTH_TELLING:
            notes.tell(_participants(event), Note.Kind.CHANGED, f"event:{event.pk}:changed:{version}", now, event=event)
        _invite(event, who, now)
        record("event.changed", Author.of(who), authority=event.host_id, details={"after": event.title}, now=now)
    return event


def _unchangeable(event: Event, version: int, now: datetime) -> Reason | None:
    """Why an event cannot be changed by somebody who has read this version of it."""
    if event.state == Event.State.CANCELLED:
        return reasons.NOT_PUBLISHED
    if event.version != version:
        return administration.OVERTAKEN
    return reasons.IS_OVER if event.state == Event.State.PUBLISHED and event.ends_at <= now else None


def _apply(event: Event, details: Details, now: datetime) -> set[str]:
    """Store the details of an event; the names of what is another one now."""
    columns = details.columns()
    changed = {name for name, value in columns.items() if getattr(event, name) != value}
    for name, value in columns.items():
        setattr(event, name, value)
    event.version += 1
    event.changed_at = now
    if event.state == Event.State.PUBLISHED and changed & SHOWN_IN_CALENDARS:
        event.sequence += 1
    event.save()
    return changed


@transaction.atomic
def publish(who: Standing, event_id: int, now: datetime | None = None) -> int:
    """Publish a draft and invite everybody for whom it is.

    Returns:
        How many were invited.

    Raises:
        Refused: ``who`` may not, it is no draft, or its time has passed.
    """
    now = now or timezone.now()
    event = _own(who, event_id)
    if event.state != Event.State.DRAFT:
        raise Refused(reasons.NOT_DRAFT)
    if event.ends_at <= now:
        raise Refused(reasons.IS_OVER)
    Event.objects.filter(pk=event.pk).update(state=Event.State.PUBLISHED, version=F("version") + 1, changed_at=now)
    record("event.published", Author.of(who), authority=event.host_id, details={"after": event.title}, now=now)
    return _invite(event, who, now)


@transaction.atomic
def cancel(who: Standing, event_id: int, reason: str, now: datetime | None = None) -> None:
    """Cancel a published event, with a reason that participants are told.

    Raises:
        Refused: ``who`` may not, it is not published or over, or no reason is given.
    """
    now = now or timezone.now()
    event = _own(who, event_id)
    if event.state != Event.State.PUBLISHED:
        raise Refused(reasons.NOT_PUBLISHED)
    if event.ends_at <= now:
        raise Refused(reasons.IS_OVER)
    if not reason.strip():
        raise Refused(administration.NEEDS_REASON)
    event.state, event.reason, event.changed_at = Event.State.CANCELLED, plain(reason), now
    event.sequence += 1
    event.version += 1
    event.save()
    notes.tell(_participants(event), Note.Kind.CANCELLED, f"event:{event.pk}:cancelled", now, event=event)
    details = {"after": event.title, "reason": event.reason}
    record("event.cancelled", Author.of(who), authority=event.host_id, details=details, now=now)


@transaction.atomic
def discard(who: Standing, event_id: int) -> None:
    """Throw a draft away.

    Raises:
        Refused: ``who`` may not, or it is no draft any more.
    """
    event = _own(who, event_id)
    if event.state != Event.State.DRAFT:
        raise Refused(reasons.NOT_DRAFT)
    event.delete()


def _own(who: Standing, event_id: int) -> Event:
    """An event of the own authority, held until the transaction ends."""
    event = Event.objects.select_for_update().filter(pk=event_id, host=who.authority_id).first()
    if event is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_change(mandate(who), event.host_id, event.areas.values_list("pk", flat=True)))
    return event


def _invite(event: Event, who: Standing, now: datetime) -> int:
    people = reach.event_people(event)
    return notes.tell(people, Note.Kind.INVITED, f"event:{event.pk}:invited", now, but=who.user_id, event=event)


def _participants(event: Event) -> QuerySet[User]:
    taking_part = Registration.objects.filter(event=event).exclude(state=Registration.State.WITHDRAWN)
    return User.objects.filter(is_active=True, pk__in=taking_part.values("user"))


def _set_audience(event: Event, details: Details) -> None:
    event.areas.set(reach.areas_of(details.areas))
    if details.authorities:
        _check_authorities(event.host, details.authorities)
    event.authorities.set(Authority.objects.filter(pk__in=details.authorities))


def _check_authorities(host: Authority, chosen: Iterable[str]) -> None:
    wanted = set(chosen)
    if reach.authorities_of(host, ()).filter(pk__in=wanted).count() != len(wanted):
        raise Refused(reasons.NOT_COORDINATED)


def _check(details: Details, taken: int) -> None:
    wrong: dict[str, list[str]] = {}
    if not details.title.strip():
        wrong["title"] = [str(administration.MISSING)]
    if details.ends_at <= details.starts_at:
        wrong["ends_at"] = [str(reasons.ENDS_FIRST)]
    if details.register_until > details.starts_at:
        wrong["register_until"] = [str(reasons.CLOSES_LATE)]
    for name in ("starts_at", "ends_at", "register_until"):
        if getattr(details, name).year not in YEARS:
            wrong[name] = [str(reasons.NO_YEAR)]
    if details.places is not None and details.places < taken:
        wrong["places"] = [str(reasons.TOO_FEW_PLACES)]
    if not details.place.strip() and not details.online_url:
        wrong["place"] = [str(reasons.NO_PLACE)]
    if wrong:
        raise Invalid(wrong)
