"""What users have to be told by mail, until :mod:`imi.notify` has told them.

A temporary password is the one secret that a mail carries. It is sealed here until the mail is out, and erased then; a
newer one takes the place of an older one that is still waiting.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from imi.accounts import keyring
from imi.accounts.models import AccountMail, User

_PASSWORDS = (AccountMail.Kind.FIRST_PASSWORD, AccountMail.Kind.RESET_PASSWORD)


def put_password(kind: AccountMail.Kind, user: User, password: str, at: datetime, until: datetime) -> None:
    """Put a temporary password into the outbox; earlier ones that still wait are not sent any more."""
    AccountMail.objects.filter(user=user, kind__in=_PASSWORDS).exclude(sealed="").delete()
    sealed = keyring.seal(password.encode(), _context(user.pk))
    AccountMail.objects.create(kind=kind, user=user, at=at, until=until, sealed=sealed)


def put(kind: AccountMail.Kind, user: User, at: datetime) -> None:
    """Put something without a secret into the outbox."""
    AccountMail.objects.create(kind=kind, user=user, at=at)


def put_colleagues(kind: AccountMail.Kind, user: User, at: datetime) -> None:
    """Put something about a user into the outbox for the other local data administrators of the authority."""
    colleagues = User.objects.filter(authority=user.authority_id, is_administrator=True, is_active=True)
    AccountMail.objects.bulk_create(
        AccountMail(kind=kind, user=one, at=at) for one in colleagues.exclude(pk=user.pk).order_by("pk")
    )


def secret_of(mail: AccountMail) -> str:
    """Return the secret that a mail is to carry.

    Raises:
        Unreadable: there is none any more, or its key is lost.
    """
    return keyring.unseal(mail.sealed, _context(mail.user_id)).decode()


def sealed_anew(mail: AccountMail) -> str:
    """Return the secret of a mail under the key that seals now.

    Raises:
        Unreadable: its key is lost.
    """
    return keyring.seal(secret_of(mail).encode(), _context(mail.user_id))


def waiting(most: int, but: Collection[int] = ()) -> list[AccountMail]:
    """Return what nobody has made a mail of yet, oldest first.

    Args:
        most: how much of it.
        but: ids to pass over.
    """
    found = AccountMail.objects.filter(posted_at=None).exclude(pk__in=but)
    return list(found.select_related("user").order_by("at", "pk")[:most])


def take(mail: AccountMail, now: datetime) -> bool:
    """Note that a mail is made of it; False if somebody else did."""
    return bool(AccountMail.objects.filter(pk=mail.pk, posted_at=None).update(posted_at=now))


def erase(mail_id: int) -> None:
    """Forget the secret of a mail that is out, or that will never go out."""
    AccountMail.objects.filter(pk=mail_id).update(sealed="")


def erase_what_is_over(now: datetime) -> int:
    """Forget secrets that are no longer good; returns how many."""
    return AccountMail.objects.filter(until__lte=now).exclude(sealed="").update(sealed="")


def _context(user_id: int) -> str:
    return f"mail:{user_id}"
