"""Mails about accounts: temporary passwords and locks, in the reader's language and never with a user name.

Source: guide for the first user, step 11: the temporary password goes by mail, the user name never does.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from imi.accounts import doors, outbox
from imi.accounts.models import AccountMail
from imi.database.chore import Chore
from imi.notify import security_mail
from imi.notify.letters import Letter
from imi.notify.models import OutgoingMail

MARK = "\ue000"
"""Stands in a stored mail where the secret goes when it is sent; a private character that no text contains."""

_AT_ONCE = 50
_MAILS = Chore("account mail")


def post_account_mail(now: datetime) -> int:
    """Make mails of what users have to be told about their accounts; forget secrets that are no longer good."""
    outbox.erase_what_is_over(now)
    waiting = {mail.pk: mail for mail in outbox.waiting(_AT_ONCE, but=_MAILS.resting(now))}
    return doors.announce(now) + _MAILS.each(waiting, lambda pk, at: _post(waiting[pk], at), now)


@transaction.atomic
def _post(told: AccountMail, now: datetime) -> bool:
    if not outbox.take(told, now):
        return False
    letter = _letter(told)
    OutgoingMail.objects.create(
        key=hashlib.sha256(f"account:{told.pk}".encode()).hexdigest(),
        recipient=told.user.email,
        language=told.user.language,
        subject=letter.subject,
        body=letter.body,
        made_at=now,
        due_at=now,
        account_mail=told,
    )
    return True


def with_secret(mail: OutgoingMail) -> str:
    """Return the body of a mail as it is sent.

    Raises:
        ValueError: the secret that it carries is no longer good or cannot be read.
    """
    if MARK not in mail.body:
        return mail.body
    if mail.account_mail is None:
        raise ValueError("the mail has no secret")
    return mail.body.replace(MARK, outbox.secret_of(mail.account_mail))


def _letter(told: AccountMail) -> Letter:
    with override(told.user.language):
        own = security_mail.letter_of(AccountMail.Kind(told.kind))
        if own is not None:
            return own
        match told.kind:
            case AccountMail.Kind.FIRST_PASSWORD:
                return Letter(_("IMI: your temporary password"), _first_password(told))
            case AccountMail.Kind.RESET_PASSWORD:
                return Letter(_("IMI: your new temporary password"), _reset_password(told))
            case AccountMail.Kind.LOCKED:
                return Letter(_("IMI: your access is locked"), _locked())
            case AccountMail.Kind.STRANGERS_LOCKED:
                return Letter(_("IMI: somebody tried to sign in with your user name"), _strangers_locked())
            case AccountMail.Kind.OUTSIDE_LINKED:
                return Letter(_("IMI: an identity of another service was linked with your user"), _outside_linked())
            case AccountMail.Kind.OUTSIDE_UNLINKED:
                return Letter(_("IMI: a link with an identity of another service was removed"), _outside_unlinked())
            case _:
                return Letter(_("IMI: the access of a colleague was limited"), _colleague_locked())


def _sign_in() -> str:
    return f"{settings.IMI_URL}{settings.LOGIN_URL}"


def _until(told: AccountMail) -> str:
    until = told.until or timezone.now()
    return date_format(timezone.localtime(until), "DATETIME_FORMAT")


def _first_password(told: AccountMail) -> str:
    return _(
        "You have been registered as a user of the Internal Market Information System.\n\n"
        "Your temporary password: %(password)s\n\n"
        "It works once, until %(until)s (UTC). You get your user name from the person who registered you, and never by "
        "mail.\n\n"
        "Sign in here: %(link)s\n"
        "You will then choose a password of your own and a security code of 12 characters. Three characters of the "
        "code are asked whenever you sign in."
    ) % {"password": MARK, "until": _until(told), "link": _sign_in()}


def _reset_password(told: AccountMail) -> str:
    return _(
        "A new temporary password was made for you in the Internal Market Information System. Your old password and "
        "security code no longer work; your user name stays the same.\n\n"
        "Your temporary password: %(password)s\n\n"
        "It works once, until %(until)s (UTC).\n\n"
        "Sign in here: %(link)s\n"
        "You will then choose a new password and a new security code of 12 characters.\n\n"
        "If you did not ask for it, tell the local data administrator of your authority."
    ) % {"password": MARK, "until": _until(told), "link": _sign_in()}


def _locked() -> str:
    return _(
        "Your access to the Internal Market Information System is locked, because the details for signing in were "
        "wrong five times in a row.\n\n"
        "The local data administrator of your authority can have a new temporary password mailed to you. If you are "
        "the only one, ask a data administrator of your coordinator.\n\n"
        "If it was not you, tell the local data administrator: somebody may know your password."
    )


def _strangers_locked() -> str:
    return _(
        "Somebody gave wrong details for signing in to the Internal Market Information System with your user name, "
        "five times in a row and on a device on which you have not signed in before. From such devices your access "
        "is now closed.\n\n"
        "On a device on which you have signed in before you can go on as usual, and doing so opens your access again. "
        "Otherwise the local data administrator of your authority can have a new temporary password mailed to you.\n\n"
        "If it was not you, tell the local data administrator."
    )


def _colleague_locked() -> str:
    return _(
        "The details for signing in to the Internal Market Information System were wrong five times in a row for a "
        "user of your authority, whose access was limited or locked.\n\n"
        "Find out whether it was your colleague. You can have a new temporary password mailed to him or her: sign in "
        "and look at the users of your authority.\n\n%(link)s"
    ) % {"link": _sign_in()}


def _outside_linked() -> str:
    return _(
        "From now on you can sign in to the Internal Market Information System with an identity of another service, "
        "which was linked with your user.\n\n"
        "You see and remove such links in your settings.\n\n"
        "If it was not you, tell the local data administrator of your authority at once: a new temporary password "
        "takes all links away."
    )


def _outside_unlinked() -> str:
    return _(
        "A link between your user of the Internal Market Information System and an identity of another service was "
        "removed. You cannot sign in with that identity any more.\n\n"
        "Sign in with your user name and your password; you can make a new link in your settings.\n\n"
        "If neither you nor a new temporary password did this, tell the local data administrator of your authority."
    )
