"""Events as readers see them: list, calendar of a month, one event, calendar files, registering with one click."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from imi.administration.reasons import Refused
from imi.directory.names import country_name, language_name
from imi.outreach import calendar_file, notes, queries, registrations
from imi.outreach.models import Event, Registration
from imi.outreach.queries import EventFilter
from imi.web.access import PersonRequest
from imi.web.administration.user_rule import judged
from imi.web.filters import name_in
from imi.web.outreach import month, shown
from imi.web.outreach.shown import Moments

WHEN = ("upcoming", "mine", "past", "drafts")
KEPT_IN_CALENDARS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Line:
    """An event in a list."""

    event: Event
    when: Moments
    country: str
    language: str
    areas: list[str]
    mine: str


def wished(request: PersonRequest) -> EventFilter:
    """What the address asks for; what is unknown counts as not said."""
    given = request.GET
    when, kind = given.get("when", ""), given.get("kind", "")
    return EventFilter(
        when=when if when in WHEN else WHEN[0],
        area=name_in(given.get("area", "")),
        kind=kind if kind in Event.Kind.values else "",
        language=name_in(given.get("language", "")),
    )


def lines(request: PersonRequest, found: list[Event]) -> list[Line]:
    """Events as they are listed, with the reader's own places; two queries."""
    who = request.standing
    mine = queries.registrations(who, [one.pk for one in found])
    titles = dict(Registration.State.choices)
    zone = shown.zone_of(who)
    return [
        Line(
            one,
            shown.moments(one, zone),
            country_name(one.host.country_id, who.language),
            language_name(one.language, who.language),
            shown.area_names(one.areas.all(), who.language),
            str(titles.get(mine.get(one.pk, ""), "")),
        )
        for one in found
    ]


@judged
@require_safe
def event_list(request: PersonRequest) -> HttpResponse:
    """The events for the reader, by tabs and filters."""
    who, wish, now = request.standing, wished(request), timezone.now()
    may = shown.hosting(who)
    found = queries.events(who, wish, now, shown.number_of(request))
    set_ones = {"when": wish.when if wish.when != WHEN[0] else "", "area": wish.area, "kind": wish.kind}
    context = {
        "rows": lines(request, list(found.rows)),
        "tabs": _tabs(wish, drafts=may is not None),
        "filters": shown.filters(
            reverse("outreach:events"), {**set_ones, "language": wish.language}, _offered(request), found
        ),
        "may_host": may is not None,
        "breadcrumbs": shown.trail("events"),
    }
    return render(request, "outreach/events.html", context)


def _offered(request: PersonRequest) -> dict[str, tuple[str, list[tuple[str, str]]]]:
    return {
        "area": (_("Policy area"), shown.reader_areas(request.standing)),
        "kind": (_("Kind"), [(value, str(title)) for value, title in Event.Kind.choices]),
        "language": (_("Language"), shown.language_choices()),
    }


def _tabs(wish: EventFilter, drafts: bool) -> list[dict[str, object]]:
    titles = {
        "upcoming": _("Upcoming"),
        "mine": _("My events"),
        "past": _("Past"),
        "drafts": _("Drafts"),
    }
    return [
        {
            "url": f"{reverse('outreach:events')}?when={name}",
            "label": title,
            "current": wish.when == name,
            "count": 0,
        }
        for name, title in titles.items()
        if drafts or name != "drafts"
    ]


@judged
@require_safe
def event_month(request: PersonRequest) -> HttpResponse:
    """The events of a month as a calendar; without script and on a narrow screen a list of its days."""
    who, wish = request.standing, wished(request)
    zone = shown.zone_of(who)
    chosen = month.read(request.GET.get("month", ""), timezone.now(), zone)
    first, last = month.span(chosen, zone)
    found = queries.events_between(who, wish, first, last)
    context = {
        "weeks": month.weeks(chosen, found, zone, timezone.now()),
        "day_names": month.day_names(),
        "chosen": chosen,
        "before": month.address(chosen, -1),
        "after": month.address(chosen, 1),
        "any": bool(found),
        "breadcrumbs": shown.trail("events", _("Calendar")),
    }
    return render(request, "outreach/month.html", context)


@judged
@require_safe
def event_page(request: PersonRequest, event_id: int) -> HttpResponse:
    """One event: what, when, where, who organises it, and the reader's place."""
    who, now = request.standing, timezone.now()
    event = queries.event(who, event_id)
    notes.mark_read(who.user_id, now, event=event.pk)
    mine = queries.registration(who, event.pk)
    organises = shown.changes(shown.hosting(who), event)
    registered = mine is not None and mine.state == Registration.State.REGISTERED
    context = {
        "event": event,
        "text": shown.worded(event.language, event.title, event.text, who.language),
        "language": language_name(event.language, who.language),
        "when": shown.moments(event, shown.zone_of(who)),
        "kind": event.get_kind_display(),
        "state": event.get_state_display(),
        "country": country_name(event.host.country_id, who.language),
        "areas": shown.area_names(event.areas.all(), who.language),
        "mine": mine,
        "queue": queries.place_in_queue(mine) if mine and not registered else 0,
        "free": None if event.places is None else max(0, event.places - event.taken),
        "open": event.state == Event.State.PUBLISHED and event.register_until >= now,
        "begun": event.starts_at <= now,
        "over": event.ends_at <= now,
        "sees_address": registered or organises,
        "organises": organises,
        "breadcrumbs": shown.trail("events", event.title),
    }
    return render(request, "outreach/event.html", context)


@judged
@require_POST
def register(request: PersonRequest, event_id: int) -> HttpResponse:
    """Take a place, or one in the queue."""
    return _clicked(request, event_id, partial(registrations.register, request.standing, event_id))


@judged
@require_POST
def withdraw(request: PersonRequest, event_id: int) -> HttpResponse:
    """Give the place back."""
    return _clicked(request, event_id, partial(registrations.withdraw, request.standing, event_id))


def _clicked(request: PersonRequest, event_id: int, act: Callable[[], Registration | None]) -> HttpResponse:
    """Do it and come back to the event, with what has become of it or the reason against it."""
    queries.event(request.standing, event_id)
    try:
        made = act()
    except Refused as refused:
        messages.warning(request, str(refused.reason))
    else:
        waits = made is not None and made.state == Registration.State.WAITING
        done = _("You are registered.") if made else _("You are not registered any more.")
        messages.success(request, _("All places are taken: you are on the waiting list.") if waits else done)
    return HttpResponseRedirect(reverse("outreach:event", args=[event_id]))


# --- calendar files --------------------------------------------------------------------------------------------------


@judged
@require_safe
def event_calendar(request: PersonRequest, event_id: int) -> HttpResponse:
    """The calendar file of one event; the address of an online meeting is in it for participants only."""
    event = queries.event(request.standing, event_id)
    return _file(calendar_file.one(event, request.standing.user_id), f"event-{event.pk}.ics")


@judged
@require_safe
def my_calendar(request: PersonRequest) -> HttpResponse:
    """The calendar file of all events for which the reader is registered. It is downloaded by hand, under no secret
    address."""
    found = queries.my_events(request.standing, timezone.now() - KEPT_IN_CALENDARS)
    return _file(calendar_file.several(found), "events.ics")


def _file(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
