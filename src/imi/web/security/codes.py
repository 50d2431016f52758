"""Recovery codes: shown when they are made, on a page that can be printed, until the person goes on."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.accounts import keyring, proving
from imi.administration import own_security
from imi.web.access import PersonRequest, safe_next, signed_in
from imi.web.administration.user_rule import judged
from imi.web.security.proof import proved, to_proof, trail

_SHOWN = "recovery_codes"
"""Key of the session for codes that are shown next, sealed: no row of a session holds them in the open."""


def address(wanted: str) -> str:
    """The page that shows codes, with the one that follows."""
    return f"{reverse('recovery_codes')}?{urlencode({'next': wanted})}"


def keep(request: HttpRequest, user_id: int, codes: list[str]) -> None:
    """Have codes that were just made shown on the next page."""
    request.session[_SHOWN] = keyring.seal(json.dumps(codes).encode(), _context(user_id))


def _kept(request: HttpRequest, user_id: int) -> list[str]:
    try:
        return list(json.loads(keyring.unseal(request.session.get(_SHOWN, ""), _context(user_id))))
    except keyring.Unreadable:
        return []


def _context(user_id: int) -> str:
    return f"shown:{user_id}"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def shown(request: PersonRequest) -> HttpResponse:
    """Show codes that were just made, until the person says that they are kept.

    In a session left open they are not for whoever comes later: after ten minutes one proves anew who one is.
    """
    wanted = safe_next(request, request.POST.get("next") or request.GET.get("next"), reverse("security"))
    if request.method == "POST":
        request.session.pop(_SHOWN, None)
        return HttpResponseRedirect(wanted)
    found = _kept(request, request.user.pk)
    if not found:
        return HttpResponseRedirect(reverse("security"))
    if not proving.is_fresh(request):
        return to_proof(request.get_full_path())
    return render(request, "account/recovery_codes.html", {"codes": found, "next": wanted})


@judged
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def renew(request: PersonRequest) -> HttpResponse:
    """Ask first, then make new codes in the place of the old ones."""
    if request.method == "POST":
        keep(request, request.user.pk, own_security.renew_codes(request.user))
        return HttpResponseRedirect(address(reverse("security")))
    context = {
        "title": _("New recovery codes"),
        "text": _("You get ten new codes. Those that you have now do not work any more."),
        "action": _("Make new codes"),
        "danger": False,
        "back_url": reverse("security"),
        "breadcrumbs": trail(_("New recovery codes")),
    }
    return render(request, "account/confirm.html", context)
