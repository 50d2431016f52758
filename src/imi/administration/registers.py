"""Keeps the entries of public registers up: "looking there can save a request".

Sources: the checklists for new users (authorities enter and maintain their own), the coordinator's task sheet
(registers are part of what must be current), Directive 2006/123/EC, Art. 28(7).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import reasons, rights
from imi.administration.acts import Author, record
from imi.administration.cards import ConceptName, concept_keys
from imi.administration.forms import RegisterForm, RegisterTextForm, cleaned
from imi.administration.reasons import Invalid, Refused, demand
from imi.directory.models import Register, RegisterConcept, RegisterText

Texts = Mapping[str, tuple[str, str]]
"""Languages, each with name and description."""

MOST = 50
"""Registers of one authority."""


@transaction.atomic
def enter(
    who: Standing,
    typed: Mapping[str, Any],
    texts: Texts,
    concepts: Collection[ConceptName] = (),
    now: datetime | None = None,
) -> Register:
    """Enter a register of the own authority.

    Args:
        typed: ``url``, ``kind`` and ``charges_fee``.

    Raises:
        Refused: ``who`` is no local data administrator, or the address is entered already.
        Invalid: a value is malformed, or there is no name in any language.
    """
    demand(rights.to_administer(who, who.authority_id))
    if Register.objects.filter(authority=who.authority_id).count() >= MOST:
        raise Invalid({"url": [str(reasons.TOO_MANY)]})
    row = Register(authority_id=who.authority_id)
    return _write(who, row, "register.entered", typed, texts, concepts, now or timezone.now())


@transaction.atomic
def change(
    who: Standing,
    register_id: int,
    typed: Mapping[str, Any],
    texts: Texts,
    concepts: Collection[ConceptName] = (),
    now: datetime | None = None,
) -> Register:
    """Write a register of the own authority anew; that also counts as having looked after it.

    Raises:
        Refused: it is not the own authority's, or ``who`` is no local data administrator.
        Invalid: a value is malformed, or there is no name in any language.
    """
    row = _own(who, register_id)
    return _write(who, row, "register.changed", typed, texts, concepts, now or timezone.now())


@transaction.atomic
def remove(who: Standing, register_id: int, now: datetime | None = None) -> None:
    """Take a register of the own authority away.

    Raises:
        Refused: it is not the own authority's, or ``who`` is no local data administrator.
    """
    row = _own(who, register_id)
    details = {"before": _told(row)}
    row.delete()
    record("register.removed", Author.of(who), authority=who.authority_id, details=details, now=now)


def _own(who: Standing, register_id: int) -> Register:
    demand(rights.to_administer(who, who.authority_id))
    row = Register.objects.select_for_update().filter(pk=register_id, authority=who.authority_id).first()
    if row is None:
        raise Refused(reasons.NOT_FOUND)
    return row


def _write(
    who: Standing,
    row: Register,
    act: str,
    typed: Mapping[str, Any],
    texts: Texts,
    concepts: Collection[ConceptName],
    now: datetime,
) -> Register:
    before = _told(row) if row.pk else None
    for name, value in cleaned(RegisterForm(who.country, typed)).items():
        setattr(row, name, value)
    if not texts:
        raise Invalid({"name": [str(reasons.INCOMPLETE)]})
    worded = [
        cleaned(RegisterTextForm(who.country, {"lang": lang, "name": name, "description": description}))
        for lang, (name, description) in texts.items()
    ]
    keys = concept_keys(concepts)
    row.reviewed_on = now.date()
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refused(reasons.ALREADY) from error
    RegisterText.objects.filter(register=row).delete()
    RegisterConcept.objects.filter(register=row).delete()
    RegisterText.objects.bulk_create(RegisterText(register=row, **text) for text in worded)
    RegisterConcept.objects.bulk_create(RegisterConcept(register=row, concept_id=key) for key in keys)
    details = {"before": before, "after": _told(row)}
    record(act, Author.of(who), authority=who.authority_id, details=details, now=now)
    return row


def _told(row: Register) -> dict[str, Any]:
    """A register as an act tells it."""
    names = RegisterText.objects.filter(register=row).order_by("lang").values_list("lang", "name", "description")
    tags = RegisterConcept.objects.filter(register=row).order_by("concept__scheme", "concept__code")
    return {
        "url": row.url,
        "kind": row.kind,
        "charges_fee": row.charges_fee,
        "texts": {lang: [name, description] for lang, name, description in names},
        "concepts": [" ".join(pair) for pair in tags.values_list("concept__scheme", "concept__code")],
    }
