"""The second step of signing in, setting up a factor on the way in, and signing in with a passkey alone."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from imi.accounts import factors, passkey_sign_in, second_step
from imi.accounts.gate import Way
from imi.accounts.models import Factor
from imi.accounts.second_step import Answer, Waiting
from imi.web.security import codes, setting_up
from imi.web.security.setting_up import Place
from imi.web.signing.forms import PasskeyForm, SecondForm, wait_text
from imi.web.signing.steps import begin_again, entered, later, put_back, step_page, to_step


@step_page
def second_factor(request: HttpRequest, wanted: str) -> HttpResponse:
    """Ask for a code of an app, a recovery code or a passkey."""
    found = _waiting(request, Way.SECOND)
    if found is None:
        return _too_late(request, wanted)
    user = found.user
    app = any(one.kind == Factor.Kind.TOTP for one in factors.usable(user.pk))
    form = SecondForm(request.POST if request.method == "POST" else None, app)
    by_passkey, status = "passkey" in request.POST, 422
    if by_passkey or form.is_valid():
        given = _by_passkey(request) if by_passkey else second_step.answer_code(request, form.cleaned_data["code"])
        if given.entered:
            return entered(request, wanted, user)
        if given.over:
            return begin_again(request, wanted, _("These details are not right, or the user is locked. Begin again."))
        form.errors.clear()
        status = _say(form, given)
    context = {
        "form": form,
        "next": wanted,
        "app": app,
        "options": second_step.passkey_question(request, user),
        **put_back(request),
    }
    answer = render(request, "account/second_factor.html", context, status=status if form.errors else 200)
    if status == 429:
        answer["Retry-After"] = str(given.wait)
    return answer


def _waiting(request: HttpRequest, way: Way) -> Waiting | None:
    found = second_step.waiting(request)
    return found if found is not None and found.way == way else None


def _too_late(request: HttpRequest, wanted: str) -> HttpResponse:
    if request.method != "POST":
        return to_step("sign_in", wanted)
    return begin_again(request, wanted, _("The time for this step is over. Begin again."))


def _by_passkey(request: HttpRequest) -> Answer:
    given = PasskeyForm(request.POST)
    return second_step.answer_passkey(request, given.cleaned_data["passkey"] if given.is_valid() else "")


def _say(form: SecondForm, given: Answer) -> int:
    """Have the form say what became of an answer; the status."""
    if not given.wait:
        form.add_error(None, _("This is not right. Each code works once: wait for the next one of your app."))
        return 422
    form.add_error(None, wait_text(given.wait))
    return 429


# --- setting one up on the way in ------------------------------------------------------------------------------------


@step_page
def set_up(request: HttpRequest, wanted: str) -> HttpResponse:
    """Let somebody who must have a second factor choose which."""
    if _setting_up(request) is None:
        return _too_late(request, wanted)
    context = {
        "kinds": settings.IMI_SECOND_FACTORS,
        "app_url": _address("second_set_up_app", wanted),
        "passkey_url": _address("second_set_up_passkey", wanted),
        **put_back(request),
    }
    return render(request, "account/set_up.html", context)


def _setting_up(request: HttpRequest) -> Waiting | None:
    """Who sets a first factor up here; None once there is one, which may have been made by somebody else."""
    found = _waiting(request, Way.SET_UP)
    return None if found is None or factors.usable(found.user.pk) else found


@step_page
def set_up_app(request: HttpRequest, wanted: str) -> HttpResponse:
    """Set up an app."""
    return _set_up(request, wanted, setting_up.app_page)


@step_page
def set_up_passkey(request: HttpRequest, wanted: str) -> HttpResponse:
    """Set up a passkey."""
    return _set_up(request, wanted, setting_up.passkey_page)


def _set_up(request: HttpRequest, wanted: str, page: Callable[[HttpRequest, Place], HttpResponse]) -> HttpResponse:
    found = _setting_up(request)
    if found is None:
        return _too_late(request, wanted)

    def done(made: list[str]) -> HttpResponse:
        user = second_step.finish_set_up(request)
        if user is None:
            return _too_late(request, wanted)
        if not made:
            return entered(request, wanted, user)
        codes.keep(request, user.pk, made)
        answer = entered(request, wanted, user)
        answer["Location"] = codes.address(answer["Location"])
        return answer

    return page(request, Place(found.user, _address("second_set_up", wanted), wanted, entering=True, done=done))


def _address(name: str, wanted: str) -> str:
    return reverse(name) if wanted == "/" else f"{reverse(name)}?{urlencode({'next': wanted})}"


# --- with a passkey alone --------------------------------------------------------------------------------------------


@step_page
def passkey(request: HttpRequest, wanted: str) -> HttpResponse:
    """Ask for a passkey that says who it is and has verified its owner."""
    if not passkey_sign_in.is_on():
        raise Http404
    fault = ""
    if request.method == "POST":
        given = PasskeyForm(request.POST)
        entry = passkey_sign_in.answer(request, given.cleaned_data["passkey"] if given.is_valid() else "")
        if entry.user is not None:
            return entered(request, wanted, entry.user)
        if entry.wait:
            return later(request, wanted, 429, entry.wait)
        fault = _("No passkey of IMI opened the way. Try once more, or sign in with user name and password.")
    context = {"next": wanted, "fault": fault, "options": passkey_sign_in.question(request)}
    return render(request, "account/passkey.html", context, status=422 if fault else 200)
