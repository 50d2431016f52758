"""Corrections of an authority's card that others propose; its own administrators decide."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import outbox, reasons, rights
from imi.administration.acts import Author, record
from imi.administration.cards import CONTACTS, change_contacts, write_text
from imi.administration.models import Correction
from imi.administration.reasons import Invalid, Refused, demand
from imi.directory.models import Authority, AuthorityText

TEXTS = ("informal", "description")
OTHER = "other"
FIELDS = (*CONTACTS, *TEXTS, OTHER)
"""What a correction may be about; anything else is told in words."""

OPEN_AT_ONCE = 20
_LONGEST = 4000


@transaction.atomic
def propose(
    who: Standing,
    authority_id: str,
    field: str,
    proposal: str,
    lang: str = "",
    remark: str = "",
    now: datetime | None = None,
) -> Correction:
    """Propose how a field of any authority's card should read.

    Args:
        field: one of :data:`FIELDS`; for a text, ``lang`` says in which language.

    Raises:
        Refused: ``who`` may not, has proposed very much already, or there is no such authority.
        Invalid: the field is none, or nothing is proposed.
    """
    now = now or timezone.now()
    demand(rights.to_propose(who))
    if field not in FIELDS or not proposal.strip() or len(proposal) > _LONGEST or len(remark) > _LONGEST:
        raise Invalid({"proposal": [str(reasons.INCOMPLETE)]})
    known = AuthorityText.objects.filter(authority=authority_id, lang=lang)
    if field in TEXTS and not known.exists():
        raise Invalid({"lang": [lang]})
    if not Authority.objects.filter(pk=authority_id, active=True).exists():
        raise Refused(reasons.NOT_FOUND)
    if Correction.objects.filter(by_user=who.user_id, state=Correction.State.OPEN).count() >= OPEN_AT_ONCE:
        raise Refused(reasons.TOO_OFTEN)
    made = Correction.objects.create(
        authority_id=authority_id,
        field=field,
        lang=lang if field in TEXTS else "",
        proposal=proposal.replace("\x00", "").strip(),
        remark=remark.replace("\x00", "").strip(),
        by_user_id=who.user_id,
        by_authority_id=who.authority_id,
        made_at=now,
    )
    details = {"field": field, "after": made.proposal}
    record("correction.proposed", Author.of(who), authority=authority_id, details=details, now=now)
    outbox.tell_administrators("correction_proposed", authority_id, now)
    return made


@transaction.atomic
def accept(who: Standing, correction_id: int, now: datetime | None = None) -> None:
    """Change the card as proposed; what was told in words only is marked as done.

    Raises:
        Refused: ``who`` is no local data administrator of the authority, or it was decided before.
        Invalid: the card cannot read like this.
    """
    now = now or timezone.now()
    correction = _ended(who, correction_id, Correction.State.ACCEPTED, now)
    if correction.field in CONTACTS:
        change_contacts(who, {correction.field: correction.proposal}, now)
    elif correction.field in TEXTS:
        text = AuthorityText.objects.filter(authority=correction.authority_id, lang=correction.lang).first()
        values = {name: getattr(text, name, "") for name in TEXTS} | {correction.field: correction.proposal}
        write_text(who, correction.lang, values["informal"], values["description"], now=now)
    details = {"field": correction.field, "after": correction.proposal}
    record("correction.accepted", Author.of(who), authority=who.authority_id, details=details, now=now)


@transaction.atomic
def dismiss(who: Standing, correction_id: int, now: datetime | None = None) -> None:
    """Leave the card as it is.

    Raises:
        Refused: ``who`` is no local data administrator of the authority, or it was decided before.
    """
    now = now or timezone.now()
    correction = _ended(who, correction_id, Correction.State.DISMISSED, now)
    details = {"field": correction.field, "after": correction.proposal}
    record("correction.dismissed", Author.of(who), authority=who.authority_id, details=details, now=now)


def _ended(who: Standing, correction_id: int, state: Correction.State, now: datetime) -> Correction:
    """Decide once: the first of two decisions holds.

    Raises:
        Refused: ``who`` may not, or it was decided before.
    """
    correction = Correction.objects.filter(pk=correction_id).first()
    if correction is None:
        raise Refused(reasons.NOT_FOUND)
    demand(rights.to_administer(who, correction.authority_id))
    waiting = Correction.objects.filter(pk=correction_id, state=Correction.State.OPEN)
    if not waiting.update(state=state, ended_at=now):
        raise Refused(reasons.WRONG_STATE)
    return correction
