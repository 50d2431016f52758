"""What the pages about one's own way to sign in share: the proof that stands before them, and where they stand."""

from __future__ import annotations

from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from imi.accounts import proving
from imi.web.access import PersonRequest, View


def proved(view: View) -> View:
    """Let somebody who is signed in open the page only after proving anew who it is; stands inside ``signed_in``."""

    def afresh(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if proving.is_fresh(request):
            return view(request, *args, **kwargs)
        return to_proof(request.path)

    wrapped: Any = wraps(view)(afresh)
    return wrapped


def to_proof(wanted: str) -> HttpResponse:
    """Lead to the page on which one proves anew who one is, and from there on to the wanted one."""
    return HttpResponseRedirect(f"{reverse('prove')}?{urlencode({'next': wanted})}")


def trail(title: str = "") -> list[dict[str, str]]:
    """Where a page about one's own way to sign in stands; without a title the first one of them."""
    return trail_below("security", _("Security"), title)


def trail_below(first: str, label: str, title: str) -> list[dict[str, str]]:
    """Where a page stands in a group of pages below the own settings.

    Args:
        first: the name of the first page of the group.
        label: what that page is called.
        title: what the page is called; empty for the first one itself.
    """
    items = [
        {"url": reverse("home"), "label": _("Home")},
        {"url": reverse("account"), "label": _("My settings")},
        {"url": reverse(first) if title else "", "label": label},
    ]
    return [*items, {"url": "", "label": title}] if title else items
