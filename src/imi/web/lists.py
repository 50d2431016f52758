"""The lists of exchanges and of tasks, saved filters, and allocating several exchanges at once."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from imi.exchanges import lists
from imi.exchanges.lists import Count
from imi.web import actions, filters, queries, rows
from imi.web.access import PersonRequest, for_role, safe_next, signed_in
from imi.web.addresses import address_of
from imi.web.allocation import allocate
from imi.web.context import LIST_PLACE
from imi.web.filters import Search
from imi.web.news import number_in

MOST_AT_ONCE = 100
_OWN: dict[str, rows.Own] = {"linked": "linked", "coordinated": "coordinated"}


@signed_in
@require_safe
def exchange_list(request: PersonRequest) -> HttpResponse:
    """One page of a list of exchanges. The number of queries does not depend on what is found."""
    who = request.standing
    counts = lists.counts(who)
    search = filters.read(request.GET)
    if "tab" not in request.GET:
        search = replace(search, tab=_first_tab(counts))
    marker = request.GET.get("page", "")
    try:
        page = lists.exchanges(who, search.filters(), marker)
    except (ValueError, ValidationError):  # a bad cursor, or one of another order of the list
        return HttpResponseRedirect(search.url())
    _keep_place(request, search.url(marker))
    colleagues = queries.handlers(who)
    offered = filters.choices(who, [(str(one.id), one.name) for one in colleagues])
    found = rows.lines(who, page.rows, _OWN.get(search.tab, ""))
    context = {
        "search": search,
        "lines": found,
        "headers": _headers(search),
        "tabs": _tabs(search, counts, bool(who.linked)),
        "selects": filters.selects(search, offered),
        "tags": filters.tags(search, offered),
        "saved": queries.saved_filters(who),
        "next_url": search.url(page.next) if page.next else "",
        "previous_url": search.url(page.previous) if page.previous else "",
        "colleagues": queries.allocatable(who) if any(line.may_allocate for line in found) else [],
        "key": secrets.token_urlsafe(16),
        "may_begin": bool(who.areas_with("handler")),
    }
    return render(request, "exchanges/list.html", context)


def _keep_place(request: HttpRequest, address: str) -> None:
    """Remember where in the lists the person is; written only when it has changed."""
    if request.session.get(LIST_PLACE) != address:
        request.session[LIST_PLACE] = address


def _tab_count(tab: str, counts: Iterable[Count]) -> int:
    """How many open exchanges, or drafts, a tab holds."""
    direction, phase = ("sent", "draft") if tab == "drafts" else (tab, "open")
    return sum(one.total for one in counts if one.direction == direction and one.phase == phase)


def _first_tab(counts: Sequence[Count]) -> str:
    """The tab to begin with: the first that holds something."""
    return next((tab for tab in filters.TABS if _tab_count(tab, counts)), filters.TABS[0])


def _tabs(search: Search, counts: Sequence[Count], has_linked: bool) -> list[dict[str, Any]]:
    """The tabs with their counts; those for special parts appear only when there is something for them."""
    held = {one.direction for one in counts}
    shown = {"received", "sent", "drafts", search.tab} | held
    if has_linked:
        shown.add("linked")
    return [
        {
            "label": title,
            "url": Search(tab=tab).url(),
            "current": tab == search.tab,
            "count": _tab_count(tab, counts),
        }
        for tab, title in filters.tab_titles().items()
        if tab in shown
    ]


def _headers(search: Search) -> dict[str, dict[str, str]]:
    """What the headings of the columns need to sort the list."""
    order = {"opened": "descending", "due": "ascending", "updated": "descending"}
    return {
        name: {"url": search.url(sort=name), "sorted": direction if search.sort == name else ""}
        for name, direction in order.items()
    }


@signed_in
@require_safe
def task_list(request: PersonRequest) -> HttpResponse:
    """What awaits the person, the most pressing first, all or of one kind, a page at a time."""
    action = filters.name_in(request.GET.get("action", ""))
    found = lists.task_page(request.standing, number_in(request, "page") or 1, action)
    context = {
        "tasks": rows.task_lines(request.standing, found.rows),
        "previous_url": _task_url(action, found.previous),
        "next_url": _task_url(action, found.next),
        "action": action,
    }
    return render(request, "exchanges/tasks.html", context)


def _task_url(action: str, page: str | None) -> str:
    if page is None:
        return ""
    wanted = {"action": action} if action else {}
    return f"{address_of('tasks')}?{urlencode({**wanted, 'page': page})}"


# --- several at once -------------------------------------------------------------------------------------------------


@for_role("allocator")
@require_POST
def allocate_many(request: PersonRequest) -> HttpResponse:
    """Allocate the ticked exchanges to the ticked colleagues, one by one, and say what came of each."""
    back = safe_next(request, request.session.get(LIST_PLACE), address_of("exchanges"))
    numbers = list(dict.fromkeys(filters.clean(one, 24) for one in request.POST.getlist("number")[:MOST_AT_ONCE]))
    chosen = [] if "nobody" in request.POST else request.POST.getlist("handler")[:MOST_AT_ONCE]
    if not numbers or not (chosen or "nobody" in request.POST):
        messages.error(request, _("Tick at least one exchange and at least one colleague."))
        return HttpResponseRedirect(back)
    done = 0
    refused: dict[str, list[str]] = defaultdict(list)
    for number in numbers:
        reason = allocate(request.standing, number, chosen, f"{request.POST.get('key', '')[:64]}:{number}")
        if reason is None:
            done += 1
        else:
            refused[reason].append(number)
    if done:
        text = ngettext("%(count)s exchange was allocated.", "%(count)s exchanges were allocated.", done)
        messages.success(request, text % {"count": done})
    for reason, concerned in refused.items():
        messages.warning(request, format_html("{}: {}", ", ".join(concerned), reason))
    return HttpResponseRedirect(back)


# --- saved filters ---------------------------------------------------------------------------------------------------


@signed_in
@require_POST
def save_filter(request: PersonRequest) -> HttpResponse:
    """Keep the filters in force under a name; the same name again replaces them."""
    search = filters.read(QueryDict(request.POST.get("query", "")[:1000]))
    name = " ".join(request.POST.get("name", "").split())[:60]
    if not name or not name.isprintable():
        messages.error(request, _("Give the filter a name."))
    elif actions.save_filter(request.standing, name, search.query()):
        messages.success(request, _("The filter “%(name)s” was saved.") % {"name": name})
    else:
        messages.error(request, _("You have saved as many filters as you can. Remove one first."))
    return HttpResponseRedirect(search.url())


@signed_in
@require_POST
def remove_filter(request: PersonRequest) -> HttpResponse:
    """Forget a saved filter of one's own."""
    identity = request.POST.get("id", "")
    if identity.isascii() and identity.isdigit() and len(identity) < 16:
        actions.remove_filter(request.standing, int(identity))
    return HttpResponseRedirect(safe_next(request, request.session.get(LIST_PLACE), address_of("exchanges")))
