"""Signing in and out, the end of a session, and the choice of language."""

from __future__ import annotations

from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from imi.accounts import doors, hashing, signing, strength
from imi.accounts.models import User
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


class CodeForm(forms.Form):
    """Three characters of the security code, which no browser may keep."""

    step = forms.CharField(widget=forms.HiddenInput, initial="code")

    def __init__(self, data: QueryDict | None, places: tuple[int, ...]) -> None:
        super().__init__(data)
        for place in places:
            self.fields[f"place{place}"] = forms.CharField(
                label=_("Character %(place)d of your security code") % {"place": place},
                max_length=2,
                strip=False,
                widget=forms.PasswordInput(attrs={"autocomplete": "off", "size": 2}),
            )

    def characters(self) -> str:
        """What was typed, in the order of the places."""
        return "".join(self.cleaned_data[name] for name in self.fields if name != "step")


class PasswordForm(forms.Form):
    """An own password, twice."""

    step = forms.CharField(widget=forms.HiddenInput, initial="own_password")
    password = forms.CharField(
        label=_("Your own password"),
        max_length=strength.LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=_("The same password again"),
        max_length=strength.LONGEST,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_again(self) -> str:
        """Check that both are the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("password", again):
            raise forms.ValidationError(_("This is not what you typed above."))
        return again


class NewCodeForm(forms.Form):
    """An own security code, twice, which no browser may keep."""

    step = forms.CharField(widget=forms.HiddenInput, initial="own_code")
    code = forms.CharField(
        label=_("Your security code"),
        max_length=2 * strength.CODE_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    again = forms.CharField(
        label=_("The same code again"),
        max_length=2 * strength.CODE_LENGTH,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def clean_again(self) -> str:
        """Check that both are the same."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("code", again):
            raise forms.ValidationError(_("This is not what you typed above."))
        return again


@public
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in step by step; a wrong name, password or code and a locked user look the same."""
    wanted = safe_next(request, request.POST.get("next") or request.GET.get("next"))
    if request.method == "GET" and request.user.is_authenticated:
        return HttpResponseRedirect(wanted)
    if request.method != "POST":
        return _shown(request, wanted, SignInForm())
    steps = {"code": _code, "own_password": _own_password, "own_code": _own_code}
    try:
        return steps.get(request.POST.get("step", ""), _name)(request, wanted)
    except hashing.Busy:
        fault = _("Very many people sign in at this moment. Try again soon.")
        answer = _shown(request, wanted, SignInForm({}), 503, fault)
        answer["Retry-After"] = str(hashing.COME_BACK_SECONDS)
        return answer


def _shown(
    request: HttpRequest, wanted: str, form: forms.Form, status: int = 0, fault: str | Promise = ""
) -> HttpResponse:
    """Show a step; with a fault, above the form."""
    if fault:
        form.full_clean()
        form.add_error(None, str(fault))
    context = {
        "form": form,
        "next": wanted,
        "failures_allowed": doors.FAILURES_ALLOWED,
        "signed_out": "signed_out" in request.GET,
    }
    return render(request, "account/sign_in.html", context, status=status or (422 if form.errors else 200))


def _name(request: HttpRequest, wanted: str) -> HttpResponse:
    """Take user name and password."""
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _shown(request, wanted, form)
    begun = signing.begin(request, form.cleaned_data["username"], form.cleaned_data["password"])
    if begun.wait:
        text = ngettext("Wait %(seconds)d second and try again.", "Wait %(seconds)d seconds and try again.", begun.wait)
        answer = _shown(request, wanted, form, 429, text % {"seconds": begun.wait})
        answer["Retry-After"] = str(begun.wait)
        return answer
    if begun.choosing:
        return _shown(request, wanted, PasswordForm())
    return _shown(request, wanted, CodeForm(None, signing.places_asked(request)))


def _code(request: HttpRequest, wanted: str) -> HttpResponse:
    """Take three characters of the code; the one answer to everything that was given comes here."""
    form = CodeForm(request.POST, signing.places_asked(request))
    if form.fields.keys() != {"step"} and not form.is_valid():
        return _shown(request, wanted, form)
    user = signing.answer(request, form.characters() if form.is_valid() else "")
    if user is None:
        fault = _("These details are not right, or the user is locked. Begin again.")
        return _shown(request, wanted, SignInForm({}), 422, fault)
    return _entered(request, wanted, user)


def _own_password(request: HttpRequest, wanted: str) -> HttpResponse:
    """Take the own password of somebody who used a temporary one up."""
    held = signing.choosing(request)
    if held is None:
        return _too_late(request, wanted)
    form = PasswordForm(request.POST)
    faults = signing.choose_password(request, held, form.cleaned_data["password"]) if form.is_valid() else []
    for fault in faults:
        form.add_error("password", fault.text)
    return _shown(request, wanted, form if form.errors else NewCodeForm())


def _own_code(request: HttpRequest, wanted: str) -> HttpResponse:
    """Take the own security code, and sign in."""
    held = signing.choosing(request)
    if held is None or not signing.has_chosen_password(request):
        return _too_late(request, wanted)
    form = NewCodeForm(request.POST)
    faults = signing.choose_code(request, held, form.cleaned_data["code"]) if form.is_valid() else []
    for fault in faults:
        form.add_error("code", fault.text)
    if form.errors:
        return _shown(request, wanted, form)
    return _entered(request, wanted, held.user) if request.user == held.user else _too_late(request, wanted)


def _too_late(request: HttpRequest, wanted: str) -> HttpResponse:
    fault = _("The time for choosing is over. Ask your local data administrator for a new temporary password.")
    return _shown(request, wanted, SignInForm({}), 422, fault)


def _entered(request: HttpRequest, wanted: str, user: User) -> HttpResponse:
    answer = in_language(HttpResponseRedirect(wanted), user.language)
    signing.remember_device(request, answer, user)
    return answer


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; in training the person is no longer played."""
    if settings.IMI_TRAINING:
        play.leave(request)
    signing.sign_out(request)
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
