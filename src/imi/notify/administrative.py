"""Mails about administrative acts: invitations, registrations, access; in the reader's language.

The link that lets an applicant in is the only secret in them. It is made at the moment a mail is handed to the mail
server and lies nowhere in the database: a stored mail has the number of the admission in its place, between two marks.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from imi.accounts.models import User
from imi.administration.admissions import LINK_LASTS, mint_link
from imi.administration.models import Admission, Dispatch
from imi.administration.queries import administrators, data_administrators
from imi.database.chore import Chore
from imi.exchanges import definitions
from imi.notify.account_mail import MARK
from imi.notify.letters import Letter
from imi.notify.models import OutgoingMail

AT_ONCE = 50
_DISPATCHES = Chore("administrative mail", quiet=(definitions.ProgramIsOlder,))
# Private characters: no text contains them, and what people typed loses them before it gets into a mail.
_BEGINS, _ENDS = "\ue010", "\ue011"
_LINK = re.compile(f"{_BEGINS}([0-9]+){_ENDS}")
_NO_MARKS = str.maketrans("", "", _BEGINS + _ENDS + MARK)


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who is told."""

    email: str
    language: str


def post_administrative_mail(now: datetime) -> int:
    """Turn what is to be told of administrative acts into mails; how much was done."""
    waiting = Dispatch.objects.filter(done_at__isnull=True).exclude(pk__in=_DISPATCHES.resting(now))
    return _DISPATCHES.each(waiting.order_by("at", "pk").values_list("pk", flat=True)[:AT_ONCE], _post, now)


@transaction.atomic
def _post(dispatch_id: int, now: datetime) -> bool:
    if not Dispatch.objects.filter(pk=dispatch_id, done_at__isnull=True).update(done_at=now):
        return False
    told = Dispatch.objects.select_related("admission__coordinator", "authority", "about").get(pk=dispatch_id)
    for reader in _readers(told):
        letter = letter_of(told, reader.language)
        OutgoingMail.objects.get_or_create(
            key=hashlib.sha256(f"dispatch:{told.pk}:{reader.email.lower()}".encode()).hexdigest(),
            defaults={
                "recipient": reader.email,
                "language": reader.language,
                "subject": letter.subject,
                "body": letter.body,
                "made_at": now,
                "due_at": now,
            },
        )
    return True


def _readers(told: Dispatch) -> Iterator[Reader]:
    """Whom it goes to; people who want no mail get none."""
    if told.to == Dispatch.To.APPLICANT:
        if told.admission is not None:
            yield Reader(told.admission.email, told.admission.language)
        return
    if told.authority_id is None:
        return
    if told.to == Dispatch.To.ADMINISTRATORS:
        people = administrators(told.authority_id)
    else:
        people = data_administrators(told.authority_id, told.area_id)
    for user in people:
        if user.mail_choice != User.Mail.NONE:
            yield Reader(user.email, user.language)


# --- the link --------------------------------------------------------------------------------------------------------


def with_link(body: str) -> str:
    """Return a body as it is sent, with a new link in the place of the marks.

    Raises:
        ValueError: the admission has moved on, so that there is nothing to do for its applicant any more.
    """
    found = _LINK.search(body)
    if found is None:
        return body
    token = mint_link(int(found[1]), timezone.now())
    if token is None:
        raise ValueError("the admission has moved on")
    return body.replace(found[0], f"{settings.IMI_URL}/join/{token}")


def _link_of(admission: Admission) -> str:
    return f"{_BEGINS}{admission.pk}{_ENDS}"


# --- the words -------------------------------------------------------------------------------------------------------


def letter_of(told: Dispatch, language: str) -> Letter:
    """The mail about one act.

    Args:
        told: what is told.
        language: the reader's.
    """
    values = {
        "authority": told.about.name if told.about else "",
        "area": _area(told.area_id, language),
        "address": settings.IMI_URL,
    }
    if told.admission is not None:
        values |= {
            "authority": told.admission.name or told.admission.email,
            "coordinator": told.admission.coordinator.name,
            "days": str(LINK_LASTS.days),
            "reason": told.admission.reason,
        }
    values = {name: value.translate(_NO_MARKS) for name, value in values.items()}
    values["link"] = _link_of(told.admission) if told.admission is not None else ""
    with override(language):
        subject, body = _WORDS[told.kind]()
    return Letter(subject % values, body % values)


def _area(area: str | None, language: str) -> str:
    """The title of a policy area; its id where no procedure of it is published."""
    if area is None:
        return ""
    found = next((stored for stored in definitions.offered() if stored.area_id == area), None)
    return definitions.voice(found.hash, language).area().text if found else area


def _invited() -> tuple[str, str]:
    return _("IMI: invitation to register"), _(
        "%(coordinator)s invites your authority to register in the Internal Market Information System.\n\n"
        "Register here: %(link)s\n\n"
        "The link works once and for %(days)s days. If you have not expected this mail, ask the coordinator first."
    )


def _confirm_address() -> tuple[str, str]:
    return _("IMI: please confirm your address"), _(
        "Somebody has asked to register an authority with this mail address in the Internal Market Information "
        "System.\n\n"
        "Go on with the registration: %(link)s\n\n"
        "The link works once and for %(days)s days. If it was not you, you need do nothing."
    )


def _submitted() -> tuple[str, str]:
    return _("IMI: a registration awaits you"), _(
        "An authority has registered itself and waits for your decision.\n\n"
        "Authority: %(authority)s\n\n"
        "Sign in to validate or refuse it: %(address)s"
    )


def _validated() -> tuple[str, str]:
    return _("IMI: your authority is registered"), _(
        "%(authority)s has been registered in the Internal Market Information System.\n\n"
        "Its first user gets a temporary password in a mail of its own. The user name is never mailed: "
        "%(coordinator)s tells it."
    )


def _refused() -> tuple[str, str]:
    return _("IMI: your registration was refused"), _(
        "The registration of %(authority)s was refused by %(coordinator)s.\n\nReason: %(reason)s"
    )


def _access_granted() -> tuple[str, str]:
    return _("IMI: access to a policy area"), _(
        "%(authority)s has access to a policy area now: %(area)s.\n\n"
        "Sign in to give your colleagues their roles there: %(address)s"
    )


def _access_suspended() -> tuple[str, str]:
    return _("IMI: access suspended"), _(
        "The access of %(authority)s to a policy area has been suspended: %(area)s.\n\n"
        "The reason can be read in the history of your authority: %(address)s"
    )


def _access_resumed() -> tuple[str, str]:
    return _("IMI: access resumed"), _(
        "%(authority)s has its access to a policy area back: %(area)s.\n\nSign in: %(address)s"
    )


def _deactivated() -> tuple[str, str]:
    return _("IMI: your authority was deactivated"), _(
        "%(authority)s has been deactivated in the Internal Market Information System. Its users cannot sign in any "
        "more. Your coordinator can tell you why."
    )


def _reactivated() -> tuple[str, str]:
    return _("IMI: your authority was reactivated"), _(
        "%(authority)s takes part in the Internal Market Information System again.\n\nSign in: %(address)s"
    )


def _tasks_left() -> tuple[str, str]:
    return _("IMI: tasks of an authority that cannot act"), _(
        "%(authority)s cannot act any more in a policy area that you coordinate: %(area)s. Something waits for it.\n\n"
        "Sign in to see what, and who could do it instead: %(address)s"
    )


def _correction_proposed() -> tuple[str, str]:
    return _("IMI: a correction of your data is proposed"), _(
        "Somebody proposes a correction of the data of %(authority)s.\n\nSign in to accept or dismiss it: %(address)s"
    )


def _mail_undeliverable() -> tuple[str, str]:
    return _("IMI: mail does not arrive"), _(
        "Mail to %(authority)s, or to one of its users, does not arrive. Nothing more is sent to that address until it "
        "is corrected.\n\nSign in to see which address it is: %(address)s/administration/mail-problems/"
    )


_WORDS: dict[str, Callable[[], tuple[str, str]]] = {
    "invited": _invited,
    "confirm_address": _confirm_address,
    "submitted": _submitted,
    "validated": _validated,
    "refused": _refused,
    "access_granted": _access_granted,
    "access_suspended": _access_suspended,
    "access_resumed": _access_resumed,
    "deactivated": _deactivated,
    "reactivated": _reactivated,
    "tasks_left": _tasks_left,
    "correction_proposed": _correction_proposed,
    "mail_undeliverable": _mail_undeliverable,
}
