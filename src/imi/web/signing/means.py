"""In words: by which means somebody signed in, and why an attempt did not lead in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from imi.accounts.models import SignIn
from imi.web.signing.outside_words import title_of

By, Second, Fault = SignIn.By, SignIn.Second, SignIn.Fault


@dataclass(frozen=True, slots=True)
class Line:
    """One attempt as it is read: when, whether it led in, by which means, what failed, and from where."""

    at: datetime
    ok: bool
    means: str
    fault: str
    place: str


def lines(attempts: list[SignIn]) -> list[Line]:
    """Return attempts in words, in their order."""
    return [Line(one.at, one.ok, means(one), _fault(one), _place(one)) for one in attempts]


def means(attempt: SignIn) -> str:
    """Return by which means somebody signed in or tried to; empty where that was not noted."""
    return ", ".join(filter(None, (_begun(attempt), _second(attempt))))


def _begun(attempt: SignIn) -> str:
    if attempt.by == By.OUTSIDE:
        return title_of(attempt.service)
    titles = {
        By.PASSWORD.value: _("Password and security code"),
        By.TEMPORARY.value: _("Temporary password"),
        By.PASSKEY.value: _("Passkey"),
        By.SESSION.value: _("Session that was running"),
    }
    return titles.get(attempt.by, "")


def _second(attempt: SignIn) -> str:
    titles = {
        Second.CODE.value: _("security code"),
        Second.APP.value: _("code of an app"),
        Second.RECOVERY.value: _("recovery code"),
        Second.PASSKEY.value: _("passkey"),
        Second.SET_UP.value: _("second factor set up"),
    }
    return titles.get(attempt.second, "")


def _fault(attempt: SignIn) -> str:
    titles = {
        Fault.UNFINISHED.value: _("Begun and not finished."),
        Fault.LOCKED.value: _("Not looked at: too many attempts had failed before."),
        Fault.FIRST.value: _first_fault(attempt.by),
        Fault.NO_SECOND.value: _("The second factor was not given."),
        Fault.SECOND.value: _("The second factor was wrong."),
    }
    return titles.get(attempt.fault, "")


def _first_fault(by: str) -> str:
    """Of password and code it is never said which: whoever finds a session open could guess one after the other."""
    if by == By.OUTSIDE:
        return _("The security code was wrong.")
    if by == By.PASSKEY:
        return _("The passkey was not accepted.")
    return _("Password or security code was wrong.")


def _place(attempt: SignIn) -> str:
    return ", ".join(filter(None, (attempt.device, attempt.address)))
