"""Exchanges and tasks as lines of a list, in the reader's language.

Nothing here asks the database once a line: what a page of lines needs is read together, and the words of definitions
are kept by the process.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from imi.accounts.queries import Standing
from imi.directory.models import Authority
from imi.directory.names import country_name
from imi.directory.queries import informal_titles
from imi.exchanges import definitions
from imi.exchanges.definitions import Voice
from imi.exchanges.lists import Awaiting
from imi.exchanges.models import Participation, Task
from imi.web import queries, words
from imi.web.addresses import address_of

SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class Badge:
    """A deadline in short: its name, its last day, and how near that is."""

    label: str
    day: date
    state: str
    note: str


def badge(voice: Voice, name: str, at: datetime | None, day: date | None, now: datetime) -> Badge | None:
    """The badge of a running deadline; None where none runs."""
    if at is None or day is None:
        return None
    label = voice.deadline(name).text if name in voice.compiled.deadlines else ""
    days = (day - now.date()).days
    if at < now:
        late = max(1, -days)
        note = ngettext("%(days)s day late", "%(days)s days late", late) % {"days": late}
        return Badge(label, day, "late", note)
    note = _("today") if days <= 0 else ngettext("%(days)s day left", "%(days)s days left", days) % {"days": days}
    return Badge(label, day, "soon" if days <= SOON_DAYS else "ok", note)


@dataclass(frozen=True, slots=True)
class Hint:
    """Whose turn it is: ``mine``, a ``colleague``'s, or the ``other`` side's, ``by`` name if known; and for what."""

    whose: str
    text: str
    by: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One exchange in a list."""

    number: str
    url: str
    procedure: str
    area: str
    state: str
    tone: str
    counterpart: str
    country: str
    own: str
    due: Badge | None
    hints: tuple[Hint, ...]
    handled_by: str
    updated: datetime
    opened: datetime
    may_allocate: bool


Own = Literal["", "linked", "coordinated"]


def lines(who: Standing, rows: Sequence[Participation], authority: Own = "") -> list[Line]:
    """Exchanges as the reader sees them in a list; three queries, up to three more to name the other authority.

    Args:
        who: the reader.
        rows: one page of a list.
        authority: which authority is named beside the other side's: the ``linked`` one whose exchange it is, or the
            one that the reader's authority has ``coordinated``.
    """
    now, lang = timezone.now(), who.language
    tasks = queries.tasks_of(rows)
    handled = queries.handled_by(who, rows)
    owners = _owners(rows, authority)
    names = _names(rows, lang) | (queries.titles(owners.values(), lang) if authority else {})
    allocates = who.areas_with("allocator")
    found = []
    for row in rows:
        voice = definitions.voice(row.definition_id, lang)
        found.append(
            Line(
                number=row.number,
                url=address_of("requests:show", row.number),
                procedure=words.marked(voice.procedure()),
                area=words.marked(voice.area()),
                state=words.marked(voice.state(row.state)),
                tone=voice.compiled.states[row.state].tone,
                counterpart=names.get(row.counterpart_id or "", ""),
                country=country_name(row.country_id, lang) if row.country_id else "",
                own=names.get(owners.get(row.pk, ""), ""),
                due=badge(voice, row.due_name, row.due_at, row.due_date, now),
                hints=_hints(who, voice, tasks.get(row.exchange_id, []), names if authority else {}),
                handled_by=", ".join(handled.get(row.exchange_id, [])),
                updated=row.updated_at,
                opened=row.opened_at,
                may_allocate=not authority and row.phase == "open" and row.area_id in allocates,
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class DraftLine:
    """An exchange that was begun and not sent, in short."""

    number: str
    url: str
    procedure: str
    counterpart: str
    updated: datetime


def draft_lines(who: Standing, rows: Sequence[Participation]) -> list[DraftLine]:
    """Drafts as the reader sees them on the first page; one query."""
    names = _names(rows, who.language)
    return [
        DraftLine(
            number=row.number,
            url=address_of("requests:show", row.number),
            procedure=words.marked(definitions.voice(row.definition_id, who.language).procedure()),
            counterpart=names.get(row.counterpart_id or "", ""),
            updated=row.updated_at,
        )
        for row in rows
    ]


def _owners(rows: Sequence[Participation], authority: Own) -> dict[int, str]:
    """The authority beside the other side, by row."""
    if authority == "linked":
        return {row.pk: row.authority_id for row in rows}
    if authority == "coordinated":
        holders = queries.holders(rows)
        parties = {row.pk: definitions.compiled(row.definition_id).coordinated.get(row.party, "") for row in rows}
        return {row.pk: holders.get((row.exchange_id, parties[row.pk]), "") for row in rows}
    return {}


def _names(rows: Sequence[Participation], lang: str) -> dict[str, str]:
    authorities: dict[str, Authority] = {row.counterpart.pk: row.counterpart for row in rows if row.counterpart}
    return informal_titles(authorities.values(), lang)


def _hints(who: Standing, voice: Voice, tasks: Sequence[Task], names: Mapping[str, str]) -> tuple[Hint, ...]:
    """What an exchange waits for, the reader's own turn first; each once. ``names`` are of authorities to be named."""
    hints: dict[Hint, None] = {}
    for task in tasks:
        text = words.marked(voice.get(task.title_key, task.title))
        if queries.is_mine(who, task):
            hints[Hint("mine", text)] = None
        elif task.authority_id == who.authority_id:
            hints[Hint("colleague", text)] = None
        else:
            hints[Hint("other", text, names.get(task.authority_id, ""))] = None
    mine = {hint.text for hint in hints if hint.whose == "mine"}
    order = {"mine": 0, "colleague": 1, "other": 2}
    kept = [hint for hint in hints if hint.whose == "mine" or hint.text not in mine]
    return tuple(sorted(kept, key=lambda hint: order[hint.whose])[:2])


@dataclass(frozen=True, slots=True)
class TaskLine:
    """Something that awaits the reader."""

    number: str
    url: str
    title: str
    procedure: str
    state: str
    tone: str
    counterpart: str
    country: str
    due: Badge | None
    since: datetime
    personal: bool


def task_lines(who: Standing, tasks: Sequence[Awaiting]) -> list[TaskLine]:
    """Tasks as the reader sees them; three queries, to name the other side of each exchange."""
    now, lang = timezone.now(), who.language
    others = queries.counterparts(who, {task.number for task in tasks})
    names = informal_titles({one.pk: one for one in others.values()}.values(), lang)
    found = []
    for task in tasks:
        voice = definitions.voice(task.definition, lang)
        other = others.get(task.number)
        found.append(
            TaskLine(
                number=task.number,
                url=address_of("requests:show", task.number),
                title=words.marked(voice.get(task.title_key, task.title)),
                procedure=words.marked(voice.procedure()),
                state=words.marked(voice.state(task.state)),
                tone=voice.compiled.states[task.state].tone,
                counterpart=names.get(other.pk, other.name) if other else "",
                country=country_name(other.country_id, lang) if other else "",
                due=badge(voice, task.due_name, task.due_at, task.due_date, now),
                since=task.since,
                personal=task.user is not None,
            )
        )
    return found
