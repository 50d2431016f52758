"""Names of areas and states in the reader's language, for pages that speak of many procedures at once.

Which procedures are offered changes seldom and is the same for everybody; it is read anew every half minute. The
titles themselves come from :mod:`imi.exchanges.definitions`, which keeps each definition compiled and worded.
"""

from __future__ import annotations

import time
from collections.abc import Container
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from imi.accounts.models import RoleGrant
from imi.catalogue.texts import Translated
from imi.core.compiled import Compiled
from imi.core.definition import Await, State
from imi.exchanges import definitions
from imi.exchanges.definitions import Voice

KEPT_SECONDS = 30.0
ROLE_TITLES = {
    RoleGrant.Role.BASIC: gettext_lazy("Basic user"),
    RoleGrant.Role.HANDLER: gettext_lazy("Request handler"),
    RoleGrant.Role.ALLOCATOR: gettext_lazy("Allocator"),
    RoleGrant.Role.APPROVER: gettext_lazy("Approval and referral handler"),
    RoleGrant.Role.DATA_ADMINISTRATOR: gettext_lazy("Data administrator"),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """The current definition of a procedure, by area."""

    area: str
    content_hash: str


_offered: dict[str, tuple[float, tuple[Offered, ...]]] = {}


def offered() -> tuple[Offered, ...]:
    """The current definitions, in the order of their names."""
    kept = _offered.get("all")
    if kept is None or kept[0] < time.monotonic():
        found = tuple(Offered(one.area_id, one.hash) for one in definitions.offered())
        kept = (time.monotonic() + KEPT_SECONDS, found)
        _offered["all"] = kept
    return kept[1]


def forget() -> None:
    """Read anew what is offered; for tests and after publishing."""
    _offered.clear()


def marked(text: Translated) -> str:
    """A text for a page; one that stands in for a missing translation says in which language it is."""
    if text.is_fallback:
        return format_html('<span lang="{}">{}</span>', text.lang, text.text)
    return text.text


def area_titles(lang: str) -> dict[str, str]:
    """The title of every policy area with a procedure on offer, in a language, by slug."""
    titles: dict[str, str] = {}
    for one in offered():
        if one.area not in titles:
            titles[one.area] = definitions.voice(one.content_hash, lang).area().text
    return titles


def area_title(area: str, lang: str) -> str:
    """The title of a policy area; its slug where no procedure of it is on offer."""
    return area_titles(lang).get(area, area)


def state_titles(lang: str, without_drafts: bool = False) -> dict[str, str]:
    """The title of every state of the procedures on offer, by id, in the order of their lives.

    Args:
        without_drafts: leave out the states before anything was sent.
    """
    titles: dict[str, str] = {}
    for one in offered():
        voice = definitions.voice(one.content_hash, lang)
        for state in voice.compiled.lifecycle.states:
            if state.id not in titles and not (without_drafts and state.phase == "draft"):
                titles[state.id] = voice.state(state.id).text
    return titles


def state_of(area: str, state: str) -> tuple[Compiled, State] | None:
    """A state of the procedures on offer in an area, with its definition; None if none of them has it."""
    for one in offered():
        if one.area == area:
            compiled = definitions.compiled(one.content_hash)
            if state in compiled.states:
                return compiled, compiled.states[state]
    return None


def await_title(voice: Voice, state: str, awaited: Await) -> Translated:
    """What is awaited in a state, in words."""
    return voice.get(f"states.{state}.awaits.{awaited.party}.{awaited.action}.title", awaited.title)


def role_titles(roles: Container[str]) -> list[str]:
    """The names of roles, in the order of the guide for the first user of an authority."""
    return [str(title) for role, title in ROLE_TITLES.items() if role in roles]
