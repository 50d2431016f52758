"""The coordinators' desk (task sheet "The coordinator's tasks": follow, step in, look after data and users)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.administration import queries as administration
from imi.core.compiled import Compiled
from imi.directory.queries import informal_titles
from imi.exchanges import definitions, lists
from imi.exchanges.lists import Count
from imi.exchanges.models import Participation
from imi.web import filters, rows, words
from imi.web.access import PersonRequest, signed_in
from imi.web.desk import indicators, queries
from imi.web.desk.indicators import Marks
from imi.web.filters import Search
from imi.web.help.queries import UNREVIEWED
from imi.web.requests.values import days_text

MONTHS = timedelta(days=365)
MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Still:
    """An open coordinated exchange: how old it is, how long nothing has happened, and where one steps in."""

    line: rows.Line
    age: str
    untouched: str
    remind_url: str


@dataclass(frozen=True, slots=True)
class Standings:
    """How one coordinated authority keeps its deadlines."""

    authority: str
    title: str
    marks: Marks


@signed_in
@require_safe
def desk(request: PersonRequest) -> HttpResponse:
    """Everything a coordinator has to follow; a fixed number of queries."""
    who, now = request.standing, timezone.now()
    counts = [one for one in lists.counts(who) if one.direction == "coordinated" and one.phase == "open"]
    state = filters.name_in(request.GET.get("state", ""))
    found = queries.lying(who, state)
    page = _page(request)
    authorities, more = queries.coordinated(who, page)
    since = (now - MONTHS).date().replace(day=1)
    measured = queries.figures(who, [one.pk for one in authorities], since)
    titles = informal_titles(authorities, who.language)
    context = {
        "tabs": _tabs(counts, state, who.language),
        "still": _still(who, found, now),
        "all_url": Search(tab="coordinated", state=state, phase="open").url(),
        "headings": [indicators.TITLES[one.id] for one in indicators.indicators()],
        "standings": [
            Standings(one.pk, titles[one.pk], indicators.marks(measured.get(one.pk, {}))) for one in authorities
        ],
        "all_marks": indicators.marks(queries.own_figures(who, since)),
        "since": since,
        "asleep": queries.never_signed_in(who),
        "unconfirmed": administration.unconfirmed(who, now.date()),
        "registers": queries.outdated_registers(who, (now - UNREVIEWED).date()),
        "left_behind": administration.left_behind(who),
        "next_url": f"{reverse('desk')}?page={page + 1}#standings" if more else "",
        "previous_url": f"{reverse('desk')}?page={page - 1}#standings" if page > 1 else "",
    }
    return render(request, "desk/desk.html", context)


def _page(request: PersonRequest) -> int:
    given = request.GET.get("page", "")
    return min(int(given), MOST_PAGES) or 1 if given.isascii() and given.isdigit() and len(given) < 6 else 1


def _tabs(counts: Sequence[Count], state: str, lang: str) -> list[dict[str, Any]]:
    """All open ones, then those in each state, in the order of their lives."""
    totals: Counter[str] = Counter()
    for one in counts:
        totals[one.state] += one.total
    titles = words.state_titles(lang)
    order = {one: index for index, one in enumerate(titles)}
    shown = sorted((one for one in totals if totals[one]), key=lambda one: order.get(one, len(order)))
    address = reverse("desk")
    every = {"label": _("All open"), "url": address, "current": not state, "count": sum(totals.values())}
    return [every] + [
        {
            "label": titles.get(one, one),
            "url": f"{address}?state={one}",
            "current": one == state,
            "count": totals[one],
        }
        for one in shown
    ]


def _still(who: Standing, found: Sequence[Participation], now: datetime) -> list[Still]:
    lines = rows.lines(who, found, authority="coordinated")
    return [
        Still(line, _age(row.opened_at, now), _age(row.updated_at, now), _remind_url(who, row))
        for row, line in zip(found, lines, strict=True)
    ]


def _age(since: datetime, now: datetime) -> str:
    return days_text((timezone.localdate(now) - timezone.localdate(since)).days)


def _remind_url(who: Standing, row: Participation) -> str:
    """Where the user steps in: an action by which only coordinators write to both sides; empty where there is none."""
    compiled = definitions.compiled(row.definition_id)
    roles = who.roles_in(row.area_id)
    for action in compiled.lifecycle.actions:
        mine = any(actor.party == row.party and roles.intersection(actor.roles) for actor in action.by)
        if mine and _steps_in(compiled, action.id) and row.state in compiled.action_states[action.id]:
            return reverse("requests:act", args=[row.number, action.id])
    return ""


def _steps_in(compiled: Compiled, action_id: str) -> bool:
    action = compiled.actions[action_id]
    return action.into == "message" and all(actor.party in compiled.coordinated for actor in action.by)
