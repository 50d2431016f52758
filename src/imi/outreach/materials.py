"""Materials from which one learns: documents, links and films, each in one or several languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from imi.accounts.queries import Standing
from imi.administration import reasons as administration
from imi.administration.acts import Author, record
from imi.administration.mandates import mandate
from imi.administration.reasons import Invalid, Refused, demand
from imi.files import actions as files
from imi.outreach import reach, reasons, rights
from imi.outreach.models import Material, MaterialText
from imi.outreach.words import checked_url, plain, searchable


@dataclass(frozen=True, slots=True)
class Version:
    """A material in one language: of a document the file, of others the address; a film also has a length."""

    title: str
    body: str = ""
    url: str = ""
    upload: UploadedFile | None = None
    minutes: int | None = None
    subtitles: str = ""


def publish(
    who: Standing,
    kind: str,
    reviewed_on: date,
    version: tuple[str, Version],
    areas: tuple[str, ...] = (),
    abroad: bool = False,
    now: datetime | None = None,
) -> Material:
    """Offer a material in a first language.

    Args:
        version: the language and what is said in it.
        areas: without any in all areas.
        abroad: open to readers of all countries.

    Raises:
        Refused: ``who`` may not in these areas.
        Invalid: title, file or address are missing.
        FileRefused: the file is not taken.
    """
    now = now or timezone.now()
    demand(rights.to_offer(mandate(who), areas))
    file = _stored(who, kind, version[1])
    with transaction.atomic():
        material = Material.objects.create(
            host_id=who.authority_id,
            made_by_id=who.user_id,
            made_at=now,
            kind=Material.Kind(kind),
            reviewed_on=reviewed_on,
            abroad=abroad,
        )
        material.areas.set(reach.areas_of(areas))
        _write(material, *version, file)
        details = {"after": plain(version[1].title)}
        record("material.published", Author.of(who), authority=material.host_id, details=details, now=now)
    return material


def word(who: Standing, material_id: int, lang: str, version: Version) -> None:
    """Add a language to a material, or replace what is said in one.

    Raises:
        Refused: ``who`` may not.
        Invalid: title, file or address are missing.
        FileRefused: the file is not taken.
    """
    with transaction.atomic():
        kind = _own(who, material_id).kind
    file = _stored(who, kind, version)
    with transaction.atomic():
        _write(_own(who, material_id), lang, version, file)


@transaction.atomic
def review(
    who: Standing,
    material_id: int,
    reviewed_on: date,
    areas: tuple[str, ...],
    abroad: bool,
) -> None:
    """Note when somebody last looked whether a material is as it should be, and to whom it is offered.

    Raises:
        Refused: ``who`` may not.
    """
    material = _own(who, material_id)
    demand(rights.to_offer(mandate(who), areas))
    material.reviewed_on, material.abroad = reviewed_on, abroad
    material.save(update_fields=["reviewed_on", "abroad"])
    material.areas.set(reach.areas_of(areas))


@transaction.atomic
def withdraw(who: Standing, material_id: int, now: datetime | None = None) -> None:
    """Offer a material no more; its files are removed.

    Raises:
        Refused: ``who`` may not, or it was withdrawn already.
    """
    now = now or timezone.now()
    material = _own(who, material_id)
    texts = list(material.texts.all())
    material.withdrawn_at = now
    material.save(update_fields=["withdrawn_at"])
    held = [text.file_id for text in texts if text.file_id]
    details = {"after": texts[0].title if texts else ""}
    material.texts.all().delete()
    files.release(held, now)
    record("material.withdrawn", Author.of(who), authority=material.host_id, details=details, now=now)


def _own(who: Standing, material_id: int) -> Material:
    found = Material.objects.select_for_update().filter(pk=material_id, host=who.authority_id, withdrawn_at=None)
    material = found.first()
    if material is None:
        raise Refused(administration.NOT_FOUND)
    demand(rights.to_change(mandate(who), material.host_id, material.areas.values_list("pk", flat=True)))
    return material


def _stored(who: Standing, kind: str, version: Version) -> str | None:
    """Keep the file that was sent: outside of the transaction of the act, so that its row is never lost without it."""
    if kind != Material.Kind.DOCUMENT or version.upload is None or not plain(version.title):
        return None
    return files.store(version.upload, who.user_id, who.authority_id).id


def _write(material: Material, lang: str, version: Version, file: str | None) -> None:
    title, body = plain(version.title), plain(version.body)
    if not title:
        raise Invalid({"title": [str(administration.MISSING)]})
    before = MaterialText.objects.filter(material=material, lang=lang).first()
    film = material.kind == Material.Kind.FILM
    content = _content(material, version, file or (before.file_id if before else None))
    if file is not None:
        files.attach(files.hold(material.host_id, [file]))
    values: Mapping[str, object] = {
        "title": title,
        "body": body,
        "minutes": version.minutes if film else None,
        "subtitles": version.subtitles if film else "",
        "search": searchable(title, body),
        **content,
    }
    MaterialText.objects.update_or_create(material=material, lang=lang, defaults=values)
    if before is not None and before.file_id and before.file_id != content["file_id"]:
        files.release([before.file_id], timezone.now())


def _content(material: Material, version: Version, file: str | None) -> dict[str, str | None]:
    """The file or the address; a document keeps its file when no other is sent."""
    if material.kind == Material.Kind.DOCUMENT:
        if file is None:
            raise Invalid({"upload": [str(reasons.NO_FILE)]})
        return {"url": "", "file_id": file}
    address = checked_url(version.url, "url")
    if not address:
        raise Invalid({"url": [str(reasons.NO_ADDRESS)]})
    return {"url": address, "file_id": None}
