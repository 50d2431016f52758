"""Who sees what: aspects granted by the definition's rules, and the exchange cut down to them.

The rest of the system shows only what :func:`disclose` returns, so a field that no rule grants cannot leak through a
page, a mail, an export or a search.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from imi.core.compiled import Compiled
from imi.core.context import values as context_values
from imi.core.definition import Placeholder
from imi.core.exchange import Attachment, Exchange, Item, Message
from imi.core.facts import Facts
from imi.core.notation import Aspect
from imi.core.questions import FROM_SUBJECT


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What one viewer may see of an exchange. ``hidden`` names the aspects kept back."""

    aspects: frozenset[Aspect]
    hidden: frozenset[Aspect]
    content: Mapping[str, Any]
    items: tuple[Item, ...]
    answers: Mapping[str, Any]
    messages: tuple[Message, ...]
    attachments: tuple[Attachment, ...]
    personal_masked: bool


def visible(
    compiled: Compiled,
    exchange: Exchange,
    authority: str,
    roles: frozenset[str],
    facts: Facts,
    linked: bool = False,
) -> frozenset[Aspect]:
    """The aspects of an exchange that a user of an authority may see.

    Args:
        roles: the user's roles in the area.
        linked: the viewer's authority is linked to one that holds a party: the overview, nothing more, and only in
            states in which both sides know of the exchange.
    """
    seen: set[Aspect] = set()
    held = exchange.held_by(authority)
    in_public = linked and exchange.state in compiled.public_states
    if in_public or any(former == authority for _party, former in exchange.former):
        seen.add("overview")
    values = context_values(compiled, exchange, facts, actor=authority)
    for rule in compiled.sights:
        sight = rule.sight
        if sight.party not in held or exchange.state not in rule.states:
            continue
        if sight.roles and roles.isdisjoint(sight.roles):
            continue
        if rule.condition is None or rule.condition.evaluate(values):
            seen.update(sight.sees)
    return frozenset(seen)


def disclose(
    compiled: Compiled, exchange: Exchange, aspects: frozenset[Aspect], parties: tuple[str, ...] = ()
) -> Disclosed:
    """The exchange cut down to the given aspects.

    Args:
        aspects: what :func:`visible` granted.
        parties: the viewer's parties; fields and messages private to other parties stay hidden.
    """
    personal = "personal" in aspects
    request = "request" in aspects
    return Disclosed(
        aspects=aspects,
        hidden=frozenset(sight for sight in _all_aspects(compiled) if sight not in aspects),
        content=_content(compiled, exchange, personal, withheld(compiled, parties)) if request else {},
        items=tuple(_items(compiled, exchange, personal)) if request else (),
        answers=exchange.answers if "answers" in aspects else {},
        messages=tuple(_messages(compiled, exchange, aspects, parties)),
        attachments=tuple(_attachments(compiled, exchange, aspects)),
        personal_masked=request and not personal,
    )


def _all_aspects(compiled: Compiled) -> frozenset[Aspect]:
    return frozenset(aspect for sight in compiled.lifecycle.visibility for aspect in sight.sees)


def withheld(compiled: Compiled, parties: tuple[str, ...]) -> frozenset[str]:
    """The content fields that are private to parties other than these, whatever else their holders may see."""
    return frozenset(name for name, circle in compiled.private_fields.items() if circle.isdisjoint(parties))


def _content(compiled: Compiled, exchange: Exchange, personal: bool, private: frozenset[str]) -> dict[str, Any]:
    return {
        name: value
        for name, value in exchange.content.items()
        if name not in private
        and (personal or (name in compiled.field_by_name and name not in compiled.personal_fields))
    }


def _items(compiled: Compiled, exchange: Exchange, personal: bool) -> Iterator[Item]:
    return (item if personal else without_personal_data(compiled, item) for item in exchange.items)


def without_personal_data(compiled: Compiled, item: Item) -> Item:
    """A question without its comment and without what fills a gap that may name somebody."""
    kept = {
        name: value
        for name, value in item.placeholders.items()
        if name in compiled.placeholders and not _may_name_somebody(compiled.placeholders[name])
    }
    return replace(item, placeholders=kept, comment="")


def _may_name_somebody(gap: Placeholder) -> bool:
    return gap.personal is not None or gap.type in (FROM_SUBJECT, "attachment")


def _messages(
    compiled: Compiled, exchange: Exchange, aspects: frozenset[Aspect], parties: tuple[str, ...]
) -> Iterator[Message]:
    """What a reply says beside its answers is seen with the answers: not before a coordinator approved it."""
    for message in exchange.messages:
        aspect: Aspect = "answers" if message.action in compiled.answer_actions else "messages"
        if aspect in aspects and (not message.private_to or message.private_to in parties):
            yield message


def _attachments(compiled: Compiled, exchange: Exchange, aspects: frozenset[Aspect]) -> Iterator[Attachment]:
    """The files, those of the reply only together with the answers."""
    if "attachments" not in aspects:
        return
    for attachment in exchange.attachments:
        if "answers" in aspects or attachment.action not in compiled.answer_actions:
            yield attachment
