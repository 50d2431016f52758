"""The words of mails: in the reader's language, with a link and without any content of the case."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from imi.exchanges import definitions
from imi.exchanges.models import EventRecord
from imi.helpdesk.models import Post, Thread


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body of a mail."""

    subject: str
    body: str


LONGEST_SUBJECT = 300


def without_marks(text: str) -> str:
    """A text without private characters: in a stored mail these stand for links and secrets, and people typed it."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Co")


def harmless(letter: Letter) -> Letter:
    """A letter with words that people typed, such as the name of an authority, as it may be stored."""
    return Letter(without_marks(letter.subject)[:LONGEST_SUBJECT], without_marks(letter.body))


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


def about_thread(post: Post, language: str) -> str:
    """What happened at the help desk, in a few words of the reader's language; nothing of what was written."""
    values = {"authority": post.by_authority.name}
    with override(language):
        match post.did:
            case Post.Did.SETTLED:
                return _("settled by %(authority)s") % values
            case Post.Did.HANDED_OVER:
                return _("%(authority)s hands a question over to you") % values
        if post.thread.sort == Thread.Sort.QUESTION and post.side == Post.Side.ASKING:
            return _("you have a question from %(authority)s") % values
        return _("you have a message from %(authority)s") % values


def thread_link(thread: int) -> str:
    """The address of a thread of the help desk, on the configured host only."""
    return f"{settings.IMI_URL}/helpdesk/{thread}/"


def letter_about_thread(post: Post, language: str) -> Letter:
    """The mail about something at the help desk.

    Args:
        post: what was written or done, with its thread and authority.
        language: the reader's.
    """
    with override(language):
        subject = _("IMI: %(what)s") % {"what": about_thread(post, language)}
        body = _(
            "There is something new at the help desk of the Internal Market Information System: %(what)s.\n\n"
            "Sign in to read it: %(link)s\n\n"
            "For reasons of data protection this mail contains nothing of what was written. "
            "You can choose in your settings how often you are told by mail."
        ) % {"what": about_thread(post, language), "link": thread_link(post.thread_id)}
    return Letter(subject, body)


@dataclass(frozen=True, slots=True)
class News:
    """One piece of news of the daily mail: what it is about, what happened, and where one reads it."""

    about: str
    happened: str
    link: str


def news(event: EventRecord | None, number: str, post: Post | None, language: str) -> News:
    """One piece of news: of an event of the exchange with that number, or of a post of the help desk."""
    if post is not None:
        with override(language):
            return News(_("Help desk"), about_thread(post, language), thread_link(post.thread_id))
    if event is None:
        raise ValueError("a notice is about an event or a post")
    return News(number, happened(event, language), link(number))


def digest(told: Sequence[News], language: str) -> Letter:
    """The daily mail about several pieces of news.

    Args:
        told: the news, oldest first.
        language: the reader's.
    """
    lines = [f"- {one.about}: {one.happened}\n  {one.link}" for one in told]
    with override(language):
        subject = ngettext("IMI: %(count)s piece of news", "IMI: %(count)s pieces of news", len(told)) % {
            "count": len(told)
        }
        body = _(
            "This is new for you in the Internal Market Information System:\n\n%(lines)s\n\n"
            "For reasons of data protection this mail contains nothing of the cases themselves. "
            "You can choose in your settings how often you are told by mail."
        ) % {"lines": "\n".join(lines)}
    return Letter(subject, body)
