"""Reading stored files. Whether a person may have one is decided by the exchange that refers to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from imi.files.actions import path_of
from imi.files.models import StoredFile

_IDENTITY = re.compile(r"[0-9a-f]{32}")


def uploaded_by(authority_id: str, identities: Iterable[str]) -> dict[str, StoredFile]:
    """The files among ``identities`` that this authority uploaded: only these may go into its forms."""
    found = StoredFile.objects.filter(authority=authority_id, pk__in=list(identities), removing=False)
    return {one.id: one for one in found}


def named_in(value: Any) -> set[str]:
    """What could be the id of a file in the JSON of a form, however deep: a text of its shape."""
    return {text for text in _texts(value) if _IDENTITY.fullmatch(text)}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def overdue(now: datetime, most: int, but: Iterable[str] = ()) -> dict[str, str]:
    """Files to which no exchange refers and whose time is over, longest first, with the authority of each.

    Args:
        most: how many at most.
        but: ids to pass over.
    """
    loose = StoredFile.objects.filter(kept_until__lte=now).exclude(pk__in=list(but))
    return dict(loose.order_by("kept_until").values_list("pk", "authority_id")[:most])


def open_file(identity: str) -> BinaryIO:
    """The bytes of a file.

    Raises:
        FileNotFoundError: erased, or never stored.
    """
    return path_of(identity).open("rb")
