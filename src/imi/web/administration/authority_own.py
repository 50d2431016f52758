"""My authority: its card as others see it, who stands above it, and what its local data administrators keep up.

Sources: the coordinator's task sheet (data that always reflect the present situation), the guide for the first user.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from imi.administration import cards, queries, reasons
from imi.administration.reasons import Refused
from imi.directory import queries as directory
from imi.directory.models import Authority, AuthorityLink
from imi.directory.reference import regions
from imi.notify import problems
from imi.web import queries as web_queries
from imi.web import words
from imi.web.access import PersonRequest
from imi.web.administration.authority_queries import accesses_of, request_coordinators
from imi.web.administration.authority_trail import trail
from imi.web.administration.authority_tree import Tree, tree
from imi.web.administration.user_rule import judged


@judged
@require_safe
def own(request: PersonRequest) -> HttpResponse:
    """Show the own authority; what can be changed leads to its page."""
    who, lang = request.standing, request.standing.language
    card = directory.card(who.authority_id, lang)
    if card is None:
        raise Refused(reasons.NOT_FOUND)
    accesses = accesses_of(who.authority_id)
    behind = request_coordinators(who.authority_id)
    titles = words.area_titles(lang)
    codes = sorted(card.authority.regions.values_list("code", flat=True))
    context = {
        "card": card,
        "regions": [regions().get(code, code) for code in codes],
        "accesses": [
            (one, titles.get(one.area_id, one.area_id), [other.name for other in behind.get(one.area_id, [])])
            for one in accesses
        ],
        "tree": _tree(card.authority, behind),
        "is_national": card.authority.kind == Authority.Kind.NATIONAL_COORDINATOR,
        "linked": list(
            Authority.objects.filter(linked_by__authority=who.authority_id)
            .order_by("sort_key", "pk")
            .values_list("pk", "name")
        ),
        "mail_problem": problems.of_address(card.authority.email),
        "links_to_us": AuthorityLink.objects.filter(linked=who.authority_id).count(),
        "administers": who.administrator,
        "corrections": len(queries.corrections(who)) if who.administrator else 0,
        "late": card.authority.confirm_by < timezone.localdate(),
        "breadcrumbs": trail("own") if who.administrator else [],
    }
    return render(request, "administration/own.html", context)


def _tree(authority: Authority, behind: dict[str, list[Authority]]) -> Tree:
    """The coordinators between the national one and an authority; below the national one itself, all of its country."""
    if authority.kind == Authority.Kind.NATIONAL_COORDINATOR:
        below = Authority.objects.filter(
            country=authority.country_id, kind=Authority.Kind.AREA_COORDINATOR, active=True
        )
        return tree([[authority], list(below.order_by("sort_key", "pk"))], authority.pk)
    desks = [one for one in web_queries.help_desks(authority.country_id) if one.pk != authority.pk]
    between = {one.pk: one for many in behind.values() for one in many}
    for desk in desks:
        between.pop(desk.pk, None)
    level = sorted(between.values(), key=lambda one: one.name)
    return tree([desks, level, [authority]], authority.pk)


@judged
@require_POST
def confirm(request: PersonRequest) -> HttpResponse:
    """Say that the card is right; it is asked again six months later."""
    cards.confirm_data(request.standing)
    messages.success(request, _("Thank you. You are asked again in six months."))
    return HttpResponseRedirect(reverse("authorities:own"))
