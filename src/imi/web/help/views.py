"""Pages of the help: overview with search, sections, help desks, first steps, practice."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from imi.accounts.queries import Standing, standing
from imi.directory.models import Authority
from imi.directory.names import country_name
from imi.helpdesk import queries as helpdesk
from imi.helpdesk import rights
from imi.web import queries as shared
from imi.web.access import PersonRequest, public, safe_next, signed_in
from imi.web.help import actions, content, practice, queries, steps

LONGEST = 100


def _below_help(title: str | Promise) -> list[dict[str, str | Promise]]:
    """Where a page of the help stands."""
    return [{"url": reverse("help"), "label": _("Help")}, {"url": "", "label": title}]


@dataclass(frozen=True, slots=True)
class Desk:
    """A national help desk: the coordinator that runs it, and its country's name."""

    authority: Authority
    country: str
    own: bool


@public
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """How it works, the sections of the help, and what answers the reader's words."""
    lang = get_language() or content.SOURCE
    text = " ".join(request.GET.get("text", "").replace("\x00", "").split())[:LONGEST]
    context = {
        "text": text,
        "found": content.find(text, lang),
        "sections": [(name, title, content.entries(name, lang)) for name, title in content.SECTIONS.items()],
        "titles": content.SECTIONS,
        "signed_in": request.user.is_authenticated,
        "practice": settings.IMI_TRAINING,
        "language": lang,
        "reviewed": content.reviewed(lang),
    }
    return render(request, "help/overview.html", context)


@public
@require_safe
def section(request: HttpRequest, name: str) -> HttpResponse:
    """All entries of one section of the help, to read, search and print."""
    if name not in content.SECTIONS:
        raise Http404
    lang = get_language() or content.SOURCE
    context = {
        "title": content.SECTIONS[name],
        "breadcrumbs": _below_help(content.SECTIONS[name]),
        "entries": content.entries(name, lang),
        "language": lang,
        "reviewed": content.reviewed(lang),
    }
    return render(request, "help/section.html", context)


@public
@require_safe
def desks(request: HttpRequest) -> HttpResponse:
    """Whom to ask: the coordinators of the reader's own country, then the help desks of all countries."""
    lang = get_language() or content.SOURCE
    user = request.user
    own = user.authority.country_id if user.is_authenticated else None
    found = [Desk(one, country_name(one.country_id, lang), one.country_id == own) for one in shared.help_desks()]
    found.sort(key=lambda desk: (not desk.own, desk.country))
    coordinators = queries.coordinators_of_country(own) if own else []
    who = _standing(request) if own else None
    mine = queries.own_coordinators(who) if who else set()
    answers = helpdesk.published(who) if who else []
    context = {
        "breadcrumbs": _below_help(_("National help desk")),
        "desks": found,
        "country": country_name(own, lang) if own else "",
        "coordinators": sorted(coordinators, key=lambda one: one.pk not in mine),
        "mine": mine,
        "signed_in": who is not None,
        "answers": [(one, who is not None and rights.may_change(who, one)) for one in answers],
        "language": lang,
    }
    return render(request, "help/desks.html", context)


def _standing(request: HttpRequest) -> Standing:
    """The standing of a person on a public page, kept for what is drawn around the page."""
    found = standing(request.user)  # type: ignore[arg-type]
    request.standing = found  # type: ignore[attr-defined]
    return found


@signed_in
@require_safe
def first_steps(request: PersonRequest) -> HttpResponse:
    """The first steps of a new user and how far the person has come."""
    found = steps.progress(request.standing, timezone.now())
    return render(request, "help/first_steps.html", {"breadcrumbs": _below_help(_("New to IMI?")), "progress": found})


@signed_in
@require_POST
def take_step(request: PersonRequest) -> HttpResponse:
    """Remember a step that leaves no trace, and lead to its page; or put the card on the first page away."""
    step, now = request.POST.get("step", ""), timezone.now()
    if step == queries.CARD:
        actions.take(request.standing, step, now)
        return HttpResponseRedirect(reverse("home"))
    lang = request.standing.language
    known = (*content.entries(content.STEPS, lang), *content.entries(content.EXERCISES, lang))
    entry = next((one for one in known if one.id == step), None)
    if entry is None:
        raise Http404
    actions.take(request.standing, step, now)
    onwards = safe_next(request, request.POST.get("next"), reverse("first_steps"))
    return HttpResponseRedirect(
        onwards if "next" in request.POST else steps.page_url(request.standing, entry.page) or onwards
    )


@signed_in
@require_safe
def exercises(request: PersonRequest) -> HttpResponse:
    """The exercises of a training world; anywhere else there is no such page."""
    if not settings.IMI_TRAINING:
        raise Http404
    found = practice.exercises(request.standing)
    done = sum(one.done for one in found)
    context = {
        "breadcrumbs": _below_help(_("Guided practice")),
        "exercises": found,
        "done": done,
    }
    return render(request, "help/practice.html", context)
