"""Beginning a thread: a question to a coordinator, and a coordinator's message about an exchange."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.accounts.queries import Standing
from imi.administration import reasons
from imi.administration.reasons import Refused
from imi.directory.models import Authority
from imi.directory.names import country_name
from imi.helpdesk import actions, queries
from imi.helpdesk.models import Thread
from imi.helpdesk.queries import GENERAL, Desk
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.helpdesk.forms import AskForm, StepInForm
from imi.web.helpdesk.words import area_title, trail

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@judged
@_METHODS
def ask(request: PersonRequest) -> HttpResponse:
    """Ask one of the coordinators that stand behind the own authority."""
    who = request.standing
    desks = queries.desks(who)
    choices = [(_value(one), f"{area_title(one.area, who.language)} – {one.coordinator.name}") for one in desks]
    form = AskForm(posted(request), choices, _number(request, who))
    made: list[Thread] = []
    if desks and form.is_valid():
        given = form.cleaned_data
        area, _bar, desk = given.pop("desk").partition("|")
        if attempted(
            form, lambda: made.append(actions.ask(who, desk=desk, area=None if area == GENERAL else area, **given))
        ):
            messages.success(request, _("Your question was sent. You are told when it is answered."))
            return HttpResponseRedirect(reverse("helpdesk:thread", args=[made[0].pk]))
    context = {"form": form, "desks": desks, "breadcrumbs": trail(_("Ask your help desk"))}
    return render(request, "helpdesk/ask.html", context, status=422 if form.errors else 200)


def _value(desk: Desk) -> str:
    return f"{desk.area or GENERAL}|{desk.coordinator.pk}"


def _number(request: PersonRequest, who: Standing) -> str:
    """The number of an exchange from whose page somebody comes."""
    given = request.GET.get("number", "")[:24]
    return given if given.isprintable() and given in queries.may_open(who, [given]) else ""


@judged
@_METHODS
def about(request: PersonRequest, about: str) -> HttpResponse:
    """Write about an exchange, as a coordinator behind it, to its authority or to a coordinator of the other side."""
    who, number = request.standing, about[:24]
    found = queries.addressees(who, number) if number.isprintable() else None
    if found is None:
        raise Refused(reasons.NOT_FOUND)
    choices = [(one.pk, _named(one, _("coordinated by you"), who.language)) for one in found.coordinated]
    choices += [(one.pk, _named(one, _("coordinator of the other side"), who.language)) for one in found.others]
    form = StepInForm(posted(request), choices)
    made: list[Thread] = []
    if form.is_valid() and attempted(
        form, lambda: made.append(actions.step_in(who, number=number, **form.cleaned_data))
    ):
        messages.success(request, _("Your message was sent. The other side is told by a notice and by mail."))
        return HttpResponseRedirect(reverse("helpdesk:thread", args=[made[0].pk]))
    context = {
        "form": form,
        "number": number,
        "area": area_title(found.area, who.language),
        "breadcrumbs": trail(_("About %(number)s") % {"number": number}, "messages"),
    }
    return render(request, "helpdesk/about.html", context, status=422 if form.errors else 200)


def _named(authority: Authority, part: str, lang: str) -> str:
    return f"{authority.name} ({country_name(authority.country_id, lang)}) – {part}"
