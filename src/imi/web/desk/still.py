"""Open coordinated exchanges, those that lie longest first; all, those in a state, or what one authority has to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from imi.accounts.queries import Standing
from imi.core.compiled import Compiled
from imi.exchanges import definitions
from imi.exchanges.lists import Count
from imi.exchanges.models import Participation
from imi.helpdesk import rights
from imi.web import filters, rows, words
from imi.web import queries as shared
from imi.web.access import PersonRequest
from imi.web.addresses import address_of
from imi.web.desk import backlog, queries
from imi.web.requests.values import days_text

SIZE = 10
MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Still:
    """An open coordinated exchange: how old it is, how long nothing has happened, and where one steps in."""

    line: rows.Line
    age: str
    untouched: str
    remind_url: str
    write_url: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What of the open exchanges is wanted: a state, or what one authority has still to do."""

    state: str = ""
    authority: str = ""
    waits: str = ""
    page: int = 1

    def url(self) -> str:
        """The address of this part of the desk."""
        given = {"state": self.state, "authority": self.authority, "waits": self.waits}
        pairs = {name: value for name, value in given.items() if value}
        if self.page > 1:
            pairs["still"] = str(self.page)
        return f"{address_of('desk')}?{urlencode(pairs)}#still"


def read(request: PersonRequest) -> Narrowed:
    """Understand an address; what is unknown or malformed counts as not said."""
    given = request.GET
    waits = given.get("waits", "")
    return Narrowed(
        state=filters.name_in(given.get("state", "")),
        authority=filters.name_in(given.get("authority", "")),
        waits=waits if backlog.actions_of(waits) else "",
        page=page_in(request, "still"),
    )


def page_in(request: PersonRequest, name: str) -> int:
    """The number of a page; the first where there is none or it is malformed."""
    given = request.GET.get(name, "")
    return min(int(given), MOST_PAGES) or 1 if given.isascii() and given.isdigit() and len(given) < 6 else 1


def context(who: Standing, wanted: Narrowed, counts: Sequence[Count], now: datetime) -> dict[str, Any]:
    """The variables of this part of the page; a fixed number of queries."""
    found, more = queries.lying(
        who, wanted.state, wanted.authority, backlog.actions_of(wanted.waits), wanted.page, SIZE
    )
    return {
        "tabs": _tabs(counts, wanted, who.language),
        "still": _still(who, found, now),
        "narrowed": wanted if wanted.authority else None,
        "narrowed_name": _title(who, wanted.authority),
        "narrowed_to": str(backlog.TITLES[wanted.waits]) if wanted.waits else "",
        "all_url": filters.Search(tab="coordinated", state=wanted.state, phase="open").url(),
        "still_next": replace(wanted, page=wanted.page + 1).url() if more and wanted.page < MOST_PAGES else "",
        "still_previous": replace(wanted, page=wanted.page - 1).url() if wanted.page > 1 else "",
    }


def _title(who: Standing, authority: str) -> str:
    """What the authority is called to which the list is narrowed; two queries where it is."""
    return shared.titles([authority], who.language).get(authority, authority) if authority else ""


def _tabs(counts: Sequence[Count], wanted: Narrowed, lang: str) -> list[dict[str, Any]]:
    """All open ones, then those in each state, in the order of their lives."""
    totals: Counter[str] = Counter()
    for one in counts:
        totals[one.state] += one.total
    titles = words.state_titles(lang)
    order = {one: index for index, one in enumerate(titles)}
    shown = sorted((one for one in totals if totals[one]), key=lambda one: order.get(one, len(order)))
    address = address_of("desk")
    everything = not wanted.state and not wanted.authority
    every = {"label": _("All open"), "url": address, "current": everything, "count": sum(totals.values())}
    return [every] + [
        {
            "label": titles.get(one, one),
            "url": f"{address}?state={one}",
            "current": one == wanted.state,
            "count": totals[one],
        }
        for one in shown
    ]


def _still(who: Standing, found: Sequence[Participation], now: datetime) -> list[Still]:
    lines = rows.lines(who, found, authority="coordinated")
    return [
        Still(line, _age(row.opened_at, now), _age(row.updated_at, now), _remind_url(who, row), _write_url(who, row))
        for row, line in zip(found, lines, strict=True)
    ]


def _age(since: datetime, now: datetime) -> str:
    return days_text((timezone.localdate(now) - timezone.localdate(since)).days)


def _write_url(who: Standing, row: Participation) -> str:
    """Where the user writes to the authority or to a coordinator abroad; empty without a role to do so."""
    return address_of("helpdesk:about", row.number) if rights.answers(who, row.area_id) else ""


def _remind_url(who: Standing, row: Participation) -> str:
    """Where the user steps in: an action by which only coordinators write to both sides; empty where there is none."""
    compiled = definitions.compiled(row.definition_id)
    roles = who.roles_in(row.area_id)
    for action in compiled.lifecycle.actions:
        mine = any(actor.party == row.party and roles.intersection(actor.roles) for actor in action.by)
        if mine and _steps_in(compiled, action.id) and row.state in compiled.action_states[action.id]:
            return address_of("requests:act", row.number, action.id)
    return ""


def _steps_in(compiled: Compiled, action_id: str) -> bool:
    action = compiled.actions[action_id]
    return action.into == "message" and all(actor.party in compiled.coordinated for actor in action.by)
