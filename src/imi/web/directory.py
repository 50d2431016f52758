"""The directory: finding authorities and registers by one's own words, and an authority's page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.administration.organisation import given_to
from imi.directory import queries as directory
from imi.directory.collation import in_order
from imi.directory.facets import AUTHORITY, COORDINATOR, Counts, regions_of, roles
from imi.directory.queries import ACTIVITIES, PROFESSIONS, AuthorityCard, Found, FoundConcept
from imi.directory.reference import coordinator_kinds, coordinator_tasks, countries, regions
from imi.web import queries, registers, words
from imi.web.access import PersonRequest, signed_in
from imi.web.addresses import address_of
from imi.web.administration.authority_words import given_text, kind_title, task_title, territory_text
from imi.web.filters import clean
from imi.web.news import number_in

SIZE = 20
NARROW = "\u2003"  # a space that lists of choices keep
LARGEST = 3  # letters of the code of a region that is part of no other
MOST_PAGES = 200
CONCEPTS_SHOWN = 4
_LONGEST = 100
FILTERS = ("country", "region", "area", "role", "profession", "activity", "language")


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks for in the directory."""

    text: str = ""
    country: str = ""
    region: str = ""
    area: str = ""
    role: str = ""
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
        return f"{address_of(name)}?{urlencode(pairs)}" if pairs else address_of(name)


def wish(request: HttpRequest) -> Wish:
    """Read the address; control signs and what is too long are left out, and so is a region of another country."""
    read = Wish(**{name: clean(request.GET.get(name, ""), _LONGEST) for name in ("text", *FILTERS)})
    fits = bool(read.country) and read.region.startswith(read.country)
    return read if fits else replace(read, region="")


@dataclass(frozen=True, slots=True)
class Result:
    """An authority that was found, for the list."""

    id: str
    title: str
    title_lang: str
    machine: bool
    official: str
    official_lang: str
    kind: str
    territory: str
    everywhere: bool
    place: str
    languages: str
    why: list[str]


def _result(found: Found, lang: str, regions: list[str]) -> Result:
    authority = found.authority
    country = directory.country_name(authority.country_id, lang)
    kind = coordinator_kinds().get(authority.coordinator_kind)
    return Result(
        id=authority.pk,
        title=found.title,
        title_lang=found.title_lang,
        machine=found.machine,
        official=authority.name if authority.name != found.title else "",
        official_lang=next(iter(authority.languages), ""),
        kind=kind_title(authority.coordinator_kind),
        territory=territory_text(kind, regions),
        everywhere=not regions,
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
    found = directory.find_authorities(lang, wanted.text, page=page, size=SIZE, count=True, **narrowed)
    territories = directory.territories(one.authority.pk for one in found)
    context = {
        "wish": wanted,
        "results": [_result(one, lang, territories.get(one.authority.pk, [])) for one in found],
        "total": found.total,
        "concepts": _concepts(wanted, found.meant),
        "tags": _tags(wanted, lang, "directory"),
        "choices": _choices(request.standing, wanted, found.counts),
        "organisation_url": address_of("organisation", wanted.country) if wanted.country in countries() else "",
        "next_url": wanted.url(page=page + 1) if page * SIZE < found.total else "",
        "previous_url": wanted.url(page=page - 1) if page > 1 else "",
    }
    return render(request, "directory/search.html", context)


def _concepts(wanted: Wish, meant: Iterable[FoundConcept]) -> list[dict[str, str]]:
    """Professions and activities that the words may mean, to narrow the search by."""
    if wanted.profession or wanted.activity:
        return []
    found = []
    for name, scheme in (("profession", PROFESSIONS), ("activity", ACTIVITIES)):
        concepts = [one for one in meant if one.scheme == scheme][:CONCEPTS_SHOWN]
        found += [{"text": one.label, "url": replace(wanted, **{name: one.code, "text": ""}).url()} for one in concepts]
    return found


def _tags(wanted: Wish, lang: str, name: str) -> list[dict[str, str]]:
    """The filters in force, each of which can be taken away."""
    shown = {
        "text": wanted.text,
        "country": directory.country_name(wanted.country, lang),
        "area": words.area_title(wanted.area, lang),
        "language": directory.language_name(wanted.language, lang),
        "region": regions().get(wanted.region, wanted.region),
        "role": _roles().get(wanted.role, wanted.role),
        "profession": wanted.profession and directory.concept_label(wanted.profession, PROFESSIONS, lang),
        "activity": wanted.activity and directory.concept_label(wanted.activity, ACTIVITIES, lang),
    }
    return [
        {
            "text": shown[key],
            "remove_url": replace(wanted, **({key: ""} | ({"region": ""} if key == "country" else {}))).url(name),
            "remove_label": _("Remove the filter %(filter)s") % {"filter": shown[key]},
        }
        for key in wanted.given()
    ]


def _roles() -> dict[str, str]:
    """The roles that can be asked for, in words: coordinators, each kind of them, and what coordinates nobody."""
    named = {COORDINATOR: _("All coordinators"), AUTHORITY: _("Competent authority")}
    return {role: named.get(role) or kind_title(role) for role in roles()}


def _choices(who: Standing, wanted: Wish, counts: Counts | None) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen; a country or role that is not chosen yet says how many of what was found are in it."""
    lang = who.language
    in_words = {
        "country": in_order(directory.countries(lang), lang, lambda pair: pair[1]),
        "role": list(_roles().items()),
    }
    if counts is not None:
        for name, numbers in (("country", counts.countries), ("role", counts.roles)):
            if not getattr(wanted, name):
                in_words[name] = [(code, f"{title} ({numbers[code]})") for code, title in in_words[name]]
    return in_words | {
        "region": [(code, _indented(code, title)) for code, title in regions_of(wanted.country, wanted.region)],
        "area": in_order(words.area_titles(lang).items(), lang, lambda pair: pair[1]),
        "language": [(code, directory.language_name(code, lang)) for code, _own in settings.LANGUAGES],
    }


def _indented(code: str, name: str) -> str:
    """A region as a line of a tree: parts stand further in than what they are part of."""
    return f"{NARROW * (len(code) - LARGEST)}{name} ({code})"


@signed_in
@require_safe
def authority(request: PersonRequest, authority_id: str) -> HttpResponse:
    """One authority: its competence, languages, registers, coordinators and contact."""
    who, lang = request.standing, request.standing.language
    card = directory.card(authority_id, lang)
    if card is None or not card.authority.active:
        raise Http404
    coordinators = queries.coordinators_of(authority_id)
    kind = coordinator_kinds().get(card.authority.coordinator_kind)
    titles = words.area_titles(lang)
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
        "kind": kind_title(card.authority.coordinator_kind),
        "territory": territory_text(kind, list(card.regions.values())),
        "tasks": [task_title(task) for task in coordinator_tasks() if kind is not None and task in kind.tasks],
        "given": sorted(given_text(one, titles) for one in given_to(authority_id)) if kind is not None else [],
        "organisation_url": _organisation_url(card),
        "may_ask": _may_ask(who, card),
        "ask_url": f"{address_of('requests:new')}?{urlencode({'recipient': authority_id})}",
    }
    return render(request, "directory/authority.html", context)


def _organisation_url(card: AuthorityCard) -> str:
    """Where the country is drawn; for a coordinator with the authorities that it looks after."""
    here, authority = address_of("organisation", card.authority.country_id), card.authority
    return f"{here}?{urlencode({'open': authority.pk})}#{authority.pk}" if authority.coordinator_kind else here


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
        "choices": {"country": in_order(directory.countries(lang), lang, lambda pair: pair[1])},
        "next_url": wanted.url("registers", page + 1) if more else "",
        "previous_url": wanted.url("registers", page - 1) if page > 1 else "",
    }
    return render(request, "directory/registers.html", context)
