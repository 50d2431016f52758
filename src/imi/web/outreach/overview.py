"""The first page of outreach: what comes next, what is new, what is to be done; and what other pages show of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.notify.outreach_words import fact, path
from imi.outreach import library, queries, rights
from imi.outreach.library import Due, MaterialFilter
from imi.outreach.plan_texts import text_of, todo_in
from imi.outreach.queries import EventFilter
from imi.web.access import PersonRequest
from imi.web.addresses import address_of
from imi.web.administration.user_rule import judged
from imi.web.outreach import event_pages, material_pages, shown
from imi.web.outreach.shown import Line, Told

FEW = 3


@dataclass(frozen=True, slots=True)
class Headline:
    """A piece of news on the first page."""

    text: Told
    url: str
    on: date


@dataclass(frozen=True, slots=True)
class NoteLine:
    """What somebody was told, among the notices."""

    text: str
    url: str
    at: datetime
    unread: bool


def headlines(who: Standing) -> list[Headline]:
    """The latest news of a reader, at most three; one query.

    By the day of the server: the day of the reader's country would cost a query, and matters around midnight only.
    """
    texts = queries.latest_news(who, timezone.now().date(), FEW)
    return [
        Headline(shown.told(list(group), who.language), address_of("outreach:news_item", item.pk), item.from_on)
        for item, group in groupby(texts, key=lambda one: one.item)
    ]


def note_lines(who: Standing) -> list[NoteLine]:
    """What somebody was told of events, plans and the like, latest first; one query."""
    return [NoteLine(fact(one)[0], path(one), one.at, one.read_at is None) for one in queries.notes_of(who)]


@dataclass(frozen=True, slots=True)
class TodoLine:
    """A to-do of a plan in a list."""

    due: Due
    words: Line
    plan: str


def todo_lines(who: Standing, size: int = 10) -> list[TodoLine]:
    """What the reader's authority has still to do for plans, the most pressing first; two queries, none for people
    without a coordinating role.

    The coordinators' desk shows them with the macro ``todo_list`` of ``outreach/parts.html``.
    """
    found = library.open_todos(who, timezone.now().date(), size) if rights.coordinating(who) else []
    return [_todo_line(due, who.language) for due in found]


def _todo_line(due: Due, lang: str) -> TodoLine:
    text = text_of(due.todo.plan, lang)
    return TodoLine(due, shown.line(text, todo_in(text, due.todo.number), lang), text.title)


@judged
@require_safe
def overview(request: PersonRequest) -> HttpResponse:
    """The next events, the latest news, open to-dos and materials, each with the way to its list."""
    who = request.standing
    events = queries.events(who, EventFilter(), timezone.now(), size=FEW)
    materials = library.materials(who, MaterialFilter(), size=FEW)
    context = {
        "events": event_pages.lines(request, list(events.rows)),
        "news": headlines(who),
        "todos": todo_lines(who),
        "plans": rights.coordinating(who),
        "materials": [material_pages.card(one, who.language) for one in materials.rows],
        "breadcrumbs": shown.trail(),
    }
    return render(request, "outreach/overview.html", context)
