"""Access to the training copy: asked for here, and decided by people of the coordinator."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts.models import User
from imi.accounts.queries import Standing
from imi.outreach import library, notes, training_access
from imi.outreach.models import TrainingRequest
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import NoForm, attempted, posted
from imi.web.administration.user_rule import judged
from imi.web.filters import clean
from imi.web.outreach import shown
from imi.web.outreach.form_pages import form_page
from imi.web.outreach.forms import AskForm, GiveForm, WhyForm
from imi.web.outreach.shown import Question, confirmed, mandate_of

_METHODS = require_http_methods(["GET", "HEAD", "POST"])
MOST_COLLEAGUES = 500
TONES = {"open": "info", "given": "success", "refused": "danger", "withdrawn": "neutral"}


@judged
@require_safe
def overview(request: PersonRequest) -> HttpResponse:
    """What one has asked for; for people of a coordinator, what they are asked."""
    who = request.standing
    notes.mark_read(who.user_id, request__isnull=False)
    may = shown.hosting(who)
    found = library.training_requests(who, shown.number_of(request)) if may else None
    context = {
        "own": library.own_training_requests(who),
        "asked": found.rows if found else [],
        "decides": may is not None,
        "tones": TONES,
        "filters": shown.filters(reverse("outreach:training_access"), {}, {}, found) if found else None,
        "copy_url": settings.IMI_TRAINING_URL,
        "is_copy": settings.IMI_TRAINING,
        "breadcrumbs": shown.trail("training_access"),
    }
    return render(request, "outreach/training.html", context)


@judged
@_METHODS
def ask(request: PersonRequest) -> HttpResponse:
    """Ask a coordinator for access to the training copy."""
    who = request.standing
    data = posted(request)
    asked = [(one.pk, one.name) for one in training_access.coordinators_of(who)]
    initial = {"person_id": who.user_id, "from_on": shown.today_in(who)}
    form = AskForm(data, _colleagues(who), asked, initial)
    if form.is_valid() and attempted(form, lambda: training_access.ask(who, **form.cleaned_data)):
        messages.success(request, _("Your coordinator is told and will answer."))
        return HttpResponseRedirect(reverse("outreach:training_access"))
    return form_page(request, form, _("Ask for access to training"), _("Ask the coordinator"), "training_access")


def _colleagues(who: Standing) -> list[tuple[str, str]]:
    """The people of the own authority, oneself first."""
    found = User.objects.filter(authority=who.authority_id, is_active=True).order_by("family_name", "given_name", "pk")
    people = sorted(found[:MOST_COLLEAGUES], key=lambda one: one.pk != who.user_id)
    return [(str(one.pk), one.get_full_name()) for one in people]


@judged
@require_safe
def request_page(request: PersonRequest, request_id: int) -> HttpResponse:
    """One request, for those who decide."""
    who = request.standing
    mandate_of(who)
    asked = library.training_request(who, request_id)
    notes.mark_read(who.user_id, request=asked.pk)
    context = {
        "asked": asked,
        "open": asked.state == TrainingRequest.State.OPEN,
        "given": asked.state == TrainingRequest.State.GIVEN,
        "tones": TONES,
        "breadcrumbs": shown.trail("training_access", asked.person.get_full_name()),
    }
    return render(request, "outreach/training_request.html", context)


@judged
@_METHODS
def give(request: PersonRequest, request_id: int) -> HttpResponse:
    """Say what giving access means, and do it."""
    who = request.standing
    mandate_of(who)
    asked = library.training_request(who, request_id)
    form = NoForm(posted(request))
    question = _giving(asked.person, reverse("outreach:training_access"))
    return confirmed(request, question, form, lambda: training_access.give(who, request_id))


def _giving(person: User, back: str) -> Question:
    """What is asked before a person gets access."""
    where = settings.IMI_URL if settings.IMI_TRAINING else settings.IMI_TRAINING_URL
    lead = _("Register the person in the training copy and tell the user name yourself: it is never mailed.")
    return Question(
        _("Give access to training"),
        person.get_full_name(),
        f"{lead} {where}",
        _("Give access"),
        _("Access was given and the person is told."),
        back,
    )


@judged
@require_safe
def people(request: PersonRequest) -> HttpResponse:
    """The people to whom one may give access unasked, by words of their names."""
    may = mandate_of(request.standing)
    words = clean(request.GET.get("text", ""))
    found = library.training_people(may, words, shown.number_of(request))
    address = reverse("outreach:training_people")
    context = {
        "rows": found.rows,
        "words": words,
        "filters": shown.filters(address, {"text": words}, {}, found),
        "breadcrumbs": shown.trail("training_access", _("Give access unasked")),
    }
    return render(request, "outreach/training_people.html", context)


@judged
@_METHODS
def give_unasked(request: PersonRequest, person_id: int) -> HttpResponse:
    """Say what giving access means, take a reason if there is one, and do it."""
    who = request.standing
    person = library.training_person(mandate_of(who), person_id)
    form = GiveForm(posted(request))
    question = _giving(person, reverse("outreach:training_people"))

    def act() -> object:
        return training_access.give_unasked(who, person_id, form.cleaned_data["why"])

    return confirmed(request, question, form, act, then=reverse("outreach:training_access"))


@judged
@_METHODS
def withdraw(request: PersonRequest, request_id: int) -> HttpResponse:
    """Ask for a reason, and withdraw access that was given."""
    who = request.standing
    mandate_of(who)
    given = library.training_request(who, request_id)
    form = WhyForm(posted(request))
    question = Question(
        _("Withdraw access to training"),
        given.person.get_full_name(),
        _("The person is told. Remove the user in the training copy yourself."),
        _("Withdraw access"),
        _("Access was withdrawn and the person is told."),
        reverse("outreach:training_request", args=[request_id]),
        danger=True,
    )
    return confirmed(
        request, question, form, lambda: training_access.withdraw(who, request_id, form.cleaned_data["reason"])
    )


@judged
@_METHODS
def refuse(request: PersonRequest, request_id: int) -> HttpResponse:
    """Ask for a reason, and refuse access."""
    who = request.standing
    mandate_of(who)
    asked = library.training_request(who, request_id)
    form = WhyForm(posted(request))
    question = Question(
        _("Refuse access to training"),
        asked.person.get_full_name(),
        "",
        _("Refuse"),
        _("Access was refused and the person is told."),
        reverse("outreach:training_access"),
        danger=True,
    )
    return confirmed(
        request, question, form, lambda: training_access.refuse(who, request_id, form.cleaned_data["reason"])
    )
