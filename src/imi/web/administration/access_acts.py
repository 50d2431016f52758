"""What coordinators do to an authority's access to a policy area: grant, suspend, resume, choose coordinators.

Sources: the relations of the Spanish national coordinator's questions and answers (2009), guide for access managers.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.administration import access, reasons, rights
from imi.administration.access import regions_of
from imi.administration.mandates import Mandate, mandate
from imi.administration.queries import consequences
from imi.administration.reasons import Refused, demand
from imi.directory.models import Access, CoordinatorLink
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_acts import Deed, authority_of, carry_out
from imi.web.administration.authority_forms import (
    AreasForm,
    ChooseForm,
    NoForm,
    ReasonForm,
    areas_form,
    attempted,
    coordinators_by_area,
)
from imi.web.administration.authority_trail import trail
from imi.web.administration.user_rule import judged

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@judged
@_METHODS
def grant(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Give an authority access to more policy areas, each with its request coordinators."""
    who, authority = request.standing, authority_of(authority_id)
    may = mandate(who)
    if authority.country_id != who.country:
        raise Refused(reasons.OTHER_COUNTRY)
    if authority.pk == who.authority_id:
        raise Refused(reasons.ITSELF)
    demand(None if may.administered else reasons.NO_DATA_ADMINISTRATOR)
    held = Access.objects.filter(authority=authority).values_list("area_id", flat=True)
    data = request.POST if request.method == "POST" else None
    form = areas_form(may, regions_of(authority.pk), data, but=held, of=authority.pk)
    if form.is_valid() and _granted(may, authority.pk, form):
        messages.success(request, _("The authority has access now; its administrators are told by mail."))
        return HttpResponseRedirect(reverse("authorities:one", args=[authority.pk]))
    context = {
        "authority": authority,
        "areas": form,
        "back_url": reverse("authorities:one", args=[authority.pk]),
        "breadcrumbs": trail("list", authority.name),
    }
    return render(request, "administration/grant.html", context, status=422 if form.errors else 200)


def _granted(may: Mandate, authority_id: str, form: AreasForm) -> bool:
    """Grant what was chosen, area by area; what speaks against one stands at the form."""
    chosen = form.chosen()
    if not chosen:
        form.add_error(None, _("Choose at least one policy area."))
    for area, coordinators in chosen.items():
        attempted(form, lambda area=area, many=coordinators: access.grant(may.who, authority_id, area, many))  # type: ignore[misc]
    return not form.errors


def _access_of(authority_id: str, area: str) -> Access:
    found = Access.objects.select_related("authority").filter(authority=authority_id, area=area).first()
    if found is None:
        raise Refused(reasons.NOT_FOUND)
    return found


@judged
@_METHODS
def suspend(request: PersonRequest, authority_id: str, area: str) -> HttpResponse:
    """Show what suspending an access means, and do it with a reason."""
    who, held = request.standing, _access_of(authority_id, area)
    found = consequences(who, authority_id, area)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    title = words.area_title(area, who.language)
    deed = Deed(
        _("Suspend the access to %(area)s") % {"area": title},
        _("Suspend"),
        _("The access was suspended; the authority's administrators are told by mail."),
        _("Its users lose their rights in this policy area at their next click. You can resume the access."),
        danger=True,
        consequences=found,
    )
    return carry_out(
        request,
        held.authority,
        deed,
        form,
        lambda: access.suspend(who, authority_id, area, form.cleaned_data["reason"]),
    )


@judged
@_METHODS
def resume(request: PersonRequest, authority_id: str, area: str) -> HttpResponse:
    """Give a suspended access back."""
    who, held = request.standing, _access_of(authority_id, area)
    demand(rights.to_govern_access(mandate(who), held))
    deed = Deed(
        _("Resume the access to %(area)s") % {"area": words.area_title(area, who.language)},
        _("Resume"),
        _("The authority has its access back; its administrators are told by mail."),
    )
    form = NoForm(request.POST if request.method == "POST" else None)
    return carry_out(request, held.authority, deed, form, lambda: access.resume(who, authority_id, area))


@judged
@_METHODS
def coordinators(request: PersonRequest, authority_id: str, area: str) -> HttpResponse:
    """Choose who stands behind an authority in an area: request coordinators, and the access coordinator."""
    who, held = request.standing, _access_of(authority_id, area)
    demand(rights.to_govern_access(mandate(who), held))
    links = CoordinatorLink.objects.filter(authority=authority_id, area=area).select_related("coordinator")
    linked = [link.coordinator for link in links.order_by("coordinator__name")]
    offered = coordinators_by_area(held.authority.country_id, [area], authority_id).get(area, [])
    taken = {one.pk for one in linked}
    add = ChooseForm(
        request.POST if request.POST.get("do") == "add" else None,
        _("Request coordinator to be added"),
        [pair for pair in offered if pair[0] not in taken],
    )
    over = ChooseForm(
        request.POST if request.POST.get("do") == "over" else None,
        _("New access coordinator"),
        [pair for pair in offered if pair[0] != held.coordinator_id],
    )
    remove = NoForm(request.POST if request.POST.get("do") == "remove" else None)
    over.prefix = "over"
    if _changed(request, held, add, over, remove):
        messages.success(request, _("The coordinators were changed."))
        return HttpResponseRedirect(request.path)
    context = {
        "authority": held.authority,
        "access": held,
        "area": words.area_title(area, who.language),
        "linked": linked,
        "add": add,
        "over": over,
        "remove": remove,
        "back_url": reverse("authorities:one", args=[authority_id]),
        "breadcrumbs": trail("list", held.authority.name),
    }
    wrong = add.errors or over.errors or remove.errors
    return render(request, "administration/coordinators.html", context, status=422 if wrong else 200)


def _changed(request: PersonRequest, held: Access, add: ChooseForm, over: ChooseForm, remove: NoForm) -> bool:
    """Do what the pressed button says; False if nothing was to be done or it was refused."""
    who, pk, area = request.standing, held.authority_id, held.area_id
    match request.POST.get("do", ""):
        case "add" if add.is_valid():
            chosen = add.cleaned_data["chosen"]
            return attempted(add, lambda: access.add_request_coordinator(who, pk, area, chosen))
        case "over" if over.is_valid():
            chosen = over.cleaned_data["chosen"]
            return attempted(over, lambda: access.hand_over_access(who, pk, area, chosen))
        case "remove" if remove.is_valid():
            named = request.POST.get("coordinator", "")
            return attempted(remove, lambda: access.remove_request_coordinator(who, pk, area, named))
    return False
