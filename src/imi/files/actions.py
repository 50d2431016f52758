"""Storing and clearing files."""

from __future__ import annotations

import hashlib
import os
import unicodedata
import uuid
from collections.abc import Iterable
from datetime import datetime
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
_INVISIBLE = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}


class FileRefused(ValueError):
    """A file that is not taken; ``code`` and ``params`` make the message."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def store(upload: UploadedFile, user_id: int, authority_id: str, now: datetime | None = None) -> StoredFile:
    """Check and keep an uploaded file.

    Args:
        upload: what came with the form.
        user_id, authority_id: who sent it.

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
    identity = uuid.uuid4().hex
    digest = _write(stream, path_of(identity))
    return StoredFile.objects.create(
        id=identity,
        name=name,
        size=upload.size,
        media_type=MEDIA_TYPES[kind],
        digest=digest,
        scan=scan,
        authority_id=authority_id,
        user_id=user_id,
        uploaded_at=now or timezone.now(),
    )


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


def _write(stream: IO[bytes], path: Path) -> str:
    """Write to a temporary name, make it durable, then give it its name: a crash leaves no half file."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest = hashlib.sha256()
    temporary = path.with_suffix(".part")
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as target:
        while chunk := stream.read(1024 * 1024):
            digest.update(chunk)
            target.write(chunk)
        target.flush()
        os.fsync(target.fileno())
    temporary.rename(path)
    return digest.hexdigest()


def as_attachment(stored: StoredFile) -> dict[str, object]:
    """The file as an exchange refers to it."""
    return {
        "id": stored.id,
        "name": stored.name,
        "size": stored.size,
        "media_type": stored.media_type,
        "digest": stored.digest,
    }


def remove(identities: Iterable[str]) -> int:
    """Delete files, bytes first: what is gone from the disk can never be shown again.

    Returns:
        How many were removed.
    """
    removed = 0
    for identity in identities:
        path_of(identity).unlink(missing_ok=True)
        removed += StoredFile.objects.filter(pk=identity).delete()[0]
    return removed
