"""The identities from outside that a person has linked with the own user: seen, added, removed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts.models import OutsideIdentity
from imi.accounts.openid import entering, flow, links
from imi.accounts.openid.fetching import Unreachable
from imi.accounts.session_store import digest_of
from imi.administration import identities as acts
from imi.administration.reasons import Refused
from imi.web.access import PersonRequest, safe_next, signed_in
from imi.web.security.proof import proved, trail_below
from imi.web.signing.outside import provider_or_404, silent
from imi.web.signing.outside_words import Service, services, title, title_of


def _trail(last: str = "") -> list[dict[str, str]]:
    """Where a page stands below the own settings."""
    return trail_below("identities", _("Identities linked with my user"), last)


@signed_in
@require_safe
def identities(request: PersonRequest) -> HttpResponse:
    """Show with which identities the person may sign in, and the services that may be added."""
    held = links.of_user(request.user.pk)
    taken = {_service_of(one) for one in held}
    context = {
        "links": [(one, title_of(_service_of(one))) for one in held],
        "to_add": [one for one in services() if one.id not in taken],
        "breadcrumbs": _trail(),
    }
    return render(request, "account/identities.html", context)


def _service_of(link: OutsideIdentity) -> str:
    """The id of the provider of an identity; its issuer where the operator has taken it away since."""
    return next((one.id for one in flow.all_providers() if one.issuer == link.issuer), link.issuer)


# --- adding ----------------------------------------------------------------------------------------------------------


@signed_in
@require_safe
@proved
def link(request: PersonRequest, service: str) -> HttpResponse:
    """Lead on to the provider, by a link: no form may lead out of the site, by no detour either."""
    provider = provider_or_404(service)
    identity = entering.arrived(request)
    here = identity is not None and identity.provider == provider.id
    address = reverse("identity_confirm") if here else reverse("identity_go", args=[provider.id])
    context = {"service": Service(provider.id, title(provider), address), "breadcrumbs": _trail(title(provider))}
    return render(request, "account/identity_link.html", context)


@signed_in
@require_safe
@proved
def go(request: PersonRequest, service: str) -> HttpResponse:
    """Send somebody who wants to link an identity to its provider."""
    provider = provider_or_404(service)
    try:
        return HttpResponseRedirect(flow.begin(request.session, provider, reverse("identities"), request.user.pk))
    except Unreachable:
        messages.error(request, silent(provider))
        return HttpResponseRedirect(reverse("identities"))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def confirm(request: PersonRequest) -> HttpResponse:
    """Ask whether the identity with which somebody came is to belong to the user who has signed in; link it if so."""
    wanted = safe_next(request, request.POST.get("next") or request.GET.get("next"), reverse("identities"))
    identity = entering.arrived(request)
    provider = flow.provider(identity.provider) if identity else None
    if identity is None or provider is None:
        entering.forget(request)
        messages.info(request, _("The time for linking is over. Begin again if you want to link an identity."))
        return HttpResponseRedirect(reverse("identities"))
    if request.method != "POST":
        context: dict[str, Any] = {"service": title(provider), "shown": identity.shown, "next": wanted}
        context |= {"person": request.user, "breadcrumbs": _trail(title(provider))}
        return render(request, "account/identity_confirm.html", context)
    entering.forget(request)
    if "link" in request.POST:
        try:
            acts.link(request.standing, provider, identity)
        except Refused as refused:
            messages.error(request, str(refused.reason))
        else:
            messages.success(request, _("From now on you can sign in with %(service)s.") % {"service": title(provider)})
    return HttpResponseRedirect(wanted)


# --- removing --------------------------------------------------------------------------------------------------------


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@proved
def unlink(request: PersonRequest, link_id: int) -> HttpResponse:
    """Say what removing a link of the person's own means, and remove it."""
    held = next((one for one in links.of_user(request.user.pk) if one.pk == link_id), None)
    if held is None:
        raise Http404
    service = _service_of(held)
    if request.method == "POST":
        acts.unlink(request.standing, held.pk, service, digest_of(str(request.session.session_key)))
        messages.success(request, _("The link was removed."))
        return HttpResponseRedirect(reverse("identities"))
    context = {"service": title_of(service), "link": held, "breadcrumbs": _trail(title_of(service))}
    return render(request, "account/identity_unlink.html", context)
