"""Pages that tell about the system: accessibility, privacy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from imi.web.access import public


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
