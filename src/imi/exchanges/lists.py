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

from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from imi.accounts.queries import HANDLER, Standing
from imi.database.prepared import prepared
from imi.directory.folding import query_tokens
from imi.exchanges.models import Participation, SearchToken, Tally, Task

Row = TypeVar("Row")
PAGE = 25
LATE_CAP = 100
LAST_PAGE = 40
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
    key, descending = _KEYS[filters.sort]
    back, bound = _read(cursor, dated=key != "number")
    backwards = descending != back
    wanted = _wanted(who, filters, now or timezone.now())
    found = _listed(**wanted, sort=filters.sort, bound=bound, backwards=backwards, size=size + 1)
    return _page(found, key, size, back=back, first=bound is None)


def _wanted(who: Standing, filters: Filters, now: datetime) -> dict[str, Any]:
    """What the query compares with; None where it leaves something out."""
    late, week = filters.due == "late", filters.due == "week"
    authorities = sorted(who.linked) if filters.linked else [who.authority_id]
    user = int(filters.handler) if filters.handler.isdecimal() and len(filters.handler) < LONGEST_ID else None
    return {
        "areas": sorted(who.roles),
        "authorities": authorities,
        "linked": filters.linked,
        "drafts": not (filters.linked or filters.without_drafts),
        **{name: getattr(filters, name).replace("\x00", "") or None for name in _PLAIN},
        "due_before": now if late else now + timedelta(days=7) if week else None,
        "due_from": now if week else None,
        "user": user,
        "rows": sorted(_matching(who, filters.text, authorities, now.year)) if filters.text else None,
    }


_PLAIN = ("direction", "state", "phase", "area", "country")


@prepared("sort", "backwards", "size")
def _listed(
    *,
    areas: list[str],
    authorities: list[str],
    linked: bool,
    drafts: bool,
    due_before: datetime | None,
    due_from: datetime | None,
    user: int | None,
    rows: list[int] | None,
    sort: Sort,
    bound: tuple[Any, int] | None,
    backwards: bool,
    size: int,
    **plain: str | None,
) -> QuerySet[Participation]:
    """One page of a list beginning at ``bound`` (value of the key and id), one row more than it shows."""
    found = Participation.objects.filter(area__in=areas)
    # Compared with one value, rather than a list of one, an index gives the rows in order.
    found = found.filter(authority__in=authorities) if linked else found.filter(authority=authorities[0])
    if linked:
        found = found.filter(direction__in=("sent", "received"))
    if not drafts:
        found = found.exclude(phase="draft")
    found = found.filter(**{name: value for name, value in plain.items() if value is not None})
    if due_before is not None:
        found = found.filter(due_at__lt=due_before)
    if due_from is not None:
        found = found.filter(due_at__gte=due_from)
    if sort == "due":
        found = found.filter(due_at__isnull=False)
    if user is not None:
        found = found.filter(exchange__allocations__user=user)
    if rows is not None:
        found = found.filter(pk__in=rows)
    key, _descending = _KEYS[sort]
    if bound is not None:
        value, pk = bound
        comparison = "lt" if backwards else "gt"
        found = found.filter(Q(**{f"{key}__{comparison}": value}) | Q(**{key: value, f"pk__{comparison}": pk}))
    sign = "-" if backwards else ""
    return found.select_related("counterpart").order_by(f"{sign}{key}", f"{sign}pk")[:size]


def _matching(who: Standing, text: str, authorities: Sequence[str], year: int) -> set[int]:
    """Rows whose number begins with the text or ends in it, or that carry all its words; the latest of very many.

    What fits is looked up first, each kind by its own index. As alternatives of one condition the database would walk
    through the whole list of the authority instead.
    """
    text = text.replace("\x00", "").strip()
    return _numbered(text, authorities, year) | _worded(who, text)


def _numbered(text: str, authorities: Sequence[str], this_year: int) -> set[int]:
    """Rows of the authorities by number: its beginning, or the part after the year with or without its zeros."""
    begun = NUMBER_BEGUN.fullmatch(text)
    if begun is None:
        return set()
    whole: list[str] | None = None
    if len(text) <= SERIAL_DIGITS and text.isdigit():
        whole = [f"{year}-{text:0>{SERIAL_DIGITS}}" for year in range(FIRST_YEAR, this_year + 1)]
    last = text.ljust(LONGEST_NUMBER, "9")
    return set(_with_number(authorities=list(authorities), first=text, last=last, whole=whole))


@prepared()
def _with_number(authorities: list[str], first: str, last: str, whole: list[str] | None) -> QuerySet[Any, int]:
    wanted = Q(number__gte=first, number__lte=last)
    if whole is not None:
        wanted |= Q(number__in=whole)
    rows = Participation.objects.filter(wanted, authority__in=authorities)
    return rows.order_by("-number").values_list("pk", flat=True)[:CANDIDATES]


def _worded(who: Standing, text: str) -> set[int]:
    """Rows of the user's authority that carry all the words. Names need the right to see them."""
    may_see_names = sorted(who.areas_with(HANDLER))
    found: set[int] | None = None
    for word in query_tokens(text)[:4]:
        ids = set(_with_word(authority=who.authority_id, first=word, last=f"{word}~", areas=may_see_names))
        found = ids if found is None else found & ids
    return found or set()


@prepared()
def _with_word(authority: str, first: str, last: str, areas: list[str]) -> QuerySet[Any, int]:
    hits = SearchToken.objects.filter(authority=authority, token__gte=first, token__lt=last)
    hits = hits.filter(Q(personal=False) | Q(participation__area__in=areas))
    return hits.values_list("participation", flat=True)[:CANDIDATES]


def _page(found: list[Any], key: str, size: int, *, back: bool, first: bool) -> Page[Any]:
    """What was read, in the order of the list, with the cursors of its neighbours."""
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    has_next, has_previous = (not first, more) if back else (more, not first)
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
    return [Count(*row) for row in _tallied(authority=who.authority_id, areas=sorted(who.roles))]


@prepared()
def _tallied(authority: str, areas: list[str]) -> QuerySet[Any, tuple[str, str, str, str, int]]:
    held = Tally.objects.filter(authority=authority, area__in=areas, total__gt=0)
    summed = held.values("direction", "state", "phase", "area").annotate(sum=Sum("total"))
    return summed.values_list("direction", "state", "phase", "area", "sum")


# --- tasks -----------------------------------------------------------------------------------------------------------


def _duties(who: Standing) -> tuple[tuple[str, list[str]], ...]:
    """The user's roles, each with the areas in which the user has it."""
    by_role: dict[str, list[str]] = {}
    for area, roles in sorted(who.roles.items()):
        for role in roles:
            by_role.setdefault(role, []).append(area)
    return tuple(sorted(by_role.items()))


def _own_tasks(
    user: int, authority: str, duties: tuple[tuple[str, list[str]], ...], areas: list[str]
) -> QuerySet[Task]:
    """Tasks of the user's roles, and those allocated to the user in areas still the user's: never a colleague's."""
    mine = Q(user=user, area__in=areas)
    for role, held in duties:
        mine |= Q(user__isnull=True, role=role, area__in=held)
    return Task.objects.filter(mine, authority=authority).order_by("urgent_at", "since", "pk")


def _own(who: Standing) -> dict[str, Any]:
    return {
        "user": who.user_id,
        "authority": who.authority_id,
        "duties": _duties(who),
        "areas": sorted(who.roles),
    }


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


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which tasks are wanted: those of these ``parties`` in exchanges in these ``states``."""

    parties: tuple[str, ...]
    states: tuple[str, ...]


def tasks_of_kinds(who: Standing, kinds: Kinds, page: int = 1, size: int = PAGE) -> Page[Awaiting]:
    """One page of the tasks of some kinds that await a user, the most pressing first; one query."""
    page = min(max(page, 1), LAST_PAGE)
    first = (page - 1) * size
    parties, states = list(kinds.parties), list(kinds.states)
    read = _of_kinds(**_own(who), parties=parties, states=states, first=first, last=first + size + 1)
    more = len(read) > size and page < LAST_PAGE
    return Page(
        [Awaiting(*values) for values in read[:size]],
        next=str(page + 1) if more else None,
        previous=str(page - 1) if page > 1 else None,
    )


@prepared("first", "last")
def _of_kinds(
    parties: list[str], states: list[str], first: int, last: int, **own: Any
) -> QuerySet[Task, tuple[Any, ...]]:
    rows = _own_tasks(**own).filter(party__in=parties, exchange__state__in=states)
    return rows.values_list(*_AWAITING)[first:last]


def tasks(who: Standing, now: datetime | None = None, size: int = PAGE, action: str = "") -> TaskList:
    """The tasks that await a user, those with the nearest deadline first, then the oldest."""
    now = now or timezone.now()
    own = _own(who)
    found = [Awaiting(*values) for values in _pressing(**own, action=action or None, first=0, last=size + 1)]
    late = sum(task.due_at is not None and task.due_at < now for task in found)
    if size < late < LATE_CAP:
        # The late ones come first: only where all that was read is late there may be more of them.
        late = len(_late(**own, action=action or None, now=now))
    return TaskList(found[:size], min(late, LATE_CAP), len(found) > size)


def task_page(who: Standing, page: int, action: str = "", size: int = PAGE) -> Page[Awaiting]:
    """One page of the tasks that await a user; the markers of its neighbours are their numbers.

    Paged by number and not by key: a person's tasks are few, and those without a deadline have no key to go on from.

    Args:
        page: 1 to :data:`LAST_PAGE`; anything beyond is taken for the nearest.
        action: only tasks of this kind.
    """
    page = min(max(page, 1), LAST_PAGE)
    first = (page - 1) * size
    read = _pressing(**_own(who), action=action or None, first=first, last=first + size + 1)
    more = len(read) > size and page < LAST_PAGE
    return Page(
        [Awaiting(*values) for values in read[:size]],
        next=str(page + 1) if more else None,
        previous=str(page - 1) if page > 1 else None,
    )


@prepared("first", "last")
def _pressing(action: str | None, first: int, last: int, **own: Any) -> QuerySet[Task, tuple[Any, ...]]:
    rows = _own_tasks(**own)
    if action is not None:
        rows = rows.filter(action=action)
    return rows.values_list(*_AWAITING)[first:last]


@prepared()
def _late(action: str | None, now: datetime, **own: Any) -> QuerySet[Task, int]:
    rows = _own_tasks(**own).filter(urgent_at__lt=now)
    if action is not None:
        rows = rows.filter(action=action)
    return rows.values_list("pk", flat=True)[:LATE_CAP]


def next_task(who: Standing, after: str = "") -> Task | None:
    """The next thing that awaits the user, other than the exchange just handled."""
    rows = _own_tasks(**_own(who))
    if after:
        rows = rows.exclude(exchange__number=after)
    return rows.select_related("exchange").first()


def stuck(who: Standing, now: datetime | None = None, size: int = 10) -> list[Participation]:
    """For coordinators: what is late in the authorities they coordinate, the latest first."""
    return _overdue(authority=who.authority_id, areas=sorted(who.roles), now=now or timezone.now(), size=size)


@prepared("size")
def _overdue(authority: str, areas: list[str], now: datetime, size: int) -> QuerySet[Participation]:
    late = Participation.objects.filter(authority=authority, area__in=areas, direction="coordinated", due_at__lt=now)
    return late.select_related("counterpart").order_by("due_at", "pk")[:size]
