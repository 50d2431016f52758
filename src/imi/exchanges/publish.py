"""Publishing: from the files of the catalogue to immutable definitions that exchanges are pinned to.

A procedure whose behaviour changed becomes a new definition, which new exchanges use; running ones keep theirs. A
correction of words alone is a new revision of the wording of the same definition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from imi.catalogue.registry import Catalogue
from imi.directory.actions import sync_areas
from imi.exchanges import definitions, stored_form
from imi.exchanges.models import PublishedDefinition, PublishedWording


@dataclass
class Report:
    """What publishing changed, by full name of the procedure."""

    published: list[str] = field(default_factory=list)
    reworded: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)


@transaction.atomic
def publish_all(catalogue: Catalogue, now: datetime | None = None) -> Report:
    """Publish every procedure of a catalogue that was checked before.

    Args:
        catalogue: the files, read; :func:`imi.catalogue.check.check_folder` says whether they are fit.
        now: the moment of publication.
    """
    now = now or timezone.now()
    sync_areas([area.area for area in catalogue.areas()])
    report = Report()
    for definition in catalogue.procedures():
        content_hash = catalogue.get(definition.id).content_hash
        new = _publish(catalogue, definition.id, content_hash, now)
        reworded = _word(catalogue, definition.id, content_hash)
        (report.published if new else report.reworded if reworded else report.unchanged).append(definition.id)
    transaction.on_commit(definitions.forget_wordings)
    return report


def _publish(catalogue: Catalogue, procedure: str, content_hash: str, now: datetime) -> bool:
    """Make this version the current one; whether it was not before."""
    versions = PublishedDefinition.objects.filter(procedure=procedure)
    if versions.filter(hash=content_hash, current=True).exists():
        return False
    versions.filter(current=True).update(current=False)
    definition = catalogue.get(procedure).definition
    if versions.filter(hash=content_hash).update(current=True):
        return True
    PublishedDefinition.objects.create(
        hash=content_hash,
        procedure=procedure,
        area_id=definition.area.area,
        body=stored_form.to_stored(definition),
        published_at=now,
    )
    return True


def _word(catalogue: Catalogue, procedure: str, content_hash: str) -> bool:
    """Store the texts in every language; whether any of them changed."""
    changed = False
    for language, texts in catalogue.all_texts(procedure).items():
        stored = PublishedWording.objects.filter(definition=content_hash, language=language).first()
        if stored is None:
            PublishedWording.objects.create(definition_id=content_hash, language=language, texts=texts)
            changed = True
        elif stored.texts != texts:
            stored.texts, stored.revision = texts, stored.revision + 1
            stored.save()
            changed = True
    return changed
