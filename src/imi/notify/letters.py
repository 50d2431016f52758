"""The words of mails: in the reader's language, with a link and without any content of the case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from imi.exchanges import definitions
from imi.exchanges.models import EventRecord


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body of a mail."""

    subject: str
    body: str


def happened(event: EventRecord, language: str) -> str:
    """What happened, in a few words of the reader's language."""
    voice = definitions.voice(event.definition, language)
    with override(language):
        match event.kind:
            case "action" | "part":
                return voice.done(event.name).text
            case "reminder":
                deadline = voice.deadline(event.name).text
                days = int(event.changes.get("days", 0))
                if days < 0:
                    return ngettext(
                        "reminder: one day left (%(deadline)s)", "reminder: %(days)s days left (%(deadline)s)", -days
                    ) % {"days": -days, "deadline": deadline}
                return ngettext(
                    "reminder: one day late (%(deadline)s)", "reminder: %(days)s days late (%(deadline)s)", days
                ) % {"days": days, "deadline": deadline}
            case _:
                return _("a deadline moved (%(deadline)s)") % {"deadline": voice.deadline(event.name).text}


def link(number: str) -> str:
    """The address of an exchange, on the configured host only."""
    return f"{settings.IMI_URL}/requests/{number}/"


def letter(event: EventRecord, number: str, language: str) -> Letter:
    """The mail about one event.

    Args:
        event: what happened.
        number: the exchange.
        language: the reader's.
    """
    procedure = definitions.voice(event.definition, language).procedure().text
    with override(language):
        subject = _("IMI %(number)s: something awaits you") % {"number": number}
        body = _(
            "There is something new in the Internal Market Information System.\n\n"
            "Reference: %(number)s\n"
            "Procedure: %(procedure)s\n"
            "What happened: %(happened)s\n\n"
            "Sign in to read it: %(link)s\n\n"
            "For reasons of data protection this mail contains nothing of the case itself. "
            "You can choose in your settings how often you are told by mail."
        ) % {"number": number, "procedure": procedure, "happened": happened(event, language), "link": link(number)}
    return Letter(subject, body)


def digest(events: Sequence[tuple[EventRecord, str]], language: str) -> Letter:
    """The daily mail about several events.

    Args:
        events: what happened, each with the number of its exchange, oldest first.
        language: the reader's.
    """
    lines = [f"- {number}: {happened(event, language)}\n  {link(number)}" for event, number in events]
    with override(language):
        subject = ngettext("IMI: %(count)s piece of news", "IMI: %(count)s pieces of news", len(events)) % {
            "count": len(events)
        }
        body = _(
            "This is new for you in the Internal Market Information System:\n\n%(lines)s\n\n"
            "For reasons of data protection this mail contains nothing of the cases themselves. "
            "You can choose in your settings how often you are told by mail."
        ) % {"lines": "\n".join(lines)}
    return Letter(subject, body)
