"""Asking to be registered: first the mail address is confirmed, then the authority registers itself.

Source: the public registration request of the later web site, open to competent authorities only.
"""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts.devices import address
from imi.administration import admissions, reasons
from imi.administration.reasons import Invalid, Refused
from imi.directory.names import country_name
from imi.web import queries, words
from imi.web.access import public


class AskForm(forms.Form):
    """Who asks, and for what."""

    country = forms.ChoiceField(label=_("Country"))
    email = forms.EmailField(
        label=_("E-mail of the authority"),
        max_length=254,
        help_text=_("A link is sent to this address. Use one that belongs to the authority."),
        widget=forms.EmailInput({"autocomplete": "email"}),
    )
    language = forms.ChoiceField(label=_("Language of the mails"), choices=settings.LANGUAGES)
    areas = forms.MultipleChoiceField(
        label=_("Policy areas"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("In which the authority is competent. The coordinator decides to which it gets access."),
    )

    def __init__(self, data: QueryDict | None, lang: str) -> None:
        super().__init__(data, initial={"language": lang})
        desks = {desk.country_id for desk in queries.help_desks()}
        named = sorted((country_name(code, lang), code) for code in desks)
        self.fields["country"].choices = [  # type: ignore[attr-defined]
            ("", ""),
            *((code, name) for name, code in named),
        ]
        titles = words.area_titles(lang)
        self.fields["areas"].choices = sorted(  # type: ignore[attr-defined]
            titles.items(), key=lambda pair: pair[1]
        )


@public
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Take a request to be registered; whether the address was known already is not said."""
    form = AskForm(request.POST if request.method == "POST" else None, get_language() or "en")
    status = 422 if form.errors else 200
    if form.is_valid():
        given = form.cleaned_data
        try:
            admissions.request(
                given["country"], given["email"], given["language"], given["areas"], address(request) or ""
            )
        except Refused as refused:
            status = 429 if refused.reason is reasons.TOO_OFTEN else 409
            form.add_error(None, str(refused.reason))
        except Invalid as invalid:
            status = 422
            for name, said in invalid.errors.items():
                form.add_error(name, said)
        else:
            return HttpResponseRedirect(reverse("registration:asked"))
    return render(request, "registration/ask.html", {"form": form}, status=status)


@public
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """Say that a mail is on its way, and what comes next."""
    return render(request, "registration/asked.html", {"days": admissions.LINK_LASTS.days})
