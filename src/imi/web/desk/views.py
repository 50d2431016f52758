"""The coordinators' desk (task sheet "The coordinator's tasks": follow, step in, look after data and users)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from imi.administration import queries as administration
from imi.directory.queries import informal_titles
from imi.exchanges import lists
from imi.notify import problems
from imi.web.access import PersonRequest, signed_in
from imi.web.addresses import address_of
from imi.web.desk import backlog, indicators, queries, still
from imi.web.desk.arrived import arrived
from imi.web.desk.indicators import Marks
from imi.web.desk.tabs import desk_tabs
from imi.web.help.queries import UNREVIEWED
from imi.web.outreach.overview import todo_lines

MONTHS = timedelta(days=365)
MAIL_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Standings:
    """How one coordinated authority keeps its deadlines."""

    authority: str
    title: str
    marks: Marks


@signed_in
@require_safe
def desk(request: PersonRequest) -> HttpResponse:
    """What arrived, what each authority has to do, and what lies still; a fixed number of queries."""
    who, now = request.standing, timezone.now()
    counts = [one for one in lists.counts(who) if one.direction == "coordinated" and one.phase == "open"]
    behind = still.page_in(request, "backlog")
    waiting, more_waiting = backlog.lines(who, behind, now)
    context = {
        **still.context(who, still.read(request), counts, now),
        "desk_tabs": desk_tabs(who, "desk"),
        "coordinates": queries.coordinates(who),
        "todos": todo_lines(who),
        "backlog": waiting,
        "backlog_headings": [str(backlog.TITLES[one.id]) for one in backlog.columns()],
        "backlog_next": f"{address_of('desk')}?backlog={behind + 1}#backlog" if more_waiting else "",
        "backlog_previous": f"{address_of('desk')}?backlog={behind - 1}#backlog" if behind > 1 else "",
        "arrived": arrived(who, now),
    }
    return render(request, "desk/desk.html", context)


@signed_in
@require_safe
def deadlines(request: PersonRequest) -> HttpResponse:
    """How each coordinated authority keeps its deadlines, with lights; a fixed number of queries."""
    who, page = request.standing, still.page_in(request, "page")
    authorities, more = queries.coordinated(who, page)
    since = (timezone.now() - MONTHS).date().replace(day=1)
    measured = queries.figures(who, [one.pk for one in authorities], since)
    titles = informal_titles(authorities, who.language)
    address = address_of("desk_deadlines")
    context = {
        "desk_tabs": desk_tabs(who, "deadlines"),
        "headings": [indicators.TITLES[one.id] for one in indicators.indicators()],
        "standings": [
            Standings(one.pk, titles[one.pk], indicators.marks(measured.get(one.pk, {}))) for one in authorities
        ],
        "all_marks": indicators.marks(queries.own_figures(who, since)),
        "since": since,
        "next_url": f"{address}?page={page + 1}" if more else "",
        "previous_url": f"{address}?page={page - 1}" if page > 1 else "",
    }
    return render(request, "desk/deadlines.html", context)


@signed_in
@require_safe
def authorities(request: PersonRequest) -> HttpResponse:
    """Whose data and users need the coordinator, and whom no mail reaches; a fixed number of queries."""
    who, now = request.standing, timezone.now()
    mail, more_mail = problems.listed(who, size=MAIL_SHOWN)
    context = {
        "desk_tabs": desk_tabs(who, "authorities"),
        "coordinates": queries.coordinates(who),
        "asleep": queries.never_signed_in(who),
        "unconfirmed": administration.unconfirmed(who, now.date()),
        "registers": queries.outdated_registers(who, (now - UNREVIEWED).date()),
        "left_behind": administration.left_behind(who),
        "mail": mail,
        "more_mail": more_mail,
    }
    return render(request, "desk/authorities.html", context)
