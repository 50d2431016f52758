"""Pages that tell about the system: help, accessibility, privacy."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from imi.directory.models import Authority
from imi.directory.names import country_name
from imi.web import queries
from imi.web.access import public


@dataclass(frozen=True, slots=True)
class Desk:
    """A national help desk: the coordinator that runs it, and its country's name."""

    authority: Authority
    country: str
    own: bool


@public
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Tell how to begin and whom to ask: the national coordinator of one's country, who runs the help desk."""
    own = request.user.authority.country_id if request.user.is_authenticated else None
    lang = get_language() or "en"
    desks = [Desk(one, country_name(one.country_id, lang), one.country_id == own) for one in queries.help_desks()]
    desks.sort(key=lambda desk: (not desk.own, desk.country))
    return render(request, "pages/help.html", {"desks": desks, "own": next((one for one in desks if one.own), None)})


@public
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Say how accessible the pages are (Directive (EU) 2016/2102, Art. 7)."""
    return render(request, "pages/accessibility.html")


@public
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Say what is kept of people and for how long (Regulations (EU) No 1024/2012 and 2018/1725)."""
    return render(request, "pages/privacy.html")
