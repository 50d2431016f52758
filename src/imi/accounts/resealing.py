"""Everything that is sealed in the database, taken from one key of the ring to the next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Model, QuerySet

from imi.accounts import codes, keyring, outbox, totp
from imi.accounts.models import AccountMail, Credentials, Factor

_BATCH = 500

_SEALED: tuple[tuple[type[Model], str, Callable[[Any], str]], ...] = (
    (Credentials, "sealed_code", lambda row: codes.sealed_anew(row.sealed_code, row.pk, row.version)),
    (Factor, "sealed", lambda row: totp.sealed_anew(row.sealed, row.user_id)),
    (AccountMail, "sealed", outbox.sealed_anew),
)
"""What is sealed: its table, its column, and what seals a row's secret under the key that seals now."""


def seal_anew() -> tuple[int, int]:
    """Seal every secret under the key that seals now, in batches; what changes meanwhile is left as it is then.

    Returns:
        How many were sealed anew, and how many cannot be read because their key is lost.
    """
    done = lost = 0
    for table, column, sealed_anew in _SEALED:
        for row in _under_old_keys(table, column):
            try:
                anew = sealed_anew(row)
            except keyring.Unreadable:
                lost += 1
                continue
            # Each sealing draws a number of its own, so a secret that was changed meanwhile does not look the same.
            same = _rows(table).filter(pk=row.pk, **{column: getattr(row, column)})
            done += same.update(**{column: anew})
    return done, lost


def keys_needed() -> set[str]:
    """Return the names of the keys under which something is sealed."""
    stored = (
        one
        for table, column, _sealed_anew in _SEALED
        for one in _rows(table).exclude(**{column: ""}).values_list(column, flat=True).iterator()
    )
    return {one.partition(".")[0] for one in stored}


def _rows(table: type[Model]) -> QuerySet[Any, Any]:
    return table._default_manager.all()


def _under_old_keys(table: type[Model], column: str) -> Iterator[Any]:
    """Rows that are sealed under another key than the current one, a bounded number in memory."""
    sealed = _rows(table).exclude(**{column: ""})
    waiting = sealed.exclude(**{f"{column}__startswith": f"{keyring.ring().current}."}).order_by("pk")
    last = None
    while batch := list((waiting if last is None else waiting.filter(pk__gt=last))[:_BATCH]):
        yield from batch
        last = batch[-1].pk
