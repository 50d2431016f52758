"""Frequent answers: publishing what was answered for all, changing it, taking it away."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.administration.reasons import Refused
from imi.helpdesk import actions, queries
from imi.helpdesk import reasons as own
from imi.helpdesk.models import Post, Thread
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.helpdesk.forms import AnswerForm
from imi.web.helpdesk.words import trail

_METHODS = require_http_methods(["GET", "HEAD", "POST"])
ANSWERS = "answers"
"""Where the frequent answers stand on the page of the help desks."""


@judged
@_METHODS
def publish(request: PersonRequest, thread_id: int) -> HttpResponse:
    """Publish the answer to a settled question in words of its own, beginning with those of the thread."""
    who = request.standing
    thread, side = queries.thread(who, thread_id)
    if side != Post.Side.ANSWERING or thread.sort != Thread.Sort.QUESTION:
        raise Refused(own.NOT_THE_DESK)
    if thread.state != Thread.State.SETTLED:
        raise Refused(own.NOT_SETTLED)
    said = [one.text for one in queries.posts(thread) if one.side == Post.Side.ANSWERING and one.text]
    form = AnswerForm(
        posted(request),
        initial={"language": who.language, "title": thread.subject, "text": said[-1] if said else ""},
    )
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("language", "title", "text")}
        if attempted(form, lambda: actions.publish(who, thread.pk, **given)):
            return _done(request, _("The answer is published."))
    back = reverse("helpdesk:thread", args=[thread.pk])
    return _drawn(request, form, _("Publish as an answer for all"), _("Publish"), back)


@judged
@_METHODS
def change(request: PersonRequest, answer_id: int) -> HttpResponse:
    """Change a frequent answer of the own coordinator."""
    who = request.standing
    found = queries.answer(who, answer_id)
    initial = {name: getattr(found, name) for name in ("language", "title", "text", "version")}
    form = AnswerForm(posted(request), initial=initial)
    if form.is_valid():
        given = {**form.cleaned_data, "version": form.cleaned_data["version"] or 0}
        if attempted(form, lambda: actions.change_answer(who, found.pk, **given)):
            return _done(request, _("The answer was changed."))
    back = f"{reverse('help_desks')}#{ANSWERS}"
    remove = reverse("helpdesk:answer_remove", args=[found.pk])
    return _drawn(request, form, _("Change the answer"), _("Save"), back, remove_url=remove)


@judged
@_METHODS
def remove(request: PersonRequest, answer_id: int) -> HttpResponse:
    """Ask, and take a frequent answer away."""
    who = request.standing
    found = queries.answer(who, answer_id)
    form = NoForm(posted(request))
    if form.is_valid() and attempted(form, lambda: actions.remove_answer(who, found.pk)):
        return _done(request, _("The answer was removed."))
    context = {"answer": found, "form": form, "breadcrumbs": trail(_("Remove the answer"), "desk")}
    return render(request, "helpdesk/answer_remove.html", context, status=422 if form.errors else 200)


def _done(request: PersonRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(f"{reverse('help_desks')}#{ANSWERS}")


def _drawn(request: PersonRequest, form: AnswerForm, title: str, action: str, back: str, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "action": action,
        "back_url": back,
        "remove_url": "",
        "breadcrumbs": trail(title, "desk"),
        **more,
    }
    return render(request, "helpdesk/answer.html", context, status=422 if form.errors else 200)
