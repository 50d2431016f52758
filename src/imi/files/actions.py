"""Storing and clearing files."""

from __future__ import annotations

import hashlib
import os
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from imi.files import scanner
from imi.files.kinds import MEDIA_TYPES, kind_of
from imi.files.models import StoredFile

LARGEST = 20 * 1024 * 1024
LONGEST_NAME = 200
LOOSE = timedelta(days=1)
"""How long a file is kept to which no exchange and no draft refers: as long as somebody may have its form open."""
_CHUNK = 1024 * 1024
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


class FileRefused(ValueError):
    """A file that is not taken; ``code`` and ``params`` make the message."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def store(upload: UploadedFile, user_id: int, authority_id: str, now: datetime | None = None) -> StoredFile:
    """Check and keep an uploaded file; for a day, unless an exchange or a draft refers to it by then.

    The row comes before the bytes, so that a crash leaves no bytes of which nobody knows.

    Args:
        upload: what came with the form.
        user_id, authority_id: who sent it.
        now: when; the day counts from the real time.

    Raises:
        FileRefused: empty, too large, of a kind that is not taken, infected, or not checkable now.
    """
    stream = upload.file
    name = clean_name(upload.name or "")
    if stream is None or not upload.size:
        raise FileRefused("file_empty", name=name)
    if upload.size > LARGEST:
        raise FileRefused("file_too_large", name=name, limit=LARGEST // (1024 * 1024))
    kind = kind_of(stream)
    if kind is None:
        raise FileRefused("file_kind", name=name, kinds=", ".join(sorted(MEDIA_TYPES)))
    scan = _scan(stream, name)
    stored = StoredFile.objects.create(
        id=uuid.uuid4().hex,
        name=name,
        size=upload.size,
        media_type=MEDIA_TYPES[kind],
        digest=_digest(stream),
        scan=scan,
        authority_id=authority_id,
        user_id=user_id,
        uploaded_at=now or timezone.now(),
        kept_until=timezone.now() + LOOSE,
    )
    _write(stream, path_of(stored.id))
    return stored


def _scan(stream: IO[bytes], name: str) -> str:
    if not scanner.is_configured():
        return StoredFile.Scan.NOT_SCANNED
    try:
        if scanner.infected(stream):
            raise FileRefused("file_infected", name=name)
    except scanner.ScannerDown:
        raise FileRefused("file_not_checkable", name=name) from None
    return StoredFile.Scan.CLEAN


def clean_name(name: str) -> str:
    """The name as it may be shown and offered for download.

    Any script is kept; paths, control and direction characters and reserved signs are not.
    """
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(sign for sign in unicodedata.normalize("NFC", base) if unicodedata.category(sign) not in _INVISIBLE)
    kept = "".join("_" if sign in '<>:"|?*' else sign for sign in kept).strip(". ")
    if not kept:
        return "file"
    if len(kept) <= LONGEST_NAME:
        return kept
    stem, dot, suffix = kept.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(suffix) - 1]}{dot}{suffix}" if dot and len(suffix) < 10 else kept[:LONGEST_NAME]


def path_of(identity: str) -> Path:
    """Where the bytes of a file lie."""
    return Path(settings.IMI_FILES) / identity[:2] / identity


def _digest(stream: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def _write(stream: IO[bytes], path: Path) -> None:
    """Write to a temporary name, make it durable, then give it its name: a crash leaves no half file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = _unfinished(path)
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as target:
        while chunk := stream.read(_CHUNK):
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    temporary.rename(path)


def _unfinished(path: Path) -> Path:
    return path.with_suffix(".part")


def as_attachment(stored: StoredFile) -> dict[str, object]:
    """The file as an exchange refers to it."""
    return {
        "id": stored.id,
        "name": stored.name,
        "size": stored.size,
        "media_type": stored.media_type,
        "digest": stored.digest,
    }


# --- for how long ----------------------------------------------------------------------------------------------------


def hold(authority_id: str, identities: Iterable[str]) -> set[str]:
    """The files among ``identities`` that this authority uploaded, held until the transaction ends.

    Whoever removes loose files waits for the transaction, and finds then that they are loose no more.
    """
    own = StoredFile.objects.select_for_update().filter(authority=authority_id, pk__in=list(identities), removing=False)
    return set(own.order_by("pk").values_list("pk", flat=True))  # in one order: two who hold the same do not lock up


def attach(held: Iterable[str]) -> None:
    """Note that an exchange refers to these files, in the transaction that held them and makes it do so."""
    StoredFile.objects.filter(pk__in=list(held), kept_until__isnull=False).update(kept_until=None)


def keep(held: Iterable[str], until: datetime) -> None:
    """Keep files that a draft names at least until then, unless an exchange refers to them anyway."""
    StoredFile.objects.filter(pk__in=list(held), kept_until__lt=until, removing=False).update(kept_until=until)


def remove_loose(identity: str, now: datetime) -> bool:
    """Remove a file whose time is over, unless an exchange or a draft has come to refer to it meanwhile.

    First it is marked, so that nobody can refer to it from now on, then the bytes go, then the row. Whoever is killed
    in between leaves a row that is overdue, and the next one does the rest.

    Returns:
        Whether it was removed.
    """
    overdue = StoredFile.objects.filter(pk=identity, kept_until__lte=now)
    return bool(overdue.update(removing=True)) and bool(remove([identity]))


def remove(identities: Iterable[str]) -> int:
    """Delete files, bytes first: what is gone from the disk can never be shown again.

    Returns:
        How many were removed.
    """
    removed = 0
    for identity in identities:
        path = path_of(identity)
        for file in (path, _unfinished(path)):
            file.unlink(missing_ok=True)
        removed += StoredFile.objects.filter(pk=identity).delete()[0]
    return removed


def release(identities: Iterable[str], now: datetime) -> None:
    """Give up files to which something referred: they are loose again, and overdue."""
    StoredFile.objects.filter(pk__in=list(identities), kept_until__isnull=True).update(kept_until=now)
