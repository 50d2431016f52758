"""The first page of the administration: what the person may look after."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import DATA_ADMINISTRATOR, Standing
from imi.administration.reasons import NO_ADMINISTRATOR
from imi.web.access import PersonRequest, signed_in


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the administration."""

    url: str
    title: str
    text: str


def may_administer(who: Standing) -> bool:
    """Whether there is anything for somebody to look after."""
    return who.administrator or bool(who.areas_with(DATA_ADMINISTRATOR))


def places(who: Standing) -> list[Place]:
    """The pages of the administration for a person."""
    found = []
    if who.administrator:
        found += [
            Place(
                reverse("authorities:own"),
                _("My authority"),
                _("Keep its card up, confirm its data, set how it works in each policy area, link other authorities."),
            ),
            Place(
                reverse("users"),
                _("Manage my authority's users"),
                _("Register colleagues, give them roles, generate new passwords, remove those who leave."),
            ),
            Place(
                reverse("authority_acts"),
                _("Changes to my authority and its users"),
                _("Who changed what on whom, and when."),
            ),
        ]
    if may_administer(who):
        found.append(
            Place(
                reverse("mail_problems"),
                _("Mail does not arrive"),
                _("Addresses of users and authorities from which mail came back."),
            )
        )
    if who.areas_with(DATA_ADMINISTRATOR):
        found += [
            Place(
                reverse("authorities:list"),
                _("Authorities"),
                _("Register authorities, give and suspend access, see whose data nobody has confirmed."),
            ),
            Place(
                reverse("authorities:admissions"),
                _("Registrations"),
                _("Invite authorities to register themselves, and decide on those that have handed in."),
            ),
            Place(
                reverse("authorities:delegations"),
                _("Delegated tasks"),
                _("Which coordinator has which of the national coordinator's tasks."),
            ),
            Place(
                reverse("users_helped"),
                _("Help local data administrators"),
                _("Generate a new password for the administrators of the authorities that you coordinate."),
            ),
        ]
    return found


@signed_in
@require_safe
def start(request: PersonRequest) -> HttpResponse:
    """Lead to what the person may look after."""
    if not may_administer(request.standing):
        raise PermissionDenied(str(NO_ADMINISTRATOR))
    return render(request, "administration/user_start.html", {"places": places(request.standing)})
