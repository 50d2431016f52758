"""The sheet with a user name: shown once, to be told in person, by telephone or by post, never by mail.

Source: step 11 of the guide for the first user. The session keeps whose name may be shown until it was shown; after
that it has to be looked up anew, which is recorded.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from imi.accounts.models import User
from imi.administration import reasons, staff_help, staff_rights
from imi.administration.reasons import Refused, demand
from imi.web.access import PersonRequest
from imi.web.administration.user_rule import judged

TOLD = "user_name_of"
"""Key of the session for the user whose name is shown next."""


def show_once(request: HttpRequest, user: User) -> HttpResponse:
    """Go to the sheet of a user whose name somebody is to tell."""
    request.session[TOLD] = user.pk
    return HttpResponseRedirect(reverse("user_name", args=[user.pk]))


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def user_name(request: PersonRequest, user_id: int) -> HttpResponse:
    """Show a user name that was just made or looked up; to a form, look it up."""
    who = request.standing
    person = User.objects.select_related("authority").filter(pk=user_id).first()
    if person is None:
        raise Refused(reasons.NOT_FOUND)
    if request.method == "POST":
        return show_once(request, staff_help.tell_name(who, user_id))
    demand(staff_rights.to_tell_name(who, person))
    shown = request.session.get(TOLD) == user_id
    if shown and request.method == "GET":
        del request.session[TOLD]
    own = person.authority_id == who.authority_id
    context = {
        "person": person,
        "shown": shown,
        "back_url": reverse("user", args=[user_id]) if own else reverse("user_helped", args=[person.authority_id]),
    }
    return render(request, "administration/user_sheet.html", context)
