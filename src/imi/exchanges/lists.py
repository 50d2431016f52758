"""Lists of exchanges and tasks: a fixed number of indexed queries, whatever the number of rows.

Paging is by key, not by offset: a page costs the same at the beginning and at the end of a long list, and rows that
come in meanwhile neither hide nor repeat others.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Generic, Literal, TypeVar

from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from imi.accounts.queries import HANDLER, Standing
from imi.directory.folding import query_tokens
from imi.exchanges.models import Participation, SearchToken, Tally, Task

Row = TypeVar("Row")
PAGE = 25
LATE_CAP = 100
LONGEST_ID = 18
CANDIDATES = 500
FIRST_YEAR = 2008  # no exchange is older than the system
LONGEST_NUMBER = 24
SERIAL_DIGITS = 6
NUMBER_BEGUN = re.compile(r"[0-9]{1,4}(-[0-9]{0,6})?|[0-9]{5,6}")
Sort = Literal["updated", "due", "opened"]
_KEYS: dict[Sort, tuple[str, bool]] = {
    "updated": ("updated_at", True),
    "due": ("due_at", False),
    "opened": ("number", True),
}


@dataclass(frozen=True)
class Filters:
    """What a person looks for. Empty means everything the person may list.

    ``direction`` sent, received, coordinated, handed_over; ``phase`` draft, open, done; ``due`` late, week;
    ``handler`` a colleague's id; ``text`` a number, an own file number or a name; ``without_drafts`` leaves out
    what was begun and never sent, whatever the phase.
    """

    direction: str = ""
    state: str = ""
    phase: str = ""
    area: str = ""
    country: str = ""
    due: str = ""
    handler: str = ""
    text: str = ""
    linked: bool = False
    without_drafts: bool = False
    sort: Sort = "updated"


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list and the cursors of its neighbours, None where there is none."""

    rows: Sequence[Row]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many exchanges a list holds, by direction, state and area."""

    direction: str
    state: str
    phase: str
    area: str
    total: int


class BadCursor(ValueError):
    """A page marker that this list did not give out."""


def exchanges(
    who: Standing, filters: Filters, cursor: str = "", size: int = PAGE, now: datetime | None = None
) -> Page[Participation]:
    """One page of the exchanges a user may list.

    Args:
        who: the user; only areas in which the user has a role are listed.
        filters: what to look for.
        cursor: the marker of a page, from :class:`Page`; empty for the first.

    Raises:
        BadCursor: the marker is not one of ours.
    """
    rows = _filtered(who, filters, now or timezone.now())
    return _page(rows, filters.sort, cursor, size)


def _filtered(who: Standing, filters: Filters, now: datetime) -> QuerySet[Participation]:
    rows = Participation.objects.filter(area__in=list(who.roles))
    if filters.linked:
        rows = rows.filter(authority__in=list(who.linked), direction__in=("sent", "received"))
    else:
        rows = rows.filter(authority=who.authority_id)
    if filters.linked or filters.without_drafts:
        rows = rows.exclude(phase="draft")
    for name in ("direction", "state", "phase", "area", "country"):
        value = getattr(filters, name).replace("\x00", "")
        if value:
            rows = rows.filter(**{name: value})
    if filters.due == "late":
        rows = rows.filter(due_at__lt=now)
    elif filters.due == "week":
        rows = rows.filter(due_at__gte=now, due_at__lt=now + timedelta(days=7))
    if filters.sort == "due":
        rows = rows.filter(due_at__isnull=False)
    if filters.handler.isdecimal() and len(filters.handler) < LONGEST_ID:
        rows = rows.filter(exchange__allocations__user=int(filters.handler))
    if filters.text:
        authorities = sorted(who.linked) if filters.linked else [who.authority_id]
        rows = rows.filter(_matching(who, filters.text, authorities, now.year))
    return rows.select_related("counterpart")


def _matching(who: Standing, text: str, authorities: Sequence[str], year: int) -> Q:
    """Rows whose number begins with the text or ends in it, or that carry all its words; the latest of very many.

    What fits is looked up first, each kind by its own index. As alternatives of one condition the database would walk
    through the whole list of the authority instead.
    """
    text = text.replace("\x00", "").strip()
    return Q(pk__in=_numbered(text, authorities, year) | _worded(who, text))


def _numbered(text: str, authorities: Sequence[str], this_year: int) -> set[int]:
    """Rows of the authorities by number: its beginning, or the part after the year with or without its zeros."""
    begun = NUMBER_BEGUN.fullmatch(text)
    if begun is None:
        return set()
    wanted = Q(number__gte=text, number__lte=text.ljust(LONGEST_NUMBER, "9"))
    if len(text) <= SERIAL_DIGITS and text.isdigit():
        wanted |= Q(number__in=[f"{year}-{text:0>{SERIAL_DIGITS}}" for year in range(FIRST_YEAR, this_year + 1)])
    rows = Participation.objects.filter(wanted, authority__in=authorities)
    return set(rows.order_by("-number").values_list("pk", flat=True)[:CANDIDATES])


def _worded(who: Standing, text: str) -> set[int]:
    """Rows of the user's authority that carry all the words. Names need the right to see them."""
    may_see_names = who.areas_with(HANDLER)
    found: set[int] | None = None
    for word in query_tokens(text)[:4]:
        hits = SearchToken.objects.filter(authority=who.authority_id, token__gte=word, token__lt=f"{word}~")
        hits = hits.filter(Q(personal=False) | Q(participation__area__in=may_see_names))
        ids = set(hits.values_list("participation", flat=True)[:CANDIDATES])
        found = ids if found is None else found & ids
    return found or set()


def _page(rows: QuerySet[Any], sort: Sort, cursor: str, size: int) -> Page[Any]:
    key, descending = _KEYS[sort]
    back, bound = _read(cursor, dated=key != "number")
    reverse = descending != back
    if bound is not None:
        value, pk = bound
        comparison = "lt" if reverse else "gt"
        rows = rows.filter(Q(**{f"{key}__{comparison}": value}) | Q(**{key: value, f"pk__{comparison}": pk}))
    sign = "-" if reverse else ""
    found = list(rows.order_by(f"{sign}{key}", f"{sign}pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    has_next, has_previous = (bound is not None, more) if back else (more, bound is not None)
    return Page(
        rows=found,
        next=_write(found[-1], key, back=False) if found and has_next else None,
        previous=_write(found[0], key, back=True) if found and has_previous else None,
    )


def _write(row: Any, key: str, back: bool) -> str:
    value = getattr(row, key)
    stored = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([int(back), stored, row.pk]).encode()).decode().rstrip("=")


def _read(cursor: str, dated: bool) -> tuple[bool, tuple[Any, int] | None]:
    if not cursor:
        return False, None
    try:
        back, value, pk = json.loads(base64.urlsafe_b64decode(cursor[:200] + "=" * (-len(cursor[:200]) % 4)))
        if not isinstance(pk, int) or not isinstance(value, str):
            raise ValueError
        if "\x00" in value or abs(pk) >= 10**LONGEST_ID:
            raise ValueError
        return bool(back), (datetime.fromisoformat(value) if dated else value[:24], pk)
    except (ValueError, TypeError, binascii.Error) as error:
        raise BadCursor(cursor[:40]) from error


def counts(who: Standing) -> list[Count]:
    """How many exchanges the user's list holds, from the tallies: one query however many there are."""
    rows = (
        Tally.objects.filter(authority=who.authority_id, area__in=list(who.roles), total__gt=0)
        .values("direction", "state", "phase", "area")
        .annotate(sum=Sum("total"))
    )
    return [Count(one["direction"], one["state"], one["phase"], one["area"], one["sum"]) for one in rows]


# --- tasks -----------------------------------------------------------------------------------------------------------


def _own_tasks(who: Standing) -> QuerySet[Task]:
    """Tasks of the user's roles, and those allocated to the user in areas still the user's: never a colleague's."""
    by_role: dict[str, list[str]] = {}
    for area, roles in who.roles.items():
        for role in roles:
            by_role.setdefault(role, []).append(area)
    mine = Q(user=who.user_id, authority=who.authority_id, area__in=list(who.roles))
    for role, areas in by_role.items():
        mine |= Q(authority=who.authority_id, user__isnull=True, role=role, area__in=areas)
    return Task.objects.filter(mine)


@dataclass(frozen=True, slots=True)
class Awaiting:
    """A task as lists show it; ``user`` is set when the exchange was allocated.

    Read as plain values: a home page counts a hundred of them, and as instances they would cost more than all else.
    """

    number: str
    definition: str
    state: str
    action: str
    title: str
    title_key: str
    since: datetime
    due_at: datetime | None
    due_date: date | None
    due_name: str
    user: int | None


_AWAITING = (
    "exchange__number", "exchange__definition", "exchange__state", "action", "title", "title_key", "since", "due_at",
    "due_date", "due_name", "user",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TaskList:
    """What awaits a user, the most pressing first; ``late`` is counted up to a cap so that it costs the same always."""

    tasks: Sequence[Awaiting]
    late: int
    more: bool


def tasks(who: Standing, now: datetime | None = None, size: int = PAGE, action: str = "") -> TaskList:
    """The tasks that await a user, those with the nearest deadline first, then the oldest."""
    now = now or timezone.now()
    rows = _own_tasks(who)
    if action:
        rows = rows.filter(action=action)
    ordered = rows.order_by(F("due_at").asc(nulls_last=True), "since", "pk")
    read = ordered.values_list(*_AWAITING)[: size + 1]
    found = [Awaiting(*values) for values in read]
    late = sum(task.due_at is not None and task.due_at < now for task in found)
    if size < late < LATE_CAP:
        # The late ones come first: only where all that was read is late there may be more of them.
        late = rows.filter(due_at__lt=now)[:LATE_CAP].count()
    return TaskList(found[:size], min(late, LATE_CAP), len(found) > size)


def next_task(who: Standing, after: str = "") -> Task | None:
    """The next thing that awaits the user, other than the exchange just handled."""
    rows = _own_tasks(who).exclude(exchange__number=after) if after else _own_tasks(who)
    return rows.select_related("exchange").order_by(F("due_at").asc(nulls_last=True), "since", "pk").first()


def stuck(who: Standing, now: datetime | None = None, size: int = 10) -> list[Participation]:
    """For coordinators: what is late in the authorities they coordinate, the latest first."""
    now = now or timezone.now()
    return list(
        Participation.objects.filter(
            authority=who.authority_id, area__in=list(who.roles), direction="coordinated", due_at__lt=now
        )
        .select_related("counterpart")
        .order_by("due_at", "pk")[:size]
    )
