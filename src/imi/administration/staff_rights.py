"""Who may do what with the users of an authority: each question answers None, or the reason against it.

Source: the permission matrix and "Lost password and user name" of the guide for the first user. Users, their roles and
their passwords are the local data administrator's; the data administrators of the coordinator behind an authority help
its local data administrators, and nobody else there.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from imi.accounts import queries as accounts
from imi.accounts.models import User
from imi.accounts.queries import DATA_ADMINISTRATOR, Standing
from imi.administration import reasons
from imi.administration.reasons import Reason
from imi.database.prepared import prepared
from imi.directory.models import Authority, CoordinatorLink

ONESELF = Reason("oneself", _("You cannot do this to yourself; another local data administrator can."))
GONE = Reason("gone", _("This person is not a user of IMI any more."))
NO_LOCAL_ADMINISTRATOR = Reason(
    "no_local_administrator",
    _("A coordinator helps the local data administrators of an authority only; they help their colleagues."),
)
LAST_ADMINISTRATOR = Reason(
    "last_administrator",
    _("This is the only local data administrator of your authority. Make somebody else one first."),
)
UNKNOWN_ROLE = Reason("unknown_role", _("Your authority cannot give this role in this policy area."))
LAST_OF_ROLE = Reason("last_of_role", _("Nobody else holds these roles: %(roles)s. Confirm that nobody shall."))
NEEDS_SUCCESSOR = Reason("needs_successor", _("Choose the colleague who takes over."))
NO_COLLEAGUE = Reason("no_colleague", _("Choose a colleague of your authority."))
NAME_TAKEN = Reason("name_taken", _("This user name cannot be used. Choose another one."))
NOT_LOCKED = Reason("not_locked", _("This person is not locked."))
BUSY = Reason("busy", _("Too many passwords are being made at this moment. Try again in a few seconds."))


def to_manage(who: Standing, person: User) -> Reason | None:
    """Edit a user, set roles, unlock, end sessions, look the user name up: only in the own authority."""
    if not who.administrator:
        return reasons.NO_ADMINISTRATOR
    if person.authority_id != who.authority_id:
        return reasons.NOT_FOUND
    return None if person.is_active else GONE


def to_remove(who: Standing, person: User) -> Reason | None:
    """Remove a user; nobody removes himself or herself, so that somebody always answers for it."""
    found = to_manage(who, person)
    if found is None and person.pk == who.user_id:
        return ONESELF
    return found


def to_reset(who: Standing, person: User) -> Reason | None:
    """Have a new temporary password made: for a colleague, or as a coordinator for a local data administrator."""
    if person.pk == who.user_id:
        return ONESELF
    if person.authority_id == who.authority_id:
        return to_manage(who, person)
    found = to_help(who, person.authority_id)
    if found is not None:
        return found
    if not person.is_active:
        return GONE
    if not person.is_administrator:
        return NO_LOCAL_ADMINISTRATOR
    return None if accounts.may_reset(who, person) else reasons.NOT_FOUND


def to_tell_name(who: Standing, person: User) -> Reason | None:
    """Look a user name up to tell it again: of colleagues, or as a coordinator of a local data administrator."""
    return to_manage(who, person) if person.authority_id == who.authority_id else to_reset(who, person)


def to_help(who: Standing, authority: str) -> Reason | None:
    """See the local data administrators of an authority that one's own validated or stands behind as coordinator."""
    areas = sorted(who.areas_with(DATA_ADMINISTRATOR))
    if not areas:
        return reasons.NO_DATA_ADMINISTRATOR
    if authority == who.authority_id:
        return reasons.ITSELF
    return None if _behind(authority=authority, coordinator=who.authority_id, areas=areas) else reasons.NOT_FOUND


@prepared()
def _behind(authority: str, coordinator: str, areas: list[str]) -> QuerySet[Any, str]:
    links = CoordinatorLink.objects.filter(authority=OuterRef("pk"), coordinator=coordinator, area__in=areas)
    found = Authority.objects.filter(Q(validator=coordinator) | Exists(links), pk=authority)
    return found.values_list("pk", flat=True)
