"""Reads of events, news and newsletters; always for a user, each a fixed number of queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from django.db.models import Q, QuerySet, prefetch_related_objects

from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.reasons import Refused
from imi.database.prepared import prepared
from imi.outreach import reach
from imi.outreach.models import Event, Issue, NewsItem, NewsText, Note, Registration

PAGE = 20
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A part of a list, and whether there is more."""

    rows: Sequence[T]
    number: int
    more: bool


def page(found: QuerySet[Any], number: int, size: int = PAGE) -> Page[Any]:
    """The part with this number, from 1; one query and those of what is fetched with it."""
    start = (max(1, number) - 1) * size
    rows = list(found[start : start + size + 1])
    return Page(rows[:size], max(1, number), len(rows) > size)


# --- events ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What somebody looks for among events; empty means any."""

    when: str = "upcoming"
    area: str = ""
    kind: str = ""
    language: str = ""


def events(who: Standing, wish: EventFilter, now: datetime, number: int = 1, size: int = PAGE) -> Page[Event]:
    """The events that somebody may see: upcoming ones first come first, past ones latest first; two queries."""
    first = (max(1, number) - 1) * size
    when = wish.when if wish.when in ("past", "mine", "drafts") else "upcoming"
    rows = _events(
        user=who.user_id if when == "mine" else None,
        authority=who.authority_id,
        country=who.country,
        areas=sorted(who.roles),
        now=now if when in ("past", "upcoming") else None,
        when=when,
        kind=wish.kind or None,
        language=wish.language or None,
        area=wish.area or None,
        first=first,
        last=first + size + 1,
    )
    prefetch_related_objects(rows[:size], "areas")
    return Page(rows[:size], max(1, number), len(rows) > size)


@prepared("when", "first", "last")
def _events(
    user: int | None,
    authority: str,
    country: str,
    areas: list[str],
    now: datetime | None,
    when: str,
    kind: str | None,
    language: str | None,
    area: str | None,
    first: int,
    last: int,
) -> QuerySet[Event]:
    found = _matching(_visible(authority, country, areas), kind, language, area)
    match when:
        case "past":
            found = found.filter(ends_at__lt=now).order_by("-starts_at", "-pk")
        case "mine":
            mine = Registration.objects.filter(user=user).exclude(state=Registration.State.WITHDRAWN)
            found = found.filter(pk__in=mine.values("event")).order_by("starts_at", "pk")
        case "drafts":
            found = found.filter(state=Event.State.DRAFT).order_by("starts_at", "pk")
        case _:
            found = found.filter(ends_at__gte=now).exclude(state=Event.State.DRAFT).order_by("starts_at", "pk")
    return found.select_related("host")[first:last]


def events_between(who: Standing, wish: EventFilter, first: datetime, last: datetime) -> list[Event]:
    """The events of a stretch of time, for the calendar, at most 200; one query."""
    visible = _visible(who.authority_id, who.country, sorted(who.roles))
    found = _matching(visible, wish.kind, wish.language, wish.area).exclude(state=Event.State.DRAFT)
    return list(found.filter(starts_at__lt=last, ends_at__gte=first).order_by("starts_at", "pk")[:200])


def _matching(found: QuerySet[Event], kind: str | None, language: str | None, area: str | None) -> QuerySet[Event]:
    if kind:
        found = found.filter(kind=kind)
    if language:
        found = found.filter(language=language)
    if area:
        found = found.filter(reach.in_area(Event, area))
    return found


def _visible(authority: str, country: str, areas: list[str]) -> QuerySet[Event]:
    """Published and cancelled events that reach somebody, and the own authority's drafts."""
    reaching = Event.objects.filter(reach.events_reaching(authority, country, areas))
    return reaching.filter(~Q(state=Event.State.DRAFT) | Q(host=authority))


def event(who: Standing, event_id: int) -> Event:
    """One event that somebody may see: one that reaches them, or for which they are registered.

    Raises:
        Refused: there is none.
    """
    registered = Registration.objects.filter(user=who.user_id).values("event")
    visible = Event.objects.filter(reach.events_for(who) | Q(pk__in=registered), pk=event_id)
    visible = visible.filter(~Q(state=Event.State.DRAFT) | Q(host=who.authority_id))
    found = visible.select_related("host").prefetch_related("areas", "authorities").first()
    if found is None:
        raise Refused(administration.NOT_FOUND)
    return found


def registration(who: Standing, event_id: int) -> Registration | None:
    """Somebody's place at an event, or in its queue; one query."""
    own = Registration.objects.filter(event=event_id, user=who.user_id)
    return own.exclude(state=Registration.State.WITHDRAWN).first()


def registrations(who: Standing, event_ids: Collection[int]) -> dict[int, str]:
    """In which events somebody has which place, by event; one query."""
    return dict(_registrations(user=who.user_id, events=list(event_ids)))


@prepared()
def _registrations(user: int, events: list[int]) -> QuerySet[Registration, tuple[int, str]]:
    rows = Registration.objects.filter(user=user, event__in=events).exclude(state=Registration.State.WITHDRAWN)
    return rows.values_list("event_id", "state")


def place_in_queue(one: Registration) -> int:
    """How many wait before somebody, and the person too; one query."""
    waiting = Registration.objects.filter(event=one.event_id, state=Registration.State.WAITING)
    return waiting.filter(Q(at__lt=one.at) | Q(at=one.at, pk__lte=one.pk)).count()


def participants(event_id: int) -> list[Registration]:
    """Who takes part and who waits, first come first; one query. Whoever asks has been let in as organiser."""
    rows = Registration.objects.filter(event=event_id).exclude(state=Registration.State.WITHDRAWN)
    return list(rows.select_related("user__authority").order_by("state", "at", "pk"))


def my_events(who: Standing, since: datetime) -> list[Event]:
    """The events for which somebody is registered and which have not ended before ``since``; one query."""
    own = Registration.objects.filter(user=who.user_id, state=Registration.State.REGISTERED)
    found = Event.objects.filter(pk__in=own.values("event"), ends_at__gte=since).exclude(state=Event.State.DRAFT)
    return list(found.order_by("starts_at", "pk")[:200])


# --- news and newsletters --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewsFilter:
    """What somebody looks for among news; empty means any."""

    area: str = ""
    country: str = ""
    language: str = ""
    own: bool = False


def _shown(today: date) -> Q:
    return Q(published=True, from_on__lte=today) & (Q(until_on=None) | Q(until_on__gte=today))


def news(who: Standing, wish: NewsFilter, today: date, number: int = 1) -> Page[NewsItem]:
    """The news of a reader, latest first; or, of the own authority, all that was written."""
    if wish.own:
        found = NewsItem.objects.filter(host=who.authority_id)
    else:
        found = NewsItem.objects.filter(reach.readable(NewsItem, who)).filter(_shown(today))
    if wish.country:
        found = found.filter(host__country=wish.country)
    if wish.language:
        found = found.filter(pk__in=NewsText.objects.filter(lang=wish.language).values("item"))
    if wish.area:
        found = found.filter(reach.in_area(NewsItem, wish.area))
    rows = found.select_related("host").prefetch_related("texts", "areas").order_by("-from_on", "-pk")
    return page(rows, number)


def news_item(who: Standing, item_id: int, today: date) -> NewsItem:
    """One piece of news that somebody may read; of the own authority also what is not shown.

    Raises:
        Refused: there is none.
    """
    mine = Q(host=who.authority_id)
    found = NewsItem.objects.filter(mine | (reach.readable(NewsItem, who) & _shown(today)), pk=item_id)
    item = found.select_related("host").prefetch_related("texts", "areas").first()
    if item is None:
        raise Refused(administration.NOT_FOUND)
    return item


def latest_news(who: Standing, today: date, size: int = 3) -> list[NewsText]:
    """The texts of the latest news of a reader, in every language in which there is one; one query."""
    areas = sorted(who.roles)
    return _latest(authority=who.authority_id, country=who.country, areas=areas, today=today, size=size)


@prepared("size")
def _latest(authority: str, country: str, areas: list[str], today: date, size: int) -> QuerySet[NewsText]:
    readable = reach.for_reader(NewsItem, authority, country, areas) | reach.open_to_all(NewsItem, areas)
    latest = NewsItem.objects.filter(readable).filter(_shown(today))
    chosen = latest.order_by("-from_on", "-pk").values("pk")[:size]
    texts = NewsText.objects.filter(item__in=chosen).select_related("item")
    return texts.order_by("-item__from_on", "-item")


def publishable(who: Standing, today: date) -> list[NewsItem]:
    """What may go into a newsletter of the own authority, latest first, at most 50; two queries."""
    own = NewsItem.objects.filter(_shown(today), host=who.authority_id)
    return list(own.prefetch_related("texts").order_by("-from_on", "-pk")[:50])


def issues(who: Standing, number: int = 1) -> Page[Issue]:
    """The newsletters of the own authority, latest first; two queries."""
    return page(Issue.objects.filter(host=who.authority_id).prefetch_related("texts").order_by("-pk"), number)


def issue(who: Standing, issue_id: int) -> Issue:
    """One newsletter of the own authority, or one that was sent to the reader.

    Raises:
        Refused: there is none.
    """
    received = Note.objects.filter(user=who.user_id, issue__isnull=False).values("issue")
    found = Issue.objects.filter(Q(host=who.authority_id) | Q(pk__in=received), pk=issue_id)
    one = found.select_related("host").prefetch_related("texts", "items__texts", "areas").first()
    if one is None:
        raise Refused(administration.NOT_FOUND)
    return one


def items_of(one: Issue) -> list[NewsItem]:
    """The news in a newsletter, latest first, without those that were taken back since; no query where they were
    fetched."""
    shown = [item for item in one.items.all() if item.published]
    return sorted(shown, key=lambda item: (item.from_on, item.pk), reverse=True)


# --- what one was told -----------------------------------------------------------------------------------------------


def notes_of(who: Standing, size: int = PAGE) -> list[Note]:
    """What somebody was told last; one query, and one for the texts of plans if there are any among it."""
    rows = _notes(user=who.user_id, size=size)
    prefetch_related_objects(rows, "plan__texts")
    return rows


@prepared("size")
def _notes(user: int, size: int) -> QuerySet[Note]:
    rows = Note.objects.filter(user=user).select_related("event", "plan", "todo", "request__person")
    return rows.order_by("-pk")[:size]
