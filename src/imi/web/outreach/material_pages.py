"""Materials: readers find them by words, language, area and kind; coordinators offer them in several languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts.queries import Standing
from imi.administration.mandates import Mandate
from imi.administration.reasons import Refused
from imi.directory.names import country_name, language_name
from imi.files.actions import FileRefused
from imi.files.queries import open_file
from imi.outreach import library, materials, reasons
from imi.outreach.library import MaterialFilter
from imi.outreach.materials import Version
from imi.outreach.models import Material, MaterialText
from imi.outreach.words import chosen
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.filters import clean, name_in
from imi.web.outreach import shown
from imi.web.outreach.forms import OfferForm, VersionForm
from imi.web.outreach.shown import Question, Told, confirmed, mandate_of
from imi.web.reasons import file_fault_text

_METHODS = require_http_methods(["GET", "HEAD", "POST"])
KINDS = tuple(Material.Kind.values)


@dataclass(frozen=True, slots=True)
class Way:
    """A material in one of its languages: how to get it."""

    lang: str
    language: str
    url: str
    file: str
    size: int
    minutes: int | None
    subtitles: str


@dataclass(frozen=True, slots=True)
class Card:
    """A material in a list or by itself: its text for the reader, and the ways to it, that one first."""

    material: Material
    kind: str
    text: Told
    country: str
    areas: list[str]
    ways: list[Way]


def card(one: Material, reader: str) -> Card:
    """A material as a reader sees it; no query where its parts were fetched."""
    texts = list(one.texts.all())
    best = chosen(texts, reader)
    ordered = sorted(texts, key=lambda text: (text is not best, text.lang))
    return Card(
        one,
        str(one.get_kind_display()),
        shown.told(texts, reader),
        country_name(one.host.country_id, reader),
        shown.area_names(one.areas.all(), reader),
        [_way(text, reader) for text in ordered],
    )


def _way(text: MaterialText, reader: str) -> Way:
    address = reverse("outreach:material_file", args=[text.material_id, text.lang]) if text.file_id else text.url
    return Way(
        lang=text.lang,
        language=language_name(text.lang, reader),
        url=address,
        file=text.file.name if text.file else "",
        size=-(-text.file.size // 1024) if text.file else 0,
        minutes=text.minutes,
        subtitles=language_name(text.subtitles, reader) if text.subtitles else "",
    )


@judged
@require_safe
def material_list(request: PersonRequest) -> HttpResponse:
    """The materials for the reader, by words and filters."""
    who, given = request.standing, request.GET
    kind = given.get("kind", "")
    wish = MaterialFilter(
        words=clean(given.get("text", "")),
        kind=kind if kind in KINDS else "",
        area=name_in(given.get("area", "")),
        language=name_in(given.get("language", "")),
    )
    found = library.materials(who, wish, shown.number_of(request))
    set_ones = {"text": wish.words, "kind": wish.kind, "area": wish.area, "language": wish.language}
    offered = {
        "kind": (_("Kind"), [(value, str(title)) for value, title in Material.Kind.choices]),
        "area": (_("Policy area"), shown.reader_areas(who)),
        "language": (_("Language"), shown.language_choices()),
    }
    context = {
        "cards": [card(one, who.language) for one in found.rows],
        "words": wish.words,
        "filters": shown.filters(reverse("outreach:materials"), set_ones, offered, found),
        "may_host": shown.hosting(who) is not None,
        "breadcrumbs": shown.trail("materials"),
    }
    return render(request, "outreach/materials.html", context)


@judged
@require_safe
def material_page(request: PersonRequest, material_id: int) -> HttpResponse:
    """One material in all its languages."""
    who = request.standing
    one = library.material(who, material_id)
    found = card(one, who.language)
    context = {
        "card": found,
        "changes": shown.changes(shown.hosting(who), one),
        "breadcrumbs": shown.trail("materials", found.text.title),
    }
    return render(request, "outreach/material.html", context)


@judged
@require_safe
def material_file(request: PersonRequest, material_id: int, lang: str) -> FileResponse:
    """The document in one language: a download, never run in the browser."""
    one = library.material(request.standing, material_id)
    text = next((text for text in one.texts.all() if text.lang == lang and text.file), None)
    if text is None or text.file is None:
        raise Http404
    try:
        stream = open_file(text.file.pk)
    except FileNotFoundError:
        raise Http404(_("This document has been deleted.")) from None
    response = FileResponse(stream, as_attachment=True, filename=text.file.name, content_type=text.file.media_type)
    # A browser that opens it all the same gives it no script, no origin and no other kind than the one stated.
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


# --- offering --------------------------------------------------------------------------------------------------------


def _own(who: Standing, may: Mandate, material_id: int) -> Material:
    one = library.material(who, material_id)
    if not shown.changes(may, one):
        raise Refused(reasons.NOT_HOST)
    return one


def _version(form: VersionForm) -> Version:
    given = dict(form.cleaned_data)
    given.pop("lang")
    return Version(**given)


def _tried(form: Form, act: Any, made: list[Any]) -> bool:
    """Do it; a file that is not taken stands at its field."""
    try:
        return attempted(form, lambda: made.append(act()))
    except FileRefused as refused:
        form.add_error("upload", file_fault_text(refused.code, refused.params))
        return False


@judged
@_METHODS
def new_material(request: PersonRequest, kind: str) -> HttpResponse:
    """Offer a material in a first language."""
    who = request.standing
    may = mandate_of(who)
    if kind not in KINDS:
        raise Http404
    posted = request.method == "POST"
    data, sent = (request.POST, request.FILES) if posted else (None, None)
    version = VersionForm(data, sent, kind, {"lang": who.language})
    offer = OfferForm(data, shown.area_choices(may), {"reviewed_on": shown.today_in(who)})
    made: list[Material] = []
    if posted and all([version.is_valid(), offer.is_valid()]):
        given = offer.cleaned_data
        lang, areas = version.cleaned_data["lang"], tuple(given["areas"])
        if _tried(
            version,
            lambda: materials.publish(
                who, kind, given["reviewed_on"], (lang, _version(version)), areas, given["abroad"]
            ),
            made,
        ):
            messages.success(request, _("The material was published."))
            return HttpResponseRedirect(reverse("outreach:material", args=[made[0].pk]))
    title = {"document": _("New document"), "link": _("New link"), "film": _("New film")}[kind]
    return _form(request, [version, offer], title, reverse("outreach:materials"))


def _form(request: PersonRequest, forms: list[Form], title: str, back: str) -> HttpResponse:
    context = {
        "forms": forms,
        "title": title,
        "action": _("Save"),
        "back_url": back,
        "breadcrumbs": shown.trail("materials", title),
    }
    wrong = any(form.errors for form in forms)
    return render(request, "outreach/material_form.html", context, status=422 if wrong else 200)


@judged
@_METHODS
def word_material(request: PersonRequest, material_id: int) -> HttpResponse:
    """Add a language to a material, or replace what it says in one."""
    who = request.standing
    one = _own(who, mandate_of(who), material_id)
    posted = request.method == "POST"
    lang = request.GET.get("language", "")
    text = next((text for text in one.texts.all() if text.lang == lang), None)
    names = ("title", "body", "url", "minutes", "subtitles")
    initial = {"lang": lang, **({name: getattr(text, name) for name in names} if text else {})}
    data, sent = (request.POST, request.FILES) if posted else (None, None)
    form = VersionForm(data, sent, one.kind, initial)
    back = reverse("outreach:material", args=[material_id])
    if posted and form.is_valid():
        wanted = form.cleaned_data["lang"]
        if _tried(form, lambda: materials.word(who, material_id, wanted, _version(form)), []):
            messages.success(request, _("The language was saved."))
            return HttpResponseRedirect(back)
    return _form(request, [form], _("A language of the material"), back)


@judged
@_METHODS
def review_material(request: PersonRequest, material_id: int) -> HttpResponse:
    """Note that somebody has looked whether a material is as it should be, and to whom it is offered."""
    who = request.standing
    may = mandate_of(who)
    one = _own(who, may, material_id)
    initial = {
        "reviewed_on": shown.today_in(who),
        "abroad": one.abroad,
        "areas": [area.pk for area in one.areas.all()],
    }
    form = OfferForm(posted(request), shown.area_choices(may), initial)
    back = reverse("outreach:material", args=[material_id])
    if form.is_valid():
        given = form.cleaned_data
        areas = tuple(given["areas"])
        if attempted(form, lambda: materials.review(who, material_id, given["reviewed_on"], areas, given["abroad"])):
            messages.success(request, _("The review was noted."))
            return HttpResponseRedirect(back)
    return _form(request, [form], _("Review the material"), back)


@judged
@_METHODS
def withdraw_material(request: PersonRequest, material_id: int) -> HttpResponse:
    """Ask, and offer a material no more."""
    who = request.standing
    one = _own(who, mandate_of(who), material_id)
    question = Question(
        _("Withdraw the material"),
        shown.told(one.texts.all(), who.language).title,
        _("Nobody finds it any more, and its files are deleted."),
        _("Withdraw it"),
        _("The material was withdrawn."),
        reverse("outreach:material", args=[material_id]),
        danger=True,
    )
    form = NoForm(posted(request))
    then = reverse("outreach:materials")
    return confirmed(request, question, form, lambda: materials.withdraw(who, material_id), then)
