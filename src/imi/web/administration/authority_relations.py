"""Settings of the own authority in each area, linked authorities, and the delegation of coordinators' tasks.

Source: the guide for the first user (linked authorities, steps 14 and 15 on settings), Regulation (EU) No 1024/2012,
Art. 6(2) on delegation.
"""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from imi.administration import queries, reasons, relations, rights
from imi.administration.forms import regions_of
from imi.administration.mandates import mandate
from imi.administration.reasons import Refused, demand
from imi.administration.switches import switches
from imi.directory.models import Access, Authority
from imi.directory.queries import find_authorities
from imi.directory.reference import coordinator_tasks, regions
from imi.exchanges import definitions
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted
from imi.web.administration.authority_queries import accesses_of
from imi.web.administration.authority_trail import trail
from imi.web.administration.authority_words import task_title
from imi.web.administration.user_rule import judged
from imi.web.filters import clean

_METHODS = require_http_methods(["GET", "HEAD", "POST"])
_FOUND = 10


# --- settings --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting in an area, in words."""

    id: str
    title: str
    help: str
    on: bool
    default: bool


@judged
@_METHODS
def own_settings(request: PersonRequest) -> HttpResponse:
    """Switch the settings of the own authority on and off, area by area; what they mean stands beside them."""
    who = request.standing
    demand(rights.to_administer(who, who.authority_id))
    form = NoForm(request.POST if request.method == "POST" else None)
    lines = {
        held.area_id: _settings(held, who.language) for held in accesses_of(who.authority_id) if not held.suspended
    }
    area = request.POST.get("area", "")
    if area in lines:
        chosen = {line.id: line.id in request.POST.getlist("on") for line in lines[area]}
        if attempted(form, lambda: relations.change_settings(who, area, chosen)):
            messages.success(request, _("The settings were changed."))
            return HttpResponseRedirect(reverse("authorities:settings"))
    titles = words.area_titles(who.language)
    context = {
        "form": form,
        "areas": [(area, titles.get(area, area), found) for area, found in lines.items()],
        "breadcrumbs": trail("own", _("Settings")),
    }
    return render(request, "administration/settings.html", context, status=422 if form.errors else 200)


def _settings(held: Access, lang: str) -> list[SettingLine]:
    """The settings that an authority has in an area by its role there."""
    known = switches(held.area_id)
    found = []
    for one in words.offered():
        if one.area != held.area_id:
            continue
        voice = definitions.voice(one.content_hash, lang)
        for setting in voice.compiled.lifecycle.settings:
            switch = known.pop(setting.id, None)
            if switch is None or (switch.of_coordinators and held.role != Access.Role.COORDINATOR):
                continue
            found.append(
                SettingLine(
                    setting.id,
                    voice.get(f"settings.{setting.id}.title", setting.title).text,
                    voice.get(f"settings.{setting.id}.help", setting.help).text if setting.help else "",
                    held.settings.get(setting.id, switch.default),
                    switch.default,
                )
            )
    return found


# --- linked authorities ----------------------------------------------------------------------------------------------


@judged
@_METHODS
def links(request: PersonRequest) -> HttpResponse:
    """Let other authorities of the country see the overview of the own exchanges, or take it away again."""
    who = request.standing
    demand(rights.to_administer(who, who.authority_id))
    form = NoForm(request.POST if request.method == "POST" else None)
    named, do = request.POST.get("authority", ""), request.POST.get("do", "")
    act = {"link": relations.link, "unlink": relations.unlink}.get(do)
    if act is not None and attempted(form, lambda: act(who, named)):
        messages.success(request, _("The links were changed."))
        return HttpResponseRedirect(reverse("authorities:links"))
    looked = clean(request.GET.get("text", ""), 100)
    linked = list(Authority.objects.filter(linked_by__authority=who.authority_id).order_by("sort_key", "pk"))
    taken = {one.pk for one in linked} | {who.authority_id}
    found = find_authorities(who.language, looked, country=who.country, size=_FOUND) if looked else []
    context = {
        "form": form,
        "linked": linked,
        "looked": looked,
        "found": [one for one in found if one.authority.pk not in taken],
        "breadcrumbs": trail("own", _("Linked authorities")),
    }
    return render(request, "administration/links.html", context, status=422 if form.errors else 200)


# --- delegation ------------------------------------------------------------------------------------------------------


class DelegationForm(forms.Form):
    """Which task is given to whom, and where."""

    holder = forms.ChoiceField(label=gettext_lazy("Coordinator"))
    task = forms.ChoiceField(label=gettext_lazy("Task"))
    area = forms.ChoiceField(
        label=gettext_lazy("Policy area"),
        required=False,
        help_text=gettext_lazy("None for all areas that it coordinates."),
    )
    region = forms.ChoiceField(
        label=gettext_lazy("Region"), required=False, help_text=gettext_lazy("None for the whole country.")
    )

    def __init__(self, data: QueryDict | None, country: str, but: str, lang: str) -> None:
        super().__init__(data)
        others = Authority.objects.filter(country=country, active=True).exclude(kind=Authority.Kind.COMPETENT)
        holders = others.exclude(pk=but).order_by("sort_key", "pk").values_list("pk", "name")
        areas = sorted(words.area_titles(lang).items(), key=lambda pair: pair[1])
        offered: dict[str, list[tuple[str, object]]] = {
            "holder": list(holders),
            "task": [(task, task_title(task)) for task in coordinator_tasks()],
            "area": list(areas),
            "region": list(regions_of(country)),
        }
        for name, choices in offered.items():
            self.fields[name].choices = [("", ""), *choices]  # type: ignore[attr-defined]


@judged
@_METHODS
def delegations(request: PersonRequest) -> HttpResponse:
    """Show which coordinators' tasks are delegated; the national coordinator gives them and takes them back."""
    who = request.standing
    may = mandate(who)
    if not may.administered:
        raise Refused(reasons.NO_DATA_ADMINISTRATOR if may.coordinates else reasons.NO_COORDINATOR)
    if request.method == "POST":
        demand(None if may.national else reasons.NOT_NATIONAL)
    adding = request.POST.get("do") == "delegate"
    form = DelegationForm(request.POST if adding else None, who.country, who.authority_id, who.language)
    back = NoForm(request.POST if request.POST.get("do") == "withdraw" else None)
    if _delegated(request, form) or _withdrawn(request, back):
        messages.success(request, _("The delegations were changed."))
        return HttpResponseRedirect(reverse("authorities:delegations"))
    titles = words.area_titles(who.language)
    context = {
        "rows": [
            (
                one,
                task_title(one.task),
                titles.get(one.area_id, one.area_id) if one.area_id else _("all areas"),
                regions().get(one.region, one.region) if one.region else _("the whole country"),
            )
            for one in queries.delegations(who)
        ],
        "form": form,
        "back": back,
        "is_national": may.national,
        "breadcrumbs": trail("list", _("Delegated tasks")),
    }
    return render(
        request, "administration/delegations.html", context, status=422 if form.errors or back.errors else 200
    )


def _delegated(request: PersonRequest, form: DelegationForm) -> bool:
    if not form.is_valid():
        return False
    given = form.cleaned_data
    return attempted(
        form,
        lambda: relations.delegate(
            request.standing, given["holder"], given["task"], given["area"] or None, given["region"]
        ),
    )


def _withdrawn(request: PersonRequest, form: NoForm) -> bool:
    named = request.POST.get("delegation", "")
    if not form.is_valid() or not (named.isdecimal() and len(named) < 16):
        return False
    return attempted(form, lambda: relations.withdraw_delegation(request.standing, int(named)))
