"""Corrections of cards: anybody signed in proposes them, the authority's own administrators accept or dismiss them."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from imi.administration import corrections, queries, reasons, rights
from imi.administration.forms import AuthorityForm, ContactForm
from imi.administration.reasons import Refused, demand
from imi.directory.models import Authority, AuthorityText
from imi.directory.names import language_name
from imi.web.access import PersonRequest
from imi.web.administration.authority_acts import authority_of
from imi.web.administration.authority_forms import NoForm, attempted
from imi.web.administration.authority_trail import trail
from imi.web.administration.user_rule import judged

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


def field_titles() -> dict[str, str]:
    """What a correction may be about, in words."""
    known = {**AuthorityForm.base_fields, **ContactForm.base_fields}
    titles = {name: str(known[name].label) for name in corrections.FIELDS if name in known}
    return {**titles, corrections.OTHER: _("Something else")}


class CorrectionForm(forms.Form):
    """What is wrong and how it should read."""

    field = forms.ChoiceField(label=gettext_lazy("What is wrong?"))
    lang = forms.ChoiceField(
        label=gettext_lazy("In which language?"),
        required=False,
        help_text=gettext_lazy("For title and description only."),
    )
    proposal = forms.CharField(
        label=gettext_lazy("How should it read?"), max_length=4000, widget=forms.Textarea({"rows": 4})
    )
    remark = forms.CharField(
        label=gettext_lazy("Remark"), max_length=4000, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, data: QueryDict | None, languages: list[tuple[str, str]]) -> None:
        super().__init__(data)
        self.fields["field"].choices = [("", ""), *field_titles().items()]  # type: ignore[attr-defined]
        self.fields["lang"].choices = [("", ""), *languages]  # type: ignore[attr-defined]


@judged
@_METHODS
def propose(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Propose how something on another authority's card should read."""
    who, authority = request.standing, authority_of(authority_id)
    demand(rights.to_propose(who))
    if not authority.active:
        raise Refused(reasons.NOT_FOUND)
    known = AuthorityText.objects.filter(authority=authority).order_by("lang").values_list("lang", flat=True)
    named = [(code, language_name(code, who.language)) for code in known]
    form = CorrectionForm(request.POST if request.method == "POST" else None, named)
    if form.is_valid():
        given = form.cleaned_data
        if attempted(form, lambda: corrections.propose(who, authority.pk, **given)):
            messages.success(request, _("Thank you. The authority's administrators are told by mail."))
            return HttpResponseRedirect(reverse("authority", args=[authority.pk]))
    context = {
        "form": form,
        "title": _("Propose a correction"),
        "lead": authority.name,
        "action": _("Send the proposal"),
        "back_url": reverse("authority", args=[authority.pk]),
    }
    return render(request, "administration/plain_form.html", context, status=422 if form.errors else 200)


@judged
@_METHODS
def decide(request: PersonRequest) -> HttpResponse:
    """Show what others propose for the own card, and accept or dismiss it."""
    who = request.standing
    demand(rights.to_administer(who, who.authority_id))
    form = NoForm(request.POST if request.method == "POST" else None)
    named = request.POST.get("correction", "")
    act = {"accept": corrections.accept, "dismiss": corrections.dismiss}.get(request.POST.get("do", ""))
    if act is not None and named.isdecimal() and len(named) < 16 and attempted(form, lambda: act(who, int(named))):
        messages.success(request, _("Done."))
        return HttpResponseRedirect(reverse("authorities:corrections"))
    authority = authority_of(who.authority_id)
    titles = field_titles()
    texts = {text.lang: text for text in AuthorityText.objects.filter(authority=authority)}
    context = {
        "form": form,
        "rows": [
            (one, titles.get(one.field, one.field), _present(authority, texts, one.field, one.lang))
            for one in queries.corrections(who)
        ],
        "breadcrumbs": trail("own", _("Proposed corrections")),
    }
    return render(request, "administration/corrections.html", context, status=422 if form.errors else 200)


def _present(authority: Authority, texts: dict[str, AuthorityText], field: str, lang: str) -> str:
    """How a field reads now."""
    if field in corrections.TEXTS:
        return str(getattr(texts.get(lang), field, ""))
    return str(getattr(authority, field, "")) if field != corrections.OTHER else ""
