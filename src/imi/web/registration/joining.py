"""Registering an authority from a mailed link: three steps that save themselves, a preview, and handing in.

The link is only used up by pressing a button, because programs that look for harmful mail open every link. What comes
of it is a key in the browser's session; nothing of it stands in an address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.administration import admissions, reasons
from imi.administration.forms import STEPS, StepForm, faults
from imi.administration.models import Admission
from imi.administration.reasons import Invalid, Refused
from imi.administration.similar import Likeness, similar
from imi.web.access import public
from imi.web.registration import typed
from imi.web.registration.answers import StepAnswers, step_answers, step_titles
from imi.web.signing import kept
from imi.web.signing.steps import in_language
from imi.web.signing.typed import looked_at

HELD = "admission"
"""Key of the session under which the number of an admission and its key lie."""

_NOT_INVITED = "admission:"


@dataclass(frozen=True, slots=True)
class Held:
    """What lets this browser fill in a registration."""

    admission: int
    key: str


def _held(request: HttpRequest) -> Held:
    """What the session holds.

    Raises:
        Refused: nothing.
    """
    found = request.session.get(HELD)
    if not found:
        raise Refused(reasons.LINK_OVER)
    return Held(*found)


def _opened(request: HttpRequest) -> tuple[Held, Admission]:
    """The admission that this browser may fill in.

    Raises:
        Refused: it may none, the admission is over, or the form that was sent is of another one.
    """
    held = _held(request)
    if typed.marked(request) not in (0, held.admission):
        raise Refused(reasons.LINK_OVER)
    return held, admissions.opened(held.admission, held.key)


def _over(request: HttpRequest) -> HttpResponse:
    """Say that a link has been used or is too old, and how to get on; what was typed is kept, or else shown."""
    was_kept = typed.keep(request)
    form = None if was_kept else kept.typed_form(request)
    try:
        _opened(request)
        going = True
    except Refused:
        going = False
    return render(
        request,
        "registration/over.html",
        {"going": going, "kept": was_kept, "texts": form.texts if form else []},
        status=410,
    )


# --- the link --------------------------------------------------------------------------------------------------------


@public
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Open the registration that a mailed link leads to; it works once, when the button is pressed."""
    if request.method != "POST":
        if not admissions.link_works(token):
            return _over(request)
        return render(request, "registration/link.html", {"token": token})
    try:
        admission, key = admissions.redeem(token)
    except Refused:
        return _over(request)
    request.session.cycle_key()
    request.session[HELD] = [admission.pk, key]
    wanted = reverse("registration:typed") if typed.found(request, admission.pk) else _first_url()
    return in_language(HttpResponseRedirect(wanted), admission.language)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def look_at_typed(request: HttpRequest) -> HttpResponse:
    """Show what the applicant had typed when the hour was over; send it where it was to go, or forget it."""
    try:
        held, _admission = _opened(request)
    except Refused:
        return _over(request)
    form = typed.found(request, held.admission)
    if form is None:
        return HttpResponseRedirect(_first_url())
    return looked_at(request, form, _first_url(), typed.forget)


# --- the steps -------------------------------------------------------------------------------------------------------


def _step_url(name: str) -> str:
    return reverse("registration:step", args=[name])


def _first_url() -> str:
    return _step_url(next(iter(STEPS)))


def _next_url(name: str) -> str:
    names = list(STEPS)
    onward = names[names.index(name) + 1 :]
    return _step_url(onward[0]) if onward else reverse("registration:preview")


@public
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, step: str) -> HttpResponse:
    """One step of the form; it is stored as it is typed, also while something is missing."""
    if step not in STEPS:
        raise Http404
    try:
        held, admission = _opened(request)
    except Refused:
        return _over(request)
    if admission.state != Admission.State.INVITED:
        return HttpResponseRedirect(reverse("registration:submitted"))
    if request.method == "POST":
        return _saved(request, held, admission, step)
    form = STEPS[step](admission.country_id)
    form.initial = _initial(admission, step)
    return _show(request, admission, step, form)


def _initial(admission: Admission, step: str) -> dict[str, Any]:
    """What a step begins with; the person's address and language are those the link was sent to, until changed."""
    saved: dict[str, Any] = admission.data.get(step, {})
    if saved or step == "contact":
        return saved or {"email": admission.email}
    return {"language": admission.language, "languages": [admission.language], "written_in": admission.language}


def _typed(given: QueryDict, step: str) -> dict[str, Any]:
    """The fields of a step as they came; those of several values as lists."""
    many = {"languages", "regions"}
    names = STEPS[step].base_fields
    return {name: given.getlist(name) if name in many else given.get(name, "") for name in names}


def _saved(request: HttpRequest, held: Held, admission: Admission, step: str) -> HttpResponse:
    """Store a step, typed by hand or saved by itself, and go on."""
    given, by_itself = _typed(request.POST, step), "X-Autosave" in request.headers
    version = request.POST.get("version", "")
    form = STEPS[step](admission.country_id, given)
    try:
        wrong = admissions.save_step(
            held.admission, held.key, step, given, int(version) if version.isdecimal() and len(version) < 9 else 0
        )
    except Refused as refused:
        if by_itself:
            return JsonResponse({}, status=409)
        return _show(request, admission, step, form, 409, str(refused.reason))
    except Invalid as invalid:
        return _show(
            request, admission, step, form, 422, " ".join(one for said in invalid.errors.values() for one in said)
        )
    admission.version, admission.data = admission.version + 1, {**admission.data, step: given}
    if by_itself:
        return JsonResponse({"fields": {"version": str(admission.version)}})
    if "later" in request.POST:
        messages.success(request, _("What you typed has been saved."))
        return HttpResponseRedirect(_step_url(step))
    if wrong:
        return _show(request, admission, step, form, 422)
    return HttpResponseRedirect(_next_url(step))


def _show(
    request: HttpRequest, admission: Admission, step: str, form: StepForm, status: int = 200, refusal: str = ""
) -> HttpResponse:
    titles = step_titles()
    names = list(STEPS)
    context = {
        "form": form,
        "step": step,
        "title": titles[step],
        "items": _progress(admission, step),
        "form_version": admission.version,
        "mark": typed.mark(admission),
        "refusal": refusal,
        "last": step == names[-1],
        "back_url": _step_url(names[names.index(step) - 1]) if step != names[0] else "",
        "alike": _alike(admission) if step == names[1] else [],
        "coordinator": admission.coordinator_id,
    }
    return render(request, "registration/step.html", context, status=status)


def _progress(admission: Admission, current: str) -> list[dict[str, str]]:
    """Where in the row of steps one is; what was filled in is done or has a problem."""
    items = []
    for name, title in step_titles().items():
        data = admission.data.get(name)
        done = "todo" if data is None else "error" if faults(admission.country_id, name, data) else "done"
        items.append({"label": title, "url": _step_url(name), "state": "current" if name == current else done})
    state = "current" if current == "preview" else "todo"
    return [*items, {"label": _("Check and hand in"), "url": reverse("registration:preview"), "state": state}]


def _alike(admission: Admission) -> list[Likeness]:
    """Authorities that are registered already and look like this one; other people's registrations are not told."""
    if not admission.name:
        return []
    contact = admission.data.get("contact", {})
    found = similar(
        admission.country_id, admission.name, admission.city, contact.get("email", ""), contact.get("website", "")
    )
    return [one for one in found if not one.id.startswith(_NOT_INVITED) and one.active]


# --- handing in ------------------------------------------------------------------------------------------------------


@public
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest) -> HttpResponse:
    """Show everything once more and hand it in; what is missing leads to its field."""
    try:
        held, admission = _opened(request)
        if admission.state != Admission.State.INVITED:
            return HttpResponseRedirect(reverse("registration:submitted"))
        if request.method == "POST":
            return _handed_in(request, held, admission)
    except Refused:
        return _over(request)
    return _previewed(request, admission)


def _handed_in(request: HttpRequest, held: Held, admission: Admission) -> HttpResponse:
    """Hand the form in.

    Raises:
        Refused: the admission has moved on.
    """
    try:
        admissions.submit(held.admission, held.key)
    except Invalid:
        return _previewed(request, admission, 422)
    return HttpResponseRedirect(reverse("registration:submitted"))


def _previewed(request: HttpRequest, admission: Admission, status: int = 200) -> HttpResponse:
    parts: list[StepAnswers] = step_answers(admission)
    context = {
        "parts": parts,
        "errors": [error for part in parts for error in part.errors],
        "items": _progress(admission, "preview"),
        "alike": _alike(admission),
        "back_url": _step_url(list(STEPS)[-1]),
    }
    return render(request, "registration/preview.html", context, status=status)


@public
@require_safe
def submitted(request: HttpRequest) -> HttpResponse:
    """Say who decides now, and what happens then."""
    try:
        _held_now, admission = _opened(request)
    except Refused:
        return _over(request)
    if admission.state == Admission.State.INVITED:
        return HttpResponseRedirect(_first_url())
    context = {"admission": admission, "coordinator": admission.coordinator}
    return render(request, "registration/submitted.html", context)


@public
@require_POST
def give_up(request: HttpRequest) -> HttpResponse:
    """Withdraw; what was typed is forgotten."""
    try:
        held = _held(request)
        admissions.give_up(held.admission, held.key)
    except Refused:
        return _over(request)
    del request.session[HELD]
    return render(request, "registration/given_up.html")
