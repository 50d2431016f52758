"""The desks of approvals and of referrals: what waits for the coordinator's decision, with what is needed to decide.

Of each exchange only that is shown which the rules disclose to the coordinator in its present state; the answers and
documents are read on its own page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.core.notation import Aspect
from imi.exchanges import definitions, lists
from imi.exchanges.lists import Awaiting
from imi.exchanges.several import Glance, glances
from imi.web import rows, words
from imi.web.access import PersonRequest, signed_in
from imi.web.addresses import address_of
from imi.web.desk import still
from imi.web.desk.deciding import PARTS, kinds, leading
from imi.web.desk.tabs import desk_tabs
from imi.web.requests import answers, values
from imi.web.requests.answers import Asked
from imi.web.requests.concepts import Concepts
from imi.web.requests.names import Names
from imi.web.requests.texts import Words
from imi.web.requests.values import Reader, days_text

SIZE = 10
WANTED: frozenset[Aspect] = frozenset({"overview", "request", "messages"})


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who takes part: the party, the authority and its country, in words."""

    party: str
    title: str
    country: str


@dataclass(frozen=True, slots=True)
class Decision:
    """An exchange that waits for a decision."""

    number: str
    url: str
    title: str
    procedure: str
    area: str
    state: str
    tone: str
    since: datetime
    age: str
    due: rows.Badge | None
    parties: tuple[Party, ...]
    sections: Sequence[dict[str, Any]]
    asked: Sequence[Asked]
    reasons: Sequence[tuple[str, str, str]]
    offers: tuple[tuple[str, str, str], ...]


@signed_in
@require_safe
def decisions(request: PersonRequest) -> HttpResponse:
    """Both desks on one page; a fixed number of queries."""
    who, now = request.standing, timezone.now()
    pages = {part: still.page_in(request, part) for part in PARTS}
    found = {part: lists.tasks_of_kinds(who, kind, pages[part], SIZE) for part, kind in kinds().items()}
    numbers = {task.number for page in found.values() for task in page.rows}
    seen = glances(who, numbers, WANTED, "decisions", now, getattr(request, "request_id", ""))
    readers = _readers(who, seen)
    titles = {"approvals": _("To approve"), "referrals": _("Referrals")}
    nothing = {"approvals": _("Nothing waits for your approval"), "referrals": _("No referral waits for you")}
    context = {
        "desk_tabs": desk_tabs(who, "decisions"),
        "parts": [
            {
                "id": part,
                "title": titles[part],
                "nothing": nothing[part],
                "decisions": [
                    _decision(who, task, seen[task.number], readers[seen[task.number].row.definition_id], now)
                    for task in found[part].rows
                    if task.number in seen
                ],
                "next_url": _url(pages, part, found[part].next),
                "previous_url": _url(pages, part, found[part].previous),
            }
            for part in PARTS
        ],
    }
    return render(request, "desk/decisions.html", context)


def _url(pages: dict[str, int], part: str, page: str | None) -> str:
    if page is None:
        return ""
    return f"{address_of('desk_decisions')}?{urlencode({**pages, part: page})}#{part}"


# --- what is shown ----------------------------------------------------------------------------------------------------


def _readers(who: Standing, seen: dict[str, Glance]) -> dict[str, Reader]:
    """A reader of each definition; all share the names, which are read together."""
    names, concepts = Names(who.language), Concepts(who.language)
    readers: dict[str, Reader] = {}
    for glance in seen.values():
        key = glance.row.definition_id
        readers.setdefault(key, Reader(Words(key, who.language), names, concepts))
        values.announce(readers[key], glance.shown.content)
        answers.announce(readers[key], glance.shown)
    names.want(
        {one for glance in seen.values() for held in glance.holders.values() for one in held}
        | {message.authority for glance in seen.values() for message in glance.shown.messages}
    )
    return readers


def _decision(who: Standing, task: Awaiting, glance: Glance, reader: Reader, now: datetime) -> Decision:
    voice = definitions.voice(task.definition, who.language)
    asking, answering = _languages(glance, reader)
    return Decision(
        number=task.number,
        url=address_of("requests:show", task.number),
        title=words.marked(voice.get(task.title_key, task.title)),
        procedure=words.marked(voice.procedure()),
        area=words.marked(voice.area()),
        state=words.marked(voice.state(task.state)),
        tone=glance.compiled.states[task.state].tone,
        since=task.since,
        age=days_text((timezone.localdate(now) - timezone.localdate(task.since)).days),
        due=rows.badge(voice, task.due_name, task.due_at, task.due_date, now),
        parties=tuple(_parties(glance, reader)),
        sections=values.rows(reader, glance.shown.content, asking) if glance.shown.content else [],
        asked=[one for one in answers.asked(reader, glance.shown, asking, answering) if not one.depth],
        reasons=[
            (reader.words.done(one.action), reader.names.title(one.authority), _said(reader, one.text, one.authority))
            for one in glance.shown.messages
            if one.text and one.action in leading(glance.compiled)
        ],
        offers=tuple(_offers(who, task, glance, reader)),
    )


def _said(reader: Reader, text: str, authority: str) -> str:
    return values.original(text, reader.names.main_language(authority))


def _parties(glance: Glance, reader: Reader) -> Iterator[Party]:
    for party, held in glance.holders.items():
        for authority in held:
            yield Party(reader.words.party(party), reader.names.title(authority), reader.names.country(authority))


def _languages(glance: Glance, reader: Reader) -> tuple[str, str]:
    """In which languages the asking and the answering side work, as the lifecycle says who fills in which form."""

    def of(into: str) -> str:
        actions = glance.compiled.lifecycle.actions
        party = next((one.by[0].party for one in actions if one.into == into), "")
        return next((reader.names.main_language(one) for one in glance.holders.get(party, ())), "en")

    return of("content"), of("answers")


def _offers(who: Standing, task: Awaiting, glance: Glance, reader: Reader) -> Iterator[tuple[str, str, str]]:
    """Label, address and tone of each way to decide: what leads on from here and is the coordinator's alone."""
    roles = who.roles_in(glance.row.area_id)
    for action in glance.compiled.lifecycle.actions:
        mine = any(one.party in glance.parties and roles.intersection(one.roles) for one in action.by)
        alone = all(one.party in glance.compiled.coordinated for one in action.by)
        if mine and alone and action.to and task.state in glance.compiled.action_states[action.id]:
            address = address_of("requests:act", task.number, action.id)
            yield reader.words.action(action.id), address, action.tone
