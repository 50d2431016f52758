"""How the forms of outreach are shown: by themselves, or with a text in several languages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from imi.directory.models import Country
from imi.directory.names import language_name
from imi.outreach.words import SOURCE
from imi.web.access import PersonRequest
from imi.web.outreach import shown
from imi.web.outreach.forms import Pairs


def form_page(
    request: PersonRequest, form: Form, title: str, action: str, part: str, back: str = "", version: int = 0
) -> HttpResponse:
    """Show a form by itself.

    Args:
        action: what its button says.
        part: the list to which it belongs, by the name of its address.
        back: where its other button leads, if not to that list.
        version: of what is changed, as it was read; 0 for something new.
    """
    context = {
        "form": form,
        "title": title,
        "action": action,
        "back_url": back or reverse(f"outreach:{part}"),
        "version": version,
        "breadcrumbs": shown.trail(part, title),
    }
    return render(request, "outreach/form.html", context, status=422 if form.errors else 200)


# --- texts in several languages --------------------------------------------------------------------------------------


def languages(request: PersonRequest, existing: Iterable[str]) -> list[str]:
    """The languages for which a form has room: those of the text, of the writer, of the country, English, one more."""
    who, known = request.standing, dict(settings.LANGUAGES)
    sent = [name.removeprefix("title_") for name in request.POST if name.startswith("title_")]
    country = Country.objects.filter(pk=who.country).values_list("languages", flat=True).first() or []
    more = [request.POST.get("more_language", "")] if adds_language(request) else []
    wanted = [who.language, *existing, *country, SOURCE, *sent, *more]
    return [lang for lang in dict.fromkeys(wanted) if lang in known]


def adds_language(request: PersonRequest) -> bool:
    """Whether the form was sent only to get room for another language."""
    return request.method == "POST" and "add_language" in request.POST


def _others(langs: Iterable[str], reader: str) -> Pairs:
    """The languages that a form could also have room for."""
    held = set(langs)
    found = [(code, language_name(code, reader)) for code, _name in settings.LANGUAGES if code not in held]
    return sorted(found, key=lambda pair: pair[1])


def text_form(request: PersonRequest, form: Any, title: str, part: str, more: bool, action: str = "") -> HttpResponse:
    """Show a form with texts in several languages; one that was sent for another language shows no faults yet."""
    if more:
        form.errors.clear()
    context = {
        "form": form,
        "title": title,
        "action": action or _("Save"),
        "more_languages": _others(form.langs, request.standing.language),
        "back_url": reverse(f"outreach:{part}"),
        "breadcrumbs": shown.trail(part, title),
    }
    return render(request, "outreach/text_form.html", context, status=422 if form.errors else 200)
