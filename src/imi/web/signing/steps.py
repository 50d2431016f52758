"""Signing in step by step, signing out, the end of a session, and the choice of language."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.accounts import doors, gate, hashing, history, passkey_sign_in, second_step, signing, strength
from imi.accounts.models import User
from imi.training import actions as play
from imi.web import actions as choices
from imi.web.access import PersonRequest, public, safe_next, signed_in, step_name
from imi.web.signing import kept, outside_words
from imi.web.signing.forms import CodeForm, OwnCodeForm, OwnPasswordForm, SignInForm, wait_text

_YEAR = 365 * 24 * 3600
Step = Callable[[HttpRequest, str], HttpResponse]


def step_page(view: Step) -> Any:
    """Make a page of a step: with the page that is wanted afterwards, and an answer when too many sign in at once."""

    @public
    @require_http_methods(["GET", "HEAD", "POST"])
    @sensitive_post_parameters()
    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        wanted = safe_next(request, request.POST.get("next") or request.GET.get("next"))
        if request.method != "POST" and request.user.is_authenticated:
            return HttpResponseRedirect(wanted)
        try:
            return view(request, wanted)
        except hashing.Busy:
            return later(request, wanted, 503, hashing.COME_BACK_SECONDS)

    return page


def to_step(step: str, wanted: str) -> HttpResponse:
    """Lead on to a step; the page that is wanted goes along."""
    return HttpResponseRedirect(reverse(step) if wanted == "/" else f"{reverse(step)}?{urlencode({'next': wanted})}")


def put_back(request: HttpRequest) -> dict[str, bool]:
    """What pages say to somebody whose session has ended or was put back: why, and whether a form was kept."""
    return {"administers": bool(gate.put_back(request)), "kept": kept.is_kept(request)}


def _first_page(request: HttpRequest, wanted: str, form: forms.Form, status: int) -> HttpResponse:
    context = {
        "form": form,
        "next": wanted,
        "failures_allowed": doors.FAILURES_ALLOWED,
        "signed_out": "signed_out" in request.GET,
        "elsewhere": outside_words.services(),
        "left": outside_words.left(request.GET.get("signed_out")),
        "code_length": strength.CODE_LENGTH,
        "passkeys": passkey_sign_in.is_on(),
    }
    return render(request, "account/sign_in.html", context, status=status)


def begin_again(request: HttpRequest, wanted: str, fault: str, status: int = 422) -> HttpResponse:
    """Show the first step with a fault above it."""
    form = SignInForm({})
    form.errors.clear()
    form.add_error(None, fault)
    return _first_page(request, wanted, form, status)


def later(request: HttpRequest, wanted: str, status: int, seconds: int) -> HttpResponse:
    """Say when to come back, instead of keeping somebody waiting here: a worker that waits serves nobody else."""
    answer = begin_again(request, wanted, wait_text(seconds), status)
    answer["Retry-After"] = str(seconds)
    return answer


# --- the steps -------------------------------------------------------------------------------------------------------


@step_page
def sign_in(request: HttpRequest, wanted: str) -> HttpResponse:
    """Ask for user name and password. What was wrong, if anything, is said after the second step."""
    if request.method != "POST":
        return _first_page(request, wanted, SignInForm(), 200)
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _first_page(request, wanted, form, 422)
    begun = signing.begin(request, form.cleaned_data["username"], form.cleaned_data["password"])
    if begun.wait:
        return later(request, wanted, 429, begun.wait)
    return to_step("own_password" if begun.choosing else "sign_in_code", wanted)


@step_page
def code(request: HttpRequest, wanted: str) -> HttpResponse:
    """Ask for three characters of the code, and give the one answer to everything that was given."""
    places = signing.places_asked(request)
    if not places:
        return to_step("sign_in", wanted)
    form = CodeForm(request.POST if request.method == "POST" else None, places)
    if not form.is_valid():
        context = {"form": form, "next": wanted, "places": places, "code_length": strength.CODE_LENGTH}
        return render(request, "account/code.html", context, status=422 if form.errors else 200)
    user = signing.answer(request, form.characters())
    if user is None:
        return begin_again(request, wanted, _("These details are not right, or the user is locked. Begin again."))
    return onward(request, wanted, user)


@step_page
def own_password(request: HttpRequest, wanted: str) -> HttpResponse:
    """Let somebody who used a temporary password up choose an own one."""
    held = signing.choosing(request)
    if held is None:
        return _too_late(request, wanted)
    form = OwnPasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        faults = signing.choose_password(request, held, form.cleaned_data["secret"])
        if not faults:
            return to_step("own_code", wanted)
        _say(form, faults)
    context = {
        "form": form,
        "next": wanted,
        "profile": settings.IMI_SIGN_IN,
        "shortest": strength.SHORTEST[settings.IMI_SIGN_IN],
        "minutes": int(signing.CHOOSE_WITHIN.total_seconds() // 60),
    }
    return render(request, "account/own_password.html", context, status=422 if form.errors else 200)


@step_page
def own_code(request: HttpRequest, wanted: str) -> HttpResponse:
    """Let the same person choose a security code, and sign in."""
    held = signing.choosing(request)
    if held is None:
        return _too_late(request, wanted)
    if not signing.has_chosen_password(request):
        return to_step("own_password", wanted)
    form = OwnCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        faults = signing.choose_code(request, held, form.cleaned_data["secret"])
        if not faults:
            kept = request.user.is_authenticated or second_step.waiting(request)
            return onward(request, wanted, held.user) if kept else _too_late(request, wanted)
        _say(form, faults)
    context = {"form": form, "next": wanted, "code_length": strength.CODE_LENGTH}
    return render(request, "account/own_code.html", context, status=422 if form.errors else 200)


def _say(form: forms.Form, faults: list[strength.Fault]) -> None:
    for fault in faults:
        form.add_error("secret", fault.text)


def _too_late(request: HttpRequest, wanted: str) -> HttpResponse:
    if request.method != "POST":
        return to_step("sign_in", wanted)
    fault = _("The time for choosing is over. Ask your local data administrator for a new temporary password.")
    return begin_again(request, wanted, fault)


def onward(request: HttpRequest, wanted: str, user: User) -> HttpResponse:
    """Lead on after :func:`imi.accounts.gate.proceed`: into the site, or to the second factor.

    Args:
        wanted: the page that is wanted afterwards, as :func:`imi.web.access.safe_next` returns it.
        user: who has proved who it is.
    """
    if request.user.is_authenticated:
        return entered(request, wanted, user)
    found = second_step.waiting(request)
    if found is None:
        return to_step("sign_in", wanted)
    return to_step(step_name(found.way), wanted)


def entered(request: HttpRequest, wanted: str, user: User) -> HttpResponse:
    """Lead into the site, say when and where the person signed in before, and have the browser be known."""
    answer = welcomed(request, wanted, user)
    gate.remember_device(request, answer, user)
    return answer


def welcomed(request: HttpRequest, wanted: str, user: User) -> HttpResponse:
    """Lead into the site, and say when and where the person signed in before."""
    answer = in_language(HttpResponseRedirect(kept.first(request, wanted)), user.language)
    before = history.previous(user.pk)
    if before is not None:
        with translation.override(user.language):
            at = date_format(localtime(before.at), "DATETIME_FORMAT")
            place = ", ".join(filter(None, (before.device, before.address))) or _("unknown")
            text = _("You signed in last on %(at)s (%(place)s).") % {"at": at, "place": place}
        messages.info(request, text)
    return answer


# --- sessions and language -------------------------------------------------------------------------------------------


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; in training the person is no longer played."""
    if settings.IMI_TRAINING:
        play.leave(request)
    service = outside_words.came_from(request)
    gate.sign_out(request)
    return HttpResponseRedirect(f"{reverse('sign_in')}?{urlencode({'signed_out': service or 1})}")


@public
@require_safe
def session_ended(request: HttpRequest) -> HttpResponse:
    """Say that the session has ended and lead back, through signing in, to where the person was."""
    wanted = safe_next(request, request.GET.get("next"))
    if request.user.is_authenticated:
        return HttpResponseRedirect(wanted)
    again = f"{reverse('sign_in')}?{urlencode({'next': wanted})}"
    return render(request, "account/session_ended.html", {"again": again, **put_back(request)})


@signed_in
@require_safe
def renew_session(request: PersonRequest) -> HttpResponse:
    """Answer the question whether the session still lasts; asking prolongs it."""
    request.session.modified = True
    if request.headers.get("Sec-Fetch-Mode") == "navigate":
        return HttpResponseRedirect(safe_next(request, request.GET.get("next")))
    return HttpResponse(status=204)


@public
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages: kept in the browser, and with the person who is signed in."""
    answer = HttpResponseRedirect(safe_next(request, request.POST.get("next")))
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        return answer
    translation.activate(language)
    if request.user.is_authenticated:
        choices.set_language(request.user.pk, language)
    return in_language(answer, language)


def in_language(answer: HttpResponse, language: str) -> HttpResponse:
    """Have the browser keep the language, for pages that are shown before anybody is known to be signed in."""
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=_YEAR,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return answer
