"""What an engine is.

An engine says by pair what it can do: a general list of languages would promise pairs that it has not. Its class says
where texts go; which classes are allowed is the operator's to say (``IMI_TRANSLATION_CLASSES``), the own house alone
unless it is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

PIVOT = "en"
"""The language over which two models are joined where there is none for a pair."""

LONGEST = 20_000
"""Signs of a text that is translated at all; longer ones are no titles and descriptions."""


class DataClass(StrEnum):
    """Where an engine takes the texts."""

    LOCAL = "local"  # they stay in the house
    INSTITUTION = "institution"  # a service of the European institutions
    EXTERNAL = "external"


class Untranslatable(Exception):
    """A text got no translation that could be shown; ``code`` says why, for people to be told in words."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Route:
    """How a pair is translated: by which engine and models, and over which language."""

    engine: str
    version: str
    source: str
    target: str
    via: str = ""


class Engine(Protocol):
    """What translates. Used in one thread only, the one that first translates with it."""

    name: str
    data_class: DataClass

    def installed(self) -> bool:
        """Whether it has anything to translate with."""

    def route(self, source: str, target: str) -> Route | None:
        """How it would translate this pair; None if it cannot. Reads no model."""

    def translate(self, text: str, route: Route) -> str:
        """Translate a text.

        Raises:
            Untranslatable: it cannot, or not well enough to be shown.
        """
