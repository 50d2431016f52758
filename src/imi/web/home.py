"""The first page: what awaits me, what is late, what is new, what is stuck."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.exchanges import definitions, lists
from imi.exchanges.lists import Awaiting, Count, Filters, TaskList
from imi.exchanges.models import Participation
from imi.exchanges.projection import direction_of
from imi.helpdesk import queries as helpdesk
from imi.helpdesk.queries import Waiting
from imi.notify import problems
from imi.notify import queries as notices
from imi.notify.models import MailProblem
from imi.web import news, outlook, queries, rows, words
from imi.web.access import PersonRequest, public, signed_in
from imi.web.addresses import address_of
from imi.web.filters import Search
from imi.web.help import steps
from imi.web.outreach import overview
from imi.web.requests.values import days_text

MAIL_ARRIVES = "mail_arrives"
"""Key of the session that notes that mail to the person did not come back until it began."""

TASKS_COUNTED = 100
TASKS_SHOWN = 8
NEWS_SHOWN = 6
DRAFTS_SHOWN = 5
STUCK_SHOWN = 5


@public
@require_safe
def start(request: HttpRequest) -> HttpResponseBase:
    """Show the signed-in person's first page; in training, let others choose first who they want to be."""
    if settings.IMI_TRAINING and not request.user.is_authenticated and not getattr(request, "session_expired", False):
        return HttpResponseRedirect(address_of("training"))
    return home(cast(PersonRequest, request))


@signed_in
def home(request: PersonRequest) -> HttpResponse:
    """Everything that a person should see first; a fixed number of queries."""
    who = request.standing
    counts = lists.counts(who)
    awaiting = lists.tasks(who, size=TASKS_COUNTED)
    unread = [one for one in notices.notices(who, size=NEWS_SHOWN) if one.read_at is None]
    drafts = _drafts(who) if _total(counts, "sent", "draft") else ()
    coordinates = any(one.direction == "coordinated" for one in counts)
    context = {
        "first_name": request.user.given_name,
        "tiles": _tiles(counts, awaiting, helpdesk.waiting(who)),
        "kinds": _kinds(who, awaiting),
        "tasks": rows.task_lines(who, awaiting.tasks[:TASKS_SHOWN]),
        "all_tasks": len(awaiting.tasks) > TASKS_SHOWN,
        "late": awaiting.late,
        "news": news.lines(unread, who),
        "drafts": rows.draft_lines(who, drafts) if drafts else [],
        "outlook": outlook.columns(awaiting.tasks, timezone.now()),
        "bars": bars(counts, who.language),
        "stuck": rows.lines(who, lists.stuck(who, size=STUCK_SHOWN), authority="coordinated") if coordinates else [],
        "stuck_url": Search(tab="coordinated", due="late", phase="any", sort="due").url(),
        "backlog": _backlog(who) if coordinates else None,
        "may_begin": bool(who.areas_with("handler")),
        "mail_problem": _mail_problem(request),
        "own_user_url": address_of("user_edit", who.user_id) if who.administrator else "",
        "has_areas": bool(who.roles),
        "first_steps": steps.card(who, timezone.now()),
        "headlines": overview.headlines(who),
    }
    return render(request, "home.html", context)


def _mail_problem(request: PersonRequest) -> MailProblem | None:
    """Whether mail to the person comes back: asked once in a session, and from then on only if it did."""
    if request.session.get(MAIL_ARRIVES):
        return None
    found = problems.of_address(request.user.email)
    if found is None:
        request.session[MAIL_ARRIVES] = True
    return found


def _drafts(who: Standing) -> Sequence[Participation]:
    return lists.exchanges(who, Filters(direction="sent", phase="draft"), size=DRAFTS_SHOWN).rows


# --- numbers ---------------------------------------------------------------------------------------------------------


def _total(counts: Iterable[Count], direction: str, phase: str) -> int:
    return sum(one.total for one in counts if one.direction == direction and one.phase == phase)


def _tiles(counts: Sequence[Count], awaiting: TaskList, threads: Waiting) -> list[dict[str, Any]]:
    """The numbers that lead to their lists. Those of special parts appear only when there are any."""
    number = f"{TASKS_COUNTED}+" if awaiting.more else str(len(awaiting.tasks))
    late = f"{lists.LATE_CAP}+" if awaiting.late >= lists.LATE_CAP else str(awaiting.late)
    late_tone = "danger" if awaiting.late else "success"
    tiles = [
        {"number": number, "label": _("await me"), "url": address_of("tasks"), "tone": "info"},
        {"number": late, "label": _("of these late"), "url": address_of("tasks"), "tone": late_tone},
    ]
    if threads.total:
        label, url = _("at the help desk"), f"{address_of('helpdesk:list')}?tab={threads.first}"
        tiles.append({"number": str(threads.total), "label": label, "url": url, "tone": "info"})
    wanted = (
        ("received", "open", _("received, open"), True),
        ("sent", "open", _("sent, open"), True),
        ("coordinated", "open", _("coordinated, open"), False),
        ("sent", "draft", _("drafts"), False),
    )
    for direction, phase, label, always in wanted:
        total = _total(counts, direction, phase)
        if total or always:
            tab = "drafts" if phase == "draft" else direction
            tiles.append({"number": str(total), "label": label, "url": Search(tab=tab).url(), "tone": "neutral"})
    return tiles


@dataclass(frozen=True, slots=True)
class Kind:
    """Tasks of one kind: how many, and where they are listed."""

    title: str
    count: int
    late: int
    url: str


def _kinds(who: Standing, awaiting: TaskList) -> list[Kind]:
    """The tasks by what has to be done, those with most that is late first."""
    first: dict[str, Awaiting] = {}
    every: Counter[str] = Counter()
    late: Counter[str] = Counter()
    now = timezone.now()
    for task in awaiting.tasks:
        first.setdefault(task.action, task)
        every[task.action] += 1
        late[task.action] += task.due_at is not None and task.due_at < now
    found = []
    for action, task in first.items():
        voice = definitions.voice(task.definition, who.language)
        title = words.marked(voice.get(task.title_key, task.title))
        url = f"{address_of('tasks')}?{urlencode({'action': action})}"
        found.append(Kind(title, every[action], late[action], url))
    return sorted(found, key=lambda kind: (-kind.late, -kind.count))


# --- the picture -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar: a state, how many are in it, and where the stretch begins and ends (0 to 1000)."""

    title: str
    tone: str
    total: int
    x: int
    width: int
    url: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The open exchanges of one direction by state."""

    title: str
    total: int
    parts: tuple[Part, ...]


WIDTH = 1000


def bars(counts: Sequence[Count], lang: str) -> list[Bar]:
    """A picture of the open exchanges: a bar for each direction, its stretches in the order of their lives."""
    found = []
    titles = words.state_titles(lang)
    order = {state: index for index, state in enumerate(titles)}
    for tab, title in (("received", _("Received")), ("sent", _("Sent")), ("coordinated", _("Coordinated"))):
        totals: Counter[str] = Counter()
        areas: dict[str, str] = {}
        for one in counts:
            if one.direction == tab and one.phase == "open":
                totals[one.state] += one.total
                areas.setdefault(one.state, one.area)
        whole = sum(totals.values())
        if whole:
            states = sorted(totals, key=lambda state: order.get(state, len(order)))
            found.append(Bar(title, whole, tuple(_parts(tab, states, totals, areas, titles))))
    return found


def _parts(
    tab: str, states: Sequence[str], totals: Mapping[str, int], areas: Mapping[str, str], titles: Mapping[str, str]
) -> Iterable[Part]:
    whole, done = sum(totals.values()), 0
    for state in states:
        begin, done = WIDTH * done // whole, done + totals[state]
        end = WIDTH * done // whole
        known = words.state_of(areas[state], state)
        tone = known[1].tone if known else "neutral"
        url = Search(tab=tab, state=state, phase="open").url()
        yield Part(titles.get(state, state), tone, totals[state], begin, end - begin, url)


# --- for coordinators ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BacklogLine:
    """What one coordinated authority has still to do, by kind; its open exchanges, and how long one of them lay."""

    authority: str
    title: str
    counts: tuple[int, ...]
    total: int
    untouched: str


@dataclass(frozen=True, slots=True)
class BacklogTable:
    """What the coordinated authorities have still to do: a column for each thing awaited of them."""

    columns: tuple[str, ...]
    lines: tuple[BacklogLine, ...]


def _backlog(who: Standing) -> BacklogTable | None:
    """What is not yet accepted, answered or closed in each coordinated authority, as the definitions call it."""
    found = queries.backlogs(who)
    if not found:
        return None
    names = queries.titles((one.authority for one in found), who.language)
    by_title: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for one in found:
        for (direction, area, state), total in one.counts.items():
            title = _awaited(area, state, direction, who.language)
            if title:
                by_title[title][one.authority] += total
    columns = tuple(by_title)
    untouched = queries.longest_untouched(who, [one.authority for one in found])
    lines = tuple(
        BacklogLine(
            one.authority,
            names.get(one.authority, one.authority),
            tuple(by_title[column].get(one.authority, 0) for column in columns),
            sum(one.counts.values()),
            _age(untouched.get(one.authority)),
        )
        for one in found
    )
    return BacklogTable(columns, lines)


def _age(since: datetime | None) -> str:
    """How many days ago something happened last."""
    return days_text((timezone.localdate() - timezone.localtime(since).date()).days) if since else ""


def _awaited(area: str, state: str, direction: str, lang: str) -> str | None:
    """What a state always awaits of the side that lists it under ``direction``; None when the other side has to act."""
    known = words.state_of(area, state)
    if known is None:
        return None
    compiled, found = known
    for awaited in found.awaits:
        if awaited.when is None and direction_of(compiled, awaited.party) == direction:
            return words.marked(words.await_title(definitions.voice(compiled.content_hash, lang), state, awaited))
    return None
