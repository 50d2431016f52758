"""Keeping up the card of the own authority: contacts, languages and regions, texts in each language, competence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.administration import cards, reasons, rights
from imi.administration.forms import AuthorityForm, ContactForm, StepForm
from imi.administration.reasons import Refused, demand
from imi.directory.models import Access, Authority, AuthorityConcept, AuthorityKeyword
from imi.directory.queries import ACTIVITIES, PROFESSIONS, concept_labels, find_concepts
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_acts import authority_of
from imi.web.administration.authority_forms import NoForm, attempted
from imi.web.administration.authority_trail import trail
from imi.web.administration.user_rule import judged

_METHODS = require_http_methods(["GET", "HEAD", "POST"])
_FOUND = 12


def _administered(request: PersonRequest) -> Authority:
    """The own authority, for its local data administrators.

    Raises:
        Refused: this is none.
    """
    who = request.standing
    demand(rights.to_administer(who, who.authority_id))
    return authority_of(who.authority_id)


def _data(request: PersonRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _edited(
    request: PersonRequest, form: Form, act: Callable[[], object], title: str, lead: str = "", url: str = ""
) -> HttpResponse:
    """Show a form about the own authority, and do what it is for when it comes back."""
    if request.method == "POST" and form.is_valid() and attempted(form, act):
        messages.success(request, _("The data were changed."))
        return HttpResponseRedirect(url or reverse("authorities:own"))
    context = {
        "form": form,
        "title": title,
        "lead": lead,
        "action": _("Save"),
        "back_url": reverse("authorities:own"),
        "breadcrumbs": trail("own", title),
    }
    return render(request, "administration/edit_form.html", context, status=422 if form.errors else 200)


@judged
@_METHODS
def contacts(request: PersonRequest) -> HttpResponse:
    """Change how the authority is reached."""
    authority = _administered(request)
    form = ContactForm(authority.country_id, _data(request))
    form.initial = {name: getattr(authority, name) for name in cards.CONTACTS}
    return _edited(
        request,
        form,
        lambda: cards.change_contacts(request.standing, form.cleaned_data),
        _("Contact data"),
        _("New requests are announced to the contact e-mail."),
    )


@judged
@_METHODS
def reach(request: PersonRequest) -> HttpResponse:
    """Say which languages the authority understands and for which regions it is competent."""
    authority, who = _administered(request), request.standing
    form = AuthorityForm(authority.country_id, _data(request))
    chosen = ["languages", "written_in", "regions"][: 3 if authority.kind == Authority.Kind.COMPETENT else 2]
    _only(form, *chosen)
    form.fields["written_in"].label = _("The authority's own language")
    form.fields["written_in"].help_text = ""
    form.initial = {
        "languages": authority.languages,
        "written_in": next(iter(authority.languages), who.language),
        "regions": list(authority.regions.values_list("code", flat=True)),
    }

    def act() -> None:
        cards.change_languages(who, form.cleaned_data["languages"])
        if "regions" in form.cleaned_data:
            cards.change_regions(who, form.cleaned_data["regions"])

    return _edited(request, form, act, _("Languages and regions"))


def _only(form: StepForm, *names: str) -> None:
    """Ask for some of the fields of a form only."""
    form.fields = {name: form.fields[name] for name in names}


# --- competence ------------------------------------------------------------------------------------------------------


@judged
@_METHODS
def competence(request: PersonRequest, area: str) -> HttpResponse:
    """Say for which professions, activities and own keywords the authority is competent in an area.

    What is ticked stays ticked while one looks for more.
    """
    authority, who = _administered(request), request.standing
    if not Access.objects.filter(authority=authority, area=area).exists():
        raise Refused(reasons.NO_ACCESS)
    form, posted = NoForm(_data(request)), request.method == "POST"
    ticked = _named(request.POST.getlist("concept")) if posted else _stored(authority, area)
    keywords = request.POST.get("keywords", "")[:20_000] if posted else _keywords(authority, area)
    if request.POST.get("do") == "save" and attempted(
        form, lambda: cards.change_competence(who, area, ticked, keywords.splitlines())
    ):
        messages.success(request, _("The competence was changed."))
        return HttpResponseRedirect(reverse("authorities:own"))
    looked = request.POST.get("find", "")[:100]
    context = {
        "form": form,
        "area": words.area_title(area, who.language),
        "ticked": _labelled(ticked, who.language),
        "found": [one for one in _meant(looked, who.language) if (one[0], one[1]) not in ticked],
        "looked": looked,
        "keywords": keywords,
        "back_url": reverse("authorities:own"),
        "breadcrumbs": trail("own", _("Competence")),
    }
    return render(request, "administration/competence.html", context, status=422 if form.errors else 200)


def _named(values: list[str]) -> list[cards.ConceptName]:
    """Concepts as the check boxes name them: scheme and code."""
    pairs = (value[:100].partition(":") for value in values[: cards.CONCEPTS + 1])
    return list(dict.fromkeys((scheme, code) for scheme, _colon, code in pairs if code))


def _stored(authority: Authority, area: str) -> list[cards.ConceptName]:
    """What was said for this area, or for all areas at once."""
    rows = AuthorityConcept.objects.filter(authority=authority, area=area)
    rows = rows | AuthorityConcept.objects.filter(authority=authority, area=None)
    return list(dict.fromkeys(rows.order_by("concept__code").values_list("concept__scheme", "concept__code")))


def _keywords(authority: Authority, area: str) -> str:
    rows = AuthorityKeyword.objects.filter(authority=authority, area=area).order_by("text")
    return "\n".join(rows.values_list("text", flat=True))


def _labelled(ticked: list[cards.ConceptName], lang: str) -> list[tuple[str, str, str]]:
    """Scheme, code and name of concepts; one query for each scheme."""
    labels: dict[str, dict[str, str]] = {
        scheme: concept_labels([code for one, code in ticked if one == scheme], scheme, lang)
        for scheme in {scheme for scheme, _code in ticked}
    }
    return [(scheme, code, labels[scheme].get(code, code)) for scheme, code in ticked]


def _meant(looked: str, lang: str) -> list[tuple[str, str, Any]]:
    """Professions and activities that words in any language mean."""
    if not looked.strip():
        return []
    found = (find_concepts(looked, scheme, lang, _FOUND) for scheme in (PROFESSIONS, ACTIVITIES))
    return [(one.scheme, one.code, one.label) for many in found for one in many]
