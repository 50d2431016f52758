"""Access to the training copy: asked from the coordinator, given or refused by it, also given unasked; withdrawn.

Source: the leaflet "New to IMI?" ("ask your coordinator for access to the training version"). The training copy is an
installation of its own with users of its own: giving access here means that the coordinator registers the person
there; this records it and tells the person. The user name comes from the coordinator and is never mailed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.acts import Author, record
from imi.administration.mandates import Mandate, mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.administration.staff_rights import GONE
from imi.directory.models import Access, Authority, CoordinatorLink
from imi.outreach import notes, reach, reasons, rights
from imi.outreach.models import Note, TrainingRequest
from imi.outreach.words import plain

State = TrainingRequest.State


def coordinators_of(who: Standing) -> list[Authority]:
    """Whom somebody may ask: the coordinators of the own authority, else the national one; one query."""
    behind = CoordinatorLink.objects.filter(authority=who.authority_id).values("coordinator")
    granting = Access.objects.filter(authority=who.authority_id, coordinator__isnull=False).values("coordinator")
    active = Authority.objects.filter(active=True)
    found = active.filter(pk__in=behind) | active.filter(pk__in=granting)
    found = found | active.filter(kind=Authority.Kind.NATIONAL_COORDINATOR, country=who.country)
    return sorted(found.distinct(), key=lambda one: (one.kind == Authority.Kind.NATIONAL_COORDINATOR, one.name))


@transaction.atomic
def ask(
    who: Standing, person_id: int, coordinator_id: str, from_on: date, why: str, now: datetime | None = None
) -> TrainingRequest:
    """Ask a coordinator to give a person of the own authority access to the training copy.

    Raises:
        Refused: the person or the coordinator is not the authority's, or the person has access, or it was asked for.
        Invalid: no reason is given.
    """
    now = now or timezone.now()
    demand(None if who.roles or who.administrator else administration.INACTIVE)
    if not plain(why):
        raise Invalid({"why": [str(administration.NEEDS_REASON)]})
    if not User.objects.filter(pk=person_id, authority=who.authority_id, is_active=True).exists():
        raise Refused(reasons.NOT_COLLEAGUE)
    if coordinator_id not in {one.pk for one in coordinators_of(who)}:
        raise Refused(reasons.NOT_YOUR_COORDINATOR)
    if TrainingRequest.objects.filter(person=person_id, coordinator=coordinator_id, state=State.GIVEN).exists():
        raise Refused(reasons.HAS_ACCESS)
    try:
        with transaction.atomic():
            made = TrainingRequest.objects.create(
                person_id=person_id,
                asked_by_id=who.user_id,
                coordinator_id=coordinator_id,
                from_on=from_on,
                why=plain(why),
                made_at=now,
            )
    except IntegrityError:
        raise Refused(reasons.OPEN_ALREADY) from None
    record("training.asked", Author.of(who), authority=who.authority_id, user=person_id, now=now)
    people = reach.coordinating_people(Authority.objects.filter(pk=coordinator_id), ())
    notes.tell(people, Note.Kind.TRAINING_ASKED, f"training:{made.pk}:asked", now, but=who.user_id, request=made)
    return made


@transaction.atomic
def give(who: Standing, request_id: int, now: datetime | None = None) -> None:
    """Give access; the person is told where the training copy is.

    Raises:
        Refused: ``who`` is no coordinating person of the coordinator, it was decided before, or the person has left.
    """
    now = now or timezone.now()
    asked = _end(who, request_id, State.GIVEN, "", now)
    demand(None if asked.person.is_active else GONE)
    demand(None if asked.person.authority.active else administration.INACTIVE)
    _given(who, asked, now)


@transaction.atomic
def give_unasked(who: Standing, person_id: int, why: str = "", now: datetime | None = None) -> TrainingRequest:
    """Give a person access who has not asked; where they had asked this coordinator, their request is answered.

    Args:
        why: what the person is told; may be empty.

    Raises:
        Refused: ``who`` is no coordinating person, does not coordinate the person's authority, or the person has it.
    """
    now = now or timezone.now()
    may = mandate(who)
    demand(rights.to_offer(may))
    person = people_within_reach(may).filter(pk=person_id).first()
    if person is None:
        raise Refused(reasons.NOT_YOUR_PERSON)
    of_person = TrainingRequest.objects.filter(person=person, coordinator=who.authority_id)
    waiting = of_person.filter(state=State.OPEN).first()
    if waiting is not None:
        give(who, waiting.pk, now)
        return waiting
    given = {
        "why": plain(why),
        "state": State.GIVEN,
        "from_on": now.date(),
        "made_at": now,
        "ended_at": now,
        "ended_by_id": who.user_id,
    }
    try:
        with transaction.atomic():
            made = TrainingRequest.objects.create(person=person, coordinator_id=who.authority_id, **given)
    except IntegrityError:
        raise Refused(reasons.HAS_ACCESS) from None
    _given(who, made, now, {"reason": made.why, "unasked": True})
    return made


def people_within_reach(may: Mandate) -> QuerySet[User]:
    """The people to whom somebody may give access: of the authorities coordinated, and colleagues."""
    host = Authority.objects.get(pk=may.who.authority_id)
    reached = reach.people_of(reach.authorities_of(host, sorted(rights.hosting_areas(may))))
    own = User.objects.filter(is_active=True, authority=host)
    return (reached | own).select_related("authority")


def _given(who: Standing, asked: TrainingRequest, now: datetime, details: Mapping[str, Any] | None = None) -> None:
    author, authority = Author.of(who), asked.person.authority_id
    record("training.given", author, authority=authority, user=asked.person_id, details=details, now=now)
    notes.tell_some(_concerned(asked), Note.Kind.TRAINING_GIVEN, f"training:{asked.pk}:given", now, request=asked)


def _concerned(asked: TrainingRequest) -> set[int]:
    """Who is told what was decided: the person, and whoever asked."""
    return {asked.person_id} | ({asked.asked_by_id} if asked.asked_by_id is not None else set())


@transaction.atomic
def withdraw(who: Standing, request_id: int, reason: str, now: datetime | None = None) -> None:
    """Withdraw access that was given, with a reason that the person reads.

    Raises:
        Refused: ``who`` is no coordinating person of the coordinator, no reason is given, or there is no such access.
    """
    now = now or timezone.now()
    if not plain(reason):
        raise Refused(administration.NEEDS_REASON)
    asked = _end(who, request_id, State.WITHDRAWN, plain(reason), now, since=State.GIVEN)
    details = {"reason": plain(reason)}
    author, authority = Author.of(who), asked.person.authority_id
    record("training.withdrawn", author, authority=authority, user=asked.person_id, details=details, now=now)
    notes.tell_some(_concerned(asked), Note.Kind.TRAINING_ENDED, f"training:{asked.pk}:ended", now, request=asked)


@transaction.atomic
def refuse(who: Standing, request_id: int, reason: str, now: datetime | None = None) -> None:
    """Refuse access, with a reason that the person reads.

    Raises:
        Refused: ``who`` is no coordinating person of the coordinator, no reason is given, or it was decided before.
    """
    now = now or timezone.now()
    if not plain(reason):
        raise Refused(administration.NEEDS_REASON)
    asked = _end(who, request_id, State.REFUSED, plain(reason), now)
    details = {"reason": plain(reason)}
    author, authority = Author.of(who), asked.person.authority_id
    record("training.refused", author, authority=authority, user=asked.person_id, details=details, now=now)
    notes.tell_some(_concerned(asked), Note.Kind.TRAINING_REFUSED, f"training:{asked.pk}:refused", now, request=asked)


def _end(
    who: Standing, request_id: int, state: State, reason: str, now: datetime, since: State = State.OPEN
) -> TrainingRequest:
    """Decide once: the first of two decisions holds.

    Args:
        since: the state in which it has to be.
    """
    own = TrainingRequest.objects.filter(pk=request_id, coordinator=who.authority_id)
    asked = own.select_related("person__authority").first()
    if asked is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_offer(mandate(who)))
    change = {"state": state, "reason": reason, "ended_at": now, "ended_by": who.user_id}
    try:
        with transaction.atomic():
            changed = own.filter(state=since).update(**change)
    except IntegrityError:
        raise Refused(reasons.HAS_ACCESS) from None
    if not changed:
        raise Refused(reasons.ENDED if since == State.OPEN else reasons.NOT_GIVEN)
    asked.reason = reason
    return asked
