"""Announcing what is planned, with what each coordinator has to do by when, and ticking it off.

Source: the coordinator's task sheet ("inform those concerned in good time of planned extensions and of what they have
to do for them").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.acts import OPERATOR, Author, record
from imi.administration.mandates import mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.directory.models import Authority
from imi.outreach import notes, reach, reasons, rights
from imi.outreach.models import Done, Note, Plan, ToDo
from imi.outreach.plan_texts import Wording, keep, text_of, todo_in
from imi.outreach.words import checked_url, plain


@dataclass(frozen=True, slots=True)
class Outline:
    """What is planned; ``areas``: only coordinators of these are addressed, none means all.

    Title, text and to-dos are in ``language``; ``others`` has them in further languages.
    """

    language: str
    title: str
    text: str
    legal_basis: str
    legal_url: str
    planned_on: date
    todos: Sequence[tuple[str, date]]
    areas: tuple[str, ...] = ()
    others: Mapping[str, Wording] = field(default_factory=dict)


@transaction.atomic
def announce(who: Standing, outline: Outline, now: datetime | None = None) -> Plan:
    """Announce a plan to the coordinators of the own country and tell them.

    Raises:
        Refused: ``who`` is not of the national coordinator.
        Invalid: there is no title, or nothing to do.
    """
    now = now or timezone.now()
    demand(rights.to_announce(mandate(who), outline.areas))
    return _announce(outline, Author.of(who), who.authority_id, who, now)


@transaction.atomic
def announce_to_all(outline: Outline, now: datetime | None = None) -> Plan:
    """Announce a plan to the coordinators of every country, as the operator.

    Raises:
        Invalid: there is no title, or nothing to do.
    """
    return _announce(outline, OPERATOR, None, None, now or timezone.now())


def _announce(outline: Outline, by: Author, host: str | None, who: Standing | None, now: datetime) -> Plan:
    todos = [(plain(title), due) for title, due in outline.todos if plain(title)]
    if not outline.title.strip():
        raise Invalid({"title": [str(administration.MISSING)]})
    if not todos:
        raise Invalid({"todos": [str(reasons.NO_TODOS)]})
    plan = Plan.objects.create(
        host_id=host,
        made_by_id=who.user_id if who else None,
        made_at=now,
        language=outline.language,
        legal_basis=plain(outline.legal_basis),
        legal_url=checked_url(outline.legal_url, "legal_url"),
        planned_on=outline.planned_on,
    )
    plan.areas.set(reach.areas_of(outline.areas))
    numbered = list(enumerate(todos, start=1))
    ToDo.objects.bulk_create(ToDo(plan=plan, number=number, due_on=due) for number, (_title, due) in numbered)
    own = Wording(outline.title, outline.text, tuple(title for title, _due in todos))
    for lang, wording in {**outline.others, outline.language: own}.items():
        keep(plan, lang, wording)
    people = reach.coordinating_people(addressed(plan), outline.areas)
    but = who.user_id if who else None
    notes.tell(people, Note.Kind.ANNOUNCED, f"plan:{plan.pk}", now, but=but, plan=plan)
    record("plan.announced", by, authority=host, details={"after": own.title}, now=now)
    return plan


def addressed(plan: Plan) -> QuerySet[Authority]:
    """The coordinators to whom a plan is addressed."""
    country = plan.host.country_id if plan.host else None
    return reach.coordinators(country, list(plan.areas.values_list("pk", flat=True)))


@transaction.atomic
def withdraw(who: Standing, plan_id: int, now: datetime | None = None) -> None:
    """Take an announcement back; what was done stays recorded.

    Raises:
        Refused: ``who`` may not, or it was withdrawn already.
    """
    now = now or timezone.now()
    plan = Plan.objects.filter(pk=plan_id, host=who.authority_id).first()
    if plan is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_announce(mandate(who), plan.areas.values_list("pk", flat=True)))
    if not Plan.objects.filter(pk=plan_id, withdrawn_at=None).update(withdrawn_at=now):
        raise Refused(administration.ALREADY)
    title = text_of(plan, plan.language).title
    record("plan.withdrawn", Author.of(who), authority=plan.host_id, details={"after": title}, now=now)


@transaction.atomic
def tick(who: Standing, todo_id: int, done: bool, now: datetime | None = None) -> Plan:
    """Note that the own authority has done a to-do, or that it has not after all.

    Returns:
        The plan to which it belongs.

    Raises:
        Refused: ``who`` has no coordinating role, or the plan is not addressed to the authority.
    """
    now = now or timezone.now()
    todo = ToDo.objects.select_related("plan__host").filter(pk=todo_id, plan__withdrawn_at=None).first()
    if todo is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_offer(mandate(who)))
    if not addressed(todo.plan).filter(pk=who.authority_id).exists():
        raise Refused(reasons.NOT_ADDRESSED)
    if done:
        _row, changed = Done.objects.get_or_create(
            todo=todo, authority_id=who.authority_id, defaults={"by_user_id": who.user_id, "at": now}
        )
    else:
        changed = bool(Done.objects.filter(todo=todo, authority=who.authority_id).delete()[0])
    if changed:
        kind = "plan.done" if done else "plan.undone"
        text = text_of(todo.plan, todo.plan.language)
        details = {"after": f"{text.title}: {todo_in(text, todo.number)}"}
        record(kind, Author.of(who), authority=who.authority_id, details=details, now=now)
    return todo.plan


@transaction.atomic
def remind(todo_id: int, now: datetime) -> int:
    """Tell the coordinators that have not done an overdue to-do, once.

    Returns:
        How many people are told; none if another worker did it.
    """
    if not ToDo.objects.filter(pk=todo_id, reminded_at=None).update(reminded_at=now):
        return 0
    todo = ToDo.objects.select_related("plan__host").get(pk=todo_id)
    late = addressed(todo.plan).exclude(pk__in=Done.objects.filter(todo=todo).values("authority"))
    people = reach.coordinating_people(late, list(todo.plan.areas.values_list("pk", flat=True)))
    return notes.tell(people, Note.Kind.OVERDUE, f"todo:{todo.pk}", now, todo=todo, plan=todo.plan)
