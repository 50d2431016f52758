"""The page on which a user is removed: first what is taken over, then by whom, then the confirmation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.administration import staff_leaving, staff_queries
from imi.administration.reasons import Refused
from imi.directory.collation import in_order
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.user_grid import named, summary
from imi.web.administration.user_rule import judged, tell


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def remove(request: PersonRequest, user_id: int) -> HttpResponse:
    """Show what removing a user means; remove the user once that is confirmed."""
    who, faults = request.standing, []
    if request.method == "POST":
        try:
            gone = staff_leaving.remove(who, user_id, _chosen(request), request.POST.get("seen", ""))
        except Refused as refused:
            faults.append(tell(refused))
        else:
            messages.success(request, _("%(name)s was removed.") % {"name": gone.person.get_full_name()})
            return HttpResponseRedirect(reverse("users"))
    try:
        leaving = staff_leaving.preview(who, user_id)
    except Refused as refused:
        messages.error(request, tell(refused))
        return HttpResponseRedirect(reverse("user", args=[user_id]))
    others = [one for one in staff_queries.staff_of(who).colleagues if one.id != user_id]
    colleagues = in_order(others, who.language, lambda one: one.sorted_by)
    titles = words.area_titles(who.language)
    context = {
        "leaving": leaving,
        "faults": faults,
        "allocated": [(titles.get(area, area), count) for area, count in leaving.allocated.items()],
        "alone": named(leaving.alone, who.language),
        "inherited": summary(leaving.inherited, who.language),
        "colleagues": [
            (str(one.id), one.name) for one in in_order(colleagues, who.language, lambda one: one.sorted_by)
        ],
        "successor": str(_chosen(request) or ""),
    }
    return render(request, "administration/user_remove.html", context, status=422 if faults else 200)


def _chosen(request: PersonRequest) -> int | None:
    """The colleague who was chosen to take over; None without one, and for what is no number."""
    text = request.POST.get("successor", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
