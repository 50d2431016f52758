"""Addresses at which mail does not arrive: their list, a test mail, and the link by which it says that it arrived."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.administration import reasons
from imi.administration.reasons import Refused
from imi.notify import probes, problems
from imi.web.access import PersonRequest, public, safe_next
from imi.web.administration.user_rule import judged, tell
from imi.web.administration.user_start import may_administer
from imi.web.news import number_in

MOST_PAGES = 200


@judged
@require_safe
def listed(request: PersonRequest) -> HttpResponse:
    """List the addresses that the reader can have corrected, latest first."""
    who, page = request.standing, min(number_in(request, "page") or 1, MOST_PAGES)
    if not may_administer(who):
        raise Refused(reasons.NO_ADMINISTRATOR)
    found, more = problems.listed(who, page)
    address = reverse("mail_problems")
    context = {
        "found": found,
        "own_authority": who.authority_id if who.administrator else "",
        "next_url": f"{address}?page={page + 1}" if more else "",
        "previous_url": f"{address}?page={page - 1}" if page > 1 else "",
        "breadcrumbs": [
            {"url": reverse("administration"), "label": _("Administration")},
            {"url": "", "label": _("Mail does not arrive")},
        ],
    }
    return render(request, "administration/mail_problems.html", context)


@judged
@require_POST
def test(request: PersonRequest) -> HttpResponse:
    """Send a test mail to an address that took none, and come back."""
    back = safe_next(request, request.POST.get("next"), reverse("home"))
    try:
        address = request.POST.get("address", "")[:254].replace("\x00", "")
        probes.send(request.standing, address, timezone.now())
    except Refused as refused:
        messages.error(request, tell(refused))
    else:
        messages.success(request, _("A test mail was sent. When its link is opened, mail is sent there again."))
    return HttpResponseRedirect(back)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def arrived(request: HttpRequest, token: str) -> HttpResponse:
    """Say that a test mail has arrived; the link alone changes nothing, for programs open links too."""
    if request.method == "POST":
        done = probes.arrived(token, timezone.now())
        return render(request, "administration/mail_arrived.html", {"done": done}, status=200 if done else 410)
    good = probes.mail_of(token) is not None
    context = {"done": None if good else False}
    return render(request, "administration/mail_arrived.html", context, status=200 if good else 410)
