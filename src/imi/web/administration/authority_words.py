"""Words for the kinds of coordinators and their tasks, which are data and have their titles in English there."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from imi.directory.reference import coordinator_kinds

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
