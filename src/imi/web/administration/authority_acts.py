"""What coordinators do to an authority as a whole: its official name, its validating coordinator, taking it out of use.

Before something is taken away its consequences are shown. Source: the chapters on suspending and deactivating of the
guides for access managers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from imi.administration import access, cards, reasons, rights
from imi.administration.dependence import coordinators_with
from imi.administration.forms import AuthorityForm
from imi.administration.mandates import VALIDATE, mandate
from imi.administration.queries import Consequences, consequences
from imi.administration.reasons import Refused, demand
from imi.directory.models import Authority
from imi.directory.queries import authorities_by_id
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_forms import ChooseForm, NameForm, NoForm, ReasonForm, attempted
from imi.web.administration.authority_trail import trail
from imi.web.administration.user_rule import judged

_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Deed:
    """How a page asks before something is done to an authority; ``danger`` marks what takes something away."""

    title: str
    action: str
    done: str
    lead: str = ""
    danger: bool = False
    consequences: Consequences | None = None


def authority_of(authority_id: str) -> Authority:
    """The authority that a page is about.

    Raises:
        Refused: there is none.
    """
    found = authorities_by_id([authority_id])
    if not found:
        raise Refused(reasons.NOT_FOUND)
    return found[0]


def carry_out(
    request: PersonRequest, authority: Authority, deed: Deed, form: Form, act: Callable[[], object]
) -> HttpResponse:
    """Ask, and do it when the form comes back; nothing that was typed is lost if it is refused."""
    back = reverse("authorities:one", args=[authority.pk])
    if request.method == "POST" and form.is_valid() and attempted(form, act):
        messages.success(request, deed.done)
        return HttpResponseRedirect(back)
    context = {
        "authority": authority,
        "deed": deed,
        "form": form,
        "back_url": back,
        "open": _open_lines(request, deed.consequences),
        "breadcrumbs": trail("list", authority.name),
    }
    return render(request, "administration/deed.html", context, status=422 if form.errors else 200)


def _open_lines(request: PersonRequest, found: Consequences | None) -> list[str]:
    """How many open exchanges there are of each kind, in words."""
    if found is None:
        return []
    lang = request.standing.language
    areas, states = words.area_titles(lang), words.state_titles(lang)
    return [
        f"{areas.get(one.area, one.area)} – {states.get(one.state, one.state)}: {one.total}" for one in found.exchanges
    ]


def _data(request: PersonRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


@judged
@_METHODS
def rename(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Change the official name, as only the validating coordinator does."""
    who, authority = request.standing, authority_of(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    form = NameForm(_data(request), initial={"name": authority.name})
    deed = Deed(
        _("Change the official name"),
        _("Change the name"),
        _("The official name was changed."),
        _("Only the validating coordinator does this. The informal title stays as it is."),
    )
    return carry_out(request, authority, deed, form, lambda: cards.rename(who, authority.pk, form.cleaned_data["name"]))


@judged
@_METHODS
def hand_over(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Make another coordinator the validating one."""
    who, authority = request.standing, authority_of(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    others = coordinators_with(authority.country_id, VALIDATE) - {authority.pk, authority.validator_id}
    choices = sorted(((one.pk, one.name) for one in authorities_by_id(others)), key=lambda pair: pair[1])
    form = ChooseForm(request.POST if request.method == "POST" else None, _("New validating coordinator"), choices)
    deed = Deed(
        _("Hand over the validation"),
        _("Hand over"),
        _("The authority has another validating coordinator now."),
        _("The other coordinator then changes the official name and helps the local data administrators."),
    )
    return carry_out(
        request,
        authority,
        deed,
        form,
        lambda: access.hand_over_validation(who, authority.pk, form.cleaned_data["chosen"]),
    )


@judged
@_METHODS
def assign_regions(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Say for which regions an authority is competent; a coordinator's territory is not its own to choose."""
    who, authority = request.standing, authority_of(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    form = AuthorityForm(authority.country_id, _data(request))
    form.fields = {"regions": form.fields["regions"]}
    form.initial = {"regions": access.regions_of(authority.pk)}
    deed = Deed(_("Regions"), _("Save"), _("The regions were changed."))
    return carry_out(
        request,
        authority,
        deed,
        form,
        lambda: cards.assign_regions(who, authority.pk, form.cleaned_data["regions"]),
    )


@judged
@_METHODS
def deactivate(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Show what deactivating an authority means, and do it with a reason."""
    who, authority = request.standing, authority_of(authority_id)
    found = consequences(who, authority.pk)
    form = ReasonForm(_data(request))
    deed = Deed(
        _("Deactivate the authority"),
        _("Deactivate"),
        _("The authority was deactivated. Its users cannot sign in any more."),
        _("Its users lose all rights at their next click. Nothing is deleted, and you can reactivate it."),
        danger=True,
        consequences=found,
    )
    return carry_out(
        request, authority, deed, form, lambda: access.deactivate(who, authority.pk, form.cleaned_data["reason"])
    )


@judged
@_METHODS
def reactivate(request: PersonRequest, authority_id: str) -> HttpResponse:
    """Take an authority back into use."""
    who, authority = request.standing, authority_of(authority_id)
    demand(rights.to_govern(mandate(who), authority))
    form = NoForm(_data(request))
    deed = Deed(
        _("Reactivate the authority"),
        _("Reactivate"),
        _("The authority takes part again."),
        _("It gets back the accesses and the users that it had. Where a coordinator has gone, yours takes its place."),
    )
    return carry_out(request, authority, deed, form, lambda: access.reactivate(who, authority.pk))
