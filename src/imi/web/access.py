"""Who may open which page. Every view carries one of these decorators; a test of the repository looks for them.

What a person may do is asked for with every request (:func:`imi.accounts.queries.standing`), so that a change of
roles, access or employment bites at the next click.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from imi.accounts import gate
from imi.accounts.gate import Way
from imi.accounts.models import User
from imi.accounts.queries import Standing, standing
from imi.web.signing import kept

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class PersonRequest(HttpRequest):
    """A request as the views behind :func:`signed_in` get it: somebody is signed in and their standing is known."""

    user: User
    standing: Standing


def _ruled(view: Callable[..., HttpResponseBase], inner: Callable[..., HttpResponseBase], rule: str) -> Any:
    wrapped: Any = wraps(inner)(view)
    wrapped.access_rule = rule
    return wrapped


def public(view: View) -> View:
    """Let everybody open the page, signed in or not; a signed-in person gets it in the own language."""

    def everybody(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.user.is_authenticated:
            _speak(request.user.language)
        return view(request, *args, **kwargs)

    return _ruled(everybody, view, "public")


def signed_in(view: View) -> View:
    """Let only signed-in people open the page; others are sent to sign in and come back to where they wanted to go."""

    def somebody(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        request.standing = standing(request.user)  # type: ignore[attr-defined]
        if gate.is_owed(request, request.standing):  # type: ignore[attr-defined]
            return _to_gate(request, request.user)
        _speak(request.standing.language)  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return _ruled(somebody, view, "signed in")


def for_role(*roles: str) -> Callable[[View], View]:
    """Let only people open the page who hold one of ``roles`` in any policy area; who holds none is told so.

    What may be done in one area or with one exchange is decided by the engine and not here.
    """

    def decorate(view: View) -> View:
        def holder(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not any(request.standing.areas_with(role) for role in roles):
                raise PermissionDenied(_("You need another role to do this."))
            return view(request, *args, **kwargs)

        return _ruled(signed_in(wraps(view)(holder)), view, f"role {' or '.join(roles)}")

    return decorate


def training_only(view: View) -> View:
    """Let everybody open the page of a training copy; anywhere else there is no such page."""

    shown = public(view)

    def practice(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.IMI_TRAINING:
            raise Http404
        return shown(request, *args, **kwargs)

    return _ruled(practice, view, "training only")


def _speak(language: str) -> None:
    """Use a person's own language for this request, whatever the browser or the cookie says."""
    if translation.check_for_language(language):
        translation.activate(language)


# --- on the way to signing in ----------------------------------------------------------------------------------------


_STEPS = {Way.SECOND: "second_factor", Way.SET_UP: "second_set_up"}


def step_name(way: Way) -> str:
    """Return the name of the page on which somebody goes on whose first proof has led this way."""
    return _STEPS[way]


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    ended = getattr(request, "session_expired", False)
    if request.method == "POST" and not kept.keep(request, _author(request)):
        shown = kept.show(request)
        if shown is not None:
            return shown
    way = gate.way_of_put_back(request)
    page = step_name(way) if way else "session_ended" if ended else "sign_in"
    return _lead(request, reverse(page), _wanted(request))


def _author(request: HttpRequest) -> int:
    """Whose form it is: of the session that has just ended, or was put back; what was kept before is not replaced."""
    ended: int = getattr(request, "session_user", 0)
    return ended or (0 if kept.is_kept(request) else gate.put_back(request))


def _to_gate(request: HttpRequest, user: User) -> HttpResponseBase:
    """Lead somebody who administers by now to the second factor; what a page saves by itself is refused only."""
    wanted = _wanted(request)
    if "X-Autosave" in request.headers:
        return HttpResponseRedirect(reverse("sign_in"))
    if request.method == "POST":
        kept.keep(request, user.pk)
    way = gate.step_back(request, user)
    if way == Way.IN:
        return _lead(request, wanted, "/")
    return _lead(request, reverse(step_name(way) if way else "session_ended"), wanted)


def _lead(request: HttpRequest, address: str, wanted: str) -> HttpResponseBase:
    """Lead the browser on, with the page to come back to."""
    if wanted != "/":
        address = f"{address}?{urlencode({'next': wanted})}"
    if request.headers.get("HX-Request"):
        # htmx follows a redirect inside the page; this header makes the browser leave it.
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _wanted(request: HttpRequest) -> str:
    """Return the page to come back to: the one asked for, or the one on which a form stood."""
    if request.method in ("GET", "HEAD") and not request.headers.get("HX-Request"):
        return request.get_full_path()
    return safe_next(request, _local(request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")))


def _local(address: str) -> str:
    """Return path and query of an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def safe_next(request: HttpRequest, address: str | None, otherwise: str = "/") -> str:
    """Return an address given by the browser if it is one of this site's own paths, else ``otherwise``."""
    text = (address or "")[:2000]
    if text.startswith("/") and url_has_allowed_host_and_scheme(text, allowed_hosts=None):
        return text
    return otherwise
