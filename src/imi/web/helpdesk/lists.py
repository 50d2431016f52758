"""The lists of threads: own questions, messages of coordinators, and the desk of a coordinator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.directory.models import Authority
from imi.helpdesk import queries, rights
from imi.helpdesk.models import Thread
from imi.helpdesk.queries import GENERAL, Waiting, Wanted
from imi.web import words
from imi.web.access import PersonRequest, signed_in
from imi.web.filters import name_in
from imi.web.helpdesk.words import TONES, area_title, title_of
from imi.web.news import number_in
from imi.web.requests.values import days_text

MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Line:
    """A thread in a list, as one side sees it; ``mine`` says that it is that side's turn."""

    url: str
    title: str
    other: str
    area: str
    kind: str
    state: str
    tone: str
    turn: str
    mine: bool
    assignee: str
    since: datetime
    age: str
    number: str
    may_open: bool


@signed_in
@require_safe
def listed(request: PersonRequest) -> HttpResponse:
    """A page of one list, narrowed by state, area and kind; a fixed number of queries."""
    who = request.standing
    waiting = queries.waiting(who)
    tabs = _tab_titles(who, request.user.authority)
    tab = request.GET.get("tab", "")
    tab = tab if tab in tabs else next(iter(tabs))
    wanted = _wanted(request, tab)
    page = min(number_in(request, "page") or 1, MOST_PAGES)
    found, more = queries.threads(who, tab, wanted, page)
    context = {
        "tab": tab,
        "tabs": _tabs(tabs, tab, waiting),
        "lines": lines(who, found),
        "wanted": wanted,
        "states": Thread.State.choices,
        "kinds": [] if tab == "messages" else Thread.Kind.choices,
        "areas": _areas(who),
        "filtered": wanted != Wanted(),
        "next_url": _url(tab, wanted, page + 1) if more and page < MOST_PAGES else "",
        "previous_url": _url(tab, wanted, page - 1) if page > 1 else "",
    }
    return render(request, "helpdesk/list.html", context)


def _tab_titles(who: Standing, authority: Authority) -> dict[str, str]:
    """The lists that are somebody's: the desk only for those who answer for a coordinator."""
    coordinates = authority.kind != Authority.Kind.COMPETENT
    found = {"asked": _("My questions"), "messages": _("Messages between authorities")}
    if coordinates and (rights.areas(who) or rights.answers_in_general(who)):
        found["desk"] = _("Questions to us")
    return found


def _tabs(titles: dict[str, str], current: str, waiting: Waiting) -> list[dict[str, Any]]:
    address = reverse("helpdesk:list")
    return [
        {"url": f"{address}?tab={name}", "label": label, "current": name == current, "count": getattr(waiting, name)}
        for name, label in titles.items()
    ]


def _wanted(request: PersonRequest, tab: str) -> Wanted:
    """The filters; a desk begins with what is open."""
    given = request.GET
    state = given.get("state", Thread.State.OPEN if tab == "desk" else "")
    kind, area = given.get("kind", ""), given.get("area", "")
    return Wanted(
        state=state if state in Thread.State.values else "",
        area=area if area == GENERAL else name_in(area),
        kind=kind if kind in Thread.Kind.values and tab != "messages" else "",
    )


def _url(tab: str, wanted: Wanted, page: int) -> str:
    given = {"tab": tab, "state": wanted.state, "area": wanted.area, "kind": wanted.kind, "page": str(page)}
    return f"{reverse('helpdesk:list')}?{urlencode(given)}"


def _areas(who: Standing) -> list[tuple[str, str]]:
    titles = words.area_titles(who.language)
    known = sorted(((area, titles.get(area, area)) for area in who.roles), key=lambda one: one[1])
    return [(GENERAL, _("General")), *known]


def lines(who: Standing, found: Sequence[Thread]) -> list[Line]:
    """Threads as somebody reads them; one query, to know which exchanges they may open."""
    openable = queries.may_open(who, [one.number for one in found])
    return [_line(who, one, openable) for one in found]


def _line(who: Standing, thread: Thread, openable: set[str]) -> Line:
    own_turn = thread.answering_id if thread.state == Thread.State.OPEN else thread.asking_id
    ours = thread.state != Thread.State.SETTLED and own_turn == who.authority_id
    other = thread.asking if thread.answering_id == who.authority_id else thread.answering
    days = (timezone.localdate() - timezone.localdate(thread.since)).days
    return Line(
        url=reverse("helpdesk:thread", args=[thread.pk]),
        title=title_of(thread),
        other=other.name,
        area=area_title(thread.area_id, who.language),
        kind=str(thread.get_kind_display()) if thread.kind else "",
        state=str(thread.get_state_display()),
        tone=TONES[Thread.State(thread.state)],
        turn="" if thread.state == Thread.State.SETTLED else _("your turn") if ours else _("the other side's turn"),
        mine=ours,
        assignee=thread.assignee.get_full_name() if thread.assignee and other.pk == thread.asking_id else "",
        since=thread.since,
        age=days_text(days),
        number=thread.number,
        may_open=thread.number in openable,
    )
