"""The page about one's own way to sign in, proving anew who one is, and changing password and security code."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts import credentials, factors, gate, hashing, history, proving, recovery, strength
from imi.accounts.models import Factor, User
from imi.accounts.proving import Proof
from imi.administration import own_security
from imi.web.access import PersonRequest, safe_next, signed_in
from imi.web.security.proof import proved, trail
from imi.web.signing import means
from imi.web.signing.forms import ChangePasswordForm, OwnCodeForm, PasskeyForm, ProofForm, wait_text
from imi.web.signing.steps import begin_again


@signed_in
@require_safe
def security(request: PersonRequest) -> HttpResponse:
    """Show how a person signs in."""
    have = factors.of(request.user.pk)
    context = {
        "have": have,
        "kinds": settings.IMI_SECOND_FACTORS,
        "full": len(have) >= factors.MOST,
        "must_have": factors.must_have(request.user),
        "codes_left": recovery.left(request.user.pk),
        "has_password": proving.has_password(request.user),
        "sign_ins": means.lines(history.latest(request.user.pk)),
        "breadcrumbs": trail(),
    }
    return render(request, "account/security.html", context)


# --- proving anew ----------------------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def prove(request: PersonRequest) -> HttpResponse:
    """Ask for password and code, or a passkey, once more."""
    user, given = request.user, request.POST if request.method == "POST" else None
    wanted = safe_next(request, request.POST.get("next") or request.GET.get("next"), reverse("security"))
    have = factors.usable(user.pk)
    app = any(one.kind == Factor.Kind.TOTP for one in have)
    form, by_passkey, proof = ProofForm(given, bool(have), app), "passkey" in request.POST, Proof()
    if by_passkey or form.is_valid():
        proof = _proof(request, form, by_passkey)
        if proof.right:
            return HttpResponseRedirect(wanted)
        if proof.shut:
            return _shut_out(request)
        form.errors.clear()
        _say(form, proof, _("This is not right."))
    context = {
        "form": form,
        "next": wanted,
        "options": proving.passkey_question(request, user),
        "has_password": proving.has_password(user),
        "breadcrumbs": trail(_("Prove that it is you")),
    }
    return _drawn(request, "account/prove.html", context, proof)


def _proof(request: PersonRequest, form: ProofForm, by_passkey: bool) -> Proof:
    user = request.user
    try:
        if by_passkey:
            answer = PasskeyForm(request.POST)
            return proving.by_passkey(request, user, answer.cleaned_data["passkey"]) if answer.is_valid() else Proof()
        return proving.by_password(request, user, form.cleaned_data["password"], form.cleaned_data.get("code", ""))
    except hashing.Busy:
        return Proof(wait=hashing.COME_BACK_SECONDS)


def _say(form: forms.Form, proof: Proof, fault: str, field: str | None = None) -> None:
    """Have a form say what became of a proof that was not right."""
    if proof.wait:
        form.add_error(None, wait_text(proof.wait))
    else:
        form.add_error(field, fault)


def _drawn(request: HttpRequest, template: str, context: dict[str, Any], proof: Proof) -> HttpResponse:
    """A page with a form, with the status that its faults and waits ask for."""
    wrong = 429 if proof.wait else 422
    answer = render(request, template, context, status=wrong if context["form"].errors else 200)
    if proof.wait:
        answer["Retry-After"] = str(proof.wait)
    return answer


def _shut_out(request: HttpRequest) -> HttpResponse:
    """End a session in which somebody did not know the password too often."""
    gate.sign_out(request)
    return begin_again(request, "/", _("These details are not right, or the user is locked. Begin again."))


# --- changing what one knows -----------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def password(request: PersonRequest) -> HttpResponse:
    """Change the own password; the present one is asked for."""
    user, proof = request.user, Proof()
    form = ChangePasswordForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        faults = credentials.faults_of_password(user, form.cleaned_data["secret"])
        for fault in faults:
            form.add_error("secret", fault.text)
        if not faults:
            proof, stored = _present(request, user, form.cleaned_data["present"], form.cleaned_data["secret"])
            if proof.shut:
                return _shut_out(request)
            if proof.right:
                return _changed_password(request, user, stored)
            _say(form, proof, _("This is not your present password."), "present")
    context = {
        "form": form,
        "profile": settings.IMI_SIGN_IN,
        "shortest": strength.SHORTEST[settings.IMI_SIGN_IN],
        "breadcrumbs": trail(_("Change my password")),
    }
    return _drawn(request, "account/change_password.html", context, proof)


def _present(request: PersonRequest, user: User, typed: str, secret: str) -> tuple[Proof, str]:
    """What became of the present password, and the hash of the new one if it was right."""
    try:
        proof = proving.password_is_right(request, user, typed)
        if not proof.right:
            return proof, ""
        with hashing.place():
            return proof, hashing.hashed(secret)
    except hashing.Busy:
        return Proof(wait=hashing.COME_BACK_SECONDS), ""


def _changed_password(request: PersonRequest, user: User, stored: str) -> HttpResponse:
    own_security.change_password(user, stored, request.session)
    user.password = stored
    update_session_auth_hash(request, user)
    messages.success(request, _("Your password was changed. Wherever else you were signed in, you were signed out."))
    return _known_again(request)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@proved
def code(request: PersonRequest) -> HttpResponse:
    """Change the own security code."""
    user, form = request.user, OwnCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        faults = credentials.faults_of_code(user, form.cleaned_data["secret"])
        for fault in faults:
            form.add_error("secret", fault.text)
        if not faults:
            own_security.change_code(user, form.cleaned_data["secret"], request.session)
            messages.success(
                request, _("Your security code was changed. Wherever else you were signed in, you were signed out.")
            )
            return _known_again(request)
    context = {"form": form, "code_length": strength.CODE_LENGTH, "breadcrumbs": trail(_("Change my security code"))}
    return render(request, "account/change_code.html", context, status=422 if form.errors else 200)


def _known_again(request: PersonRequest) -> HttpResponse:
    """Go back, in a browser that stays known while all others have to be signed in from anew."""
    answer = HttpResponseRedirect(reverse("security"))
    gate.remember_device(request, answer, request.user)
    return answer
