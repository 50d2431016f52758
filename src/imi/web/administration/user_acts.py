"""Acts in words: who changed what on whom, and when."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from imi.accounts.queries import Standing
from imi.administration import queries, staff
from imi.administration.acts import KINDS
from imi.administration.forms import PersonForm
from imi.administration.models import Act
from imi.administration.queries import ActPage
from imi.administration.reasons import demand
from imi.administration.rights import to_administer
from imi.directory.collation import in_order
from imi.web import words
from imi.web.access import PersonRequest, signed_in
from imi.web.administration.authority_changes import authority_names, changes
from imi.web.administration.user_rule import judged
from imi.web.news import number_in
from imi.web.requests.figures import moment_text
from imi.web.signing.outside_words import title_of


def told(acts: Collection[Act], who: Standing, subject: bool = False) -> list[dict[str, Any]]:
    """Acts for the timeline component; one query if some are about other authorities.

    People are named to their own authority; of others the authority is named.

    Args:
        subject: whether to say whom an act is about.
    """
    names = authority_names(acts)
    return [
        {
            "id": f"act-{act.pk}",
            "when": moment_text(act.at),
            "iso": act.at.isoformat(),
            "title": _title(act, subject),
            "who": _author(act, who),
            "tone": "neutral",
            "body_html": format_html_join("", "<div>{}</div>", ((line,) for line in _lines(act, who, names))),
        }
        for act in acts
    ]


def _title(act: Act, subject: bool) -> str:
    title = str(KINDS.get(act.kind, act.kind))
    return f"{title}: {act.user.get_full_name()}" if subject and act.user is not None else title


def _author(act: Act, who: Standing) -> str:
    match act.source:
        case Act.Source.USER if act.by_user is not None:
            if act.by_authority_id == who.authority_id:
                return act.by_user.get_full_name()
            return act.by_authority.name if act.by_authority else ""
        case Act.Source.OPERATOR:
            return _("the operator")
        case Act.Source.APPLICANT:
            return _("whoever followed the mailed link")
    return _("the system")


def _lines(act: Act, who: Standing, names: Mapping[str, str]) -> Iterator[str]:
    """What of a user or of an authority was changed."""
    details: Mapping[str, Any] = act.details
    match act.kind:
        case "user.registered":
            yield from _held(details, who.language)
        case "user.changed":
            labels = {name: str(field.label) for name, field in PersonForm.base_fields.items()}
            for name, before in details["before"].items():
                yield format_html(_("{}: {} instead of {}"), labels.get(name, name), details["after"][name], before)
        case "user.roles_changed":
            yield from _differences(details["before"], details["after"], who.language)
        case "user.removed" | "user.took_over":
            yield from _roles(details["roles"], who.language)
            count = sum(details["allocated"].values())
            if count:
                yield _("Allocated exchanges taken over: %(count)s") % {"count": count}
        case "user.factor_added" | "user.factor_removed":
            yield details["name"]
        case "user.identity_linked" | "user.identity_unlinked":
            yield title_of(str(details["service"]))
        case kind if not kind.startswith("user."):
            yield from changes(act, who.language, names)


def _held(details: Mapping[str, Any], lang: str) -> Iterator[str]:
    if details.get("administrator"):
        yield _("Local data administrator")
    yield from _roles(details.get("roles", {}), lang)


def _roles(roles: Mapping[str, list[str]], lang: str) -> list[str]:
    titles = words.area_titles(lang)
    lines = [f"{titles.get(area, area)}: {', '.join(words.role_titles(given))}" for area, given in roles.items()]
    return in_order(lines, lang, str)


def _differences(before: Mapping[str, Any], after: Mapping[str, Any], lang: str) -> Iterator[str]:
    """The areas in which roles were given or taken, and what became of the local data administrator."""
    if before["administrator"] != after["administrator"]:
        given = after["administrator"]
        yield _("Made local data administrator") if given else _("No local data administrator any more")
    titles = words.area_titles(lang)
    areas = sorted(before["roles"].keys() | after["roles"].keys(), key=lambda area: titles.get(area, area))
    for area in areas:
        had, has = before["roles"].get(area, []), after["roles"].get(area, [])
        if had != has:
            yield format_html(_("{}: {} instead of {}"), titles.get(area, area), _names(has), _names(had))


def _names(roles: list[str]) -> str:
    return ", ".join(words.role_titles(roles)) or str(words.ROLE_TITLES[next(iter(words.ROLE_TITLES))])


# --- pages -----------------------------------------------------------------------------------------------------------


def _page(request: PersonRequest, page: ActPage, title: str, url: str, subject: bool) -> HttpResponse:
    context = {
        "title": title,
        "acts": told(page.acts, request.standing, subject),
        "next_url": f"{url}?before={page.before}" if page.before else "",
        "first_url": url if "before" in request.GET else "",
    }
    return render(request, "administration/user_acts.html", context)


@judged
@require_safe
def user_acts(request: PersonRequest, user_id: int) -> HttpResponse:
    """What was done to a user of the own authority."""
    person = staff.person_of(request.standing, user_id)
    page = queries.history_of_person(request.standing, user_id, number_in(request, "before"))
    title = _("Changes to %(name)s") % {"name": person.get_full_name()}
    return _page(request, page, title, reverse("user_acts", args=[user_id]), subject=False)


@judged
@require_safe
def authority_acts(request: PersonRequest) -> HttpResponse:
    """What was done to the own authority and to its users, for its administrators."""
    who = request.standing
    demand(to_administer(who, who.authority_id))
    page = queries.history_of_authority(who, who.authority_id, number_in(request, "before"))
    return _page(request, page, _("Changes to my authority and its users"), reverse("authority_acts"), subject=True)


@signed_in
@require_safe
def own_acts(request: PersonRequest) -> HttpResponse:
    """What was done to one's own account, and by whom."""
    who = request.standing
    page = queries.history_of_person(who, who.user_id, number_in(request, "before"))
    return _page(request, page, _("Changes to my account"), reverse("own_acts"), subject=False)
