"""Keeps what an applicant typed when the session's hour was over, until a new link proves who it is.

A page of the form carries a sealed mark of the registration it belongs to. When it arrives where the browser may not
fill that registration in any more, its text is sealed, bound to the registration, and stays in the browser's session.
It is shown to whoever opens a new link to that very registration in the same browser, and sent when that person says
so.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from imi.accounts import keyring
from imi.administration import admissions, limits
from imi.administration.models import Admission
from imi.web.signing import kept
from imi.web.signing.kept import Form

MARK = "of"
"""The field of a form that holds its mark."""

KEPT_A_DAY = 20
"""How many forms are kept for one registration: a mark is good in any browser, and each form fills a session."""

_KEPT = "registration_typed"
"""Key of the session for what was kept: {"admission": ..., "sealed": ...}."""

_MARKED = "registration form"


def mark(admission: Admission) -> str:
    """Return what a form carries to say of which registration it is; it opens nothing."""
    return keyring.seal(str(admission.pk).encode(), _MARKED)


def marked(request: HttpRequest) -> int:
    """Return of which registration the form is that was sent; 0 for a form without a mark of ours."""
    try:
        return int(keyring.unseal(request.POST.get(MARK, ""), _MARKED))
    except keyring.Unreadable:
        return 0


def keep(request: HttpRequest) -> bool:
    """Keep the form that was sent for its applicant; returns whether that could be done, and a new link can be had."""
    form, admission, now = kept.typed_form(request), marked(request), timezone.now()
    if form is None or not admissions.takes_links(admission, now):
        return False
    if not limits.take("typed", str(admission), KEPT_A_DAY, admissions.DAY, now):
        return False
    request.session[_KEPT] = {"admission": admission, "sealed": kept.seal(form, _context(admission))}
    return True


def found(request: HttpRequest, admission: int) -> Form | None:
    """Return the form that was kept for the applicant of this registration."""
    held: dict[str, Any] | None = request.session.get(_KEPT)
    return kept.unseal(held["sealed"], _context(admission)) if held and held["admission"] == admission else None


def forget(request: HttpRequest) -> None:
    """Forget the form."""
    request.session.pop(_KEPT, None)


def _context(admission: int) -> str:
    return f"typed:registration:{admission}"
