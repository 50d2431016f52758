"""From the posts of the help desk to notices and mails: each once, without anything of what was written."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from imi.accounts.models import RoleGrant, User
from imi.administration.queries import administrators
from imi.helpdesk import rights
from imi.helpdesk.models import Post, Thread
from imi.notify import actions, letters
from imi.notify.actions import Reader
from imi.notify.models import Notice

AT_ONCE = 50


def tell_of_posts(now: datetime) -> int:
    """Turn what has to be told of the help desk into notices and mails; how much was done."""
    waiting = Post.objects.filter(~Q(tells=""), told_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    return sum(tell_of(pk, now) for pk in waiting[:AT_ONCE])


@transaction.atomic
def tell_of(post_id: int, now: datetime) -> bool:
    """Tell of one post.

    Returns:
        False if another worker had done it.
    """
    if not Post.objects.filter(pk=post_id, told_at__isnull=True).update(told_at=now):
        return False
    post = Post.objects.select_related("thread__asked_by", "thread__assignee", "by_authority").get(pk=post_id)
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
    """The people on the side that is told; where nobody is left there, the administrators of its authority."""
    thread = post.thread
    if post.tells == Post.Side.ANSWERING:
        return _chosen(thread.assignee, thread.answering_id) or _answering(thread, thread.answering_id)
    if thread.sort == Thread.Sort.QUESTION:
        return _chosen(thread.asked_by, thread.asking_id) or administrators(thread.asking_id)
    return _chosen(thread.asked_by, thread.asking_id) or _answering(thread, thread.asking_id)


def _chosen(user: User | None, authority: str) -> list[User]:
    """The person who has asked or taken it, unless gone meanwhile."""
    return [user] if user is not None and user.is_active and user.authority_id == authority else []


def _answering(thread: Thread, authority: str) -> list[User]:
    """Those whose roles let them answer for an authority in the area of a thread, else its administrators."""
    grants = RoleGrant.objects.filter(user=OuterRef("pk"))
    if thread.area_id is None:
        grants = grants.filter(role=RoleGrant.Role.DATA_ADMINISTRATOR)
    else:
        grants = grants.filter(area=thread.area_id, role__in=sorted(rights.ROLES))
    found = User.objects.filter(Exists(grants), authority=authority, authority__active=True, is_active=True)
    return list(found.order_by("pk")) or list(administrators(authority))
