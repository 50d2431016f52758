"""News: what readers see, and how coordinators write them in several languages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts.queries import Standing
from imi.administration.mandates import Mandate
from imi.administration.reasons import Refused
from imi.directory import queries as directory
from imi.directory.names import country_name, language_name
from imi.outreach import bulletin, queries, reasons
from imi.outreach.bulletin import Shown
from imi.outreach.models import NewsItem
from imi.outreach.queries import NewsFilter
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.filters import name_in
from imi.web.outreach import shown
from imi.web.outreach.form_pages import adds_language, languages, text_form
from imi.web.outreach.forms import NewsForm
from imi.web.outreach.shown import Question, Told, confirmed, mandate_of

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of news in a list or by itself."""

    item: NewsItem
    text: Told
    country: str
    areas: list[str]
    languages: list[str]


def piece(item: NewsItem, lang: str) -> Piece:
    """A piece of news as a reader sees it; no query where its parts were fetched."""
    texts = list(item.texts.all())
    return Piece(
        item,
        shown.told(texts, lang),
        country_name(item.host.country_id, lang),
        shown.area_names(item.areas.all(), lang),
        sorted(language_name(one.lang, lang) for one in texts),
    )


@judged
@require_safe
def news_list(request: PersonRequest) -> HttpResponse:
    """The news for the reader, latest first; for those who write, also what they have written."""
    who, given = request.standing, request.GET
    may = shown.hosting(who)
    own = may is not None and given.get("own") == "1"
    wish = NewsFilter(
        area=name_in(given.get("area", "")),
        country=name_in(given.get("country", ""))[:2],
        language=name_in(given.get("language", "")),
        own=own,
    )
    found = queries.news(who, wish, shown.today_in(who), shown.number_of(request))
    set_ones = {"area": wish.area, "country": wish.country, "language": wish.language, "own": "1" if own else ""}
    offered = {
        "area": (_("Policy area"), shown.reader_areas(who)),
        "country": (_("Country"), sorted(directory.countries(who.language), key=lambda pair: pair[1])),
        "language": (_("Language"), shown.language_choices()),
    }
    context = {
        "pieces": [piece(one, who.language) for one in found.rows],
        "tabs": _tabs(own) if may else [],
        "filters": shown.filters(reverse("outreach:news"), set_ones, offered, found),
        "may_host": may is not None,
        "breadcrumbs": shown.trail("news"),
    }
    return render(request, "outreach/news.html", context)


def _tabs(own: bool) -> list[dict[str, object]]:
    address = reverse("outreach:news")
    return [
        {"url": address, "label": _("For me"), "current": not own, "count": 0},
        {"url": f"{address}?own=1", "label": _("Written by my authority"), "current": own, "count": 0},
        {"url": reverse("outreach:issues"), "label": _("Newsletters"), "current": False, "count": 0},
    ]


@judged
@require_safe
def news_page(request: PersonRequest, item_id: int) -> HttpResponse:
    """One piece of news; whoever wishes reads it in another language that it has."""
    who = request.standing
    item = queries.news_item(who, item_id, shown.today_in(who))
    texts = {one.lang: one for one in item.texts.all()}
    asked = texts.get(request.GET.get("language", ""))
    found = piece(item, who.language)
    context = {
        "piece": found,
        "text": shown.told([asked], who.language) if asked else found.text,
        "others": [(lang, language_name(lang, who.language)) for lang in sorted(texts)],
        "changes": shown.changes(shown.hosting(who), item),
        "breadcrumbs": shown.trail("news", found.text.title),
    }
    return render(request, "outreach/news_item.html", context)


# --- writing ---------------------------------------------------------------------------------------------------------


@judged
@_METHODS
def new_news(request: PersonRequest) -> HttpResponse:
    """Write a piece of news."""
    who = request.standing
    return _written(request, mandate_of(who), None, _initial(shown.today_in(who)))


def _initial(today: date) -> dict[str, Any]:
    return {"from_on": today}


@judged
@_METHODS
def edit_news(request: PersonRequest, item_id: int) -> HttpResponse:
    """Change a piece of news."""
    who = request.standing
    may = mandate_of(who)
    item = _own(who, may, item_id)
    initial = {
        "from_on": item.from_on,
        "until_on": item.until_on,
        "abroad": item.abroad,
        "areas": [one.pk for one in item.areas.all()],
    }
    return _written(request, may, item, initial)


def _own(who: Standing, may: Mandate, item_id: int) -> NewsItem:
    item = queries.news_item(who, item_id, shown.today_in(who))
    if not shown.changes(may, item):
        raise Refused(reasons.NOT_HOST)
    return item


def _written(request: PersonRequest, may: Mandate, item: NewsItem | None, initial: dict[str, Any]) -> HttpResponse:
    who = request.standing
    texts = {one.lang: (one.title, one.body) for one in item.texts.all()} if item else {}
    langs = languages(request, texts)
    data = posted(request)
    labels = (_("Title"), _("Text"))
    form = NewsForm(shown.area_choices(may), data, langs, who.language, texts, labels, initial)
    more = adds_language(request)
    made: list[NewsItem] = []
    if data is not None and not more and form.is_valid():
        given = form.cleaned_data
        when = Shown(given["from_on"], given["until_on"], tuple(given["areas"]), given["abroad"])
        known = item.pk if item else None
        if attempted(form, lambda: made.append(bulletin.write_news(who, when, form.texts(), known))):
            messages.success(request, _("The news was saved."))
            return HttpResponseRedirect(reverse("outreach:news_item", args=[made[0].pk]))
    return text_form(request, form, _("Change the news") if item else _("New piece of news"), "news", more)


@judged
@_METHODS
def publish_news(request: PersonRequest, item_id: int) -> HttpResponse:
    """Ask, and publish a piece of news."""
    return _show(request, item_id, published=True)


@judged
@_METHODS
def withdraw_news(request: PersonRequest, item_id: int) -> HttpResponse:
    """Ask, and take a piece of news back."""
    return _show(request, item_id, published=False)


def _show(request: PersonRequest, item_id: int, published: bool) -> HttpResponse:
    who = request.standing
    item = _own(who, mandate_of(who), item_id)
    question = Question(
        _("Publish the news") if published else _("Take the news back"),
        shown.told(item.texts.all(), who.language).title,
        _("Readers see it from its first day on.") if published else _("Readers see it no more. The text is kept."),
        _("Publish") if published else _("Take it back"),
        _("The news was published.") if published else _("The news was taken back."),
        reverse("outreach:news_item", args=[item_id]),
        danger=not published,
    )
    form = NoForm(posted(request))
    return confirmed(request, question, form, lambda: bulletin.show_news(who, item_id, published))
