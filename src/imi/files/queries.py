"""Reading stored files. Whether a person may have one is decided by the exchange that refers to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import BinaryIO

from imi.files.actions import path_of
from imi.files.models import StoredFile


def uploaded_by(authority_id: str, identities: Iterable[str]) -> dict[str, StoredFile]:
    """The files among ``identities`` that this authority uploaded: only these may go into its forms."""
    return {one.id: one for one in StoredFile.objects.filter(authority=authority_id, pk__in=list(identities))}


def open_file(identity: str) -> BinaryIO:
    """The bytes of a file.

    Raises:
        FileNotFoundError: erased, or never stored.
    """
    return path_of(identity).open("rb")
