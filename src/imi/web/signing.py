"""Signing in and out, the end of a session, and the choice of language."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.accounts import actions
from imi.training import actions as play
from imi.web import actions as choices
from imi.web.access import PersonRequest, public, safe_next, signed_in

_YEAR = 365 * 24 * 3600


class SignInForm(forms.Form):
    """User name and password. What is wrong is never said of one of them alone."""

    username = forms.CharField(
        label=_("User name"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@public
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for user name and password; a wrong name, a wrong password and a locked user look the same."""
    wanted = safe_next(request, request.POST.get("next") or request.GET.get("next"))
    if request.method == "GET" and request.user.is_authenticated:
        return HttpResponseRedirect(wanted)
    form = SignInForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        user = actions.sign_in(form.cleaned_data["username"], form.cleaned_data["password"], request)
        if user is not None:
            return in_language(HttpResponseRedirect(wanted), user.language)
        form.add_error(None, _("The user name or the password is not right, or the user is locked."))
    context = {
        "form": form,
        "next": wanted,
        "failures_allowed": actions.FAILURES_ALLOWED,
        "signed_out": "signed_out" in request.GET,
    }
    return render(request, "account/sign_in.html", context, status=422 if form.errors else 200)


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; in training the person is no longer played."""
    if settings.IMI_TRAINING:
        play.leave(request)
    actions.sign_out(request)
    return HttpResponseRedirect(f"{reverse('sign_in')}?signed_out=1")


@public
@require_safe
def session_ended(request: HttpRequest) -> HttpResponse:
    """Say that the session has ended and lead back, through signing in, to where the person was."""
    wanted = safe_next(request, request.GET.get("next"))
    if request.user.is_authenticated:
        return HttpResponseRedirect(wanted)
    again = f"{reverse('sign_in')}?{urlencode({'next': wanted})}"
    return render(request, "account/session_ended.html", {"again": again})


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
