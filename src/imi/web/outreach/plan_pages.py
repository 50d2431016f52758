"""Plans: announced by the national coordinator, with a to-do list that each coordinator ticks off."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.accounts.queries import Standing
from imi.administration.mandates import mandate
from imi.administration.reasons import Refused, demand
from imi.directory.names import country_name
from imi.directory.titles import marked
from imi.outreach import library, notes, plans, reasons, rights
from imi.outreach.library import Due
from imi.outreach.models import Plan
from imi.outreach.plan_texts import Wording, text_of, todo_in
from imi.outreach.plans import Outline
from imi.translation.drafts import outdated
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted, posted
from imi.web.administration.draft_states import origin
from imi.web.administration.user_rule import judged
from imi.web.outreach import shown
from imi.web.outreach.form_pages import adds_language, languages, text_form
from imi.web.outreach.forms import PlanForm
from imi.web.outreach.shown import Line, Question, confirmed

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
        "rows": [_row(one, todos.get(one.pk, []), who.language) for one in found.rows],
        "filters": shown.filters(reverse("outreach:plans"), {}, {}, found),
        "announces": _announces(who),
        "breadcrumbs": shown.trail("plans"),
    }
    return render(request, "outreach/plans.html", context)


@dataclass(frozen=True, slots=True)
class Row:
    """A plan in a list: its title as the reader gets it, and how many of its to-dos are done and late."""

    plan: Plan
    title: Line
    todos: int
    done: int
    late: int


def _row(plan: Plan, todos: list[Due], lang: str) -> Row:
    done, late = sum(1 for due in todos if due.done), sum(1 for due in todos if due.late)
    text = text_of(plan, lang)
    return Row(plan, shown.line(text, text.title, lang), len(todos), done, late)


@judged
@require_safe
def plan_page(request: PersonRequest, plan_id: int) -> HttpResponse:
    """One plan: the own to-dos in the order of their dates; for its announcer who has done what."""
    who = request.standing
    plan = library.plan(who, plan_id)
    notes.mark_read(who.user_id, plan=plan.pk)
    today = shown.today_in(who)
    announced = plan.host_id == who.authority_id and _announces(who)
    text = text_of(plan, who.language)
    original = next((one for one in plan.texts.all() if one.lang == text.source_lang), None)
    context = {
        "plan": plan,
        "text": shown.told([text], who.language),
        "draft": origin(text, who.language),
        "original": original,
        "outdated": text.machine and outdated(text, {one.lang: one for one in plan.texts.all()}),
        "words": {one.number: todo_in(text, one.number) for one in plan.todos.all()},
        "country": country_name(plan.host.country_id, who.language) if plan.host else "",
        "areas": shown.area_names(plan.areas.all(), who.language),
        "todos": library.todos_of(who, [plan.pk], today).get(plan.pk, []),
        "ticks": rights.coordinating(who),
        "table": library.table(plan, today) if announced else None,
        "announced": announced,
        "breadcrumbs": shown.trail("plans", text.title),
    }
    return render(request, "outreach/plan.html", context)


@judged
@_METHODS
def new_plan(request: PersonRequest) -> HttpResponse:
    """Announce a plan."""
    who = request.standing
    may = mandate(who)
    demand(rights.to_announce(may, ()))
    data = posted(request)
    form = PlanForm(shown.area_choices(may), data, languages(request, ()), who.language)
    more = adds_language(request)
    made: list[Plan] = []
    if not more and form.is_valid() and attempted(form, lambda: made.append(plans.announce(who, _outline(form)))):
        messages.success(request, _("The plan was announced and the coordinators are told."))
        return HttpResponseRedirect(reverse("outreach:plan", args=[made[0].pk]))
    return text_form(request, form, _("Announce a plan"), "plans", more, _("Announce"))


def _outline(form: PlanForm) -> Outline:
    """What was typed; it counts as announced in the first language, the reader's if there is a text in it."""
    given, rows = form.cleaned_data, form.rows()
    own, *others = form.worded()
    texts = {
        lang: Wording(given[f"title_{lang}"], given[f"body_{lang}"], tuple(given[f"todo_{row}_{lang}"] for row in rows))
        for lang in (own, *others)
    }
    return Outline(
        language=own,
        title=texts[own].title,
        text=texts[own].body,
        legal_basis=given["legal_basis"],
        legal_url=given["legal_url"],
        planned_on=given["planned_on"],
        todos=[(words, given[f"due_{row}"]) for words, row in zip(texts[own].todos, rows, strict=True)],
        areas=tuple(given["areas"]),
        others={lang: texts[lang] for lang in others},
    )


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
    text = text_of(plan, who.language)
    question = Question(
        _("Withdraw the announcement"),
        marked(text.title, text.machine, who.language),
        _("The coordinators see it no more and are not reminded. What they have done stays recorded."),
        _("Withdraw it"),
        _("The announcement was withdrawn."),
        reverse("outreach:plan", args=[plan_id]),
        danger=True,
    )
    form = NoForm(posted(request))
    return confirmed(request, question, form, lambda: plans.withdraw(who, plan_id), reverse("outreach:plans"))
