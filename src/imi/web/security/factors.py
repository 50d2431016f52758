"""Adding, renaming and removing one's own second factors."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.accounts import factors
from imi.accounts.models import Factor
from imi.administration import own_security
from imi.administration.reasons import Refused
from imi.web.access import PersonRequest
from imi.web.administration.user_rule import judged
from imi.web.security import codes, setting_up
from imi.web.security.proof import proved, trail
from imi.web.security.setting_up import Place
from imi.web.signing.forms import FactorNameForm


def _place(request: PersonRequest) -> Place:
    return Place(request.user, reverse("security"), "", entering=False, done=_done(request))


def _done(request: PersonRequest) -> Callable[[list[str]], HttpResponse]:
    def follow(made: list[str]) -> HttpResponse:
        messages.success(request, _("The second factor was added."))
        if not made:
            return HttpResponseRedirect(reverse("security"))
        codes.keep(request, request.user.pk, made)
        return HttpResponseRedirect(codes.address(reverse("security")))

    return follow


@judged
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def app(request: PersonRequest) -> HttpResponse:
    """Add an app that shows codes."""
    return setting_up.app_page(request, _place(request))


@judged
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def passkey(request: PersonRequest) -> HttpResponse:
    """Add a passkey."""
    return setting_up.passkey_page(request, _place(request))


def _own(request: PersonRequest, factor_id: int) -> Factor:
    found = next((one for one in factors.of(request.user.pk) if one.pk == factor_id), None)
    if found is None:
        raise Http404
    return found


@judged
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def rename(request: PersonRequest, factor_id: int) -> HttpResponse:
    """Give a factor another name."""
    factor = _own(request, factor_id)
    form = FactorNameForm(request.POST if request.method == "POST" else None, initial={"name": factor.name})
    if form.is_valid():
        own_security.rename(request.user, factor_id, form.cleaned_data["name"])
        messages.success(request, _("The name was changed."))
        return HttpResponseRedirect(reverse("security"))
    context = {
        "title": _("Rename a second factor"),
        "lead": factor.name,
        "form": form,
        "action": _("Save"),
        "back_url": reverse("security"),
        "breadcrumbs": trail(_("Rename a second factor")),
    }
    return render(request, "administration/plain_form.html", context, status=422 if form.errors else 200)


@judged
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def remove(request: PersonRequest, factor_id: int) -> HttpResponse:
    """Ask first, then remove a factor."""
    factor, fault = _own(request, factor_id), ""
    if request.method == "POST":
        try:
            own_security.remove(request.user, factor_id)
        except Refused as refused:
            fault = str(refused.reason)
        else:
            messages.success(request, _("The second factor was removed."))
            return HttpResponseRedirect(reverse("security"))
    context = {
        "title": _("Remove a second factor"),
        "lead": factor.name,
        "text": _("You cannot sign in with it any more. With your last one, your recovery codes end too."),
        "action": _("Remove"),
        "danger": True,
        "fault": fault,
        "back_url": reverse("security"),
        "breadcrumbs": trail(_("Remove a second factor")),
    }
    return render(request, "account/confirm.html", context, status=422 if fault else 200)
