"""Published definitions: stored immutably by content hash, compiled once per process, worded in each language."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from django.db import OperationalError

from imi.catalogue.texts import Translated, Wording
from imi.core.compiled import Compiled, compile_definition
from imi.core.wording import texts
from imi.exchanges import stored_form
from imi.exchanges.models import PublishedDefinition, PublishedWording

WORDING_SECONDS = 30.0
log = logging.getLogger("imi.definitions")


class ProgramIsOlder(OperationalError):
    """A newer program has published a definition that this process cannot run: it is about to be replaced.

    What the database holds cannot be served now, but soon. That is how a database fails that is away for a while, so
    whoever waits for one waits for the update too: people are asked to try again, the worker does so by itself.
    """


@lru_cache(maxsize=512)
def compiled(content_hash: str) -> Compiled:
    """The compiled definition with this hash; read and compiled once per process, for it never changes.

    Raises:
        PublishedDefinition.DoesNotExist: no such definition was published.
        ProgramIsOlder: a newer program published it.
    """
    stored = PublishedDefinition.objects.get(hash=content_hash)
    try:
        return _compile(stored)
    except stored_form.NewerForm as fault:
        details = {"event": "definition.newer", "procedure": stored.procedure, "definition": content_hash}
        log.error("a newer program has published a definition; update this one", extra=details)
        raise ProgramIsOlder(f"{stored}: {fault}") from fault


def _compile(stored: PublishedDefinition) -> Compiled:
    return compile_definition(stored_form.from_stored(stored.body), stored.hash)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored definition that this program cannot run; ``newer`` when that is because the program is the older one."""

    name: str
    newer: bool


def unreadable() -> Iterator[Unreadable]:
    """Every stored definition that this program cannot run, for whoever looks after an installation."""
    for stored in PublishedDefinition.objects.order_by("procedure", "published_at").iterator(chunk_size=20):
        try:
            _compile(stored)
        except ValueError as fault:
            yield Unreadable(str(stored), newer=isinstance(fault, stored_form.NewerForm))


@lru_cache(maxsize=512)
def _english(content_hash: str) -> dict[str, str]:
    return texts(compiled(content_hash).definition)


_wordings: dict[tuple[str, str], tuple[float, Wording]] = {}


def wording(content_hash: str, language: str) -> Wording:
    """The texts of a definition in a language; corrections are seen within half a minute."""
    key = (content_hash, language)
    kept = _wordings.get(key)
    if kept is None or kept[0] < time.monotonic():
        stored = PublishedWording.objects.filter(definition=content_hash, language=language).first()
        worded = Wording.stored(language, _english(content_hash), stored.texts if stored else {})
        kept = (time.monotonic() + WORDING_SECONDS, worded)
        _wordings[key] = kept
    return kept[1]


def forget() -> None:
    """Empty this process's caches; for tests that change a stored definition, which nobody does in earnest."""
    compiled.cache_clear()
    _english.cache_clear()
    forget_wordings()


def forget_wordings() -> None:
    """Read the texts anew, which publishing may have corrected; what a definition compiles to never changes."""
    _wordings.clear()


@dataclass(frozen=True, slots=True)
class Voice:
    """A definition speaking one language: every text a page needs, with its fallback."""

    compiled: Compiled
    wording: Wording

    def get(self, key: str, english: str | None) -> Translated:
        """The text with this key; empty where the definition has none."""
        return self.wording.get(key, english) if english else Translated("", self.wording.lang, False)

    def procedure(self) -> Translated:
        """The procedure's title."""
        return self.get("procedure.title", self.compiled.definition.procedure.title)

    def area(self) -> Translated:
        """The policy area's title."""
        return self.get("area.title", self.compiled.definition.area.title)

    def state(self, state: str) -> Translated:
        """The name of a state."""
        return self.get(f"states.{state}.title", self.compiled.states[state].title)

    def state_summary(self, state: str) -> Translated:
        """What a state means."""
        return self.get(f"states.{state}.summary", self.compiled.states[state].summary)

    def party(self, party: str) -> Translated:
        """The name of a party."""
        return self.get(f"parties.{party}.title", self.compiled.parties[party].title)

    def action(self, action: str) -> Translated:
        """The name of an action."""
        return self.get(f"actions.{action}.title", self.compiled.actions[action].title)

    def done(self, action: str) -> Translated:
        """How the history tells an action."""
        return self.get(f"actions.{action}.done", self.compiled.actions[action].done)

    def deadline(self, deadline: str) -> Translated:
        """The name of a deadline."""
        return self.get(f"deadlines.{deadline}.title", self.compiled.deadlines[deadline].title)

    def role(self, role: str) -> Translated:
        """The name of a role."""
        known = {one.id: one.title for one in self.compiled.lifecycle.roles}
        return self.get(f"roles.{role}.title", known.get(role, role))


def voice(content_hash: str, language: str) -> Voice:
    """The definition with this hash, speaking ``language``."""
    return Voice(compiled(content_hash), wording(content_hash, language))


def current(procedure: str) -> str | None:
    """The hash of the definition that new exchanges of a procedure use; None if it was never published.

    Asked anew each time: another process may have published a newer one.
    """
    return PublishedDefinition.objects.filter(procedure=procedure, current=True).values_list("hash", flat=True).first()


def offered() -> list[PublishedDefinition]:
    """The current definition of every procedure, by name."""
    return list(PublishedDefinition.objects.filter(current=True).defer("body").order_by("procedure"))
