"""What the controls of a form need to know of the page they stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from imi.core import context
from imi.core.compiled import Compiled
from imi.core.definition import Action
from imi.core.exchange import Exchange as State
from imi.core.facts import Facts
from imi.core.refusal import FieldError
from imi.exchanges.queries import Viewing
from imi.web.requests.concepts import Concepts
from imi.web.requests.texts import Words

PREFIX = "f"


def name_of(*path: str) -> str:
    """The name of an input; the prefix keeps a field of a definition apart from the page's own inputs."""
    return f"{PREFIX}-{'--'.join(path)}"


def id_of(*path: str) -> str:
    """The id of an input, where an error leads to."""
    return f"id_{name_of(*path)}"


@dataclass
class Sent:
    """What came with a form, by path."""

    values: QueryDict
    files: MultiValueDict[str, UploadedFile]

    def one(self, *path: str) -> str:
        """A single value, empty if it did not come."""
        return self.text(*path).strip()

    def text(self, *path: str) -> str:
        """A single value as typed, but for the one sign that no database keeps."""
        return self.values.get(name_of(*path), "").replace("\x00", "")

    def many(self, *path: str) -> list[str]:
        """All values of a name."""
        return [one.replace("\x00", "") for one in self.values.getlist(name_of(*path))]

    def uploads(self, *path: str) -> list[UploadedFile]:
        """The files that came under a name."""
        return self.files.getlist(name_of(*path))

    @property
    def button(self) -> str:
        """The button that was pressed."""
        return self.values.get("do", "")


@dataclass
class Scene:
    """One action's form before one user."""

    viewing: Viewing
    state: State
    facts: Facts
    action: Action
    words: Words
    concepts: Concepts
    data: Mapping[str, Any] = field(default_factory=dict)  # what is filled in, as JSON types
    sent: Sent | None = None
    faults: list[tuple[FieldError, str]] = field(default_factory=list)  # found by the page itself, with their sentence
    taken: list[dict[str, Any]] = field(default_factory=list)  # files that came beside an answer

    @property
    def compiled(self) -> Compiled:
        """The definition the exchange is pinned to."""
        return self.viewing.compiled

    @property
    def language(self) -> str:
        """The reader's language."""
        return self.words.language

    @property
    def party(self) -> str:
        """The party in which the user takes the action."""
        held = self.viewing.parties
        return next((actor.party for actor in self.action.by if actor.party in held), "")

    @property
    def can_preview(self) -> bool:
        """Whether the form is drafted for somebody else to read.

        Only then: the state after any other action would show its user what the action itself has yet to disclose.
        """
        return self.action.keeps_draft and self.action.into == "content"

    def values(self) -> Mapping[str, Any]:
        """The facts of the exchange under the names that conditions use."""
        return context.values(self.compiled, self.state, self.facts, self.party, self.viewing.who.authority_id)
