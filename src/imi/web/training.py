"""The practice copy: become any person of the training world, and read every mail it sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import get_language
from django.views.decorators.http import require_POST, require_safe

from imi.accounts.actions import open_session
from imi.accounts.models import User
from imi.directory.names import country_name
from imi.directory.queries import countries, informal_titles
from imi.notify import queries as mail
from imi.web import queries
from imi.web.access import safe_next, training_only
from imi.web.news import number_in
from imi.web.signing import in_language

PEOPLE_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Character:
    """A person of the training world who can be chosen."""

    id: int
    name: str
    authority: str
    official: str
    country: str
    language: str


def _characters(users: Iterable[User]) -> list[Character]:
    """People with the titles of their authorities in the reader's language; one query."""
    lang, found = get_language() or "en", list(users)
    titles = informal_titles([user.authority for user in {user.authority_id: user for user in found}.values()], lang)
    return [
        Character(
            id=user.pk,
            name=user.get_full_name(),
            authority=titles[user.authority_id],
            official=user.authority.name,
            country=country_name(user.authority.country_id, lang),
            language=dict(settings.LANGUAGES).get(user.language, user.language),
        )
        for user in found
    ]


def _featured() -> list[User]:
    """The people with whom the training world suggests to begin.

    Which they are belongs to its files; the two faces do not import each other, so the setting says where to ask.
    """
    where = getattr(settings, "IMI_FEATURED_PEOPLE", "")
    if not where:
        return []
    ask: Callable[[], Iterable[int]] = import_string(where)
    ids = list(ask())
    known = User.objects.filter(is_active=True, authority__active=True).select_related("authority").in_bulk(ids)
    return [known[pk] for pk in ids if pk in known]


@training_only
@require_safe
def chooser(request: HttpRequest) -> HttpResponse:
    """Let anybody choose whom to be."""
    words = " ".join(request.GET.get("text", "")[:80].replace("\x00", "").split())
    country = request.GET.get("country", "")[:2]
    page = min(number_in(request, "page") or 1, 1000)
    searching = bool(words or country)
    found, more = queries.people(words, country, (page - 1) * PEOPLE_SHOWN, PEOPLE_SHOWN)
    lang = get_language() or "en"
    address = f"{reverse('training')}?{urlencode({'text': words, 'country': country})}"
    context = {
        "featured": [] if searching else _characters(_featured()),
        "people": _characters(found),
        "text": words,
        "country": country,
        "countries": sorted(countries(lang), key=lambda pair: pair[1]),
        "searching": searching,
        "next": safe_next(request, request.GET.get("next")),
        "next_url": f"{address}&page={page + 1}" if more else "",
        "previous_url": f"{address}&page={page - 1}" if page > 1 else "",
    }
    return render(request, "training/chooser.html", context)


@training_only
@require_POST
def become(request: HttpRequest) -> HttpResponse:
    """Begin a session of the chosen person. Other browsers keep theirs."""
    text = request.POST.get("person", "")
    known = text.isascii() and text.isdigit() and len(text) < 16
    user = User.objects.filter(pk=int(text), is_active=True, authority__active=True).first() if known else None
    if user is None:
        raise Http404
    open_session(request, user)
    return in_language(HttpResponseRedirect(safe_next(request, request.POST.get("next"))), user.language)


@training_only
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail of the training world, latest first."""
    recipient = request.GET.get("recipient", "").replace("\x00", "").strip()[:254]
    found = mail.mailbox(recipient, number_in(request, "before"), mail.PAGE + 1)
    page = found[: mail.PAGE]
    older = urlencode({"recipient": recipient, "before": page[-1].pk}) if len(found) > len(page) else ""
    context = {
        "mails": page,
        "recipient": recipient,
        "waiting": mail.waiting_mails(),
        "next_url": f"{reverse('training_mailbox')}?{older}" if older else "",
    }
    return render(request, "training/mailbox.html", context)
