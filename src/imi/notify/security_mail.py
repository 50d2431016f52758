"""Mails that tell people that something of their way to sign in was changed, so that none is changed unnoticed.

They carry no secret and no user name, and say each time what to do if it was somebody else.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.utils.translation import gettext as _

from imi.accounts.models import AccountMail
from imi.notify.letters import Letter


def letter_of(kind: AccountMail.Kind) -> Letter | None:
    """Return the mail of a kind in the language that is active; None if it is about something else."""
    written = _LETTERS.get(kind)
    return written() if written else None


def _not_you() -> str:
    return _(
        "If it was not you, tell the local data administrator of your authority at once: a new temporary password "
        "ends everything that somebody else may have set up."
    )


def _password() -> Letter:
    text = _(
        "Your password for the Internal Market Information System was changed. Wherever else you were signed in, you "
        "were signed out."
    )
    return Letter(_("IMI: your password was changed"), f"{text}\n\n{_not_you()}")


def _code() -> Letter:
    text = _(
        "Your security code for the Internal Market Information System was changed. Wherever else you were signed in, "
        "you were signed out."
    )
    return Letter(_("IMI: your security code was changed"), f"{text}\n\n{_not_you()}")


def _added() -> Letter:
    text = _(
        "A second factor, a passkey or an app that shows codes, was added to your access to the Internal Market "
        "Information System."
    )
    return Letter(_("IMI: a second factor was added"), f"{text}\n\n{_not_you()}")


def _removed() -> Letter:
    text = _("A second factor was removed from your access to the Internal Market Information System.")
    return Letter(_("IMI: a second factor was removed"), f"{text}\n\n{_not_you()}")


def _renewed() -> Letter:
    text = _(
        "New recovery codes were made for your access to the Internal Market Information System. The old ones no "
        "longer work."
    )
    return Letter(_("IMI: new recovery codes were made"), f"{text}\n\n{_not_you()}")


def _used() -> Letter:
    text = _(
        "A recovery code was used in the place of your second factor in the Internal Market Information System. It "
        "does not work again. Under “Security” in your settings you see how many are left, and can make new ones."
    )
    return Letter(_("IMI: a recovery code was used"), f"{text}\n\n{_not_you()}")


def _reset() -> Letter:
    text = _(
        "All second factors were removed from your access to the Internal Market Information System, because an "
        "administrator or the operator helped you back in. Passkeys, apps and recovery codes that you had no longer "
        "work here. Set up a new second factor as soon as you have signed in."
    )
    return Letter(_("IMI: your second factors were removed"), f"{text}\n\n{_not_you()}")


def _colleague() -> Letter:
    text = _(
        "All second factors of a user of your authority were removed in the Internal Market Information System, "
        "because that user was helped back in.\n\n"
        "Find out whether your colleague asked for it. Who did it stands among the changes to your authority and its "
        "users: %(link)s"
    ) % {"link": f"{settings.IMI_URL}{settings.LOGIN_URL}"}
    return Letter(_("IMI: the second factors of a colleague were removed"), text)


_LETTERS: dict[AccountMail.Kind, Callable[[], Letter]] = {
    AccountMail.Kind.SECRET_CHANGED: _password,
    AccountMail.Kind.CODE_CHANGED: _code,
    AccountMail.Kind.FACTOR_ADDED: _added,
    AccountMail.Kind.FACTOR_REMOVED: _removed,
    AccountMail.Kind.RECOVERY_MADE: _renewed,
    AccountMail.Kind.RECOVERY_USED: _used,
    AccountMail.Kind.FACTORS_RESET: _reset,
    AccountMail.Kind.COLLEAGUE_RESET: _colleague,
}
