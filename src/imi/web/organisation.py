"""How a country is organised, as a drawn tree: coordinators one below the other, authorities counted and on demand.

The drawing is a nested list with lines drawn by the stylesheet: it is its own alternative in text, works with a
keyboard and on a narrow screen, and needs no script. The authorities of one coordinator are listed at a time, by pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from imi.administration.organisation import Desk, Organisation, coordinated_by, organisation
from imi.directory import queries as directory
from imi.directory.collation import in_order
from imi.directory.models import Authority
from imi.directory.reference import countries, regions
from imi.directory.titles import Title, titles
from imi.web import words
from imi.web.access import PersonRequest, signed_in
from imi.web.administration.authority_words import given_text, kind_title, territory_text
from imi.web.filters import name_in
from imi.web.news import number_in

MOST_PAGES = 200


@dataclass(frozen=True, slots=True)
class Member:
    """An authority below an opened coordinator."""

    id: str
    title: Title
    official: str
    official_lang: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A page of the authorities of the coordinator that was opened."""

    members: list[Member]
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class Node:
    """A coordinator in the drawing, in the reader's words; ``areas`` with how many authorities it looks after there."""

    id: str
    title: Title
    official: str
    official_lang: str
    kind: str
    areas: list[tuple[str, str]]
    territory: str
    given: list[str]
    total: str
    url: str
    opened: Opened | None
    below: list[Node]


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What all nodes of a drawing are made from."""

    country: str
    titles: Mapping[str, Title]
    areas: Mapping[str, str]
    open: str
    opened: Opened | None
    lang: str

    def node(self, desk: Desk) -> Node:
        authority = desk.authority
        closed = authority.pk != self.open
        return Node(
            id=authority.pk,
            title=self.titles[authority.pk],
            official=authority.name,
            official_lang=next(iter(authority.languages), ""),
            kind=kind_title(authority.coordinator_kind),
            areas=self._areas(desk),
            territory=territory_text(desk.kind, [regions().get(code, code) for code in sorted(desk.regions)]),
            given=sorted(given_text(one, self.areas) for one in desk.given),
            total=_authorities(desk.total),
            url=_url(self.country, authority.pk if closed else "") if desk.total else "",
            opened=None if closed else self.opened,
            below=[self.node(one) for one in desk.below],
        )

    def _areas(self, desk: Desk) -> list[tuple[str, str]]:
        named = [
            (self.areas.get(area, area), _authorities(desk.behind[area]) if area in desk.behind else "")
            for area in desk.areas
        ]
        return in_order(named, self.lang, lambda pair: pair[0])


def _authorities(number: int) -> str:
    return ngettext("%(number)d authority", "%(number)d authorities", number) % {"number": number}


def _url(country: str, opened: str = "", page: int = 1) -> str:
    """The address of a country's drawing; with the authorities of a coordinator opened it leads to that one."""
    here = reverse("organisation", args=[country])
    if not opened:
        return here
    pairs = {"open": opened, **({"page": page} if page > 1 else {})}
    return f"{here}?{urlencode(pairs)}#{opened}"


@signed_in
@require_safe
def country(request: PersonRequest, code: str) -> HttpResponse:
    """Draw how a country is organised; a fixed number of queries, however many coordinators and authorities it has."""
    lang = request.standing.language
    found = organisation(code) if code in countries() else None
    if found is None or not found.tops:
        raise Http404
    shown = {desk.authority.pk: desk.authority for desk in found.desks()}
    wanted = name_in(request.GET.get("open", ""))
    opened = wanted if wanted in shown else ""
    page = min(number_in(request, "page") or 1, MOST_PAGES)
    members, more = coordinated_by(opened, page) if opened else ([], False)
    named = titles([*shown.values(), *members], lang)
    drawing = _Drawing(
        country=code,
        titles=named,
        areas=words.area_titles(lang),
        open=opened,
        opened=Opened(
            members=[_member(one, named) for one in members],
            previous_url=_url(code, opened, page - 1) if page > 1 else "",
            next_url=_url(code, opened, page + 1) if more else "",
        ),
        lang=lang,
    )
    name = directory.country_name(code, lang)
    context = {
        "title": _("How %(country)s is organised") % {"country": name},
        "tops": [drawing.node(desk) for desk in found.tops],
        "summary": _summary(found),
        "left_out": found.left_out,
        "search_url": f"{reverse('directory')}?{urlencode({'country': code})}",
        "coordinators_url": f"{reverse('directory')}?{urlencode({'country': code, 'role': 'coordinator'})}",
        "breadcrumbs": [
            {"url": reverse("directory"), "label": _("Find an authority")},
            {"url": "", "label": name},
        ],
    }
    return render(request, "directory/organisation.html", context)


def _member(authority: Authority, named: Mapping[str, Title]) -> Member:
    return Member(authority.pk, named[authority.pk], authority.name, next(iter(authority.languages), ""))


def _summary(found: Organisation) -> str:
    """One sentence with the numbers; whoever looks at the drawing needs no list of authorities."""
    coordinators = ngettext("%(number)d coordinator", "%(number)d coordinators", found.coordinators)
    return _("%(coordinators)s, %(authorities)s") % {
        "coordinators": coordinators % {"number": found.coordinators},
        "authorities": _authorities(found.authorities),
    }
