"""The directory: finding authorities and registers by one's own words, and an authority's page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.directory import queries as directory
from imi.directory.queries import ACTIVITIES, PROFESSIONS, AuthorityCard, Found
from imi.web import queries, registers, words
from imi.web.access import PersonRequest, signed_in
from imi.web.filters import clean
from imi.web.news import number_in

SIZE = 20
MOST_PAGES = 200
_LONGEST = 100
FILTERS = ("country", "area", "profession", "activity", "language")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for in the directory."""

    text: str = ""
    country: str = ""
    area: str = ""
    profession: str = ""
    activity: str = ""
    language: str = ""

    def given(self) -> dict[str, str]:
        """What was said, by name."""
        return {name: getattr(self, name) for name in ("text", *FILTERS) if getattr(self, name)}

    def url(self, name: str = "directory", page: int = 1) -> str:
        """The address of this search."""
        pairs: dict[str, Any] = self.given()
        if page > 1:
            pairs["page"] = page
        return f"{reverse(name)}?{urlencode(pairs)}" if pairs else reverse(name)


def wish(request: HttpRequest) -> Wish:
    """Read the address; control signs and what is too long are left out."""
    return Wish(**{name: clean(request.GET.get(name, ""), _LONGEST) for name in ("text", *FILTERS)})


@dataclass(frozen=True, slots=True)
class Result:
    """An authority that was found, for the list."""

    id: str
    title: str
    official: str
    place: str
    languages: str
    why: list[str]


def _result(found: Found, lang: str) -> Result:
    authority = found.authority
    country = directory.country_name(authority.country_id, lang)
    return Result(
        id=authority.pk,
        title=found.title,
        official=authority.name if authority.name != found.title else "",
        place=f"{authority.city}, {country}" if authority.city else country,
        languages=", ".join(directory.language_name(code, lang) for code in authority.languages),
        why=found.why,
    )


@signed_in
@require_safe
def search(request: PersonRequest) -> HttpResponse:
    """Find authorities by words in any language, and say why each was found."""
    lang, wanted = request.standing.language, wish(request)
    page = min(number_in(request, "page") or 1, MOST_PAGES)
    narrowed: dict[str, Any] = {name: getattr(wanted, name) or None for name in FILTERS}
    found = directory.find_authorities(lang, wanted.text, page=page, size=SIZE, **narrowed)
    context = {
        "wish": wanted,
        "results": [_result(one, lang) for one in found],
        "total": found.total,
        "concepts": _concepts(wanted, lang),
        "tags": _tags(wanted, lang, "directory"),
        "choices": _choices(request.standing),
        "next_url": wanted.url(page=page + 1) if page * SIZE < found.total else "",
        "previous_url": wanted.url(page=page - 1) if page > 1 else "",
    }
    return render(request, "directory/search.html", context)


def _concepts(wanted: Wish, lang: str) -> list[dict[str, str]]:
    """Professions and activities that the words may mean, to narrow the search by."""
    if not wanted.text or wanted.profession or wanted.activity:
        return []
    found = []
    for name, scheme in (("profession", PROFESSIONS), ("activity", ACTIVITIES)):
        concepts = directory.find_concepts(wanted.text, scheme, lang, limit=4)
        found += [{"text": one.label, "url": replace(wanted, **{name: one.code, "text": ""}).url()} for one in concepts]
    return found


def _tags(wanted: Wish, lang: str, name: str) -> list[dict[str, str]]:
    """The filters in force, each of which can be taken away."""
    shown = {
        "text": wanted.text,
        "country": directory.country_name(wanted.country, lang),
        "area": words.area_title(wanted.area, lang),
        "language": directory.language_name(wanted.language, lang),
        "profession": wanted.profession and directory.concept_label(wanted.profession, PROFESSIONS, lang),
        "activity": wanted.activity and directory.concept_label(wanted.activity, ACTIVITIES, lang),
    }
    return [
        {
            "text": shown[key],
            "remove_url": replace(wanted, **{key: ""}).url(name),
            "remove_label": _("Remove the filter %(filter)s") % {"filter": shown[key]},
        }
        for key in wanted.given()
    ]


def _choices(who: Standing) -> dict[str, list[tuple[str, str]]]:
    lang = who.language
    return {
        "country": sorted(directory.countries(lang), key=lambda pair: pair[1]),
        "area": sorted(words.area_titles(lang).items(), key=lambda pair: pair[1]),
        "language": [(code, directory.language_name(code, lang)) for code, _own in settings.LANGUAGES],
    }


@signed_in
@require_safe
def authority(request: PersonRequest, authority_id: str) -> HttpResponse:
    """One authority: its competence, languages, registers, coordinators and contact."""
    who, lang = request.standing, request.standing.language
    card = directory.card(authority_id, lang)
    if card is None or not card.authority.active:
        raise Http404
    coordinators = queries.coordinators_of(authority_id)
    areas = [
        {
            "title": words.area_title(area, lang),
            "coordinates": role == "coordinator",
            "coordinators": coordinators.get(area, []),
        }
        for area, role in card.areas.items()
    ]
    context = {
        "card": card,
        "areas": areas,
        "may_ask": _may_ask(who, card),
        "ask_url": f"{reverse('requests:new')}?{urlencode({'recipient': authority_id})}",
    }
    return render(request, "directory/authority.html", context)


def _may_ask(who: Standing, card: AuthorityCard) -> bool:
    """Whether the user handles requests in an area in which the authority takes part, and is not of it."""
    return card.authority.pk != who.authority_id and not who.areas_with("handler").isdisjoint(card.areas)


@signed_in
@require_safe
def register_list(request: PersonRequest) -> HttpResponse:
    """Find public registers; a look there may make a request unnecessary."""
    lang, wanted = request.standing.language, wish(request)
    page = min(number_in(request, "page") or 1, MOST_PAGES)
    wanted = Wish(text=wanted.text, country=wanted.country)
    found, more = registers.find(lang, wanted.text, wanted.country, page, SIZE)
    context = {
        "wish": wanted,
        "registers": found,
        "tags": _tags(wanted, lang, "registers"),
        "choices": {"country": sorted(directory.countries(lang), key=lambda pair: pair[1])},
        "next_url": wanted.url("registers", page + 1) if more else "",
        "previous_url": wanted.url("registers", page - 1) if page > 1 else "",
    }
    return render(request, "directory/registers.html", context)
