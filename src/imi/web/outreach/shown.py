"""What the pages of outreach share: texts as they are drawn, moments of the organiser's zone, lists with their ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from imi.accounts.queries import Standing
from imi.administration.mandates import Mandate, mandate
from imi.administration.reasons import demand
from imi.database.prepared import prepared
from imi.directory.models import Country, PolicyArea
from imi.directory.names import language_name
from imi.notify.outreach_words import local
from imi.outreach import rights
from imi.outreach.models import Event, Offering, PlanText
from imi.outreach.queries import Page
from imi.outreach.words import chosen
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import attempted
from imi.web.filters import Select, Tag
from imi.web.help.content import Block, blocks


@dataclass(frozen=True, slots=True)
class Told:
    """A text as it is drawn; ``language`` is named where it is not the reader's."""

    lang: str
    title: str
    blocks: tuple[Block, ...]
    language: str


class Titled(Protocol):
    """A text with a title, in one language."""

    lang: Any
    title: Any
    body: Any


def told(texts: Iterable[Any], reader: str) -> Told:
    """The text that a reader gets, in the own language or another that it has; empty where there is none."""
    found: Titled | None = chosen(texts, reader)
    return worded(found.lang, found.title, found.body, reader) if found else Told(reader, "", (), "")


def worded(lang: str, title: str, body: str, reader: str) -> Told:
    """A text of one language as it is drawn for a reader."""
    return Told(lang, title, tuple(blocks(body)), "" if lang == reader else language_name(lang, reader))


@dataclass(frozen=True, slots=True)
class Line:
    """Words in a list: ``language`` is named where it is not the reader's; ``machine``: nobody has confirmed them."""

    text: str
    lang: str
    language: str
    machine: bool


def line(source: PlanText, text: str, reader: str) -> Line:
    """Words of a plan as they stand in a list."""
    name = "" if source.lang == reader else language_name(source.lang, reader)
    return Line(text, source.lang, name, source.machine)


# --- moments ---------------------------------------------------------------------------------------------------------


def today_in(who: Standing) -> date:
    """The day in the reader's country; one query."""
    return local(timezone.now(), zone_of(who)).date()


def zone_of(who: Standing) -> str:
    """The time zone of the reader's country; one query."""
    return _zone.first(country=who.country) or "UTC"


@prepared()
def _zone(country: str) -> QuerySet[Country, str]:
    return Country.objects.filter(pk=country).values_list("timezone", flat=True)


@dataclass(frozen=True, slots=True)
class Moments:
    """When an event is, as clocks show it where the organiser is; ``zone`` is named where the reader's differs."""

    starts: datetime
    ends: datetime
    until: datetime
    one_day: bool
    zone: str


def moments(event: Event, reader_zone: str) -> Moments:
    """When an event is."""
    starts, ends = local(event.starts_at, event.timezone), local(event.ends_at, event.timezone)
    zone = "" if event.timezone == reader_zone else event.timezone
    return Moments(starts, ends, local(event.register_until, event.timezone), starts.date() == ends.date(), zone)


# --- who, and where --------------------------------------------------------------------------------------------------


def hosting(who: Standing) -> Mandate | None:
    """What somebody may offer others; None for those who may not. No query for people without such a role."""
    if not rights.coordinating(who):
        return None
    may = mandate(who)
    return may if rights.hosting_areas(may) else None


def mandate_of(who: Standing) -> Mandate:
    """What somebody may offer.

    Raises:
        Refused: nothing.
    """
    may = mandate(who)
    demand(rights.to_offer(may))
    return may


def changes(may: Mandate | None, one: Offering) -> bool:
    """Whether somebody may change an offering whose areas have been fetched."""
    return may is not None and rights.to_change(may, one.host_id, [area.pk for area in one.areas.all()]) is None


def area_choices(may: Mandate) -> list[tuple[str, str]]:
    """The areas in which somebody may offer something."""
    titles = words.area_titles(may.who.language)
    found = ((area, titles.get(area, area)) for area in rights.hosting_areas(may))
    return sorted(found, key=lambda pair: pair[1])


def area_names(areas: Iterable[PolicyArea], lang: str) -> list[str]:
    """The titles of areas."""
    titles = words.area_titles(lang)
    return sorted(titles.get(area.pk, area.pk) for area in areas)


def trail(part: str = "", title: str | Promise = "") -> list[dict[str, Any]]:
    """The way to a page, as ``breadcrumb_trail`` draws it.

    Args:
        part: the list to which it belongs, by the name of its address.
        title: of the page itself, unless it is that list.
    """
    labels = {
        "events": _("Events"),
        "news": _("News"),
        "issues": _("Newsletters"),
        "plans": _("Plans"),
        "materials": _("Materials"),
        "training_access": _("Access to training"),
    }
    found: list[dict[str, Any]] = [{"url": reverse("outreach:overview"), "label": _("News and events")}]
    if part:
        found.append({"url": reverse(f"outreach:{part}"), "label": labels[part]})
    return [*found, {"url": "", "label": title}] if title else found


# --- lists -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters of a list: what can be chosen, what is in force, and the ways to the other parts of the list."""

    selects: list[Select]
    tags: list[Tag]
    hidden: dict[str, str]
    before: str
    after: str


def filters(address: str, wish: Mapping[str, str], offered: Mapping[str, Any], found: Page[Any]) -> Filters:
    """Draw the filters of a list.

    Args:
        address: of the list.
        wish: what was understood of the address, by name; what is not among ``offered`` is kept as it is.
        offered: label and choices of each filter, by name.
        found: the part of the list that is shown.
    """
    set_ones = {name: value for name, value in wish.items() if value}

    def without(name: str) -> str:
        return _address(address, {key: value for key, value in set_ones.items() if key != name})

    tags = []
    for name, (label, choices) in offered.items():
        if name in set_ones:
            text = f"{label}: {dict(choices).get(set_ones[name], set_ones[name])}"
            tags.append(Tag(text, without(name), _("Remove the filter %(filter)s") % {"filter": text}))
    selects = [Select(name, label, wish.get(name, ""), choices) for name, (label, choices) in offered.items()]
    number = found.number
    return Filters(
        selects=[one for one in selects if one.choices],
        tags=tags,
        hidden={name: value for name, value in set_ones.items() if name not in offered},
        before=_address(address, {**set_ones, "page": str(number - 1)}) if number > 1 else "",
        after=_address(address, {**set_ones, "page": str(number + 1)}) if found.more else "",
    )


def _address(address: str, pairs: Mapping[str, str]) -> str:
    return f"{address}?{urlencode(pairs)}" if pairs else address


def number_of(request: HttpRequest) -> int:
    """The number of the part of a list that is asked for, from 1 to 500."""
    text = request.GET.get("page", "")
    return min(500, max(1, int(text))) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def reader_areas(who: Standing) -> list[tuple[str, str]]:
    """The areas among which a reader chooses."""
    titles = words.area_titles(who.language)
    return sorted(((area, titles.get(area, area)) for area in who.roles), key=lambda pair: pair[1])


def language_choices() -> list[tuple[str, str]]:
    """The languages among which a reader chooses."""
    return [(code, str(name)) for code, name in settings.LANGUAGES]


def here() -> str:
    """The language of the page."""
    return get_language() or "en"


# --- asking before something is done ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks before something is done; ``danger`` marks what takes something away."""

    title: str
    subject: str
    lead: str
    action: str
    done: str
    back: str
    danger: bool = False


def confirmed(
    request: PersonRequest, question: Question, form: Form, act: Callable[[], object], then: str = ""
) -> HttpResponse:
    """Ask, and do it when the form comes back."""
    if request.method == "POST" and form.is_valid() and attempted(form, act):
        messages.success(request, question.done)
        return HttpResponseRedirect(then or question.back)
    context = {"question": question, "form": form, "breadcrumbs": trail("", question.title)}
    return render(request, "outreach/confirm.html", context, status=422 if form.errors else 200)
