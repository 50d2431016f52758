"""Why an administrative act may not be done: data with a sentence in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Reason:
    """A refusal: ``code`` for programs, ``text`` for people; ``params`` fill the text."""

    code: str
    text: Promise | str
    params: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def __str__(self) -> str:
        return str(self.text) % self.params if self.params else str(self.text)

    def about(self, **params: Any) -> Reason:
        """The same reason about something in particular."""
        return Reason(self.code, self.text, params)


class Refused(Exception):
    """An act that may not be done; nothing was changed."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class Invalid(ValueError):
    """What was typed does not fit; ``errors`` maps a field to the sentences about it."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__(", ".join(f"{name}: {' '.join(map(str, said))}" for name, said in errors.items()))
        self.errors = errors


def demand(reason: Reason | None) -> None:
    """Go on only if there is nothing against it.

    Raises:
        Refused: there is a reason.
    """
    if reason is not None:
        raise Refused(reason)


NOT_FOUND = Reason("not_found", _("This does not exist, or your authority has nothing to do with it."))
NO_COORDINATOR = Reason("no_coordinator", _("Your authority is no coordinator in this policy area."))
NO_DATA_ADMINISTRATOR = Reason(
    "no_data_administrator", _("Only data administrators of the coordinator may do this; you are none in this area.")
)
NO_ADMINISTRATOR = Reason("no_administrator", _("Only the local data administrators of the authority may do this."))
OTHER_COUNTRY = Reason("other_country", _("The authority is of another country."))
NO_MANDATE = Reason("no_mandate", _("This coordinator's task has not been given to your authority for this case."))
NOT_VALIDATOR = Reason("not_validator", _("Only the validating coordinator of the authority may do this."))
NOT_ACCESS_COORDINATOR = Reason(
    "not_access_coordinator", _("Only the access coordinator of the authority in this policy area may do this.")
)
NOT_NATIONAL = Reason("not_national", _("Only the national coordinator may do this."))
NATIONAL = Reason("national", _("This cannot be done to a national coordinator; the operator replaces it."))
ITSELF = Reason("itself", _("An authority cannot do this to itself."))
INACTIVE = Reason("inactive", _("The authority has been deactivated."))
ACTIVE = Reason("active", _("The authority is active."))
UNKNOWN_AREA = Reason("unknown_area", _("There is no such policy area."))
NO_ACCESS = Reason("no_access", _("The authority has no access to this policy area."))
HAS_ACCESS = Reason("has_access", _("The authority has access to this policy area already."))
SUSPENDED = Reason("suspended", _("The access is suspended."))
NOT_SUSPENDED = Reason("not_suspended", _("The access is not suspended."))
NEEDS_REQUEST_COORDINATOR = Reason(
    "needs_request_coordinator", _("At least one request coordinator is needed in each policy area.")
)
NOT_COORDINATING = Reason(
    "not_coordinating", _("%(authority)s does not coordinate this policy area in the country of the authority.")
)
ALREADY = Reason("already", _("This is so already."))
STILL_NEEDED = Reason(
    "still_needed",
    _("Other authorities depend on this coordinator. Hand over first: %(authorities)s."),
)
NEEDS_ADMINISTRATOR = Reason("needs_administrator", _("The authority has no active local data administrator."))
WRONG_AREAS = Reason("wrong_areas", _("A coordinator of this kind cannot be registered for these policy areas."))
AREA_TAKEN = Reason("area_taken", _("There is a coordinator of this kind in this policy area already: %(authority)s."))
NEEDS_REGION = Reason("needs_region", _("A coordinator of this kind needs at least one region."))
UNKNOWN_KIND = Reason("unknown_kind", _("There is no such kind of coordinator."))
HAS_NATIONAL = Reason("has_national", _("The country has a national coordinator already: %(authority)s."))
UNKNOWN_COUNTRY = Reason("unknown_country", _("There is no such country."))
NO_NATIONAL = Reason("no_national", _("The country has no national coordinator yet."))
WRONG_STATE = Reason("wrong_state", _("This is not possible any more: the registration has moved on."))
NEEDS_REASON = Reason("needs_reason", _("Say why."))
LINK_OVER = Reason("link_over", _("This link has been used or is too old. Ask for a new one."))
OVERTAKEN = Reason("overtaken", _("Somebody else has changed this meanwhile. Your words have not been stored."))
TOO_OFTEN = Reason("too_often", _("This was asked for too often. Try again tomorrow."))
OPEN_ADMISSION = Reason("open_admission", _("A registration for this mail address is open already."))
UNKNOWN_TASK = Reason("unknown_task", _("There is no such coordinator's task."))
UNKNOWN_REGION = Reason("unknown_region", _("There is no such region in the country."))
UNKNOWN_SETTING = Reason("unknown_setting", _("There is no such setting in this policy area."))
COORDINATORS_SETTING = Reason("coordinators_setting", _("This setting is for coordinators only."))
EXISTS = Reason("exists", _("There are authorities or open registrations that look like this one. Look at them first."))
INCOMPLETE = Reason("incomplete", _("The registration is not complete."))
MAIL_TAKEN = Reason("mail_taken", _("Somebody else is registered with this mail address."))
NEEDS_TITLE = Reason("needs_title", _("An informal title is needed in at least one language."))
MISSING = Reason("missing", _("This is missing."))
TOO_LONG = Reason("too_long", _("This is too long."))
TOO_MANY = Reason("too_many", _("There are too many."))
