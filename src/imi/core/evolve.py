"""From a state and an event to the next state. Never refuses: what has happened has happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from imi.core.compiled import Compiled
from imi.core.definition import Action
from imi.core.event import Event
from imi.core.exchange import Attachment, Due, Exchange, Item, Message, due_from_json, with_updates


def replay(compiled: Compiled, number: str, events: Iterable[Event]) -> Exchange:
    """The state that a whole history leads to.

    Raises:
        ValueError: the history is empty.
    """
    exchange: Exchange | None = None
    for event in events:
        exchange = evolve(compiled, number, exchange, event)
    if exchange is None:
        raise ValueError("an exchange has at least one event")
    return exchange


def evolve(compiled: Compiled, number: str, exchange: Exchange | None, event: Event) -> Exchange:
    """The state after ``event``.

    Args:
        number: the exchange's stable number.
        exchange: the state before, None for the first event.
        event: an event whose data may have been erased (None): then its words are gone, its consequences stay.
    """
    at = event.at.isoformat()
    current = exchange or _opened(compiled, number, event, at)
    changes = event.changes
    updates: dict[str, Any] = {"seq": event.seq, "erased": current.erased or event.data is None}
    if event.kind in ("action", "part") and not _is_concurrent(compiled, event):
        updates["changed"] = event.seq
    if event.kind == "action":
        updates["counts"] = {**current.counts, event.name: current.counts.get(event.name, 0) + 1}
        updates["last_activity"] = at
    if event.state != current.state:
        updates.update(_entered(compiled, current, event.state, at))
    _apply_changes(updates, current, changes)
    if event.kind == "reminder":
        updates["reminded"] = (*current.reminded, changes["reminder"])
    action = compiled.actions.get(event.name) if event.kind == "action" else None
    if action is not None:
        _apply_data(updates, current, compiled, action, event, at)
    elif event.kind == "part" and event.data is not None:
        _apply_part(updates, event.data)
    return with_updates(current, updates)


def _is_concurrent(compiled: Compiled, event: Event) -> bool:
    action = compiled.actions.get(event.name)
    return action is not None and action.concurrent


def _opened(compiled: Compiled, number: str, event: Event, at: str) -> Exchange:
    return Exchange(
        number=number,
        definition=compiled.content_hash,
        seq=0,
        state=event.state,
        state_since=at,
        opened_at=at,
        last_activity=at,
        visited=(event.state,),
    )


def _entered(compiled: Compiled, current: Exchange, state: str, at: str) -> dict[str, Any]:
    phase = compiled.states[state].phase
    return {
        "state": state,
        "state_since": at,
        "visited": current.visited if state in current.visited else (*current.visited, state),
        "closed_at": at if phase == "done" else None,
    }


def _apply_changes(updates: dict[str, Any], current: Exchange, changes: Mapping[str, Any]) -> None:
    if "parties" in changes:
        updates["parties"] = {**current.parties, **{name: tuple(held) for name, held in changes["parties"].items()}}
    if "countries" in changes:
        updates["countries"] = {**current.countries, **changes["countries"]}
    if "former" in changes:
        updates["former"] = (*current.former, *((party, authority) for party, authority in changes["former"]))
    if "deadlines" in changes:
        updates["deadlines"] = _merged_deadlines(current.deadlines, changes["deadlines"])
        began = {name: stored["started"] for name, stored in changes["deadlines"].items()}
        updates["first_started"] = {**began, **current.first_started, **changes.get("first_started", {})}
    if "allocations" in changes:
        merged = {**current.allocations, **{name: tuple(users) for name, users in changes["allocations"].items()}}
        updates["allocations"] = {name: users for name, users in merged.items() if users}
    if "proposals" in changes:
        proposals = {**current.proposals, **changes["proposals"]}
        updates["proposals"] = {name: proposal for name, proposal in proposals.items() if proposal is not None}
    if "removed_items" in changes:
        removed = set(changes["removed_items"])
        updates["items"] = tuple(item for item in current.items if item.question not in removed)
    if "parts" in changes:
        updates["parts"] = (*current.parts, *changes["parts"])
    if "parent" in changes:
        updates["parent"] = changes["parent"]


def _merged_deadlines(current: Mapping[str, Due], changed: Mapping[str, Any]) -> dict[str, Due]:
    merged = dict(current)
    for name, stored in changed.items():
        merged[name] = due_from_json(stored)
    return merged


def _apply_data(
    updates: dict[str, Any], current: Exchange, compiled: Compiled, action: Action, event: Event, at: str
) -> None:
    if event.data is None:
        return
    data = event.data
    files = tuple(
        Attachment(**one, seq=event.seq, party=event.by.party, action=action.id)
        for field in compiled.fields[action.id]
        if field.type == "files"
        for one in data.get(field.id, ())
    )
    if files:
        known = {attachment.id for attachment in current.attachments}
        updates["attachments"] = (*current.attachments, *(one for one in files if one.id not in known))
    match action.into:
        case "content":
            for field in compiled.fields[action.id]:
                if field.type == "questions" and field.id in data:
                    updates["items"] = tuple(Item(**item) for item in data[field.id])
            updates["content"] = _merged_content(current, compiled, action, data)
        case "answers":
            _apply_reply(updates, current, compiled, action, data, files)
    text = _words(action, data)
    if action.into in ("message", "answers") and (text or (files and action.into == "message")):
        message = Message(
            seq=event.seq,
            at=at,
            party=event.by.party,
            authority=event.by.authority,
            user=event.by.user,
            text=text,
            action=action.id,
            attachments=tuple(one.id for one in files),
            private_to=action.private_to or "",
        )
        updates["messages"] = (*updates.get("messages", current.messages), message)


def _apply_reply(
    updates: dict[str, Any],
    current: Exchange,
    compiled: Compiled,
    action: Action,
    data: Mapping[str, Any],
    files: tuple[Attachment, ...],
) -> None:
    """A reply is always whole: it takes the place of one that a coordinator returned, with its words and files."""
    fields = [field.id for field in compiled.fields[action.id] if field.type == "answers"]
    answers = {question: answer for field in fields for question, answer in data.get(field, {}).items()}
    updates["answers"] = answers
    updates["messages"] = tuple(one for one in current.messages if one.action != action.id)
    kept = {one.id for one in files} | {file for answer in answers.values() for file in answer["attachments"]}
    attachments = updates.get("attachments", current.attachments)
    updates["attachments"] = tuple(one for one in attachments if one.action != action.id or one.id in kept)


def _merged_content(current: Exchange, compiled: Compiled, action: Action, data: Mapping[str, Any]) -> dict[str, Any]:
    """The content with the fields of this form replaced: what was emptied is gone."""
    elsewhere = {field.id for field in compiled.fields[action.id] if field.type in ("questions", "files")}
    replaced = {field.id for field in compiled.fields[action.id]}
    kept = {name: value for name, value in current.content.items() if name not in replaced}
    return {**kept, **{name: value for name, value in data.items() if name not in elsewhere}}


def _words(action: Action, data: Mapping[str, Any]) -> str:
    """What was said: the long texts of the form, in order."""
    fields = [field for section in action.form for field in section.fields if field.type == "long_text"]
    return "\n\n".join(str(data[field.id]) for field in fields if data.get(field.id))


def _apply_part(updates: dict[str, Any], data: Mapping[str, Any]) -> None:
    updates["content"] = dict(data["content"])
    updates["items"] = tuple(Item(**item) for item in data["items"])
    updates["attachments"] = tuple(Attachment(**attachment) for attachment in data["attachments"])
