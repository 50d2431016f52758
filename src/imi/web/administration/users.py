"""Pages about the users of an authority: their list, registering one, one person, data and roles."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from imi.accounts import factors
from imi.accounts.models import User
from imi.administration import queries, staff, staff_queries, staff_rights
from imi.administration.forms import Person, PersonForm
from imi.administration.reasons import Invalid, Refused, demand
from imi.administration.rights import to_administer
from imi.administration.staff_forms import DATA, UserForm
from imi.directory.names import language_name
from imi.notify import problems
from imi.web.access import PersonRequest
from imi.web.administration import user_list
from imi.web.administration.user_acts import told
from imi.web.administration.user_grid import grid, named, places_in, roles_in, summary
from imi.web.administration.user_rule import judged, tell
from imi.web.administration.user_sheet import show_once

LATEST = 5


@judged
@require_safe
def user_list_page(request: PersonRequest) -> HttpResponse:
    """List the users of the own authority, and say what is amiss."""
    who, now = request.standing, timezone.now()
    found, wanted = staff_queries.staff_of(who), user_list.Wanted.of(request)
    context = {
        "wanted": wanted,
        "page": user_list.page_of(found, wanted, who.language, now),
        "warnings": user_list.warnings(found, who.language, now),
        "shows": [(user_list.NEVER, _("Never signed in")), (user_list.LONG, _("Not signed in for 90 days"))],
    }
    return render(request, "administration/users.html", context)


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: PersonRequest) -> HttpResponse:
    """Register a user, then show the user name once."""
    who = request.standing
    demand(to_administer(who, who.authority_id))
    typed = request.POST if request.method == "POST" else None
    form, faults = PersonForm(who.country, typed), []
    form.initial = {"language": who.language}
    roles, administrator = roles_in(request.POST.getlist("role")), "administrator" in request.POST
    if form.is_valid():
        try:
            user = staff.register(who, Person(**form.cleaned_data), roles, administrator)
        except Invalid as invalid:
            _mark(form, invalid)
        except Refused as refused:
            faults.append(tell(refused))
        else:
            return show_once(request, user)
    context = {
        "form": form,
        "faults": faults,
        "grid": grid(staff.grantable(who.authority_id), roles, who.language),
        "administrator": administrator,
    }
    return render(request, "administration/user_new.html", context, status=422 if faults or form.errors else 200)


def _mark(form: PersonForm, invalid: Invalid) -> None:
    for field, said in invalid.errors.items():
        form.add_error(field, said)


@judged
@require_safe
def user(request: PersonRequest, user_id: int) -> HttpResponse:
    """One user: data, roles, what can be done, and what was done last."""
    who = request.standing
    person = staff.person_of(who, user_id)
    context = {
        "person": person,
        "language": language_name(person.language, who.language),
        "roles": summary(staff.roles_of(person.pk), who.language),
        "mail_problem": problems.of_address(person.email),
        "factors": len(factors.usable(person.pk)),
        "must_have": factors.must_have(person),
        "locked": person.pk in staff_queries.locked([person.pk]),
        "may_reset": staff_rights.to_reset(who, person) is None,
        "may_remove": staff_rights.to_remove(who, person) is None,
        "acts": told(queries.history_of_person(who, person.pk, size=LATEST).acts, who),
    }
    return render(request, "administration/user.html", context)


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: PersonRequest, user_id: int) -> HttpResponse:
    """Change a user's data; a new user name is shown once."""
    who = request.standing
    person = staff.person_of(who, user_id)
    initial = {name: getattr(person, name) for name in DATA}
    form, faults = UserForm(who.country, request.POST if request.method == "POST" else None), []
    form.initial = initial
    if form.is_valid():
        try:
            renamed = staff.change_data(who, user_id, request.POST.dict(), request.POST.get("seen", ""))
        except Invalid as invalid:
            _mark(form, invalid)
        except Refused as refused:
            faults.append(tell(refused))
        else:
            if renamed:
                return show_once(request, User.objects.get(pk=user_id))
            messages.success(request, _("The data were saved."))
            return HttpResponseRedirect(reverse("user", args=[user_id]))
    context = {"form": form, "faults": faults, "person": person, "seen": staff.mark_of_data(person)}
    return render(request, "administration/user_edit.html", context, status=422 if faults or form.errors else 200)


@judged
@require_http_methods(["GET", "HEAD", "POST"])
def set_roles(request: PersonRequest, user_id: int) -> HttpResponse:
    """Set the roles of a user in each area."""
    who = request.standing
    person = staff.person_of(who, user_id)
    roles, administrator = staff.roles_of(person.pk), person.is_administrator
    faults: list[str] = []
    unheld: frozenset[staff.Place] = frozenset()
    if request.method == "POST":
        roles, administrator = roles_in(request.POST.getlist("role")), "administrator" in request.POST
        confirmed, seen = places_in(request.POST.getlist("confirmed")), request.POST.get("seen", "")
        try:
            released = staff.set_roles(who, user_id, roles, administrator, seen, confirmed)
        except staff.LeavesNobody as warned:
            unheld = warned.places
        except Refused as refused:
            faults.append(tell(refused))
        else:
            return _saved(request, user_id, released)
    context: dict[str, Any] = {
        "person": person,
        "faults": faults,
        "unheld": named(unheld, who.language),
        "confirm": sorted(f"{area}:{role}" for area, role in unheld),
        "grid": grid(staff.grantable(who.authority_id), roles, who.language, _suspended(request)),
        "administrator": administrator,
        "seen": staff.mark_of_roles(person.pk),
    }
    return render(request, "administration/user_roles.html", context, status=422 if faults or unheld else 200)


def _suspended(request: PersonRequest) -> frozenset[str]:
    """The areas of the own authority in which it cannot act now."""
    return frozenset(staff.grantable(request.standing.authority_id).keys() - request.standing.roles.keys())


def _saved(request: PersonRequest, user_id: int, released: int) -> HttpResponse:
    messages.success(request, _("The roles were saved. They hold from the next click on."))
    if released:
        text = ngettext(
            "%(count)s exchange that was allocated to this person is open to all handlers again.",
            "%(count)s exchanges that were allocated to this person are open to all handlers again.",
            released,
        )
        messages.info(request, text % {"count": released})
    if user_id == request.standing.user_id:
        return HttpResponseRedirect(reverse("account"))
    return HttpResponseRedirect(reverse("user", args=[user_id]))
