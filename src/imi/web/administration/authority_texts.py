"""Title and description in each language: written by the authority, or drafted by machine until somebody confirms."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from imi.administration import cards, drafts, reasons, rights
from imi.administration.forms import TextForm
from imi.administration.models import DraftOrder
from imi.administration.reasons import Refused, demand
from imi.directory.models import Authority, AuthorityText
from imi.directory.names import language_name
from imi.web.access import PersonRequest
from imi.web.administration.authority_acts import authority_of
from imi.web.administration.authority_forms import attempted
from imi.web.administration.authority_trail import trail
from imi.web.administration.draft_states import beside, code_in, drafting, languages, origin, say_ordered
from imi.web.administration.user_rule import judged, tell

Texts = dict[str, AuthorityText]


def _administered(request: PersonRequest) -> Authority:
    """The own authority, for its local data administrators.

    Raises:
        Refused: this is none.
    """
    who = request.standing
    demand(rights.to_administer(who, who.authority_id))
    return authority_of(who.authority_id)


def _address(lang: str) -> str:
    return f"{reverse('authorities:texts')}?{urlencode({'lang': lang})}"


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def texts(request: PersonRequest) -> HttpResponse:
    """Write title and description in one language, with those in another language beside it."""
    authority, who = _administered(request), request.standing
    known: Texts = {text.lang: text for text in AuthorityText.objects.filter(authority=authority)}
    own = next((code for code in authority.languages if code in known), next(iter(known), who.language))
    wanted = request.GET.get("lang", "")
    lang = wanted if wanted in dict(settings.LANGUAGES) else own
    present = known.get(lang)
    other = beside(known, lang, own, request.GET.get("beside", ""))
    data = None if request.method != "POST" else {**request.POST.dict(), "lang": lang}
    form = TextForm(authority.country_id, data)
    form.initial = {"informal": present.informal, "description": present.description} if present else {}
    form.fields["informal"].required = len(known) < 2 or lang not in known
    if data is not None and _written(form, request, lang):
        messages.success(request, _("The texts were changed."))
        return HttpResponseRedirect(_address(lang))
    orders = {one.lang: one for one in DraftOrder.objects.filter(authority=authority)}
    listed = languages(known, orders, who.language)
    context = {
        "form": form,
        "fields": [form["informal"], form["description"]],
        "language": next(one for one in listed if one.code == lang),
        "draft": origin(present, who.language) if present else None,
        "beside": known.get(other),
        "beside_language": language_name(other, who.language) if other else "",
        "all_languages": listed,
        "waiting": any(one.state == "waiting" for one in listed),
        "drafting": drafting(known, orders, lang, who.language),
        "this_url": _address(lang),
        "back_url": reverse("authorities:own"),
        "breadcrumbs": trail("own", _("Title and description")),
    }
    return render(request, "administration/texts.html", context, status=422 if form.errors else 200)


def _written(form: TextForm, request: PersonRequest, lang: str) -> bool:
    return form.is_valid() and attempted(
        form,
        lambda: cards.write_text(
            request.standing, lang, form.cleaned_data["informal"], form.cleaned_data["description"]
        ),
    )


@judged
@require_POST
def draft(request: PersonRequest) -> HttpResponse:
    """Order drafts in the languages that lack a text."""
    _administered(request)
    source = code_in(request.POST, "source")
    try:
        ordered = drafts.order(request.standing, source)
    except Refused as refused:
        messages.error(request, tell(refused))
    else:
        say_ordered(request, len(ordered))
    return HttpResponseRedirect(_address(source))


@judged
@require_POST
def discard(request: PersonRequest) -> HttpResponse:
    """Throw a draft away."""
    _administered(request)
    lang = code_in(request.POST, "lang")
    try:
        drafts.discard(request.standing, lang)
    except Refused as refused:
        if refused.reason.code != reasons.OVERTAKEN.code:
            raise
        messages.error(request, _("There is no draft any more: somebody has confirmed it or thrown it away."))
    else:
        messages.success(request, _("The draft was thrown away."))
    return HttpResponseRedirect(_address(lang))
