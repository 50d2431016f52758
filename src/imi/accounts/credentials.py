"""What people sign in with: temporary passwords, their own passwords and codes, and keys that change.

A temporary password works once and for a limited time; nobody but its owner learns it, not even the administrator who
had it made (guide for the first user, "Lost password and user name").
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from imi.accounts import codes, factors, hashing, outbox, queries, recovery
from imi.accounts.models import AccountMail, Credentials, Door, User
from imi.accounts.openid import links
from imi.accounts.queries import Standing
from imi.accounts.sessions import end_sessions
from imi.accounts.strength import Fault, code_faults, password_faults

_GROUPS, _GROUP = 3, 4
_BATCH = 500


def issue_temporary_password(actor: Standing | None, user: User, now: datetime | None = None) -> int:
    """Have a temporary password mailed to a user, for the first sign-in or after the old one was lost.

    Whatever the user had ends at once: password, security code, second factors, links with identities from outside,
    known devices, lock, and every session; a person who lost the telephone with everything on it must get back in. The
    user name stays.

    Args:
        actor: who asks for it; None is the operator.
        user: who gets it.
        now: the time it is issued.

    Returns:
        How many second factors were removed; the user and the administrators are told of them.

    Raises:
        PermissionDenied: the actor is not the one who may do this for this user.
        Busy: too many passwords are being hashed at this moment.
    """
    if actor is not None and not queries.may_reset(actor, user):
        raise PermissionDenied
    at = now or timezone.now()
    password = _draw()
    with hashing.place():
        stored = hashing.hashed(password)
    with transaction.atomic():
        held = Credentials.objects.select_for_update().get(user=user)
        first = held.chosen_at is None
        days = settings.IMI_FIRST_PASSWORD_DAYS if first else settings.IMI_RESET_PASSWORD_DAYS
        until = at + timedelta(days=days)
        Credentials.objects.filter(pk=user.pk).update(
            version=F("version") + 1,
            temporary_until=until,
            temporary_used_at=None,
            sealed_code="",
            positions="",
        )
        User.objects.filter(pk=user.pk).update(password=stored)
        Door.objects.filter(user=user).delete()
        links.remove(user, links.of_user(user.pk), at)
        end_sessions([user.pk])
        kind = AccountMail.Kind.FIRST_PASSWORD if first else AccountMail.Kind.RESET_PASSWORD
        outbox.put_password(kind, user, password, at, until)
        return remove_factors(user, at)


def remove_factors(user: User, now: datetime) -> int:
    """Remove all second factors and recovery codes of a user who has lost them, and tell whom it concerns.

    Returns:
        How many factors there were.
    """
    removed = factors.remove_all(user.pk)
    if removed:
        outbox.put(AccountMail.Kind.FACTORS_RESET, user, now)
        outbox.put_colleagues(AccountMail.Kind.COLLEAGUE_RESET, user, now)
    return removed


def _draw() -> str:
    """Draw a temporary password of nearly sixty bits that can be read aloud."""
    return "-".join("".join(secrets.choice(recovery.READABLE) for _ in range(_GROUP)) for _ in range(_GROUPS))


def use_temporary(held: Credentials, now: datetime) -> bool:
    """Use a temporary password up; False if it had been, also a moment ago by somebody else."""
    unused = Credentials.objects.filter(pk=held.pk, version=held.version, temporary_used_at=None)
    return bool(unused.filter(temporary_until__gt=now).update(temporary_used_at=now))


# --- choosing one's own ----------------------------------------------------------------------------------------------


def faults_of_password(user: User, password: str) -> list[Fault]:
    """Return what is wrong with a password that a user wants to have."""
    return password_faults(password, _about(user), settings.IMI_SIGN_IN)


def faults_of_code(user: User, code: str) -> list[Fault]:
    """Return what is wrong with a security code that a user wants to have."""
    return code_faults(code, _about(user))


def _about(user: User) -> list[str]:
    return [user.username, user.given_name, user.family_name, user.get_full_name(), user.authority.name]


@transaction.atomic
def keep_own(held: Credentials, stored_password: str, code: str, now: datetime) -> bool:
    """Store the own password and code of a user who used a temporary password up.

    Returns:
        False if the credentials were reset again meanwhile: then that reset counts.
    """
    version = held.version + 1
    kept = Credentials.objects.filter(
        pk=held.pk, version=held.version, temporary_used_at__isnull=False, user__is_active=True
    ).update(
        version=version,
        temporary_until=None,
        temporary_used_at=None,
        sealed_code=codes.sealed(code, held.pk, version),
        positions=codes.draw(),
        chosen_at=now,
    )
    if kept:
        User.objects.filter(pk=held.pk).update(password=stored_password)
        end_sessions([held.pk])
    return bool(kept)


# --- changing one's own ----------------------------------------------------------------------------------------------


@transaction.atomic
def change_password(user: User, stored: str, session: SessionBase, now: datetime) -> None:
    """Store another password of a user who is signed in; all other sessions and all known devices end.

    Args:
        stored: the hash of the new password.
        session: the one in which it is done.
    """
    held = Credentials.objects.select_for_update().get(user=user)
    carried = codes.carried_over(held.sealed_code, held.pk, held.version)
    Credentials.objects.filter(pk=held.pk).update(version=held.version + 1, sealed_code=carried)
    User.objects.filter(pk=held.pk).update(password=stored)
    end_sessions([held.pk], but=session)
    outbox.put(AccountMail.Kind.SECRET_CHANGED, user, now)


@transaction.atomic
def change_code(user: User, code: str, session: SessionBase, now: datetime) -> None:
    """Store another security code of a user who is signed in; all other sessions and all known devices end."""
    held = Credentials.objects.select_for_update().get(user=user)
    version = held.version + 1
    Credentials.objects.filter(pk=held.pk).update(
        version=version, sealed_code=codes.sealed(code, held.pk, version), positions=codes.draw()
    )
    end_sessions([held.pk], but=session)
    outbox.put(AccountMail.Kind.CODE_CHANGED, user, now)
