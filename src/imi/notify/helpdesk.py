"""From the posts of the help desk to notices and mails: each once, without anything of what was written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from imi.accounts.models import User
from imi.accounts.queries import colleagues
from imi.administration.queries import administrators, data_administrators
from imi.database.chore import Chore
from imi.helpdesk import rights
from imi.helpdesk.models import Post, Thread
from imi.notify import actions, letters
from imi.notify.actions import Reader
from imi.notify.models import Notice

AT_ONCE = 50
_POSTS = Chore("posts of the help desk")
_NAMED = ("thread__asking", "thread__answering", "thread__asked_by", "thread__assignee", "by_authority")


def tell_of_posts(now: datetime) -> int:
    """Turn what has to be told of the help desk into notices and mails; how much was done."""
    waiting = Post.objects.filter(~Q(tells=""), told_at__isnull=True).exclude(pk__in=_POSTS.resting(now))
    return _POSTS.each(waiting.order_by("pk").values_list("pk", flat=True)[:AT_ONCE], tell_of, now)


@transaction.atomic
def tell_of(post_id: int, now: datetime) -> bool:
    """Tell of one post.

    Returns:
        False if another worker had done it.
    """
    if not Post.objects.filter(pk=post_id, told_at__isnull=True).update(told_at=now):
        return False
    post = Post.objects.select_related(*_NAMED).get(pk=post_id)
    for user in _readers(post):
        if user.pk != post.by_user_id:
            _tell(post, user, now)
    return True


def _tell(post: Post, user: User, now: datetime) -> None:
    Notice.objects.get_or_create(
        post=post, user=user, defaults={"at": now, "digest": user.mail_choice == User.Mail.DAILY}
    )
    if user.mail_choice == User.Mail.IMMEDIATE:
        reader = Reader(user.email, user.language, user)
        letter = letters.letter_about_thread(post, user.language)
        actions.post(f"post:{post.pk}:{user.email.lower()}", reader, letter, now)


def _readers(post: Post) -> Iterable[User]:
    """The people on the side that is told; where nobody is left there, the administrators of its authority.

    An authority that does not take part any more is not told.
    """
    thread = post.thread
    reached = post.tells == Post.Side.ANSWERING
    authority = thread.answering if reached else thread.asking
    if not authority.active:
        return []
    chosen = thread.assignee if reached else thread.asked_by
    if chosen is not None and chosen.is_active and chosen.authority_id == authority.pk:
        return [chosen]
    if not reached and thread.sort == Thread.Sort.QUESTION:
        return administrators(authority.pk)
    return _answering(authority.pk, thread.area_id) or administrators(authority.pk)


def _answering(authority: str, area: str | None) -> list[User]:
    """Those whose roles let them answer for an authority in an area, or (None) in general."""
    if area is None:
        return data_administrators(authority)
    return colleagues([authority], area, rights.ROLES)[authority]
