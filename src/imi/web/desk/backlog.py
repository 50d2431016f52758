"""What each coordinated authority has still to accept, to answer and to close: how many, how old, and a light."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import yaml
from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from imi.accounts.queries import Standing
from imi.database.prepared import prepared
from imi.directory.models import CoordinatorLink
from imi.exchanges.models import Task
from imi.web import queries as shared
from imi.web.addresses import address_of
from imi.web.requests.values import days_text

FILE = Path(__file__).parent / "backlog.yaml"
SIZE = 10
TITLES: Mapping[str, str | Promise] = {
    "accept": gettext_lazy("not accepted"),
    "answer": gettext_lazy("not answered"),
    "close": gettext_lazy("not closed"),
}


@dataclass(frozen=True, slots=True)
class Waits:
    """One thing that is awaited of authorities; see ``backlog.yaml``."""

    id: str
    actions: tuple[str, ...]
    green: int
    yellow: int

    def tone(self, days: int) -> str:
        """The light for what has waited so long."""
        return "success" if days <= self.green else "warning" if days <= self.yellow else "danger"


@cache
def columns() -> tuple[Waits, ...]:
    """What is awaited, in the order of an exchange's life."""
    read = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return tuple(Waits(raw["id"], tuple(raw["actions"]), raw["green"], raw["yellow"]) for raw in read)


def actions_of(waits: str) -> tuple[str, ...]:
    """The actions behind a column; none for one that does not exist."""
    return next((one.actions for one in columns() if one.id == waits), ())


@dataclass(frozen=True, slots=True)
class Cell:
    """How many exchanges wait for one thing, since when the oldest, and the light; empty where nothing waits."""

    total: int
    age: str = ""
    tone: str = ""
    word: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One coordinated authority."""

    authority: str
    title: str
    cells: tuple[Cell, ...]


def lines(who: Standing, page: int, now: datetime) -> tuple[list[Line], bool]:
    """A page of the coordinated authorities with open exchanges, those with most first, and whether there are more.

    Five queries, however many exchanges there are.
    """
    found = shared.longest_backlogs(who, (page - 1) * SIZE, SIZE + 1)
    shown, more = found[:SIZE], len(found) > SIZE
    names = shared.titles(shown, who.language)
    waiting = _waiting(who, shown)
    return [
        Line(one, names.get(one, one), tuple(_cell(one, column, waiting[one, column.id], now) for column in columns()))
        for one in shown
    ], more


def _waiting(who: Standing, authorities: Iterable[str]) -> dict[tuple[str, str], list[tuple[int, datetime]]]:
    """How many exchanges wait for each action and since when, by authority and column."""
    column_of = {action: column.id for column in columns() for action in column.actions}
    rows = _tasks(
        coordinator=who.authority_id,
        areas=sorted(who.roles),
        authorities=list(authorities),
        actions=sorted(column_of),
    )
    found: dict[tuple[str, str], list[tuple[int, datetime]]] = defaultdict(list)
    for authority, action, total, oldest in rows:
        found[authority, column_of[action]].append((total, oldest))
    return found


@prepared()
def _tasks(
    coordinator: str, areas: list[str], authorities: list[str], actions: list[str]
) -> QuerySet[Any, tuple[str, str, int, datetime]]:
    link = CoordinatorLink.objects.filter(
        authority=OuterRef("authority"), area=OuterRef("area"), coordinator=coordinator
    )
    rows = Task.objects.filter(Exists(link), authority__in=authorities, area__in=areas, action__in=actions)
    # An allocated exchange waits for several colleagues at once, but it is one.
    counted = rows.values("authority_id", "action").annotate(
        exchanges=Count("exchange", distinct=True), oldest=Min("since")
    )
    return counted.order_by().values_list("authority_id", "action", "exchanges", "oldest")


def _cell(authority: str, column: Waits, waiting: list[tuple[int, datetime]], now: datetime) -> Cell:
    if not waiting:
        return Cell(0)
    oldest = min(since for _total, since in waiting)
    days = (timezone.localdate(now) - timezone.localdate(oldest)).days
    tone = column.tone(days)
    words = {"success": _("green"), "warning": _("yellow"), "danger": _("red")}
    url = f"{address_of('desk')}?{urlencode({'authority': authority, 'waits': column.id})}#still"
    return Cell(sum(total for total, _since in waiting), days_text(days), tone, words[tone], url)
