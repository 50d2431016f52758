"""Registering an authority or a coordinator with its first user: first it is looked for, then everything is typed once.

Sources: the guide for access managers (search first), Regulation (EU) No 1024/2012, Art. 6 (coordinators).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts import hashing
from imi.accounts.models import User
from imi.administration import registering, rights
from imi.administration.forms import STEPS, clean_card, clean_person
from imi.administration.mandates import Mandate, mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.administration.registering import LooksAlike, Registered
from imi.administration.similar import Likeness, similar
from imi.directory.models import Authority
from imi.directory.reference import CoordinatorKind, coordinator_kinds
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import (
    AreasForm,
    CoordinatorForm,
    SearchForm,
    areas_form,
    blame,
    crowded,
    step_form,
    typed_steps,
)
from imi.web.administration.authority_trail import trail
from imi.web.administration.authority_words import kind_title
from imi.web.administration.user_rule import judged, tell

TOLD = "registered_user"
"""Key of the session under which the user lies whose name has just been made and is to be told."""

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@judged
@_METHODS
def register(request: PersonRequest) -> HttpResponse:
    """Look for an authority, then register it with its first user and its accesses."""
    may = mandate(request.standing)
    demand(rights.to_register(may, may.who.country, (), may.regions))
    if not _looked(request):
        return _search(request, _("Register an authority"))
    areas = areas_form(may, may.regions, request.POST if request.method == "POST" else None)
    return _form(request, may, areas, _("Register an authority"))


@judged
@_METHODS
def register_coordinator(request: PersonRequest) -> HttpResponse:
    """Look for a coordinator, then register it: the national coordinator any, an area coordinator delegated ones."""
    may = mandate(request.standing)
    kinds = kinds_for(may)
    areas = sorted(may.administered)
    demand(rights.to_register_coordinator(may, may.who.country, "all" if may.national else "chosen", areas))
    if not _looked(request):
        return _search(request, _("Register a coordinator"))
    titled = sorted(((area, words.area_title(area, may.who.language)) for area in areas), key=lambda pair: pair[1])
    named = [(kind.id, kind_title(kind.id)) for kind in kinds]
    form = CoordinatorForm(request.POST if request.method == "POST" else None, named, titled)
    return _form(request, may, form, _("Register a coordinator"))


def kinds_for(may: Mandate) -> list[CoordinatorKind]:
    """The kinds of coordinators that somebody may register."""
    below = [kind for kind in coordinator_kinds().values() if kind.registered_as != Authority.Kind.NATIONAL_COORDINATOR]
    return below if may.national else [kind for kind in below if kind.areas == "chosen"]


# --- looking first ---------------------------------------------------------------------------------------------------


def _looked(request: PersonRequest) -> bool:
    return request.method == "POST" or bool(request.GET.get("name", "").strip())


def _search(request: PersonRequest, title: str) -> HttpResponse:
    """Ask for what the body is found by, before anything else is typed."""
    form = SearchForm(request.GET if "name" in request.GET else None)
    context = {"title": title, "form": form, "breadcrumbs": trail("list", title)}
    return render(request, "administration/look_first.html", context, status=422 if form.errors else 200)


def _found(request: PersonRequest) -> list[Likeness]:
    given = {name: request.GET.get(name, "")[:300] for name in SearchForm.base_fields}
    return similar(request.standing.country, **given)


# --- the form --------------------------------------------------------------------------------------------------------


def _form(request: PersonRequest, may: Mandate, places: AreasForm | CoordinatorForm, title: str) -> HttpResponse:
    """Show the form with what looks alike, and register when it comes back complete."""
    country, posted = may.who.country, request.method == "POST"
    data = request.POST if posted else None
    parts = {step: step_form(step, country, data, _initial(request, may, step)) for step in STEPS}
    alike = [] if posted else _found(request)
    seen = request.POST.getlist("seen") or [one.id for one in alike]
    if posted:
        made, alike = _register(request, may, parts, places, seen)
        if made is not None:
            request.session[TOLD] = made.user.pk
            return HttpResponseRedirect(reverse("authorities:registered", args=[made.authority.pk]))
    context = {
        "title": title,
        "breadcrumbs": trail("list", title),
        "parts": parts,
        "places": places,
        "alike": alike,
        "seen": list(dict.fromkeys([*seen, *(one.id for one in alike)])),
        "blocked": posted and bool(alike),
        "coordinator": isinstance(places, CoordinatorForm),
    }
    status = 409 if posted and alike else 422 if posted else 200
    return render(request, "administration/register.html", context, status=status)


def _initial(request: PersonRequest, may: Mandate, step: str) -> Mapping[str, Any]:
    """What was typed while looking, and the language and regions that are the likely ones."""
    looked = {name: request.GET.get(name, "")[:300] for name in SearchForm.base_fields}
    lang = may.who.language
    usual: dict[str, dict[str, Any]] = {
        "authority": {"name": looked["name"], "languages": [lang], "written_in": lang, "regions": sorted(may.regions)},
        "contact": {name: looked[name] for name in ("city", "email", "website")},
        "person": {"language": lang},
    }
    return usual[step]


def _register(
    request: PersonRequest,
    may: Mandate,
    parts: Mapping[str, Form],
    places: AreasForm | CoordinatorForm,
    seen: list[str],
) -> tuple[Registered | None, list[Likeness]]:
    """Register; what speaks against it stands at the forms, and what looks alike is returned."""
    country = may.who.country
    complete = [form.is_valid() for form in (*parts.values(), places)]
    if not all(complete):
        return None, []
    typed = typed_steps(request.POST)
    card, person = clean_card(country, typed), clean_person(country, typed)
    try:
        if isinstance(places, CoordinatorForm):
            kind, areas = places.cleaned_data["kind"], places.cleaned_data["areas"]
            return registering.register_coordinator(may.who, kind, country, card, person, areas, seen), []
        return registering.register_authority(may.who, country, card, person, places.chosen(), seen), []
    except LooksAlike as found:
        return None, found.found
    except Refused as refused:
        places.add_error(None, tell(refused))
    except hashing.Busy:
        places.add_error(None, crowded())
    except Invalid as invalid:
        blame(parts["authority"], invalid)
    return None, []


# --- what is to be told ----------------------------------------------------------------------------------------------


@judged
@require_safe
def registered(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Show the user name that has just been made, to be told in person, by telephone or by post; never by mail."""
    told = request.session.get(TOLD, 0)
    user = User.objects.select_related("authority").filter(pk=told, authority=authority_id).first()
    if user is None:
        raise Http404
    context = {
        "person": user,
        "authority": user.authority,
        "breadcrumbs": trail("list", user.authority.name),
    }
    return render(request, "administration/registered.html", context)
