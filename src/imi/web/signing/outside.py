"""Signing in with an identity from outside: the way there, the way back, and the end of a session by the provider.

The way there is a link and not a form: the security policy of the pages lets no form lead to another site, whatever
stands between.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from imi.accounts.models import User
from imi.accounts.openid import client_keys as keys
from imi.accounts.openid import entering, flow
from imi.accounts.openid.fetching import Unreachable
from imi.accounts.openid.flow import Arrival
from imi.accounts.openid.providers import Provider
from imi.accounts.openid.tokens import Refused
from imi.accounts.signing import Begun
from imi.web.access import public, safe_next
from imi.web.signing.outside_words import title
from imi.web.signing.steps import begin_again, later, onward, to_step, welcomed

KEYS_GOOD_FOR = 3600
"""Seconds for which providers may keep our keys before they look again."""


def provider_or_404(service: str) -> Provider:
    """The provider with an id; without one there is no such page."""
    found = flow.provider(service)
    if found is None:
        raise Http404
    return found


def silent(provider: Provider) -> str:
    """What is said when a provider does not answer."""
    return _("%(service)s does not answer at the moment. Try again later, or sign in with user name and password.") % {
        "service": title(provider)
    }


@public
@require_safe
def go(request: HttpRequest, service: str) -> HttpResponse:
    """Send somebody who wants to sign in to a provider."""
    provider = provider_or_404(service)
    wanted = safe_next(request, request.GET.get("next"))
    if request.user.is_authenticated:
        return HttpResponseRedirect(wanted)
    try:
        return HttpResponseRedirect(flow.begin(request.session, provider, wanted))
    except Unreachable:
        return begin_again(request, wanted, silent(provider), 503)


@public
@require_safe
def back(request: HttpRequest, service: str) -> HttpResponse:
    """Take what a provider sends back with the browser."""
    provider = provider_or_404(service)
    try:
        arrival = flow.finish(request.session, provider, request.GET)
    except Refused:
        text = _("%(service)s did not confirm who you are. Begin again.") % {"service": title(provider)}
        return _failed(request, text, 422)
    except Unreachable:
        return _failed(request, silent(provider), 503)
    return _to_link(request, arrival) if arrival.linking_for else _to_enter(request, provider, arrival)


def _failed(request: HttpRequest, text: str, status: int) -> HttpResponse:
    if not request.user.is_authenticated:
        return begin_again(request, "/", text, status)
    messages.error(request, text)
    return HttpResponseRedirect(reverse("identities"))


def _to_link(request: HttpRequest, arrival: Arrival) -> HttpResponse:
    """Let the person who wanted to link an identity, and nobody else, say yes to it."""
    if request.user.pk != arrival.linking_for:
        return HttpResponseRedirect(reverse("identities"))
    entering.keep(request, arrival.identity)
    return HttpResponseRedirect(reverse("identity_confirm"))


def _to_enter(request: HttpRequest, provider: Provider, arrival: Arrival) -> HttpResponse:
    if request.user.is_authenticated:  # meanwhile, in another window
        return HttpResponseRedirect(arrival.wanted)
    match entering.enter(request, provider, arrival.identity):
        case None:
            return to_step("not_linked", arrival.wanted)
        case Begun(wait=wait) if wait:
            return later(request, arrival.wanted, 429, wait)
        case Begun():
            return to_step("sign_in_code", arrival.wanted)
        case user:
            return _lead(request, arrival.wanted, user)


def _lead(request: HttpRequest, wanted: str, user: User) -> HttpResponse:
    """Lead on, without the browser becoming a known device: it does not send that cookie when it comes from outside."""
    if request.user.is_authenticated:
        return welcomed(request, wanted, user)
    return onward(request, wanted, user)


@public
@require_safe
def not_linked(request: HttpRequest) -> HttpResponse:
    """Say that an identity is not linked with a user, and how to link it: by signing in once."""
    identity, wanted = entering.arrived(request), safe_next(request, request.GET.get("next"))
    provider = flow.provider(identity.provider) if identity else None
    if request.user.is_authenticated:
        return HttpResponseRedirect(wanted)
    if identity is None or provider is None:
        return to_step("sign_in", wanted)
    confirm = f"{reverse('identity_confirm')}?{urlencode({'next': wanted})}"
    context = {
        "service": title(provider),
        "shown": identity.shown,
        "sign_in_url": f"{reverse('sign_in')}?{urlencode({'next': confirm})}",
        "minutes": int(flow.COME_BACK_WITHIN.total_seconds() // 60),
    }
    return render(request, "account/not_linked.html", context)


@public
@require_safe
@cache_control(public=True, max_age=KEYS_GOOD_FOR)
def client_keys(request: HttpRequest) -> HttpResponse:
    """Publish the keys by which this installation proves to providers who it is; there are none where it does not."""
    if not any(one.signs for one in flow.all_providers()):
        raise Http404
    return JsonResponse(keys.published())


# --- signing out -----------------------------------------------------------------------------------------------------


@public
@require_safe
def leave(request: HttpRequest, service: str) -> HttpResponse:
    """Lead somebody who has signed out here to signing out at the provider too."""
    provider = provider_or_404(service)
    try:
        address = flow.leave_address(provider)
    except Unreachable:
        return begin_again(request, "/", silent(provider), 503)
    return HttpResponseRedirect(address or reverse("sign_in"))


@csrf_exempt
@public
@require_POST
def ended(request: HttpRequest, service: str) -> HttpResponse:
    """End the sessions that a provider says have ended; it proves by its signature who it is.

    Source: OpenID Connect Back-Channel Logout 1.0, sections 2.5 to 2.8.
    """
    provider = provider_or_404(service)
    try:
        entering.end(provider, request.POST.get("logout_token", ""))
    except (Refused, Unreachable):
        return JsonResponse({"error": "invalid_request"}, status=400)
    return HttpResponse(status=200)
