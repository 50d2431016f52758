"""Mails about events, news, plans and access to training; each note once, in the reader's language.

The claim of a note and its mail are one transaction: a killed worker leaves neither or both. Who wants one mail a day
gets what has come due in one; a newsletter is always a mail of its own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from imi.accounts.models import User
from imi.database.chore import Chore
from imi.notify import outreach_words
from imi.notify.letters import Letter, harmless
from imi.notify.models import OutgoingMail
from imi.outreach import calendar_file
from imi.outreach.models import Note

AT_ONCE = 50
_NOTES = Chore("notes")  # its rows are bundles: the notes that go into one mail
ABOUT = ("event__host", "issue__host", "plan", "todo", "request__person", "request__coordinator")


def post_notes(now: datetime) -> int:
    """Turn notes whose mail is due into mails; how many mails were made."""
    resting = [pk for bundle in _NOTES.resting(now) for pk in bundle]
    due = Note.objects.filter(posted_at__isnull=True, due_at__lte=now).exclude(pk__in=resting)
    waiting = due.order_by("due_at", "pk").values_list("pk", "user_id", "kind", "user__mail_choice")[:AT_ONCE]
    bundles: dict[tuple[object, ...], list[int]] = {}
    for pk, user, kind, choice in waiting:
        together = choice == User.Mail.DAILY and kind != Note.Kind.NEWSLETTER
        bundles.setdefault((user,) if together else (user, pk), []).append(pk)
    return _NOTES.each([tuple(pks) for pks in bundles.values()], _post, now)


@transaction.atomic
def _post(pks: Sequence[int], now: datetime) -> bool:
    """Make one mail of notes of one person, unless another worker has."""
    claimed = [pk for pk in pks if Note.objects.filter(pk=pk, posted_at__isnull=True).update(posted_at=now)]
    notes = list(Note.objects.filter(pk__in=claimed).select_related("user", *ABOUT).order_by("pk"))
    if not notes or not notes[0].user.is_active:
        return False
    user = notes[0].user
    letter = harmless(letter_of(notes, user.language))
    key = hashlib.sha256(f"note:{notes[0].key}".encode()).hexdigest()
    OutgoingMail.objects.get_or_create(
        key=key,
        defaults={
            "recipient": user.email,
            "language": user.language,
            "subject": letter.subject,
            "body": letter.body,
            "made_at": now,
            "due_at": now,
        },
    )
    Note.objects.filter(pk__in=claimed).update(mail_key=key)
    return True


def letter_of(notes: Sequence[Note], language: str) -> Letter:
    """The mail about one or several notes, in a language."""
    if len(notes) == 1:
        words = outreach_words.newsletter if notes[0].issue else outreach_words.letter
        return words(notes[0], language)
    with override(language):
        subject = ngettext("IMI: %(count)s piece of news", "IMI: %(count)s pieces of news", len(notes))
        body = _("This is new for you in the Internal Market Information System:\n\n%(lines)s")
        lines = [outreach_words.fact(note) for note in notes]
        told = "\n\n".join(f"- {text}\n  {url}" for text, url in lines)
        return Letter(subject % {"count": len(notes)}, body % {"lines": told})


def attach_calendar(message: EmailMessage, mail: OutgoingMail) -> None:
    """Attach the calendar file to a mail about one event, as the event is now; one query for any other mail."""
    note = Note.objects.filter(mail_key=mail.key, event__isnull=False).select_related("event").first()
    if note is None or note.event is None or Note.objects.filter(mail_key=mail.key).count() > 1:
        return
    how = calendar_file.method(note.event)
    content = calendar_file.one(note.event, note.user_id)
    name = f"event-{note.event.pk}.ics"
    params = {"method": how, "charset": "utf-8"}
    message.add_attachment(content, maintype="text", subtype="calendar", params=params, filename=name)


@dataclass(frozen=True, slots=True)
class Sending:
    """How far a newsletter has got: mails sent, mails refused, of how many readers."""

    sent: int
    failed: int
    all: int


def sending(issue_id: int) -> Sending:
    """How far the mails of a newsletter have got; three queries."""
    notes = Note.objects.filter(issue=issue_id)
    mails = OutgoingMail.objects.filter(key__in=notes.exclude(mail_key="").values("mail_key"))
    return Sending(
        sent=mails.filter(sent_at__isnull=False).count(),
        failed=mails.filter(failed_at__isnull=False).count(),
        all=notes.count(),
    )
