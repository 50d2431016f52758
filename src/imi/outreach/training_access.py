"""Access to the training copy: asked from the coordinator, given or refused by it.

Source: the leaflet "New to IMI?" ("ask your coordinator for access to the training version"). The training copy is an
installation of its own with users of its own: giving access here means that the coordinator registers the person
there; this records it and tells the person. The user name comes from the coordinator and is never mailed.
"""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.acts import Author, record
from imi.administration.mandates import mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.directory.models import Access, Authority, CoordinatorLink
from imi.outreach import notes, reach, reasons, rights
from imi.outreach.models import Note, TrainingRequest
from imi.outreach.words import plain


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
        Refused: the person or the coordinator is not the authority's, or was asked for already.
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
        Refused: ``who`` is no coordinating person of the coordinator, or it was decided before.
    """
    now = now or timezone.now()
    asked = _end(who, request_id, TrainingRequest.State.GIVEN, "", now)
    record("training.given", Author.of(who), authority=asked.person.authority_id, user=asked.person_id, now=now)
    people = {asked.person_id, asked.asked_by_id}
    notes.tell_some(people, Note.Kind.TRAINING_GIVEN, f"training:{asked.pk}:given", now, request=asked)


@transaction.atomic
def refuse(who: Standing, request_id: int, reason: str, now: datetime | None = None) -> None:
    """Refuse access, with a reason that the person reads.

    Raises:
        Refused: ``who`` is no coordinating person of the coordinator, no reason is given, or it was decided before.
    """
    now = now or timezone.now()
    if not plain(reason):
        raise Refused(administration.NEEDS_REASON)
    asked = _end(who, request_id, TrainingRequest.State.REFUSED, plain(reason), now)
    details = {"reason": plain(reason)}
    author, authority = Author.of(who), asked.person.authority_id
    record("training.refused", author, authority=authority, user=asked.person_id, details=details, now=now)
    people = {asked.person_id, asked.asked_by_id}
    notes.tell_some(people, Note.Kind.TRAINING_REFUSED, f"training:{asked.pk}:refused", now, request=asked)


def _end(who: Standing, request_id: int, state: TrainingRequest.State, reason: str, now: datetime) -> TrainingRequest:
    """Decide once: the first of two decisions holds."""
    own = TrainingRequest.objects.filter(pk=request_id, coordinator=who.authority_id)
    asked = own.select_related("person").first()
    if asked is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_offer(mandate(who)))
    change = {"state": state, "reason": reason, "ended_at": now, "ended_by": who.user_id}
    if not own.filter(state=TrainingRequest.State.OPEN).update(**change):
        raise Refused(reasons.ENDED)
    return asked
