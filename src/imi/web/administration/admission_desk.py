"""The coordinators' desk for registrations: whom they invited, who has handed in, and the decision.

Source: IMI questions and answers 2011 (self-registration on invitation, validated by the coordinator).
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts import hashing
from imi.administration import admissions, queries, rights
from imi.administration.mandates import Mandate, mandate
from imi.administration.models import Admission
from imi.administration.reasons import Invalid, Refused, demand
from imi.administration.registering import LooksAlike
from imi.administration.similar import Likeness, similar
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import (
    AreasForm,
    InviteForm,
    NoForm,
    ReasonForm,
    areas_form,
    attempted,
    crowded,
)
from imi.web.administration.authority_register import TOLD
from imi.web.administration.authority_trail import trail
from imi.web.administration.user_rule import judged, tell
from imi.web.news import number_in
from imi.web.registration.answers import step_answers

State = Admission.State
TABS: dict[str, tuple[str, ...]] = {
    "waiting": (State.SUBMITTED,),
    "invited": (State.INVITED,),
    "done": (State.VALIDATED, State.REFUSED, State.WITHDRAWN, State.EXPIRED),
}
TONES = {State.SUBMITTED: "warning", State.INVITED: "info", State.VALIDATED: "success", State.REFUSED: "danger"}


@judged
@require_safe
def desk(request: PersonRequest) -> HttpResponse:
    """What waits for a decision, whom somebody has invited, and what was decided."""
    who = request.standing
    demand(_to_look(mandate(who)))
    tab = request.GET.get("tab", "") if request.GET.get("tab", "") in TABS else "waiting"
    titles = {"waiting": _("Waiting for a decision"), "invited": _("Invited"), "done": _("Decided or over")}
    here = reverse("authorities:admissions")
    found = queries.admissions(who, [str(one) for one in TABS[tab]], before=number_in(request, "before"), size=26)
    rows = found[:25]
    context = {
        "breadcrumbs": trail("admissions"),
        "parts": [
            {"url": f"{here}?tab={name}", "label": titles[name], "current": name == tab, "count": 0} for name in TABS
        ],
        "rows": [(row, TONES.get(State(row.state), "neutral")) for row in rows],
        "next_url": f"{here}?tab={tab}&before={rows[-1].pk}" if len(found) > len(rows) else "",
        "tab": tab,
    }
    return render(request, "administration/admissions.html", context)


def _to_look(may: Mandate) -> Any:
    return rights.to_register(may, may.who.country, (), may.regions) if not may.administered else None


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def invite(request: PersonRequest) -> HttpResponse:
    """Invite an authority to register itself."""
    who = request.standing
    may = mandate(who)
    demand(rights.to_register(may, who.country, (), may.regions))
    areas = sorted(((area, words.area_title(area, who.language)) for area in may.administered), key=lambda one: one[1])
    form = InviteForm(request.POST if request.method == "POST" else None, areas, who.language)
    if form.is_valid():
        given = form.cleaned_data
        if attempted(form, lambda: admissions.invite(who, given["email"], given["language"], given["areas"])):
            messages.success(request, _("The invitation is on its way to %(email)s.") % {"email": given["email"]})
            return HttpResponseRedirect(f"{reverse('authorities:admissions')}?tab=invited")
    context = {
        "form": form,
        "title": _("Invite an authority to register itself"),
        "lead": _("It gets a mail with a link, fills in the form, and you decide."),
        "action": _("Send the invitation"),
        "back_url": reverse("authorities:admissions"),
        "breadcrumbs": trail("admissions", _("Invite an authority to register itself")),
    }
    return render(request, "administration/plain_form.html", context, status=422 if form.errors else 200)


# --- one of them -----------------------------------------------------------------------------------------------------


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: PersonRequest, admission_id: int) -> HttpResponse:
    """Show a registration with all that is needed to decide, and take the decision."""
    who = request.standing
    admission = queries.admission(who, admission_id)
    may = mandate(who)
    chosen = request.POST.get("do", "") if request.method == "POST" else ""
    regions = admission.data.get("authority", {}).get("regions", [])
    areas = areas_form(may, regions, request.POST if chosen == "validate" else None, admission.areas)
    reason = ReasonForm(request.POST if chosen == "refuse" else None)
    alike: list[Likeness] = []
    if chosen == "validate" and areas.is_valid():
        alike = _validated(request, admission, areas)
        if not alike and not areas.errors:
            return HttpResponseRedirect(reverse("authorities:registered", args=[_made(admission)]))
    if (
        chosen == "refuse"
        and reason.is_valid()
        and attempted(reason, lambda: admissions.refuse(who, admission.pk, reason.cleaned_data["reason"]))
    ):
        messages.success(request, _("The registration was refused; the applicant is told why."))
        return HttpResponseRedirect(reverse("authorities:admissions"))
    if chosen in ("withdraw", "renew"):
        return _withdrawn_or_renewed(request, admission, chosen)
    return _shown(request, may, admission, areas, reason, alike)


def _made(admission: Admission) -> str:
    return str(Admission.objects.values_list("authority", flat=True).get(pk=admission.pk))


def _validated(request: PersonRequest, admission: Admission, areas: AreasForm) -> list[Likeness]:
    """Let the authority in; what speaks against it stands at the form, and what looks alike is returned."""
    try:
        made = admissions.validate(request.standing, admission.pk, areas.chosen(), request.POST.getlist("seen"))
    except LooksAlike as found:
        return found.found
    except Refused as refused:
        areas.add_error(None, tell(refused))
    except hashing.Busy:
        areas.add_error(None, crowded())
    except Invalid as invalid:
        areas.add_error(None, str(invalid))
    else:
        request.session[TOLD] = made.user.pk
    return []


def _withdrawn_or_renewed(request: PersonRequest, admission: Admission, chosen: str) -> HttpResponse:
    """Take an invitation back, or have its link mailed once more."""
    form = NoForm({})
    who = request.standing
    if chosen == "withdraw":
        done, text = attempted(form, lambda: admissions.withdraw(who, admission.pk)), _("The registration was ended.")
    else:
        done = attempted(form, lambda: admissions.renew_link(who, admission.pk))
        text = _("A new link is on its way; earlier ones do not work any more.")
    if done:
        messages.success(request, text)
    for fault in form.non_field_errors():
        messages.error(request, str(fault))
    return HttpResponseRedirect(reverse("authorities:admission", args=[admission.pk]))


def _shown(
    request: PersonRequest,
    may: Mandate,
    admission: Admission,
    areas: AreasForm,
    reason: ReasonForm,
    blocked: list[Likeness],
) -> HttpResponse:
    waiting = admission.state == State.SUBMITTED
    contact = admission.data.get("contact", {})
    alike = blocked or (
        [
            one
            for one in similar(
                admission.country_id,
                admission.name,
                admission.city,
                contact.get("email", ""),
                contact.get("website", ""),
            )
            if one.id != f"admission:{admission.pk}"
        ]
        if waiting
        else []
    )
    context = {
        "admission": admission,
        "tone": TONES.get(State(admission.state), "neutral"),
        "parts": step_answers(admission) if admission.data else [],
        "wanted": [words.area_title(area, may.who.language) for area in admission.areas],
        "alike": alike,
        "blocked": bool(blocked),
        "areas": areas,
        "reason": reason,
        "waiting": waiting,
        "refusal": rights.to_decide(may, admission, admission.data.get("authority", {}).get("regions", [])),
        "breadcrumbs": trail("admissions", admission.name or admission.email),
    }
    wrong = areas.errors or reason.errors
    return render(request, "administration/admission.html", context, status=409 if blocked else 422 if wrong else 200)
