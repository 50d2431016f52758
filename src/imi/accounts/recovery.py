"""Recovery codes: ten on paper, each of which stands once in the place of a factor that was lost.

Only digests are stored. A code has sixteen drawn characters (79 bits), so that a plain digest, bound to its user, gives
nothing away to whoever has the database.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from imi.accounts.hashing import normal
from imi.accounts.models import RecoveryCode

CODES = 10
_GROUPS, _GROUP = 4, 4
READABLE = "abcdefghjkmnpqrstuvwxyz23456789"  # no letter or digit that looks like another one


@transaction.atomic
def renew(user_id: int) -> list[str]:
    """Make new codes for a person in the place of the old ones; they are told here and never again."""
    codes = [_draw() for _ in range(CODES)]
    forget(user_id)
    RecoveryCode.objects.bulk_create(RecoveryCode(user_id=user_id, digest=_digest(user_id, code)) for code in codes)
    return codes


def use(user_id: int, typed: str, now: datetime) -> bool:
    """Use a code up; False if it is none of the person's, or was used, also a moment ago by somebody else."""
    unused = RecoveryCode.objects.filter(user=user_id, digest=_digest(user_id, typed), used_at=None)
    return bool(unused.update(used_at=now))


def left(user_id: int) -> int:
    """Return how many codes a person has not used."""
    return RecoveryCode.objects.filter(user=user_id, used_at=None).count()


def forget(user_id: int) -> None:
    """Forget all codes of a person."""
    RecoveryCode.objects.filter(user=user_id).delete()


def _draw() -> str:
    return "-".join("".join(secrets.choice(READABLE) for _ in range(_GROUP)) for _ in range(_GROUPS))


def _digest(user_id: int, typed: str) -> str:
    """The digest of a code, however its groups and letters were typed."""
    plain = "".join(one for one in normal(typed[:100]).lower() if one.isalnum())
    return hashlib.sha256(f"imi.accounts.recovery:{user_id}:{plain}".encode()).hexdigest()
