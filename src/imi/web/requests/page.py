"""What the page of a request shows: worked out here, drawn by the templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from imi.core.compiled import expand_states
from imi.core.exchange import Attachment
from imi.core.notation import Aspect
from imi.core.visible import Disclosed
from imi.exchanges.queries import Viewing, looks
from imi.web.reasons import refusal_text
from imi.web.requests import answers, deadlines, values
from imi.web.requests.figures import moment_text, size_text
from imi.web.requests.values import Reader, original

CONTENT: tuple[Aspect, ...] = ("request", "personal", "attachments", "answers", "messages", "history")


def aspect_names() -> dict[Aspect, str]:
    """What each aspect of an exchange is called."""
    return {
        "overview": _("Parties, state and dates"),
        "request": _("The request and its questions"),
        "personal": _("Personal data"),
        "attachments": _("Documents"),
        "answers": _("Answers"),
        "messages": _("Messages"),
        "history": _("History"),
    }


def side_language(reader: Reader, holders: Mapping[str, tuple[str, ...]], party: str) -> str:
    """In which language the holder of a party works."""
    held = holders.get(party, ())
    return reader.names.main_language(held[0]) if held else "en"


def sides(viewing: Viewing) -> tuple[str, str]:
    """The party that asks and the party that answers, as the lifecycle says who fills in which form."""
    actions = viewing.compiled.lifecycle.actions
    asking = next((one.by[0].party for one in actions if one.into == "content"), "")
    answering = next((one.by[0].party for one in actions if one.into == "answers"), "")
    return asking, answering


# --- header ----------------------------------------------------------------------------------------------------------


def parties(viewing: Viewing, reader: Reader) -> list[dict[str, Any]]:
    """Who takes part, with country and official name."""
    found = []
    for party, held in viewing.holders.items():
        for authority in held:
            name, language = reader.names.official(authority)
            found.append(
                {
                    "party": reader.words.party(party),
                    "title": reader.names.title(authority),
                    "name": name,
                    "name_lang": language,
                    "country": reader.names.country(authority),
                    "own": authority == viewing.who.authority_id,
                    "coordinates": bool(viewing.compiled.parties[party].coordinates),
                    "id": authority,
                }
            )
    return found


def running(viewing: Viewing, reader: Reader) -> list[dict[str, Any]]:
    """The deadlines: those that run first, then those that were met."""
    now = viewing.facts.now
    ordered = sorted(viewing.deadlines.values(), key=lambda due: (due.met is not None, due.due_at))
    return [deadlines.badge(due, reader.words, now) for due in ordered]


def offers(viewing: Viewing, reader: Reader) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the user may do now, the most important first; and what not, with the reason for each."""
    allowed, refused = [], []
    for one in viewing.offered:
        action = one.action
        entry = {
            "label": reader.words.action(action.id),
            "help": reader.words.action_help(action),
            "url": reverse("requests:act", args=[viewing.row.number, action.id]),
            "tone": action.tone,
        }
        if one.refusal is None:
            allowed.append(entry)
        else:
            refused.append({**entry, "reason": refusal_text(one.refusal, action.id, reader.words)})
    order = {"primary": 0, "secondary": 1, "danger": 2}
    return sorted(allowed, key=lambda entry: order[str(entry["tone"])]), refused


# --- content ---------------------------------------------------------------------------------------------------------


def content(shown: Disclosed, reader: Reader, languages: tuple[str, str], number: str) -> dict[str, Any]:
    """The request itself: summary, questions with answers, messages, documents."""
    asking, answering = languages
    return {
        "sections": values.rows(reader, shown.content, asking),
        "asked": answers.asked(reader, shown, asking, answering),
        "files": files(shown.attachments, reader, number),
    }


def files(attachments: tuple[Attachment, ...], reader: Reader, number: str) -> list[dict[str, Any]]:
    """The documents, with where to get them."""
    return [
        {
            "name": one.name,
            "size": size_text(one.size),
            "party": reader.words.party(one.party),
            "url": reverse("requests:file", args=[number, one.id]),
        }
        for one in attachments
    ]


def messages(viewing: Viewing, reader: Reader) -> list[dict[str, Any]]:
    """What both sides wrote, for the timeline component; people are named to their own authority only."""
    shown = viewing.shown
    own = viewing.who.authority_id
    reader.names.want(message.authority for message in shown.messages)
    reader.names.want_people(message.user for message in shown.messages if message.authority == own)
    names = {one.id: one.name for one in shown.attachments}
    found = []
    for message in shown.messages:
        person = reader.names.person(message.user) if message.authority == own else ""
        title = reader.names.title(message.authority)
        found.append(
            {
                "id": f"message-{message.seq}",
                "when": moment_text(message.at),
                "iso": message.at,
                "title": reader.words.done(message.action),
                "who": f"{person}, {title}" if person else title,
                "tone": "info" if message.authority == own else "neutral",
                "body": original(message.text, reader.names.main_language(message.authority)) if message.text else "",
                "files": [
                    {"name": names[one], "url": reverse("requests:file", args=[viewing.row.number, one])}
                    for one in message.attachments
                    if one in names
                ],
            }
        )
    return found


def hidden(viewing: Viewing, reader: Reader) -> list[str]:
    """For each part that is kept from the user: that it is, and from which state it will be shown."""
    named = aspect_names()
    told = []
    for aspect in CONTENT:
        if aspect in viewing.shown.hidden:
            when = _shown_from(viewing, aspect)
            if when:
                state = reader.words.state(when)
                told.append(_("%(what)s: shown from the state “%(state)s”.") % {"what": named[aspect], "state": state})
            else:
                told.append(_("%(what)s: not shown to you in this exchange.") % {"what": named[aspect]})
    return told


def _shown_from(viewing: Viewing, aspect: Aspect) -> str:
    """The first state, in the order of the lifecycle, in which the user's side and roles see an aspect."""
    order = [state.id for state in viewing.compiled.lifecycle.states]
    possible: set[str] = set()
    for sight in viewing.compiled.lifecycle.visibility:
        if aspect not in sight.sees or sight.party not in viewing.parties or sight.when:
            continue
        if sight.roles and not viewing.roles & set(sight.roles):
            continue
        states = set(expand_states(viewing.compiled.lifecycle, sight.states)) if sight.states else set(order)
        possible |= states - set(expand_states(viewing.compiled.lifecycle, sight.not_states))
    here = order.index(viewing.row.state)
    return next((state for state in order[here:] if state in possible), "")


def why_overview_only(viewing: Viewing, reader: Reader) -> str:
    """Why a user sees the high-level overview and nothing else; empty if there is more to see."""
    if viewing.aspects - {"overview", "history"}:
        return ""
    if viewing.linked:
        return _("Your authority is linked to one that takes part. It sees the overview only.")
    if not viewing.parties:
        return _("Your authority has passed this exchange on. It keeps the overview only.")
    if viewing.roles <= {"basic"}:
        return _("As a basic user you see the overview only. Ask for the role of a request handler to see more.")
    return _("Your role does not show more than the overview in the present state.")


# --- lifecycle and transparency --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """A plain table: the columns' names, the rows' texts, and the column that says what a row is about."""

    headers: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    named_by: int = 0


def sight_table(viewing: Viewing, reader: Reader) -> Table:
    """Who can see what now: parties by aspects, in words."""
    named = aspect_names()
    used = [aspect for aspect in named if any(aspect in one.sees for one in viewing.compiled.lifecycle.visibility)]
    rows = [
        (reader.words.party(party), *(_("yes") if aspect in seen else _("no") for aspect in used))
        for party, seen in viewing.sights().items()
    ]
    return Table((_("Party"), *(named[aspect] for aspect in used)), rows)


def look_table(viewing: Viewing, reader: Reader) -> Table:
    """Who of the own authority looked at personal data, latest first; the same within one minute is one line."""
    named = aspect_names()
    lines: dict[tuple[str, ...], int] = Counter(
        (
            moment_text(look.at),
            look.user.get_full_name(),
            ", ".join(named.get(one, one) for one in look.aspects),
            _purpose(look.purpose, reader),
        )
        for look in looks(viewing)
    )
    rows = [
        (when, who, what, f"{purpose} ({times}×)" if times > 1 else purpose)
        for (when, who, what, purpose), times in lines.items()
    ]
    return Table((_("When"), _("Who"), _("What was shown"), _("For")), rows, named_by=1)


def _purpose(purpose: str, reader: Reader) -> str:
    """Why somebody looked: a page, or the form of an action."""
    known = {
        "show": _("reading"),
        "history": _("history"),
        "overview": _("overview"),
        "print": _("printing"),
        "preview": _("preview"),
        "reuse": _("using it again"),
        "file": _("opening a document"),
        "decisions": _("desk of approvals and referrals"),
    }
    if purpose in known:
        return known[purpose]
    return reader.words.action(purpose) if purpose in reader.compiled.actions else purpose


def proposals(viewing: Viewing, reader: Reader) -> list[dict[str, Any]]:
    """What one side proposed and the other has not decided yet, with the texts of the form."""
    found = []
    for action in viewing.compiled.lifecycle.actions:
        proposal = viewing.proposals.get(action.effects.propose or "")
        if proposal is None:
            continue
        party = str(proposal.get("by", ""))
        language = side_language(reader, viewing.holders, party)
        entries = [
            {
                "term": reader.words.label(f"actions.{action.id}.form.{section.id}.{field.id}", field),
                "html": values.value_html(
                    reader, field, f"actions.{action.id}.form.{section.id}.{field.id}", proposal[field.id], language
                ),
            }
            for section in viewing.compiled.sections(action)
            for field in section.fields
            if field.id in proposal
        ]
        found.append({"title": reader.words.done(action.id), "who": reader.words.party(party), "entries": entries})
    return found
