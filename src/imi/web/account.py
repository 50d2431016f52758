"""A person's own page: language, mail, roles, the sessions that run, and the attempts to sign in."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from imi.accounts import history, sessions
from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.outreach import bulletin
from imi.web import actions, training, words
from imi.web.access import PersonRequest, signed_in
from imi.web.signing import means, outside_words

MAIL_TITLES = [
    (User.Mail.IMMEDIATE, gettext_lazy("At once, for each thing that happens")),
    (User.Mail.DAILY, gettext_lazy("Once a day, all together")),
    (User.Mail.NONE, gettext_lazy("Never; I look here")),
]


class PreferencesForm(forms.Form):
    """What a person chooses."""

    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    mail = forms.ChoiceField(
        label=gettext_lazy("Mail that tells me that something waits"),
        help_text=gettext_lazy("Mail never contains anything of a case."),
        choices=MAIL_TITLES,
        widget=forms.RadioSelect,
    )
    newsletters = forms.BooleanField(
        label=gettext_lazy("Newsletters of my coordinators by mail"),
        help_text=gettext_lazy("None are mailed to those who have chosen “Never”."),
        required=False,
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: PersonRequest) -> HttpResponse:
    """Show and change what a person chooses for himself or herself."""
    user = request.user
    given = request.POST if request.method == "POST" else None
    takes = bulletin.takes_newsletters(user.pk)
    initial = {"language": user.language, "mail": user.mail_choice, "newsletters": takes}
    form = PreferencesForm(given, initial=initial)
    if form.is_valid():
        actions.set_language(user.pk, form.cleaned_data["language"])
        actions.set_mail_choice(user.pk, form.cleaned_data["mail"])
        bulletin.choose_newsletters(user.pk, form.cleaned_data["newsletters"])
        translation.activate(form.cleaned_data["language"])
        messages.success(request, _("Your choices were saved."))
        return HttpResponseRedirect(reverse("account"))
    context = {
        "form": form,
        "person": user,
        "roles": _roles(request.standing),
        "counterparts": training.counterparts_answer(request),
        "sessions": [(one, sessions.is_this_one(request.session, one)) for one in sessions.running(user.pk)],
        "sign_ins": means.lines(history.latest(user.pk)),
        "elsewhere": outside_words.services(),
    }
    return render(request, "account/account.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def end_sessions(request: PersonRequest) -> HttpResponse:
    """End one session of the person's own, or all but the present one."""
    chosen = request.POST.get("session", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 16:
        sessions.end_session(request.user.pk, int(chosen))
    elif "others" in request.POST:
        sessions.end_sessions([request.user.pk], but=request.session)
    messages.success(request, _("The sessions were ended."))
    return HttpResponseRedirect(reverse("account"))


def _roles(who: Standing) -> list[tuple[str, list[str]]]:
    """The person's roles in each policy area, in the order of the guide."""
    titles = words.area_titles(who.language)
    return sorted((titles.get(area, area), words.role_titles(roles)) for area, roles in who.roles.items())
