"""A plan in each language: written by its announcer, or drafted by machine until somebody confirms it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.mandates import mandate
from imi.administration.reasons import Refused, demand
from imi.directory.names import language_name
from imi.outreach import library, plan_texts, rights
from imi.outreach.models import Plan, PlanDraftOrder, PlanText
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import attempted, posted
from imi.web.administration.draft_states import beside, code_in, drafting, languages, origin, say_ordered
from imi.web.administration.user_rule import judged, tell
from imi.web.outreach import shown
from imi.web.outreach.forms import PlanTextForm


def _own(who: Standing, plan_id: int) -> Plan:
    """A plan that the own authority has announced.

    Raises:
        Refused: there is none, or ``who`` may not change it.
    """
    plan = library.plan(who, plan_id)
    if plan.host_id is None or plan.host_id != who.authority_id:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_announce(mandate(who), [area.pk for area in plan.areas.all()]))
    return plan


def _address(plan_id: int, lang: str) -> str:
    return f"{reverse('outreach:plan_texts', args=[plan_id])}?{urlencode({'lang': lang})}"


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: PersonRequest, plan_id: int) -> HttpResponse:
    """Write a plan in one language, with that in another language beside it."""
    who = request.standing
    plan = _own(who, plan_id)
    known = {text.lang: text for text in plan.texts.all()}
    wanted = request.GET.get("lang", "")
    lang = wanted if wanted in dict(settings.LANGUAGES) else plan.language
    numbers = [todo.number for todo in plan.todos.all()]
    form = PlanTextForm(posted(request), numbers, _initial(known.get(lang)))
    seen = request.POST.get("seen")
    if form.is_valid() and attempted(form, lambda: plan_texts.write(who, plan_id, lang, form.wording(), seen=seen)):
        messages.success(request, _("The text was changed."))
        return HttpResponseRedirect(_address(plan_id, lang))
    orders = {one.lang: one for one in PlanDraftOrder.objects.filter(plan=plan)}
    listed = languages(known, orders, who.language)
    other = beside(known, lang, plan.language)
    context = {
        "plan": plan,
        "form": form,
        "seen": plan_texts.mark_of(known.get(lang)),
        "language": next(one for one in listed if one.code == lang),
        "draft": origin(known[lang], who.language) if lang in known else None,
        "beside": known.get(other),
        "beside_language": language_name(other, who.language) if other else "",
        "all_languages": listed,
        "waiting": any(one.state == "waiting" for one in listed),
        "drafting": drafting(known, orders, lang, who.language),
        "this_url": _address(plan_id, lang),
        "breadcrumbs": shown.trail("plans", _("Languages of the plan")),
    }
    return render(request, "outreach/plan_texts.html", context, status=422 if form.errors else 200)


def _initial(text: PlanText | None) -> dict[str, str]:
    if text is None:
        return {}
    return {"title": text.title, "body": text.body, **{f"todo_{name}": words for name, words in text.todos.items()}}


@judged
@require_POST
def draft(request: PersonRequest, plan_id: int) -> HttpResponse:
    """Order drafts in the languages that lack a text."""
    _own(request.standing, plan_id)
    source = code_in(request.POST, "source")
    try:
        ordered = plan_texts.order(request.standing, plan_id, source)
    except Refused as refused:
        messages.error(request, tell(refused))
    else:
        say_ordered(request, len(ordered))
    return HttpResponseRedirect(_address(plan_id, source))


@judged
@require_POST
def discard(request: PersonRequest, plan_id: int) -> HttpResponse:
    """Throw a draft away."""
    _own(request.standing, plan_id)
    lang = code_in(request.POST, "lang")
    try:
        plan_texts.discard(request.standing, plan_id, lang)
    except Refused as refused:
        if refused.reason.code != administration.OVERTAKEN.code:
            raise
        messages.error(request, _("There is no draft any more: somebody has confirmed it or thrown it away."))
    else:
        messages.success(request, _("The draft was thrown away."))
    return HttpResponseRedirect(_address(plan_id, lang))
