"""Notices, as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from imi.accounts.queries import Standing
from imi.exchanges import definitions
from imi.helpdesk import rights
from imi.helpdesk.models import Post
from imi.notify import actions, letters, queries
from imi.notify.models import Notice
from imi.outreach import notes
from imi.web import words
from imi.web.access import PersonRequest, signed_in
from imi.web.outreach import overview


@dataclass(frozen=True, slots=True)
class NewsLine:
    """One notice: what happened in which exchange or question, and when."""

    number: str
    url: str
    procedure: str
    text: str
    at: datetime
    unread: bool


def lines(notices: Iterable[Notice], who: Standing) -> list[NewsLine]:
    """Notices in the reader's language; no query."""
    return [_of_post(one, one.post, who) if one.post else _of_event(one, who.language) for one in notices]


def _of_event(one: Notice, lang: str) -> NewsLine:
    if one.event is None or one.exchange is None:
        raise ValueError("a notice is about an event or a post")
    return NewsLine(
        number=one.exchange.number,
        url=reverse("requests:show", args=[one.exchange.number]),
        procedure=words.marked(definitions.voice(one.event.definition, lang).procedure()),
        text=letters.happened(one.event, lang),
        at=one.at,
        unread=one.read_at is None,
    )


def _of_post(one: Notice, post: Post, who: Standing) -> NewsLine:
    """A notice of the help desk; what was asked is named only to those who may still read it."""
    thread, lang = post.thread, who.language
    return NewsLine(
        number=(thread.subject or thread.number) if rights.side_of(who, thread) else _("Help desk"),
        url=reverse("helpdesk:thread", args=[thread.pk]),
        procedure=str(thread.get_sort_display()),
        text=letters.about_thread(post, lang),
        at=one.at,
        unread=one.read_at is None,
    )


@signed_in
@require_safe
def notice_list(request: PersonRequest) -> HttpResponse:
    """The person's notices, latest first."""
    before = number_in(request, "before")
    found = queries.notices(request.standing, before=before, size=queries.PAGE + 1)
    page = found[: queries.PAGE]
    context = {
        "news": lines(page, request.standing),
        "next_url": f"{reverse('notices')}?before={page[-1].pk}" if len(found) > len(page) else "",
        "first_url": reverse("notices") if before else "",
        "notes": overview.note_lines(request.standing) if before is None else [],
    }
    return render(request, "notices.html", context)


@signed_in
@require_POST
def mark_all_read(request: PersonRequest) -> HttpResponse:
    """Mark all notices of the person as read."""
    actions.mark_read(request.standing.user_id)
    notes.mark_read(request.standing.user_id)
    return HttpResponseRedirect(reverse("notices"))


def number_in(request: HttpRequest, name: str) -> int | None:
    """A number in the address; None when there is none or it is malformed."""
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
