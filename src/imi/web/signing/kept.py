"""Keeps a form that was sent after the session had ended, so that nothing typed is lost, with or without scripts.

The form is sealed, bound to whose session it was, and carried in the browser's session to the next session of the same
person in the same browser; nobody else gets it. It is not sent by itself: the person looks at it first
(:mod:`imi.web.signing.typed`). Of whom the session was is not known any more when it was ended elsewhere; then what
was typed is shown in the answer and kept nowhere. Secrets and files are never kept.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from imi.accounts import keyring
from imi.accounts.gate import CARRIED

_MOST_CHARACTERS = 200_000
_MACHINERY = frozenset({"csrfmiddlewaretoken", "next", "key", "do", "seen", "of"})
_SECRET_FIELDS = frozenset({"password", "present", "secret", "again", "passkey"})
# What programs write into fields: a choice, a number, a key. Anything else was typed by a person.
_WRITTEN = re.compile(r"[a-z0-9_:.-]*|[0-9a-fA-F-]{16,}")


@dataclass(frozen=True, slots=True)
class Form:
    """A form as it was sent: where to, its fields in their order, and whether it had files, which are not kept."""

    path: str
    fields: list[tuple[str, str]]
    files: bool

    @property
    def texts(self) -> list[str]:
        """What a person has typed, as far as it can be told from what programs write."""
        return [value for name, value in self.fields if name not in _MACHINERY and not _WRITTEN.fullmatch(value)]


def keep(request: HttpRequest, user_id: int) -> bool:
    """Keep the form of a request for this person; returns whether there was anything to keep."""
    form = typed_form(request) if user_id else None
    if form is None:
        return False
    request.session[CARRIED] = {"user": user_id, "sealed": seal(form, _context(user_id))}
    return True


def show(request: HttpRequest) -> HttpResponse | None:
    """Answer with what was typed, when it is not known whose session it was; None if nothing was typed in one."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES or "HX-Request" in request.headers:
        return None
    form = typed_form(request)
    if form is None:
        return None
    again = f"{reverse('sign_in')}?{urlencode({'next': '/'})}"
    return render(request, "account/typed_only.html", {"texts": form.texts, "again": again}, status=403)


def typed_form(request: HttpRequest) -> Form | None:
    """Return the form of a request, if somebody typed a text into it that may be kept."""
    secret = (reverse("security"), reverse("sign_in"))
    if "X-Autosave" in request.headers or request.path.startswith(secret):
        return None
    fields = [(name, value) for name, values in request.POST.lists() for value in values]
    if _SECRET_FIELDS.intersection(request.POST) or sum(len(value) for _name, value in fields) > _MOST_CHARACTERS:
        return None
    kept = [(name, value) for name, value in fields if name != "csrfmiddlewaretoken"]
    form = Form(request.get_full_path(), kept, bool(request.FILES))
    return form if form.texts else None


def seal(form: Form, context: str) -> str:
    """Return a form sealed; ``context`` says whose it is."""
    return keyring.seal(json.dumps([form.path, form.fields, form.files]).encode(), context)


def unseal(sealed: str, context: str) -> Form | None:
    """Return a form that was sealed in this context; None if it was not."""
    try:
        path, fields, files = json.loads(keyring.unseal(sealed, context))
    except keyring.Unreadable:
        return None
    return Form(path, [(name, value) for name, value in fields], files)


def is_kept(request: HttpRequest) -> bool:
    """Return whether this browser carries a form that was kept."""
    return CARRIED in request.session


def found(request: HttpRequest) -> Form | None:
    """Return the form that was kept for the person who is signed in."""
    carried = request.session.get(CARRIED)
    if carried is None or carried["user"] != request.user.pk:
        return None
    return unseal(carried["sealed"], _context(carried["user"]))


def forget(request: HttpRequest) -> None:
    """Forget the form."""
    request.session.pop(CARRIED, None)


def first(request: HttpRequest, wanted: str) -> str:
    """Return the page that comes before the wanted one when a form was kept, else the wanted one."""
    return f"{reverse('typed')}?{urlencode({'next': wanted})}" if is_kept(request) else wanted


def came_from_here(request: HttpRequest) -> bool:
    """Return whether the browser says that a form was sent by a page of this very site."""
    return request.headers.get("Origin") == f"{request.scheme}://{request.get_host()}"


def _context(user_id: int) -> str:
    return f"typed:{user_id}"
