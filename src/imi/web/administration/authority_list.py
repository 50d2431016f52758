"""The coordinator's authorities: the list, one of them with all that can be done, and its history.

Source: the coordinator's task sheet (authorities nobody has ever signed in for, data that nobody has confirmed).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.administration import queries, reasons, rights
from imi.administration.mandates import Mandate, mandate
from imi.administration.reasons import Refused
from imi.directory.models import Access, Authority
from imi.notify import problems
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_acts import authority_of
from imi.web.administration.authority_queries import (
    ATTENTION,
    SORTS,
    STATES,
    Line,
    Wanted,
    accesses_of,
    areas_of,
    coordinated,
    marker,
    request_coordinators,
)
from imi.web.administration.authority_trail import trail
from imi.web.administration.authority_words import kind_title
from imi.web.administration.user_acts import told
from imi.web.administration.user_rule import judged
from imi.web.filters import clean, name_in
from imi.web.news import number_in

SIZE = 25
FIRST = "name"


# --- the list --------------------------------------------------------------------------------------------------------


def wanted_in(request: PersonRequest) -> Wanted:
    """Read the address; what is unknown counts as not said."""
    state, attention = request.GET.get("state", ""), request.GET.get("attention", "")
    sort = request.GET.get("sort", "")
    return Wanted(
        text=clean(request.GET.get("text", ""), 100),
        area=name_in(request.GET.get("area", "")),
        state=state if state in STATES else "",
        attention=attention if attention in ATTENTION else "",
        sort=sort if sort in SORTS else FIRST,
    )


def _query(wanted: Wanted, **more: str) -> str:
    pairs = {name: value for name in ("text", "area", "state", "attention") if (value := getattr(wanted, name))}
    if wanted.sort != FIRST:
        pairs["sort"] = wanted.sort
    return urlencode(pairs | more)


def _url(wanted: Wanted, **more: str) -> str:
    return f"{reverse('authorities:list')}?{_query(wanted, **more)}"


def mandate_of(request: PersonRequest) -> Mandate:
    """What the coordinator may do.

    Raises:
        Refused: this is no data administrator of a coordinator.
    """
    may = mandate(request.standing)
    if not may.administered:
        raise Refused(reasons.NO_DATA_ADMINISTRATOR if may.coordinates else reasons.NO_COORDINATOR)
    return may


@judged
@require_safe
def listed(request: PersonRequest) -> HttpResponse:
    """The authorities that a coordinator has to do with; a fixed number of queries."""
    may, wanted = mandate_of(request), wanted_in(request)
    who = request.standing
    try:
        found = coordinated(may, wanted, timezone.localdate(), clean(request.GET.get("after", ""), 400), SIZE + 1)
    except ValueError:
        return HttpResponseRedirect(_url(wanted))
    rows = found[:SIZE]
    areas = areas_of(one.id for one in rows)
    titles = words.area_titles(who.language)
    context = {
        "breadcrumbs": trail("list"),
        "wanted": wanted,
        "rows": [row_of(line, areas.get(line.id, []), titles) for line in rows],
        "choices": _choices(who.roles, titles),
        "sort_urls": {name: _url(replace(wanted, sort=name)) for name in SORTS},
        "next_url": _url(wanted, after=marker(rows[-1], wanted.sort)) if len(found) > SIZE else "",
        "first_url": _url(wanted) if request.GET.get("after") else "",
        "export_url": f"{reverse('authorities:export')}?{_query(wanted)}",
        "may_register": rights.to_register(may, who.country, (), may.regions) is None,
        "may_register_coordinator": _may_register_coordinator(may),
        "is_national": may.national,
        "organisation_url": reverse("organisation", args=[who.country]),
    }
    return render(request, "administration/authorities.html", context)


def _may_register_coordinator(may: Mandate) -> bool:
    kind_areas = "all" if may.national else "chosen"
    return rights.to_register_coordinator(may, may.who.country, kind_areas, may.administered) is None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list: its authority, its areas in words, and its state with a tone."""

    line: Line
    areas: list[str]
    state: str
    tone: str
    late: bool


def row_of(line: Line, areas: list[tuple[str, bool]], titles: dict[str, str]) -> Row:
    """A row in the reader's words."""
    named = [
        _("%(area)s (suspended)") % {"area": titles.get(area, area)} if suspended else titles.get(area, area)
        for area, suspended in areas
    ]
    state, tone = _("active"), "success"
    if not line.active:
        state, tone = _("deactivated"), "danger"
    elif line.suspended:
        state, tone = _("suspended"), "warning"
    return Row(line, named, state, tone, line.active and line.confirm_by < timezone.localdate())


def _choices(areas: Any, titles: dict[str, str]) -> dict[str, list[tuple[str, str]]]:
    return {
        "area": sorted(((area, titles.get(area, area)) for area in areas), key=lambda pair: pair[1]),
        "state": [("active", _("active")), ("suspended", _("access suspended")), ("inactive", _("deactivated"))],
        "attention": [("unconfirmed", _("data not confirmed")), ("never", _("nobody has ever signed in"))],
    }


# --- one of them -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AccessLine:
    """An access to an area, its coordinators, and whether the reader governs it."""

    area: str
    title: str
    access: Access
    coordinators: list[Authority]
    governs: bool


@judged
@require_safe
def one(request: PersonRequest, authority_id: str) -> HttpResponse:
    """An authority as its coordinators see it, with what they may do."""
    who = request.standing
    may = mandate_of(request)
    authority = authority_of(authority_id)
    if not queries.coordinates(who, authority.pk):
        raise Refused(reasons.NOT_FOUND)
    behind = request_coordinators(authority.pk)
    titles = words.area_titles(who.language)
    governs = rights.to_govern(may, authority) is None
    context = {
        "authority": authority,
        "mail_problem": problems.of_address(authority.email) if governs else None,
        "validator": authority_of(authority.validator_id) if authority.validator_id else None,
        "kind": kind_title(authority.coordinator_kind),
        "accesses": [
            AccessLine(
                held.area_id,
                titles.get(held.area_id, held.area_id),
                held,
                behind.get(held.area_id, []),
                rights.to_govern_access(may, held) is None,
            )
            for held in accesses_of(authority.pk)
        ],
        "governs": governs,
        "late": authority.active and authority.confirm_by < timezone.localdate(),
        "breadcrumbs": trail("list", authority.name),
    }
    return render(request, "administration/authority.html", context)


@judged
@require_safe
def history(request: PersonRequest, authority_id: str) -> HttpResponse:
    """What was done to an authority and its users, latest first."""
    who, authority = request.standing, authority_of(authority_id)
    page = queries.history_of_authority(who, authority.pk, before=number_in(request, "before"))
    context = {
        "title": _("Changes to %(authority)s") % {"authority": authority.name},
        "acts": told(page.acts, who, subject=True),
        "next_url": f"{request.path}?before={page.before}" if page.before else "",
        "first_url": request.path if "before" in request.GET else "",
        "breadcrumbs": trail("list", authority.name),
    }
    return render(request, "administration/user_acts.html", context)
