"""The words of mails about events, plans and access to training, and how a newsletter is put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.defaultfilters import date as in_words
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from imi.directory.names import language_name
from imi.directory.titles import marked
from imi.notify.letters import Letter
from imi.outreach.models import Event, Note
from imi.outreach.plan_texts import text_of, todo_in
from imi.outreach.words import SOURCE, chosen


def fact(note: Note) -> tuple[str, str]:
    """What a note tells in one line, in the language that is active, and the address of its page."""
    values = _values(note, get_language() or SOURCE)
    return _FACTS[note.kind]() % values, f"{settings.IMI_URL}{path(note)}"


def path(note: Note) -> str:
    """The page that a note leads to."""
    if note.event_id is not None:
        return f"/events/{note.event_id}/"
    if note.issue_id is not None:
        return f"/bulletin/newsletters/{note.issue_id}/"
    if note.plan_id is not None:
        return f"/plans/{note.plan_id}/"
    return f"/training-access/{note.request_id}/" if note.kind == Note.Kind.TRAINING_ASKED else "/training-access/"


def letter(note: Note, language: str) -> Letter:
    """The mail about one note.

    Args:
        language: the reader's.
    """
    with override(language):
        text, url = fact(note)
        parts = [text, *_more(note), f"{_('Sign in to read more:')} {url}", _settings_line()]
        return Letter(f"IMI: {_SUBJECTS[note.kind]()}", "\n\n".join(part for part in parts if part))


def newsletter(note: Note, language: str) -> Letter:
    """A newsletter as one reader gets it: each text in the reader's language, else in another that it has."""
    issue = note.issue
    if issue is None:
        raise ValueError("this note is about no newsletter")
    head = chosen(issue.texts.all(), language)
    with override(language):
        parts = [head.body if head else ""]
        for item in issue.items.filter(published=True).prefetch_related("texts").order_by("-from_on", "-pk"):
            text = chosen(item.texts.all(), language)
            if text is not None:
                title = _spoken(text.title, text.lang, language)
                parts.append(f"{title}\n{'-' * min(len(title), 60)}\n{text.body}".strip())
        parts.append(f"{_('Read it with its links:')} {settings.IMI_URL}/bulletin/newsletters/{issue.pk}/")
        stop = _("You get this newsletter from %(host)s. You can stop it in your settings: %(address)s")
        parts.append(stop % {"host": issue.host.name, "address": f"{settings.IMI_URL}/account/"})
        return Letter(head.title if head else _("IMI: newsletter"), "\n\n".join(part for part in parts if part))


def _spoken(title: str, lang: str, reader: str) -> str:
    """A title, with the language that it is in where that is not the reader's."""
    return title if lang == reader else f"{title} ({language_name(lang, reader)})"


def local(moment: datetime, zone: str) -> datetime:
    """A moment as clocks in a zone show it; without zone, so that nothing turns it again."""
    return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _more(note: Note) -> list[str]:
    """What else the mail says, beside the fact itself."""
    if note.event is not None:
        return [
            _when_and_where(note.event),
            *([f"{_('Reason:')} {note.event.reason}"] if note.event.reason else []),
            f"{_('Calendar file:')} {settings.IMI_URL}/events/{note.event.pk}/calendar.ics",
        ]
    if note.kind == Note.Kind.TRAINING_GIVEN:
        return [
            *_reason_of_giver(note),
            _training_place(),
            _("The user name is never mailed: your coordinator tells it."),
        ]
    if note.kind in (Note.Kind.TRAINING_REFUSED, Note.Kind.TRAINING_ENDED) and note.request is not None:
        return [f"{_('Reason:')} {note.request.reason}"]
    return []


def _reason_of_giver(note: Note) -> list[str]:
    """Why a coordinator gave access unasked, if it has said so."""
    given = note.request
    return [f"{_('Reason:')} {given.why}"] if given is not None and given.asked_by_id is None and given.why else []


def _training_place() -> str:
    """Where the training copy is, as far as this installation knows."""
    if settings.IMI_TRAINING:
        return _("This installation is itself the training copy: %(address)s") % {"address": settings.IMI_URL}
    if settings.IMI_TRAINING_URL:
        return _("The training copy is here: %(address)s") % {"address": settings.IMI_TRAINING_URL}
    return _("Your coordinator tells you where the training copy is.")


def _when_and_where(event: Event) -> str:
    starts = local(event.starts_at, event.timezone)
    when = f"{in_words(starts, 'DATE_FORMAT')} {in_words(starts, 'H:i')} ({event.timezone})"
    lines = [f"{_('When:')} {when}", f"{_('Where:')} {event.place or _('online')}"]
    return "\n".join(lines)


def _settings_line() -> str:
    return _("You can choose in your settings how often you are told by mail.")


def _values(note: Note, lang: str) -> dict[str, str]:
    values = {"event": "", "plan": "", "todo": "", "date": "", "person": ""}
    if note.event is not None:
        values["event"] = note.event.title
    if note.plan is not None:
        text = text_of(note.plan, lang)
        values |= {"plan": marked(text.title, text.machine, lang), "date": _day(note.plan.planned_on)}
        if note.todo is not None:
            values |= {"todo": todo_in(text, note.todo.number), "date": _day(note.todo.due_on)}
    if note.request is not None:
        values["person"] = note.request.person.get_full_name()
    return values


def _day(day: date) -> str:
    return in_words(day, "DATE_FORMAT")


_FACTS: Mapping[str, Callable[[], str]] = {
    Note.Kind.INVITED: lambda: _("You are invited: %(event)s"),
    Note.Kind.CHANGED: lambda: _("This event was changed: %(event)s"),
    Note.Kind.CANCELLED: lambda: _("This event was cancelled: %(event)s"),
    Note.Kind.MOVED_UP: lambda: _("You have moved up from the waiting list and have a place: %(event)s"),
    Note.Kind.NEWSLETTER: lambda: _("A newsletter of your coordinator has come."),
    Note.Kind.ANNOUNCED: lambda: _("A new plan concerns you: %(plan)s (%(date)s)"),
    Note.Kind.OVERDUE: lambda: _("This is overdue since %(date)s: %(todo)s (%(plan)s)"),
    Note.Kind.TRAINING_ASKED: lambda: _("Access to the training copy is asked for: %(person)s"),
    Note.Kind.TRAINING_GIVEN: lambda: _("Access to the training copy was given: %(person)s"),
    Note.Kind.TRAINING_REFUSED: lambda: _("Access to the training copy was refused: %(person)s"),
    Note.Kind.TRAINING_ENDED: lambda: _("Access to the training copy was withdrawn: %(person)s"),
}
_SUBJECTS: Mapping[str, Callable[[], str]] = {
    Note.Kind.INVITED: lambda: _("invitation to an event"),
    Note.Kind.CHANGED: lambda: _("an event was changed"),
    Note.Kind.CANCELLED: lambda: _("an event was cancelled"),
    Note.Kind.MOVED_UP: lambda: _("you have a place"),
    Note.Kind.NEWSLETTER: lambda: _("newsletter"),
    Note.Kind.ANNOUNCED: lambda: _("a new plan"),
    Note.Kind.OVERDUE: lambda: _("something is overdue"),
    Note.Kind.TRAINING_ASKED: lambda: _("access to training is asked for"),
    Note.Kind.TRAINING_GIVEN: lambda: _("access to training"),
    Note.Kind.TRAINING_REFUSED: lambda: _("access to training"),
    Note.Kind.TRAINING_ENDED: lambda: _("access to training"),
}
