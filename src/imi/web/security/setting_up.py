"""Setting up an app or a passkey: the same two pages on the way in and among one's own settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import segno
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from imi.accounts import devices, factors, passkeys, totp
from imi.accounts.models import User
from imi.administration import own_security
from imi.administration.reasons import Refused
from imi.web.signing.forms import AppForm, FactorNameForm, PasskeyForm

_APP = "new_app"
"""Key of the session for the sealed secret of an app that has not shown a code yet."""

_MODULE_PIXELS = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a factor is set up: for whom, where one goes back to, and what follows; ``entering``: on the way in."""

    user: User
    back_url: str
    wanted: str
    entering: bool
    done: Callable[[list[str]], HttpResponse]


def app_page(request: HttpRequest, place: Place) -> HttpResponse:
    """Show the key for an app, as a drawn square and as text, and take the first code."""
    sealed = _secret(request, place.user)
    form = AppForm(request.POST if request.method == "POST" else None, initial={"name": _("App")})
    if form.is_valid():
        try:
            code, name = form.cleaned_data["code"], form.cleaned_data["name"]
            made = own_security.add_app(place.user, sealed, code, name, first=place.entering)
        except Refused as refused:
            form.add_error("code" if refused.reason is own_security.WRONG_CODE else None, str(refused.reason))
        else:
            request.session.pop(_APP, None)
            return place.done(made)
    context = {
        "place": place,
        "form": form,
        "square": _square(totp.address(sealed, place.user.pk, place.user.get_full_name())),
        "key": totp.key_text(sealed, place.user.pk),
    }
    return render(request, "account/set_up_app.html", context, status=422 if form.errors else 200)


def _secret(request: HttpRequest, user: User) -> str:
    """The secret of the app that is being set up; the same one until that is done."""
    sealed: str = request.session.get(_APP, "")
    if not totp.is_readable(sealed, user.pk):
        sealed = request.session[_APP] = totp.new_secret(user.pk)
    return sealed


def _square(address: str) -> SafeString:
    """An address as a QR code: an SVG element in the page, drawn by attributes alone."""
    drawn = segno.make(address, error="m", micro=False)
    svg = drawn.svg_inline(
        scale=_MODULE_PIXELS, border=4, light="#fff", svgclass="imi-square", lineclass=None, title=_("QR code")
    )
    return mark_safe(svg.replace("<svg ", '<svg role="img" ', 1))  # noqa: S308 - the library escapes the title


def passkey_page(request: HttpRequest, place: Place) -> HttpResponse:
    """Have the browser make a passkey, and take it."""
    typed = request.POST if request.method == "POST" else None
    initial = {"name": devices.name(request.META.get("HTTP_USER_AGENT", "")) or _("Passkey")}
    form, answer = FactorNameForm(typed, initial=initial), PasskeyForm(typed)
    if form.is_valid():
        try:
            made = passkeys.made(request, place.user, answer.cleaned_data["passkey"]) if answer.is_valid() else None
            codes = own_security.add_passkey(place.user, made, form.cleaned_data["name"], first=place.entering)
        except Refused as refused:
            form.add_error(None, str(refused.reason))
        else:
            return place.done(codes)
    options = passkeys.registration(request, place.user, factors.of(place.user.pk))
    context = {"place": place, "form": form, "options": options}
    return render(request, "account/set_up_passkey.html", context, status=422 if form.errors else 200)
