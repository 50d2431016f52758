"""Newsletters: composed of news, looked at, sent once, and how far their mails have got."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from imi.administration.mandates import Mandate
from imi.administration.reasons import Refused
from imi.directory.names import language_name
from imi.notify import outreach as mails
from imi.outreach import bulletin, notes, queries, reasons
from imi.outreach.models import Issue
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.outreach import shown
from imi.web.outreach.form_pages import adds_language, languages, text_form
from imi.web.outreach.forms import IssueForm
from imi.web.outreach.shown import Question, confirmed, mandate_of

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@judged
@require_safe
def issue_list(request: PersonRequest) -> HttpResponse:
    """The newsletters of the own authority, for those who write them."""
    who = request.standing
    mandate_of(who)
    found = queries.issues(who, shown.number_of(request))
    context = {
        "rows": [(one, shown.told(one.texts.all(), who.language)) for one in found.rows],
        "filters": shown.filters(reverse("outreach:issues"), {}, {}, found),
        "breadcrumbs": shown.trail("issues"),
    }
    return render(request, "outreach/issues.html", context)


@judged
@_METHODS
def new_issue(request: PersonRequest) -> HttpResponse:
    """Compose a newsletter."""
    return _written(request, mandate_of(request.standing), None)


@judged
@_METHODS
def edit_issue(request: PersonRequest, issue_id: int) -> HttpResponse:
    """Change a newsletter that has not been sent."""
    may = mandate_of(request.standing)
    return _written(request, may, _own(request, may, issue_id))


def _own(request: PersonRequest, may: Mandate, issue_id: int) -> Issue:
    issue = queries.issue(request.standing, issue_id)
    if not shown.changes(may, issue):
        raise Refused(reasons.NOT_HOST)
    return issue


def _written(request: PersonRequest, may: Mandate, issue: Issue | None) -> HttpResponse:
    who = request.standing
    texts = {one.lang: (one.title, one.body) for one in issue.texts.all()} if issue else {}
    items = [
        (str(one.pk), shown.told(one.texts.all(), who.language).title)
        for one in queries.publishable(who, shown.today_in(who))
    ]
    initial: dict[str, Any] = {}
    if issue is not None:
        initial = {"items": [str(one.pk) for one in issue.items.all()], "areas": [one.pk for one in issue.areas.all()]}
    data = posted(request)
    labels = (_("Subject"), _("Introduction"))
    langs = languages(request, texts)
    form = IssueForm(shown.area_choices(may), items, data, langs, who.language, texts, labels, initial)
    more, made = adds_language(request), []
    if data is not None and not more and form.is_valid():
        given, known = form.cleaned_data, issue.pk if issue else None
        chosen = [int(one) for one in given["items"]]
        if attempted(form, lambda: made.append(bulletin.write_issue(who, chosen, form.texts(), given["areas"], known))):
            messages.success(request, _("The newsletter was saved. It has not been sent yet."))
            return HttpResponseRedirect(reverse("outreach:issue", args=[made[0].pk]))
    return text_form(request, form, _("Change the newsletter") if issue else _("New newsletter"), "issues", more)


@judged
@require_safe
def issue_page(request: PersonRequest, issue_id: int) -> HttpResponse:
    """A newsletter as its readers get it; its writers see it in any language, and how far it has been sent."""
    who = request.standing
    issue = queries.issue(who, issue_id)
    notes.mark_read(who.user_id, issue=issue.pk)
    items = queries.items_of(issue)
    langs = sorted({one.lang for one in issue.texts.all()} | {text.lang for one in items for text in one.texts.all()})
    asked = request.GET.get("language", "")
    lang = asked if asked in langs else who.language
    writes = shown.changes(shown.hosting(who), issue)
    head = shown.told(issue.texts.all(), lang)
    context = {
        "issue": issue,
        "head": head,
        "pieces": [shown.told(one.texts.all(), lang) for one in items],
        "languages": [(code, language_name(code, who.language)) for code in langs],
        "lang": lang,
        "writes": writes,
        "sending": mails.sending(issue.pk) if writes and issue.sent_at else None,
        "breadcrumbs": shown.trail("issues" if writes else "news", head.title),
    }
    return render(request, "outreach/issue.html", context)


@judged
@_METHODS
def send_issue(request: PersonRequest, issue_id: int) -> HttpResponse:
    """Say to how many a newsletter goes, and send it."""
    who = request.standing
    may = mandate_of(who)
    issue = _own(request, may, issue_id)
    count = bulletin.subscribers(issue.host, [one.pk for one in issue.areas.all()]).distinct().count()
    question = Question(
        _("Send the newsletter"),
        shown.told(issue.texts.all(), who.language).title,
        ngettext(
            "One mail goes to %(count)s reader. This cannot be taken back.",
            "One mail goes to each of %(count)s readers. This cannot be taken back.",
            count,
        )
        % {"count": count},
        _("Send it"),
        _("The newsletter is on its way."),
        reverse("outreach:issue", args=[issue_id]),
    )
    form = NoForm(posted(request))
    return confirmed(request, question, form, lambda: bulletin.send_issue(who, issue_id))
