"""The practice copy: become any person of the training world, and read every mail it sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from imi.accounts.models import RoleGrant, User
from imi.directory.names import country_name
from imi.directory.queries import countries, informal_titles
from imi.notify import queries as mail
from imi.training import actions as play
from imi.training import queries as world
from imi.training.models import Impersonation
from imi.training.people import CODE, PASSWORD
from imi.web import filters, queries, words
from imi.web.access import safe_next, training_only
from imi.web.news import number_in
from imi.web.signing import kept
from imi.web.signing.steps import in_language

PEOPLE_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Character:
    """A person of the training world who can be chosen."""

    id: int
    name: str
    username: str
    authority: str
    official: str
    country: str
    language: str
    roles: str


def _characters(users: Iterable[User]) -> list[Character]:
    """People with their roles and the titles of their authorities in the reader's language; two queries."""
    lang, found = get_language() or "en", list(users)
    roles = queries.roles_of(found)
    titles = informal_titles([user.authority for user in {user.authority_id: user for user in found}.values()], lang)
    return [
        Character(
            id=user.pk,
            name=user.get_full_name(),
            username=user.username,
            authority=titles[user.authority_id],
            official=user.authority.name,
            country=country_name(user.authority.country_id, lang),
            language=dict(settings.LANGUAGES).get(user.language, user.language),
            roles=", ".join(words.role_titles(roles.get(user.pk, {RoleGrant.Role.BASIC}))),
        )
        for user in found
    ]


@training_only
@require_safe
def chooser(request: HttpRequest) -> HttpResponse:
    """Let anybody choose whom to be."""
    text = filters.clean(request.GET.get("text", ""))
    country = filters.name_in(request.GET.get("country", "")[:2])
    page = min(number_in(request, "page") or 1, 1000)
    searching = bool(text or country)
    found, more = queries.people(text, country, (page - 1) * PEOPLE_SHOWN, PEOPLE_SHOWN)
    lang = get_language() or "en"
    address = f"{reverse('training')}?{urlencode({'text': text, 'country': country})}"
    context = {
        "featured": [] if searching else _characters(one.user for one in world.featured(lang)),
        "people": _characters(found),
        "text": text,
        "country": country,
        "countries": sorted(countries(lang), key=lambda pair: pair[1]),
        "searching": searching,
        "password": PASSWORD,
        "code": CODE,
        "next": safe_next(request, request.GET.get("next")),
        "next_url": f"{address}&page={page + 1}" if more else "",
        "previous_url": f"{address}&page={page - 1}" if page > 1 else "",
    }
    return render(request, "training/chooser.html", context)


@training_only
@require_POST
def become(request: HttpRequest) -> HttpResponse:
    """Begin a session of the chosen person, for whom scripted counterparts answer. Other browsers keep theirs."""
    text = request.POST.get("person", "")
    known = text.isascii() and text.isdigit() and len(text) < 16
    user = queries.playable().filter(pk=int(text)).first() if known else None
    if user is None:
        raise Http404
    play.become(user, request)
    wanted = kept.first(request, safe_next(request, request.POST.get("next")))
    return in_language(HttpResponseRedirect(wanted), user.language)


@training_only
@require_POST
def counterparts(request: HttpRequest) -> HttpResponse:
    """Switch scripted counterparts on or off for the person who is played in this browser."""
    play.set_counterparts(request, "on" in request.POST)
    messages.success(request, _("Your choices were saved."))
    return HttpResponseRedirect(reverse("account"))


def counterparts_answer(request: HttpRequest) -> bool | None:
    """Whether scripted counterparts answer the person who is played in this browser; None if nobody is."""
    played = request.session.get(play.PLAYS)
    if played is None or not settings.IMI_COUNTERPARTS:
        return None
    return Impersonation.objects.filter(pk=played).values_list("counterparts", flat=True).first()


@training_only
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail of the training world, latest first."""
    recipient = filters.clean(request.GET.get("recipient", ""), 254)
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
