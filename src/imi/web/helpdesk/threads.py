"""One thread: reading it, going on with it, taking it, settling it, handing it over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.accounts.queries import Standing
from imi.administration.reasons import Refused
from imi.directory.names import country_name
from imi.helpdesk import actions, queries
from imi.helpdesk import reasons as own
from imi.helpdesk.models import Post, Thread
from imi.notify.actions import mark_thread_read
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.helpdesk.forms import HandOverForm, VersionForm, WriteForm
from imi.web.helpdesk.words import TONES, area_title, title_of, trail

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@judged
@_METHODS
def thread(request: PersonRequest, thread_id: int) -> HttpResponse:
    """Show a thread and do what comes from its forms; a fixed number of queries, whatever was written."""
    who = request.standing
    found, side = queries.thread(who, thread_id)
    form: Form = WriteForm(initial={"version": found.version})
    if request.method == "POST":
        form, act, done = _chosen(request, who, found)
        if form.is_valid() and attempted(form, lambda: act(form)):
            messages.success(request, done)
            return HttpResponseRedirect(reverse("helpdesk:thread", args=[found.pk]))
        form = _kept(form, found)
    mark_thread_read(who.user_id, found.pk)
    context = {**_shown(who, found, side), "form": form}
    return render(request, "helpdesk/thread.html", context, status=422 if form.errors else 200)


def _chosen(request: PersonRequest, who: Standing, found: Thread) -> tuple[Form, Callable[[Form], object], str]:
    """The form that was sent, what it does, and what is said when it is done."""
    match request.POST.get("do", ""):
        case "take":
            form: Form = VersionForm(request.POST)
            return form, lambda one: actions.take(who, found.pk, one.cleaned_data["version"]), _("You have taken it.")
        case "settle":
            form = VersionForm(request.POST)
            return form, lambda one: actions.settle(who, found.pk, one.cleaned_data["version"]), _("It is settled.")
    form = WriteForm(request.POST)
    return (
        form,
        lambda one: actions.write(who, found.pk, one.cleaned_data["text"], one.cleaned_data["version"]),
        _("Your text was sent."),
    )


def _kept(sent: Form, found: Thread) -> Form:
    """The form of the page after something was refused: with what was typed, and the version that is shown now."""
    again = WriteForm({"version": found.version, "text": sent.data.get("text", "")})
    again.errors.clear()
    for name, faults in sent.errors.items():
        again.add_error(name if name in again.fields else None, list(faults))
    return again


def _shown(who: Standing, found: Thread, side: Post.Side) -> dict[str, Any]:
    answering = side == Post.Side.ANSWERING
    settled = found.state == Thread.State.SETTLED
    question = found.sort == Thread.Sort.QUESTION
    listed = "messages" if not question else "desk" if answering else "asked"
    return {
        "thread": found,
        "title": title_of(found),
        "tone": TONES[Thread.State(found.state)],
        "area": area_title(found.area_id, who.language),
        "countries": {
            one: country_name(one, who.language) for one in {found.asking.country_id, found.answering.country_id}
        },
        "posts": [(one, _author(who, found, one)) for one in queries.posts(found)],
        "may_open": bool(queries.may_open(who, [found.number])),
        "may_write": not settled or not answering,
        "may_take": answering and not settled and found.assignee_id != who.user_id,
        "may_settle": not settled,
        "may_hand_over": answering and question and not settled,
        "may_publish": answering and question and settled,
        "answering": answering,
        "own": who.authority_id,
        "breadcrumbs": trail(title_of(found), listed),
    }


def _author(who: Standing, found: Thread, post: Post) -> str:
    """Who wrote: people are named within their own country, elsewhere their authority speaks."""
    near = post.by_authority_id == who.authority_id or found.sort == Thread.Sort.QUESTION
    return f"{post.by_user.get_full_name()}, {post.by_authority.name}" if near else post.by_authority.name


@judged
@_METHODS
def hand_over(request: PersonRequest, thread_id: int) -> HttpResponse:
    """Ask to which coordinator a question goes, and hand it over."""
    who = request.standing
    found, side = queries.thread(who, thread_id)
    if side != Post.Side.ANSWERING or found.sort != Thread.Sort.QUESTION:
        raise Refused(own.NOT_THE_DESK)
    chain = queries.chain(found)
    data = posted(request)
    form = HandOverForm(data, [(one.pk, one.name) for one in chain], found.version)
    if form.is_valid():
        given = form.cleaned_data
        if attempted(form, lambda: actions.hand_over(who, found.pk, given["desk"], given["version"])):
            messages.success(request, _("The question was handed over. You do not see it any more."))
            return HttpResponseRedirect(f"{reverse('helpdesk:list')}?tab=desk")
    context = {
        "form": form,
        "chain": chain,
        "thread": found,
        "breadcrumbs": [
            *trail(title_of(found), "desk")[:-1],
            {"url": reverse("helpdesk:thread", args=[found.pk]), "label": title_of(found)},
            {"url": "", "label": _("Hand over")},
        ],
    }
    return render(request, "helpdesk/hand_over.html", context, status=422 if form.errors else 200)
