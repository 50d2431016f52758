"""What people change of their own way to sign in: password, security code, second factors, recovery codes.

Each change is one transaction: it is written, recorded, and told to the person by mail, so that nobody's access is
changed unnoticed. Whether the person has proved who it is a moment ago is asked before (:mod:`imi.accounts.proving`).
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from imi.accounts import credentials, factors, outbox, recovery, totp
from imi.accounts.models import AccountMail, Credentials, Factor, User
from imi.administration import reasons
from imi.administration.acts import Author, record
from imi.administration.models import Act
from imi.administration.reasons import Reason, Refused

WRONG_CODE = Reason(
    "wrong_code",
    _("This is not the code that the app shows now. Check the clock of the device, and type the next one."),
)
WRONG_PASSKEY = Reason("wrong_passkey", _("The passkey was not made. Try once more, or choose the app."))
KNOWN_PASSKEY = Reason("known_passkey", _("This passkey is registered already."))
KNOWN_APP = Reason("known_app", _("This app is registered already."))
LAST_FACTOR = Reason(
    "last_factor", _("Whoever administers needs a second factor. Add another one before you remove this one.")
)
KIND_OFF = Reason("kind_off", _("This kind of second factor is not used in this installation."))
FACTOR_THERE = Reason("factor_there", _("A second factor was set up meanwhile. Sign in with it."))
NEEDS_FACTOR = Reason("needs_factor", _("Recovery codes stand in for a second factor, and you have none."))


def change_password(user: User, stored: str, session: SessionBase, now: datetime | None = None) -> None:
    """Store another password; see :func:`imi.accounts.credentials.change_password`."""
    at = now or timezone.now()
    with transaction.atomic():
        credentials.change_password(user, stored, session, at)
        _note("user.password_changed", user, at)


def change_code(user: User, code: str, session: SessionBase, now: datetime | None = None) -> None:
    """Store another security code; see :func:`imi.accounts.credentials.change_code`."""
    at = now or timezone.now()
    with transaction.atomic():
        credentials.change_code(user, code, session, at)
        _note("user.code_changed", user, at)


@transaction.atomic
def add_app(
    user: User, sealed: str, typed: str, name: str, now: datetime | None = None, *, first: bool = False
) -> list[str]:
    """Add an app that shows a right code.

    Args:
        sealed: the secret that the app was given, from :func:`imi.accounts.totp.new_secret`.
        typed: what the app shows.
        first: it is set up on the way in, by somebody who has proved one thing only.

    Returns:
        Recovery codes if this is the person's first factor, else none.

    Raises:
        Refused: the code is wrong, the app is there already, there are too many factors, there is a ``first`` one
            already, or apps are switched off.
    """
    at = now or timezone.now()
    have = _held(user, Factor.Kind.TOTP, first)
    step = totp.step_of(sealed, user.pk, typed, at)
    if step is None:
        raise Refused(WRONG_CODE)
    if any(one.sealed == sealed for one in have):
        raise Refused(KNOWN_APP)  # of two with one secret each would take the code that the other has used up
    factors.add_app(user.pk, name, sealed, step, at)
    return _added(user, name, have, at)


@transaction.atomic
def add_passkey(
    user: User, made: tuple[str, str, int] | None, name: str, now: datetime | None = None, *, first: bool = False
) -> list[str]:
    """Add a passkey; arguments as :func:`imi.accounts.passkeys.made` returns them, result as :func:`add_app`.

    Raises:
        Refused: it was not made, somebody has it, there are too many factors, there is a ``first`` one already, or
            passkeys are switched off.
    """
    at = now or timezone.now()
    have = _held(user, Factor.Kind.PASSKEY, first)
    if made is None:
        raise Refused(WRONG_PASSKEY)
    try:
        with transaction.atomic():
            factors.add_passkey(user.pk, name, *made, now=at)
    except IntegrityError as error:
        raise Refused(KNOWN_PASSKEY) from error
    return _added(user, name, have, at)


def _held(user: User, kind: Factor.Kind, first: bool) -> list[Factor]:
    """Hold a person's credentials until the end of the transaction; the factors of the person.

    Whoever knows password and code can keep the page for the first factor open; once somebody has set one up, that
    page must not add another.

    Raises:
        Refused: no further one of this kind may be added.
    """
    _hold(user)
    have = factors.of(user.pk)
    if first and factors.usable(user.pk):
        raise Refused(FACTOR_THERE)
    if kind not in settings.IMI_SECOND_FACTORS:
        raise Refused(KIND_OFF)
    if len(have) >= factors.MOST:
        raise Refused(reasons.TOO_MANY)
    return have


def _hold(user: User) -> None:
    Credentials.objects.select_for_update().get(user=user)


def _added(user: User, name: str, have: list[Factor], at: datetime) -> list[str]:
    outbox.put(AccountMail.Kind.FACTOR_ADDED, user, at)
    _note("user.factor_added", user, at, name=name)
    return [] if have and recovery.left(user.pk) else recovery.renew(user.pk)


@transaction.atomic
def rename(user: User, factor_id: int, name: str) -> None:
    """Give a factor another name.

    Raises:
        Refused: the person has no such factor.
    """
    if not factors.rename(user.pk, factor_id, name):
        raise Refused(reasons.NOT_FOUND)


@transaction.atomic
def remove(user: User, factor_id: int, now: datetime | None = None) -> None:
    """Remove a factor, with the last one the recovery codes too.

    Raises:
        Refused: the person has no such factor, or has to have one and this is the last that can be used.
    """
    at = now or timezone.now()
    _hold(user)
    factor = next((one for one in factors.of(user.pk) if one.pk == factor_id), None)
    if factor is None:
        raise Refused(reasons.NOT_FOUND)
    others = [one for one in factors.usable(user.pk) if one.pk != factor_id]
    if not others and factors.must_have(user):
        raise Refused(LAST_FACTOR)
    factors.remove(user.pk, [factor_id])
    outbox.put(AccountMail.Kind.FACTOR_REMOVED, user, at)
    _note("user.factor_removed", user, at, name=factor.name)


@transaction.atomic
def renew_codes(user: User, now: datetime | None = None) -> list[str]:
    """Make new recovery codes in the place of the old ones, and return them.

    Raises:
        Refused: the person has no second factor.
    """
    at = now or timezone.now()
    _hold(user)
    if not factors.of(user.pk):
        raise Refused(NEEDS_FACTOR)
    outbox.put(AccountMail.Kind.RECOVERY_MADE, user, at)
    _note("user.recovery_renewed", user, at)
    return recovery.renew(user.pk)


def _note(kind: str, user: User, at: datetime, **details: str) -> None:
    by = Author(Act.Source.USER.value, user.pk, user.authority_id)
    record(kind, by, authority=user.authority_id, user=user.pk, details=details, now=at)
