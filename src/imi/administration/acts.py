"""The record of administrative acts: who changed what on whom, written in the transaction of the change.

Every act has a kind of :data:`KINDS`; whoever adds a kind of act adds its words there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from imi.accounts.queries import Standing
from imi.administration.models import Act

KINDS: Mapping[str, Promise | str] = {
    "admission.invited": _("Invitation to register was sent"),
    "admission.requested": _("Registration was asked for"),
    "admission.opened": _("The link of the registration was used"),
    "admission.link_renewed": _("A new link to the registration was sent"),
    "admission.submitted": _("Registration was submitted"),
    "admission.validated": _("Registration was validated"),
    "admission.refused": _("Registration was refused"),
    "admission.withdrawn": _("Registration was withdrawn"),
    "admission.expired": _("Registration expired"),
    "authority.registered": _("Authority was registered"),
    "authority.renamed": _("Official name was changed"),
    "authority.deactivated": _("Authority was deactivated"),
    "authority.reactivated": _("Authority was reactivated"),
    "authority.validator_changed": _("Validating coordinator was changed"),
    "authority.contacts_changed": _("Contact data were changed"),
    "authority.text_changed": _("Title or description was changed"),
    "authority.text_drafted": _("Title or description was translated by machine"),
    "authority.languages_changed": _("Languages were changed"),
    "authority.competence_changed": _("Competence was changed"),
    "authority.regions_changed": _("Regions were changed"),
    "authority.confirmed": _("Data were confirmed"),
    "register.entered": _("Register was entered"),
    "register.changed": _("Register was changed"),
    "register.removed": _("Register was removed"),
    "correction.proposed": _("Correction was proposed"),
    "correction.accepted": _("Correction was accepted"),
    "correction.dismissed": _("Correction was dismissed"),
    "access.granted": _("Access to a policy area was granted"),
    "access.suspended": _("Access to a policy area was suspended"),
    "access.resumed": _("Access to a policy area was resumed"),
    "access.coordinator_changed": _("Access coordinator was changed"),
    "access.request_coordinator_added": _("Request coordinator was added"),
    "access.request_coordinator_removed": _("Request coordinator was removed"),
    "access.settings_changed": _("Settings of a policy area were changed"),
    "link.made": _("Authority was linked"),
    "link.removed": _("Link was removed"),
    "delegation.made": _("Coordinator's task was delegated"),
    "delegation.withdrawn": _("Delegation was withdrawn"),
    "mail.undeliverable": _("Mail does not arrive"),
    "mail.arrives": _("Mail arrives again"),
    "user.registered": _("User was registered"),
    "user.changed": _("Data of a user were changed"),
    "user.name_changed": _("User name was changed"),
    "user.name_told": _("User name was looked up"),
    "user.roles_changed": _("Roles of a user were changed"),
    "user.removed": _("User was removed"),
    "user.took_over": _("User took over from a colleague"),
    "user.reset": _("New temporary password was sent"),
    "user.unlocked": _("User was unlocked"),
    "user.identity_linked": _("Identity of another service was linked"),
    "user.identity_unlinked": _("Link with an identity of another service was removed"),
    "user.sessions_ended": _("Sessions of a user were ended"),
    "user.password_changed": _("Own password was changed"),
    "user.code_changed": _("Own security code was changed"),
    "user.factor_added": _("Second factor was added"),
    "user.factor_removed": _("Second factor was removed"),
    "user.recovery_renewed": _("New recovery codes were made"),
    "user.factors_removed": _("All second factors of a user were removed"),
    "event.published": _("Event was published"),
    "event.changed": _("Event was changed"),
    "event.cancelled": _("Event was cancelled"),
    "news.published": _("News was published"),
    "news.withdrawn": _("News was withdrawn"),
    "newsletter.sent": _("Newsletter was sent"),
    "plan.announced": _("Plan was announced"),
    "plan.text_changed": _("Text of a plan was changed"),
    "plan.text_drafted": _("Text of a plan was translated by machine"),
    "plan.withdrawn": _("Plan was withdrawn"),
    "plan.done": _("To-do of a plan was done"),
    "plan.undone": _("To-do of a plan was opened again"),
    "material.published": _("Material was published"),
    "material.withdrawn": _("Material was withdrawn"),
    "training.asked": _("Access to training was asked for"),
    "training.given": _("Access to training was given"),
    "training.refused": _("Access to training was refused"),
    "training.withdrawn": _("Access to training was withdrawn"),
}
"""Every kind of act with its words."""

_SECRET = frozenset({"password", "token", "code", "secret", "key", "digest", "username"})


class UnknownAct(ValueError):
    """The kind of an act is not one of :data:`KINDS`, or its details look like a secret."""


@dataclass(frozen=True, slots=True)
class Author:
    """Who acts."""

    source: str
    user_id: int | None = None
    authority_id: str | None = None

    @classmethod
    def of(cls, who: Standing) -> Author:
        """Somebody who is signed in."""
        return cls(Act.Source.USER.value, who.user_id, who.authority_id)


OPERATOR = Author(Act.Source.OPERATOR.value)
SYSTEM = Author(Act.Source.SYSTEM.value)
APPLICANT = Author(Act.Source.APPLICANT.value)


def record(
    kind: str,
    by: Author,
    *,
    authority: str | None = None,
    user: int | None = None,
    area: str | None = None,
    admission: int | None = None,
    details: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Act:
    """Write down an act; call it inside the transaction of the change itself.

    Args:
        kind: one of :data:`KINDS`.
        by: who acts.
        authority, user, area, admission: whom and what it concerns.
        details: what changed, as JSON; usually ``before`` and ``after``, or a ``reason``. Never a secret.

    Raises:
        UnknownAct: the kind has no words, or a detail is named like a secret.
    """
    given = dict(details or {})
    if kind not in KINDS:
        raise UnknownAct(f"unknown kind of act: {kind}")
    secret = sorted(name for name in _names(given) if _SECRET.intersection(name.split("_")))
    if secret:
        raise UnknownAct(f"{kind}: secrets are not recorded: {', '.join(secret)}")
    return Act.objects.create(
        at=now or timezone.now(),
        source=by.source,
        by_user_id=by.user_id,
        by_authority_id=by.authority_id,
        kind=kind,
        authority_id=authority,
        user_id=user,
        area_id=area,
        admission_id=admission,
        details=given,
    )


def _names(value: Any) -> Iterator[str]:
    """Every name in nested details."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield str(name)
            yield from _names(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _names(inner)
