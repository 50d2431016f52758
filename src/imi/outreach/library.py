"""Reads of plans, materials and access to training; always for a user, each a fixed number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When, prefetch_related_objects

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.mandates import Mandate
from imi.administration.reasons import Refused
from imi.database.prepared import prepared
from imi.directory.folding import query_tokens
from imi.directory.models import Access, Authority
from imi.outreach import plans, reach
from imi.outreach.models import Done, Material, MaterialText, Plan, ToDo, TrainingRequest
from imi.outreach.queries import PAGE, Page, page
from imi.outreach.training_access import people_within_reach

MOST_COORDINATORS = 200
MOST_WORDS = 6

# --- plans -----------------------------------------------------------------------------------------------------------


def _addressed(who: Standing) -> Q:
    """The plans addressed to the own authority, and those that it announced."""
    return _addressed_to(who.authority_id, who.country)


def _addressed_to(authority: str, country: str) -> Q:
    through = Plan.areas.through.objects.filter(plan_id=OuterRef("pk"))
    coordinates = Access.objects.filter(
        authority=authority, role=Access.Role.COORDINATOR, suspended=False, authority__active=True
    )
    held = Exists(coordinates) & (~Exists(through) | Exists(through.filter(policyarea__in=coordinates.values("area"))))
    return Q(host=authority) | (Q(held) & (Q(host=None) | Q(host__country=country)))


def plans_for(who: Standing, number: int = 1) -> Page[Plan]:
    """The plans that somebody may see, the next first; three queries."""
    found = Plan.objects.filter(_addressed(who), withdrawn_at=None)
    return page(found.select_related("host").prefetch_related("texts", "todos").order_by("planned_on", "pk"), number)


def plan(who: Standing, plan_id: int) -> Plan:
    """One plan that somebody may see.

    Raises:
        Refused: there is none.
    """
    found = Plan.objects.filter(_addressed(who), pk=plan_id, withdrawn_at=None)
    one = found.select_related("host").prefetch_related("texts", "todos", "areas").first()
    if one is None:
        raise Refused(administration.NOT_FOUND)
    return one


@dataclass(frozen=True, slots=True)
class Due:
    """A to-do as it stands for one authority: ``done`` says by whom and when, if it was."""

    todo: ToDo
    done: Done | None
    late: bool


def todos_of(who: Standing, plan_ids: Sequence[int], today: date) -> dict[int, list[Due]]:
    """The to-dos of plans as they stand for the own authority, by plan, in the order of their dates; two queries."""
    rows = list(ToDo.objects.filter(plan__in=plan_ids).order_by("due_on", "pk"))
    mine = Done.objects.filter(todo__plan__in=plan_ids, authority=who.authority_id).select_related("by_user")
    done = {one.todo_id: one for one in mine}
    found: dict[int, list[Due]] = defaultdict(list)
    for todo in rows:
        ticked = done.get(todo.pk)
        found[todo.plan_id].append(Due(todo, ticked, ticked is None and todo.due_on < today))
    return found


def open_todos(who: Standing, today: date, size: int = 10) -> list[Due]:
    """What the own authority has still to do for plans addressed to it, the most pressing first; two queries.

    For the coordinators' desk and the first page of outreach.
    """
    rows = _open_todos(authority=who.authority_id, country=who.country, size=size)
    prefetch_related_objects(rows, "plan__texts")
    return [Due(one, None, one.due_on < today) for one in rows]


@prepared("size")
def _open_todos(authority: str, country: str, size: int) -> QuerySet[ToDo]:
    mine = Plan.objects.filter(_addressed_to(authority, country), withdrawn_at=None)
    done = Done.objects.filter(todo=OuterRef("pk"), authority=authority)
    rows = ToDo.objects.filter(~Exists(done), plan__in=mine.values("pk")).select_related("plan")
    return rows.order_by("due_on", "pk")[:size]


@dataclass(frozen=True, slots=True)
class Line:
    """One coordinator in the announcer's table: what it has done, in the order of the to-dos."""

    authority: Authority
    cells: tuple[Due, ...]


def table(one: Plan, today: date) -> list[Line]:
    """Which coordinator has done what; two queries. Whoever asks has been let in as announcer."""
    todos = sorted(one.todos.all(), key=lambda todo: (todo.due_on, todo.pk))
    ticked: dict[tuple[str, int], Done] = {}
    for row in Done.objects.filter(todo__plan=one).select_related("by_user"):
        ticked[row.authority_id, row.todo_id] = row
    found = plans.addressed(one).order_by("country", "name", "pk")[:MOST_COORDINATORS]
    return [
        Line(authority, tuple(_due(todo, ticked.get((authority.pk, todo.pk)), today) for todo in todos))
        for authority in found
    ]


def _due(todo: ToDo, done: Done | None, today: date) -> Due:
    return Due(todo, done, done is None and todo.due_on < today)


# --- materials -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MaterialFilter:
    """What somebody looks for among materials; empty means any."""

    words: str = ""
    kind: str = ""
    area: str = ""
    language: str = ""


def materials(who: Standing, wish: MaterialFilter, number: int = 1, size: int = PAGE) -> Page[Material]:
    """The materials that somebody may use, last reviewed first; words are found by how they begin; four queries."""
    first = (max(1, number) - 1) * size
    reader = (who.authority_id, who.country, sorted(who.roles))
    wanted = (wish.kind or None, wish.language or None, wish.area or None)
    words = query_tokens(wish.words)[:MOST_WORDS]
    if words:
        rows = list(_with_words(_matching(*reader, *wanted), words)[first : first + size + 1])
    else:
        names = ("authority", "country", "areas", "kind", "language", "area")
        rows = _materials(**dict(zip(names, (*reader, *wanted), strict=True)), first=first, last=first + size + 1)
    prefetch_related_objects(rows[:size], "texts__file", "areas")
    return Page(rows[:size], max(1, number), len(rows) > size)


@prepared("first", "last")
def _materials(first: int, last: int, **wanted: Any) -> QuerySet[Material]:
    return _matching(**wanted)[first:last]


def _matching(
    authority: str, country: str, areas: list[str], kind: str | None, language: str | None, area: str | None
) -> QuerySet[Material]:
    found = Material.objects.filter(reach.readable_by(Material, authority, country, areas), withdrawn_at=None)
    if kind:
        found = found.filter(kind=kind)
    if language:
        found = found.filter(pk__in=MaterialText.objects.filter(lang=language).values("material"))
    if area:
        found = found.filter(reach.in_area(Material, area))
    return found.select_related("host").order_by("-reviewed_on", "-pk")


def _with_words(found: QuerySet[Material], words: Iterable[str]) -> QuerySet[Material]:
    texts = MaterialText.objects.all()
    for word in words:
        texts = texts.filter(search__contains=f" {word}")
    return found.filter(pk__in=texts.values("material"))


def material(who: Standing, material_id: int) -> Material:
    """One material that somebody may use.

    Raises:
        Refused: there is none.
    """
    found = Material.objects.filter(reach.readable(Material, who), pk=material_id, withdrawn_at=None)
    one = found.select_related("host").prefetch_related("texts__file", "areas").first()
    if one is None:
        raise Refused(administration.NOT_FOUND)
    return one


# --- access to training ----------------------------------------------------------------------------------------------


def training_requests(who: Standing, number: int = 1) -> Page[TrainingRequest]:
    """What somebody's authority is asked, and has given, as a coordinator: open ones, then the latest; one query."""
    found = TrainingRequest.objects.filter(coordinator=who.authority_id)
    return page(found.select_related("person__authority").order_by(_open_first(), "-pk"), number)


def _open_first() -> Case:
    return Case(When(state=TrainingRequest.State.OPEN, then=0), default=1)


def own_training_requests(who: Standing) -> list[TrainingRequest]:
    """What somebody has asked for, or what was asked for them, latest first; one query."""
    mine = TrainingRequest.objects.filter(Q(person=who.user_id) | Q(asked_by=who.user_id))
    return list(mine.select_related("person", "coordinator").order_by("-pk")[:20])


@dataclass(frozen=True, slots=True)
class Trainee:
    """Somebody to whom a coordinator may give access; ``given`` is the row by which it has, or None."""

    person: User
    given: TrainingRequest | None


def training_people(may: Mandate, words: str, number: int = 1) -> Page[Trainee]:
    """The people to whom somebody may give access, by name; words are looked for in names; four queries."""
    found = people_within_reach(may)
    for word in words.split()[:MOST_WORDS]:
        found = found.filter(_named(word))
    part = page(found.order_by("family_name", "given_name", "pk"), number)
    given = TrainingRequest.objects.filter(coordinator=may.who.authority_id, state=TrainingRequest.State.GIVEN)
    held = {one.person_id: one for one in given.filter(person__in=[one.pk for one in part.rows])}
    return Page([Trainee(one, held.get(one.pk)) for one in part.rows], part.number, part.more)


def _named(word: str) -> Q:
    """People whose name or whose authority's has a word in it; SQLite tells capital letters other than a to z apart."""
    condition = Q()
    for spelling in {word, word.lower(), word.upper(), word.capitalize()}:
        for field in ("given_name", "family_name", "authority__name"):
            condition |= Q(**{f"{field}__icontains": spelling})
    return condition


def training_person(may: Mandate, person_id: int) -> User:
    """One person to whom somebody may give access.

    Raises:
        Refused: there is none.
    """
    person = people_within_reach(may).filter(pk=person_id).first()
    if person is None:
        raise Refused(administration.NOT_FOUND)
    return person


def training_request(who: Standing, request_id: int) -> TrainingRequest:
    """One request on which the own authority decides.

    Raises:
        Refused: there is none.
    """
    own = TrainingRequest.objects.filter(pk=request_id, coordinator=who.authority_id)
    one = own.select_related("person__authority", "asked_by", "ended_by").first()
    if one is None:
        raise Refused(administration.NOT_FOUND)
    return one
