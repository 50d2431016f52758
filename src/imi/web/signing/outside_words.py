"""What pages say of the services at which people may prove who they are (OpenID Connect), in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language

from imi.accounts.openid.providers import Provider
from imi.accounts.session_store import OUTSIDE


@dataclass(frozen=True, slots=True)
class Service:
    """A service, and where a page leads with it."""

    id: str
    title: str
    url: str = ""


def title(provider: Provider) -> str:
    """What a provider is called in the language of the page."""
    return provider.title_in(get_language() or "en")


def services() -> list[Service]:
    """The services of this installation, in the operator's order."""
    return [Service(one.id, title(one)) for one in settings.IMI_OPENID.values()]


def title_of(name: str) -> str:
    """What a service is called; its id or issuer where the operator has taken it away since."""
    provider = settings.IMI_OPENID.get(name)
    return title(provider) if provider else name


def came_from(request: HttpRequest) -> str:
    """The id of the service with which somebody signed in; empty for user name and password."""
    return str(request.session.get(OUTSIDE, {}).get("provider", ""))


def left(name: str | None) -> Service | None:
    """The service at which somebody who has just signed out may still be signed in."""
    provider = settings.IMI_OPENID.get(name or "")
    return Service(provider.id, title(provider), reverse("leave_too", args=[provider.id])) if provider else None
