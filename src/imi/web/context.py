"""What every page shows around its own part: who is signed in, the main navigation, the bell, the footer."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.html import format_html
from django.utils.translation import gettext as _

from imi.accounts import sessions
from imi.accounts.queries import Standing, standing
from imi.notify import queries as notices
from imi.web.addresses import address_of
from imi.web.administration.user_start import may_administer
from imi.web.help.content import SOURCE, explaining

COORDINATING = ("approver", "data_administrator")
"""Roles that exist in coordinators only (guide for the first user, steps 13 and 14)."""

LIST_PLACE = "list_place"
"""Key of the session under which the address of the last list is kept, so that one comes back to the same place."""


def _version() -> str:
    try:
        return version("imi")
    except PackageNotFoundError:
        return ""


VERSION = _version()


def bare() -> dict[str, Any]:
    """The variables of ``base.html`` where nothing is known of the request: nobody signed in, no links, no forms."""
    return {
        "training": False,
        "training_links": [],
        "languages": [],
        "footer_links": [],
        "version": "",
        "messages": [],
        "csrf_token": "",
        **_NOBODY,
    }


_NOBODY: dict[str, Any] = {"account_url": "", "navigation": [], "session_expires": 0, "page_help_url": ""}


def frame(request: HttpRequest) -> dict[str, Any]:
    """The variables of ``base.html`` for a request."""
    token = get_token(request)
    context: dict[str, Any] = {
        # Once for the page: Django's own would be masked anew for each of its forms.
        "csrf_token": token,
        "csrf_input": format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token),
        "training": settings.IMI_TRAINING,
        "training_links": _training_links(),
        "languages": settings.LANGUAGES,
        "language_url": address_of("set_language"),
        "version": VERSION,
        "footer_links": [
            {"url": address_of("help"), "label": _("Help")},
            {"url": address_of("accessibility"), "label": _("Accessibility")},
            {"url": address_of("privacy"), "label": _("Privacy")},
        ],
    }
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context | _NOBODY
    # Public pages and error pages have not asked for it.
    who = getattr(request, "standing", None) or standing(user)
    return context | {
        "person_name": user.get_full_name(),
        "authority_name": user.authority.name,
        "account_url": address_of("account"),
        "sign_out_url": address_of("sign_out"),
        "notices_url": address_of("notices"),
        "notices_count": _capped(notices.unread_count(user.pk)),
        "session_expires": sessions.seconds_left(request.session),
        "session_renew_url": address_of("renew_session"),
        "navigation": _navigation(request, who),
        "help_desk_url": address_of("help_desks"),
        "page_help_url": _page_help_url(request),
    }


def _page_help_url(request: HttpRequest) -> str:
    """Where the help explains this page; empty where it does not."""
    match = request.resolver_match
    entry = explaining(match.view_name, SOURCE) if match else None
    return f"{address_of('help_section', entry.section)}#{entry.id}" if entry else ""


def _training_links() -> list[dict[str, str]]:
    if not settings.IMI_TRAINING:
        return []
    return [
        {"url": address_of("training"), "label": _("Become somebody else")},
        {"url": address_of("training_mailbox"), "label": _("Mails")},
    ]


def _capped(count: int) -> str:
    return "99+" if count > 99 else str(count) if count else ""


def _navigation(request: HttpRequest, who: Standing) -> list[dict[str, Any]]:
    places = [
        ("home", _("Home")),
        ("tasks", _("My tasks")),
        ("exchanges", _("Exchanges")),
        ("directory", _("Find an authority")),
        ("registers", _("Registers")),
        ("outreach:overview", _("News and events")),
    ]
    if who.areas_with("handler"):
        places.insert(3, ("requests:new", _("New request")))
    if any(who.areas_with(role) for role in COORDINATING):
        places.append(("desk", _("Coordinators' desk")))
    if may_administer(who):
        places.append(("administration", _("Administration")))
    return [_entry(request, name, label) for name, label in places]


def _entry(request: HttpRequest, name: str, label: str) -> dict[str, Any]:
    url = address_of(name)
    current: str | bool = False
    if request.path == url:
        current = "page"
    elif (url != "/" and request.path.startswith(url)) or (name == "exchanges" and _is_one_exchange(request)):
        current = True
    return {"url": url, "label": label, "current": current}


def _is_one_exchange(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.namespace == "requests" and match.url_name != "new"
