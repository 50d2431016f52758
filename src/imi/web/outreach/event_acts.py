"""What organisers do with events: make, change, publish, cancel; who takes part, as a list and a file, and who came."""

from __future__ import annotations

import csv
import io
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.accounts.queries import Standing
from imi.administration.mandates import Mandate
from imi.administration.reasons import Refused
from imi.directory.models import Authority
from imi.outreach import events, queries, reach, reasons, registrations
from imi.outreach.events import Details
from imi.outreach.models import Event, Registration
from imi.web.access import PersonRequest
from imi.web.administration.authority_export import harmless
from imi.web.administration.authority_forms import NoForm, attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.outreach import shown
from imi.web.outreach.form_pages import form_page
from imi.web.outreach.forms import EventForm, WhyForm
from imi.web.outreach.shown import Question, confirmed, mandate_of

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


def own_event(who: Standing, event_id: int) -> Event:
    """An event of the own authority that somebody may change.

    Raises:
        Refused: there is none.
    """
    event = queries.event(who, event_id)
    if not shown.changes(mandate_of(who), event):
        raise Refused(reasons.NOT_HOST)
    return event


def _form(request: PersonRequest, may: Mandate, initial: dict[str, Any], zone: str) -> EventForm:
    host = Authority.objects.get(pk=may.who.authority_id)
    offered = reach.authorities_of(host, ()).order_by("name", "pk").values_list("pk", "name")
    data = posted(request)
    return EventForm(data, initial, shown.area_choices(may), list(offered), zone)


def _details(form: EventForm) -> Details:
    given = dict(form.cleaned_data)
    return Details(**{**given, "areas": tuple(given["areas"]), "authorities": tuple(given["authorities"])})


@judged
@_METHODS
def new_event(request: PersonRequest) -> HttpResponse:
    """Begin an event."""
    may = mandate_of(request.standing)
    zone = shown.zone_of(request.standing)
    made: list[Event] = []
    with timezone.override(ZoneInfo(zone)):
        form = _form(request, may, {"language": request.standing.language}, zone)
        valid = form.is_valid()
    if valid and attempted(form, lambda: made.append(events.draft(request.standing, _details(form)))):
        messages.success(request, _("The draft was saved. Nobody has been invited yet."))
        return HttpResponseRedirect(reverse("outreach:event", args=[made[0].pk]))
    return _shown(request, form, _("New event"), _("Save the draft"), reverse("outreach:events"), zone)


@judged
@_METHODS
def edit_event(request: PersonRequest, event_id: int) -> HttpResponse:
    """Change an event; whoever saves over somebody else's change is told so."""
    who = request.standing
    event = own_event(who, event_id)
    version = request.POST.get("version", "")
    known = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else event.version
    with timezone.override(ZoneInfo(event.timezone)):
        form = _form(request, mandate_of(who), _initial(event), event.timezone)
        valid = form.is_valid()
    if valid and attempted(form, lambda: events.change(who, event_id, known, _details(form))):
        messages.success(request, _("The event was changed."))
        return HttpResponseRedirect(reverse("outreach:event", args=[event_id]))
    back = reverse("outreach:event", args=[event_id])
    return _shown(request, form, _("Change the event"), _("Save"), back, event.timezone, known)


def _initial(event: Event) -> dict[str, Any]:
    plain = ("title", "kind", "language", "place", "online_url", "places", "text", "abroad")
    when = shown.moments(event, event.timezone)
    return {
        **{name: getattr(event, name) for name in plain},
        "starts_at": when.starts,
        "ends_at": when.ends,
        "register_until": when.until,
        "areas": [one.pk for one in event.areas.all()],
        "authorities": [one.pk for one in event.authorities.all()],
    }


def _shown(
    request: PersonRequest, form: EventForm, title: str, action: str, back: str, zone: str, version: int = 0
) -> HttpResponse:
    with timezone.override(ZoneInfo(zone)):
        return form_page(request, form, title, action, "events", back, version)


@judged
@_METHODS
def publish_event(request: PersonRequest, event_id: int) -> HttpResponse:
    """Say whom publishing invites, and do it."""
    who = request.standing
    event = own_event(who, event_id)
    count = reach.event_people(event).exclude(pk=who.user_id).distinct().count()
    question = Question(
        _("Publish the event"),
        event.title,
        ngettext("%(count)s person is invited.", "%(count)s people are invited.", count) % {"count": count},
        _("Publish and invite"),
        _("The event was published and the invitations are on their way."),
        reverse("outreach:event", args=[event_id]),
    )
    return confirmed(request, question, NoForm(posted(request)), lambda: events.publish(who, event_id))


@judged
@_METHODS
def cancel_event(request: PersonRequest, event_id: int) -> HttpResponse:
    """Ask for a reason, and cancel."""
    who = request.standing
    event = own_event(who, event_id)
    form = WhyForm(posted(request))
    question = Question(
        _("Cancel the event"),
        event.title,
        _("Everybody who is registered or waits is told. This cannot be taken back."),
        _("Cancel the event"),
        _("The event was cancelled."),
        reverse("outreach:event", args=[event_id]),
        danger=True,
    )
    return confirmed(request, question, form, lambda: events.cancel(who, event_id, form.cleaned_data["reason"]))


@judged
@_METHODS
def discard_event(request: PersonRequest, event_id: int) -> HttpResponse:
    """Ask, and throw a draft away."""
    who = request.standing
    event = own_event(who, event_id)
    question = Question(
        _("Throw the draft away"),
        event.title,
        _("Nobody has been invited. The draft is deleted."),
        _("Throw it away"),
        _("The draft is gone."),
        reverse("outreach:event", args=[event_id]),
        danger=True,
    )
    form = NoForm(posted(request))
    return confirmed(request, question, form, lambda: events.discard(who, event_id), reverse("outreach:events"))


# --- who takes part --------------------------------------------------------------------------------------------------


@judged
@require_safe
def participants(request: PersonRequest, event_id: int) -> HttpResponse:
    """Who is registered and who waits; once it has begun, who came."""
    event = own_event(request.standing, event_id)
    everybody = queries.participants(event.pk)
    context = {
        "event": event,
        "registered": [one for one in everybody if one.state == Registration.State.REGISTERED],
        "waiting": [one for one in everybody if one.state == Registration.State.WAITING],
        "begun": event.starts_at <= timezone.now(),
        "breadcrumbs": shown.trail("events", _("Participants")),
    }
    return render(request, "outreach/participants.html", context)


@judged
@require_safe
def participants_file(request: PersonRequest, event_id: int) -> HttpResponse:
    """The participants as a table for office programs; no cell is a formula."""
    event = own_event(request.standing, event_id)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([_("Name"), _("Authority"), _("E-mail"), _("Place"), _("Since"), _("Came")])
    words = {True: _("yes"), False: _("no"), None: ""}
    for one in queries.participants(event.pk):
        cells = [
            one.user.get_full_name(),
            one.user.authority.name,
            one.user.email,
            str(one.get_state_display()),
            one.at.isoformat(timespec="seconds"),
            words[one.attended],
        ]
        writer.writerow([harmless(cell) for cell in cells])
    answer = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="participants-{event.pk}.csv"'
    return answer


@judged
@require_POST
def attendance(request: PersonRequest, event_id: int) -> HttpResponse:
    """Note who came."""
    own_event(request.standing, event_id)
    there, asked = _numbers(request, "present"), _numbers(request, "shown")
    registrations.mark_attendance(request.standing, event_id, asked, there)
    messages.success(request, _("It was noted who came."))
    return HttpResponseRedirect(reverse("outreach:participants", args=[event_id]))


def _numbers(request: PersonRequest, name: str) -> list[int]:
    found = request.POST.getlist(name)
    return [int(one) for one in found if one.isascii() and one.isdigit() and len(one) < 16]
