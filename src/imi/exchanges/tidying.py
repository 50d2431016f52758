"""What nobody needs any more, and how much of it there is to remove now."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from imi.exchanges.models import Draft, Submission
from imi.files import actions as files
from imi.files.queries import named_in, overdue

IN_A_DRAFT = timedelta(days=7)
"""How long a file that a draft names is kept before it is asked again whether the draft still does."""

REPEATABLE = timedelta(days=30)
"""How long a form that is sent again gets the answer it got before; no browser, queue or proxy repeats one later."""


def unnamed_files(now: datetime, most: int, but: Iterable[str] = ()) -> list[str]:
    """Files whose time is over and which neither an exchange nor a draft names: to be removed.

    Those that a draft names are kept for another while. Exchanges need not be asked: :func:`imi.files.actions.attach`
    took note when they came to refer to a file. Drafts are read once for all the files, and only if there are any.

    Args:
        most: how many files are looked at.
        but: ids to pass over.
    """
    found = overdue(now, most, but)
    named = _named_by_drafts(found.keys(), set(found.values())) if found else set()
    for one in named:  # each by itself, so as never to wait for one file while holding another
        files.keep([one], now + IN_A_DRAFT)
    return [one for one in found if one not in named]


def _named_by_drafts(identities: Collection[str], authorities: set[str]) -> set[str]:
    drafts = Draft.objects.filter(authority__in=authorities).values_list("data", flat=True)
    return {one for data in drafts.iterator(chunk_size=100) for one in named_in(data) if one in identities}


def forget_submissions(now: datetime, most: int) -> int:
    """Forget the keys of forms that were sent so long ago that nobody sends them again.

    There is no index by time: it would cost every action a write, and this is asked once in a while only.

    Returns:
        How many were forgotten.
    """
    old = list(Submission.objects.filter(at__lt=now - REPEATABLE).values_list("pk", flat=True)[:most])
    return Submission.objects.filter(pk__in=old).delete()[0] if old else 0
