"""Title and description in each language: written by the authority, or drafted by machine until somebody confirms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST

from imi.accounts.queries import Standing
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
from imi.web.administration.user_rule import judged, tell

Texts = dict[str, AuthorityText]

_WHY_NOT: dict[str, Promise | str] = {
    "unsupported_pair": gettext_lazy("The engine does not translate between these languages any more."),
    "too_long": gettext_lazy("The text or its translation is too long."),
    "protected": gettext_lazy("Addresses, numbers or quoted names did not come through unchanged."),
    "poor": gettext_lazy("What came out was no usable text."),
    "bad_model": gettext_lazy("The files of the engine are damaged; the operator can tell more."),
}


def why_not(error: str) -> str:
    """Why there is no draft, in words."""
    return str(_WHY_NOT.get(error, _("The engine failed several times.")))


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


@dataclass(frozen=True, slots=True)
class Language:
    """A language and what there is in it: state is written, draft, outdated, waiting, failed or none."""

    code: str
    name: str
    state: str
    why: str = ""


def _languages(texts: Texts, orders: dict[str, DraftOrder], lang: str) -> list[Language]:
    return [
        Language(code, language_name(code, lang), _state(code, texts, orders), _why(orders.get(code)))
        for code, _own in settings.LANGUAGES
    ]


def _state(code: str, texts: Texts, orders: dict[str, DraftOrder]) -> str:
    text, order = texts.get(code), orders.get(code)
    if text is not None and not text.machine:
        return "written"
    if order is not None:
        return "failed" if order.error else "waiting"
    if text is None:
        return "none"
    return "outdated" if drafts.outdated(text, texts) else "draft"


def _why(order: DraftOrder | None) -> str:
    return why_not(order.error) if order is not None and order.error else ""


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
    beside = request.GET.get("beside", "") if request.GET.get("beside", "") in known else _other(known, lang, own)
    data = None if request.method != "POST" else {**request.POST.dict(), "lang": lang}
    form = TextForm(authority.country_id, data)
    form.initial = {"informal": present.informal, "description": present.description} if present else {}
    form.fields["informal"].required = len(known) < 2 or lang not in known
    if data is not None and _written(form, request, lang):
        messages.success(request, _("The texts were changed."))
        return HttpResponseRedirect(_address(lang))
    orders = {one.lang: one for one in DraftOrder.objects.filter(authority=authority)}
    listed = _languages(known, orders, who.language)
    context = {
        "form": form,
        "fields": [form["informal"], form["description"]],
        "language": next(one for one in listed if one.code == lang),
        "draft": _draft(present, who.language) if present and present.machine else None,
        "beside": known.get(beside),
        "beside_language": language_name(beside, who.language) if beside else "",
        "all_languages": listed,
        "waiting": any(one.state == "waiting" for one in listed),
        "drafting": _drafting(known, orders, lang, who) if present and not present.machine else None,
        "this_url": _address(lang),
        "back_url": reverse("authorities:own"),
        "breadcrumbs": trail("own", _("Title and description")),
    }
    return render(request, "administration/texts.html", context, status=422 if form.errors else 200)


def _other(known: Texts, lang: str, own: str) -> str:
    """The language to be read beside: that of the original, the authority's own, or the first other one."""
    original = known[lang].source_lang if lang in known else ""
    others = [code for code in known if code != lang]
    if original in others:
        return original
    return own if own in others else next(iter(others), "")


def _written(form: TextForm, request: PersonRequest, lang: str) -> bool:
    return form.is_valid() and attempted(
        form,
        lambda: cards.write_text(
            request.standing, lang, form.cleaned_data["informal"], form.cleaned_data["description"]
        ),
    )


def _draft(text: AuthorityText, lang: str) -> dict[str, Any]:
    """Whence a draft came."""
    return {
        "engine": text.engine,
        "made_at": text.drafted_at,
        "source_lang": text.source_lang,
        "source": language_name(text.source_lang, lang) if text.source_lang else "",
        "via": language_name(text.via, lang) if text.via else "",
    }


def _drafting(known: Texts, orders: dict[str, DraftOrder], lang: str, who: Standing) -> dict[str, Any]:
    """What can be drafted from the text that is shown."""
    waiting = [code for code, order in orders.items() if not order.error]
    found = drafts.prospects(known, lang, waiting)
    return {
        "engine": found.engine,
        "possible": [language_name(code, who.language) for code in found.possible],
        "impossible": len(found.impossible),
    }


@judged
@require_POST
def draft(request: PersonRequest) -> HttpResponse:
    """Order drafts in the languages that lack a text."""
    _administered(request)
    source = request.POST.get("source", "")[:5].replace("\x00", "")
    try:
        ordered = drafts.order(request.standing, source)
    except Refused as refused:
        messages.error(request, tell(refused))
    else:
        _say(request, len(ordered))
    return HttpResponseRedirect(_address(source))


def _say(request: PersonRequest, count: int) -> None:
    if count:
        text = ngettext(
            "%(count)s language is being translated. The draft appears here within a minute.",
            "%(count)s languages are being translated. The drafts appear here within a minute.",
            count,
        )
        messages.success(request, text % {"count": count})
    else:
        messages.info(request, _("There is nothing that could be drafted by machine now."))


@judged
@require_POST
def discard(request: PersonRequest) -> HttpResponse:
    """Throw a draft away."""
    _administered(request)
    lang = request.POST.get("lang", "")[:5].replace("\x00", "")
    try:
        drafts.discard(request.standing, lang)
    except Refused as refused:
        if refused.reason.code != reasons.OVERTAKEN.code:
            raise
        messages.error(request, _("There is no draft any more: somebody has confirmed it or thrown it away."))
    else:
        messages.success(request, _("The draft was thrown away."))
    return HttpResponseRedirect(_address(lang))
