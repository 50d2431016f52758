"""Words for the kinds of coordinators, their territories and their tasks, whose titles in English are data."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from imi.administration.mandates import Given
from imi.directory.reference import CoordinatorKind, coordinator_kinds, regions

_TASKS: dict[str, Promise | str] = {
    "register": _("Register authorities"),
    "validate": _("Validate authorities"),
    "grant_access": _("Give access to policy areas"),
    "approve": _("Approve requests and replies"),
    "refer": _("Arbitrate in referrals"),
    "monitor": _("Watch over deadlines"),
    "train": _("Train users"),
}
# By their English titles, so that a kind that an installation adds is shown in English until it is translated.
_KINDS: dict[str, Promise | str] = {
    "National IMI coordinator": _("National IMI coordinator"),
    "Super-delegated IMI coordinator": _("Super-delegated IMI coordinator"),
    "Legislative-area IMI coordinator": _("Legislative-area IMI coordinator"),
    "Delegated IMI coordinator": _("Delegated IMI coordinator"),
}


def task_title(task: str) -> str:
    """A coordinator's task in words; its id where there are none."""
    return str(_TASKS.get(task, task))


def kind_title(kind: str) -> str:
    """A kind of coordinator in words; empty for what is no coordinator."""
    found = coordinator_kinds().get(kind)
    return str(_KINDS.get(found.title, found.title)) if found else ""


def territory_text(kind: CoordinatorKind | None, territory: Collection[str]) -> str:
    """Where a coordinator or, without kind, an authority is competent: its regions by their native names, or all.

    Args:
        territory: names of regions; none for the whole country, or for no territory at all.
    """
    if territory:
        return ", ".join(territory)
    if kind is not None and kind.territory == "field":
        return gettext("a field of competence, not a territory")
    return gettext("the whole country")


def given_text(given: Given, titles: Mapping[str, str]) -> str:
    """A delegated task in words, with where it holds.

    Args:
        titles: the titles of areas by slug.
    """
    words = {
        "task": task_title(given.task),
        "area": titles.get(given.area, given.area) if given.area else gettext("all policy areas"),
        "region": regions().get(given.region, given.region) if given.region else gettext("the whole country"),
    }
    return gettext("%(task)s: %(area)s, %(region)s") % words
