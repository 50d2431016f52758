"""Who may open pages of the administration: whoever is signed in may ask, and every act judges for itself.

What is refused is answered with its reason, also to a form of a page that was opened when the person still had the
role; what somebody has nothing to do with does not exist.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.http.response import HttpResponseBase

from imi.administration import reasons, staff_rights
from imi.administration.reasons import Refused
from imi.web.access import PersonRequest, View, signed_in

_CLOSING = frozenset(
    one.code
    for one in (
        reasons.NO_ADMINISTRATOR,
        reasons.NO_DATA_ADMINISTRATOR,
        reasons.ITSELF,
        staff_rights.NO_LOCAL_ADMINISTRATOR,
        staff_rights.GONE,
        reasons.NOT_FOUND,
    )
)


def judged(view: View) -> View:
    """Let signed-in people try a page; what the administration refuses is answered with its reason."""

    def tried(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except Refused as refused:
            if refused.reason.code == reasons.NOT_FOUND.code:
                raise Http404 from refused
            raise PermissionDenied(str(refused.reason)) from refused

    ruled: Any = signed_in(wraps(view)(tried))
    return ruled


def tell(refused: Refused) -> str:
    """The sentence that a form shows for a refusal.

    Raises:
        Refused: there is no form to be shown to this person.
    """
    if refused.reason.code in _CLOSING:
        raise refused
    return str(refused.reason)
