"""The history of an exchange, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _

from imi.core.definition import Action
from imi.exchanges.models import EventRecord
from imi.exchanges.queries import Viewing
from imi.web.requests.figures import day_text, moment_text
from imi.web.requests.names import Names
from imi.web.requests.texts import Words
from imi.web.requests.values import original


def items(viewing: Viewing, words: Words, names: Names) -> list[dict[str, Any]]:
    """The events for the timeline component, oldest first; empty without the right to the history.

    People are named to their own authority only; to the other side their authority speaks.
    """
    events = viewing.events
    names.want(_authorities(events))
    own = viewing.who.authority_id
    names.want_people(event.user for event in events if event.authority == own)
    return [_item(viewing, event, words, names) for event in events]


def _authorities(events: Iterable[EventRecord]) -> set[str]:
    found = {event.authority for event in events}
    for event in events:
        for held in event.changes.get("parties", {}).values():
            found |= set(held)
    return found


def _item(viewing: Viewing, event: EventRecord, words: Words, names: Names) -> dict[str, Any]:
    action = viewing.compiled.actions.get(event.name)
    return {
        "id": f"event-{event.seq}",
        "when": moment_text(event.at),
        "iso": event.at.isoformat(),
        "title": _title(event, action, words),
        "who": _who(viewing, event, words, names),
        "tone": viewing.compiled.states[event.state].tone if event.state in viewing.compiled.states else "neutral",
        "body_html": _body(viewing, event, action, words, names),
    }


def _title(event: EventRecord, action: Action | None, words: Words) -> str:
    match event.kind:
        case "reminder":
            return format_html(_("Reminder: {}"), words.deadline(event.name))
        case "moved":
            return format_html(_("Deadline computed anew: {}"), words.deadline(event.name))
        case "replaced":
            return _("Taken over within the authority")
        case "part":
            return format_html(_("Split off from {}"), event.changes.get("parent", ""))
    return words.done(event.name) if action else event.name


def _who(viewing: Viewing, event: EventRecord, words: Words, names: Names) -> str:
    if not event.authority:
        return _("the system")
    title = names.title(event.authority)
    person = names.person(event.user) if event.authority == viewing.who.authority_id else ""
    party = words.party(event.party)
    who = f"{person}, {title}" if person else title
    return format_html("{} ({})", who, party) if party else who


def _body(viewing: Viewing, event: EventRecord, action: Action | None, words: Words, names: Names) -> str:
    """What followed from the event, and the note that was left with it."""
    lines = [*_moves(event, words, names), *_notes(viewing, event, action, names)]
    return format_html_join("", "<div>{}</div>", ((line,) for line in lines))


def _moves(event: EventRecord, words: Words, names: Names) -> Iterable[str]:
    if event.changes.get("former"):
        for party, held in event.changes.get("parties", {}).items():
            if any(former == party for former, _held in event.changes["former"]):
                yield _("Passed on to: %(authority)s") % {"authority": ", ".join(names.title(one) for one in held)}
    for part in event.changes.get("parts", ()):
        yield _("Continued in: %(number)s") % {"number": part}
    before: Mapping[str, str] = event.changes.get("before", {})
    for name, due in event.changes.get("deadlines", {}).items():
        label = words.deadline(name)
        if due.get("met"):
            continue
        if name in before:
            yield format_html(_("{}: {} instead of {}"), label, day_text(due["due"]), day_text(before[name]))
        else:
            yield format_html(_("{}: by {}"), label, day_text(due["due"]))


def _notes(viewing: Viewing, event: EventRecord, action: Action | None, names: Names) -> Iterable[str]:
    """Remarks, reasons and comments that live in the history only; text that may name a person is not among them."""
    payload = getattr(event, "payload", None)
    if action is None or action.into != "note" or payload is None or not isinstance(payload.data, Mapping):
        return
    if action.private_to and action.private_to not in viewing.parties:
        return
    for field in viewing.compiled.fields[action.id]:
        if field.type == "long_text" and field.personal is None and payload.data.get(field.id):
            yield original(str(payload.data[field.id]), names.main_language(event.authority))
