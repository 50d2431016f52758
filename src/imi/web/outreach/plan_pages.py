"""Plans: announced by the national coordinator, with a to-do list that each coordinator ticks off."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.accounts.queries import Standing
from imi.administration.mandates import mandate
from imi.administration.reasons import Refused, demand
from imi.directory.names import country_name, language_name
from imi.outreach import library, notes, plans, reasons, rights
from imi.outreach.library import Due
from imi.outreach.models import Plan
from imi.outreach.plans import Outline
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted
from imi.web.administration.user_rule import judged
from imi.web.outreach import shown
from imi.web.outreach.forms import PlanForm
from imi.web.outreach.shown import Question, confirmed

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


def _announces(who: Standing) -> bool:
    may = shown.hosting(who)
    return may is not None and rights.to_announce(may, ()) is None


@judged
@require_safe
def plan_list(request: PersonRequest) -> HttpResponse:
    """What is planned and concerns the reader's authority as a coordinator, the next first."""
    who = request.standing
    today = shown.today_in(who)
    found = library.plans_for(who, shown.number_of(request))
    todos = library.todos_of(who, [one.pk for one in found.rows], today)
    context = {
        "rows": [(one, todos.get(one.pk, []), _done(todos.get(one.pk, []))) for one in found.rows],
        "filters": shown.filters(reverse("outreach:plans"), {}, {}, found),
        "announces": _announces(who),
        "today": today,
        "breadcrumbs": shown.trail("plans"),
    }
    return render(request, "outreach/plans.html", context)


def _done(todos: list[Due]) -> int:
    return sum(1 for due in todos if due.done)


@judged
@require_safe
def plan_page(request: PersonRequest, plan_id: int) -> HttpResponse:
    """One plan: the own to-dos in the order of their dates; for its announcer who has done what."""
    who = request.standing
    plan = library.plan(who, plan_id)
    notes.mark_read(who.user_id, plan=plan.pk)
    today = shown.today_in(who)
    announced = plan.host_id == who.authority_id and _announces(who)
    context = {
        "plan": plan,
        "text": shown.worded(plan.language, plan.title, plan.text, who.language),
        "language": language_name(plan.language, who.language),
        "country": country_name(plan.host.country_id, who.language) if plan.host else "",
        "areas": shown.area_names(plan.areas.all(), who.language),
        "todos": library.todos_of(who, [plan.pk], today).get(plan.pk, []),
        "ticks": rights.coordinating(who),
        "table": library.table(plan, today) if announced else None,
        "announced": announced,
        "breadcrumbs": shown.trail("plans", plan.title),
    }
    return render(request, "outreach/plan.html", context)


@judged
@_METHODS
def new_plan(request: PersonRequest) -> HttpResponse:
    """Announce a plan."""
    who = request.standing
    may = mandate(who)
    demand(rights.to_announce(may, ()))
    form = PlanForm(request.POST if request.method == "POST" else None, shown.area_choices(may), who.language)
    made: list[Plan] = []
    if form.is_valid() and attempted(form, lambda: made.append(plans.announce(who, _outline(form)))):
        messages.success(request, _("The plan was announced and the coordinators are told."))
        return HttpResponseRedirect(reverse("outreach:plan", args=[made[0].pk]))
    context = {
        "form": form,
        "title": _("Announce a plan"),
        "action": _("Announce"),
        "back_url": reverse("outreach:plans"),
        "version": 0,
        "multipart": False,
        "breadcrumbs": shown.trail("plans", _("Announce a plan")),
    }
    return render(request, "outreach/form.html", context, status=422 if form.errors else 200)


def _outline(form: PlanForm) -> Outline:
    given = form.cleaned_data
    plain = ("language", "title", "text", "legal_basis", "legal_url", "planned_on")
    return Outline(**{name: given[name] for name in plain}, todos=form.todos(), areas=tuple(given["areas"]))


@judged
@require_POST
def tick(request: PersonRequest, todo_id: int) -> HttpResponse:
    """Tick a to-do off for the own authority, or open it again."""
    done = request.POST.get("done") == "1"
    plan = plans.tick(request.standing, todo_id, done)
    messages.success(request, _("Ticked off.") if done else _("It is open again."))
    return HttpResponseRedirect(reverse("outreach:plan", args=[plan.pk]))


@judged
@_METHODS
def withdraw_plan(request: PersonRequest, plan_id: int) -> HttpResponse:
    """Ask, and take an announcement back."""
    who = request.standing
    plan = library.plan(who, plan_id)
    if plan.host_id != who.authority_id:
        raise Refused(reasons.NOT_HOST)
    question = Question(
        _("Withdraw the announcement"),
        plan.title,
        _("The coordinators see it no more and are not reminded. What they have done stays recorded."),
        _("Withdraw it"),
        _("The announcement was withdrawn."),
        reverse("outreach:plan", args=[plan_id]),
        danger=True,
    )
    form = NoForm(request.POST if request.method == "POST" else None)
    return confirmed(request, question, form, lambda: plans.withdraw(who, plan_id), reverse("outreach:plans"))
