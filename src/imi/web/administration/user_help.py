"""What is done to a user at the press of a button, and the page on which a coordinator helps lone administrators."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.administration import reasons, staff_help, staff_queries
from imi.administration.reasons import Refused, demand
from imi.directory.collation import sort_key
from imi.directory.folding import fold
from imi.directory.models import Authority
from imi.web.access import PersonRequest
from imi.web.administration.user_rule import judged, tell
from imi.web.filters import clean
from imi.web.news import number_in

SIZE = 25
_LONGEST = 80


def _pressed(request: PersonRequest, user_id: int, act: Callable[[Standing, int], User], done: str) -> None:
    """Do something to a user and say what became of it."""
    try:
        person = act(request.standing, user_id)
    except Refused as refused:
        messages.error(request, tell(refused))
    else:
        messages.success(request, done % {"name": person.get_full_name()})


def _back(user_id: int) -> HttpResponse:
    return HttpResponseRedirect(reverse("user", args=[user_id]))


@judged
@require_POST
def reset(request: PersonRequest, user_id: int) -> HttpResponse:
    """Have a new temporary password mailed."""
    _pressed(request, user_id, staff_help.reset, _("A new temporary password is on its way to %(name)s by mail."))
    return _back(user_id)


@judged
@require_POST
def unlock(request: PersonRequest, user_id: int) -> HttpResponse:
    """Give a locked user all attempts back."""
    _pressed(request, user_id, staff_help.unlock, _("%(name)s is not locked any more."))
    return _back(user_id)


@judged
@require_POST
def end_sessions(request: PersonRequest, user_id: int) -> HttpResponse:
    """End all sessions of a user."""
    _pressed(request, user_id, staff_help.end_sessions, _("All sessions of %(name)s were ended."))
    return _back(user_id)


# --- as a coordinator ------------------------------------------------------------------------------------------------


@judged
@require_safe
def helped(request: PersonRequest) -> HttpResponse:
    """List the authorities whose local data administrators the person may help."""
    who, text = request.standing, clean(request.GET.get("text", ""), _LONGEST)
    if not who.areas_with("data_administrator"):
        raise Refused(reasons.NO_DATA_ADMINISTRATOR)
    sought = fold(text).split()
    fitting = [one for one in staff_queries.helped(who) if all(word in fold(one[1]) for word in sought)]
    page, last = number_in(request, "page") or 1, max(1, -(-len(fitting) // SIZE))
    page = min(page, last)
    ordered = sorted(fitting, key=lambda one: _order(one[1], who.language))
    context = {
        "text": text,
        "found": ordered[(page - 1) * SIZE : page * SIZE],
        "previous_url": _page(text, page - 1) if page > 1 else "",
        "next_url": _page(text, page + 1) if page < last else "",
    }
    return render(request, "administration/users_helped.html", context)


@lru_cache(maxsize=20_000)
def _order(name: str, lang: str) -> tuple[list[tuple[str, int]], str]:
    """What names of authorities are sorted by; a whole country's take a tenth of a second when they are new."""
    return sort_key(name, lang)


def _page(text: str, page: int) -> str:
    return f"{reverse('users_helped')}?{urlencode({'text': text, 'page': page})}"


@judged
@require_safe
def helped_authority(request: PersonRequest, authority_id: str) -> HttpResponse:
    """The local data administrators of one authority, who may have lost password or user name."""
    people = staff_queries.administrators_of(request.standing, authority_id)
    locked = staff_queries.locked([one.pk for one in people])
    context = {"authority": Authority.objects.get(pk=authority_id), "people": people, "locked": locked}
    return render(request, "administration/user_helped.html", context)


@judged
@require_POST
def helped_reset(request: PersonRequest, authority_id: str, user_id: int) -> HttpResponse:
    """Have a new temporary password mailed to a local data administrator of a coordinated authority."""
    known = {one.pk for one in staff_queries.administrators_of(request.standing, authority_id)}
    demand(None if user_id in known else reasons.NOT_FOUND)
    _pressed(request, user_id, staff_help.reset, _("A new temporary password is on its way to %(name)s by mail."))
    return HttpResponseRedirect(reverse("user_helped", args=[authority_id]))
