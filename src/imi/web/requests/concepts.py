"""Professions, activities and other concepts on a page: names for codes, and codes for what people type."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from imi.directory.models import Concept
from imi.directory.queries import concept_labels, find_concepts

_CODE_AT_END = re.compile(r"\(([A-Za-z0-9._-]{1,40})\)\s*$")
SUGGESTIONS = 8


@dataclass
class Concepts:
    """The names of concepts in one language: those that a page announces are read with one query for each scheme."""

    language: str
    _wanted: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def want(self, scheme: str | None, code: object) -> None:
        """Announce that the name of this code will be asked for."""
        if scheme and isinstance(code, str) and code and (scheme, code) not in self._known:
            self._wanted[scheme].add(code)

    def label(self, scheme: str | None, code: object) -> str:
        """The name of a concept, or the code itself where it is no concept of the scheme."""
        text = str(code or "")
        if not scheme or not text:
            return text
        self.want(scheme, text)
        if (scheme, text) not in self._known:
            wanted = self._wanted.pop(scheme, {text})
            labels = concept_labels(wanted, scheme, self.language)
            self._known.update({(scheme, one): label for one, label in labels.items()})
        return self._known[scheme, text]

    def shown(self, scheme: str | None, code: object) -> str:
        """What stands in an input for a code: its name with the code, so that it leads back to it."""
        label = self.label(scheme, code)
        return label if label == str(code or "") else f"{label} ({code})"


def resolve(typed: str, scheme: str, language: str) -> str:
    """The code behind what somebody typed; the words themselves where no single concept bears that name."""
    typed = typed.strip()
    if not typed:
        return ""
    named = _CODE_AT_END.search(typed)
    for code in (named.group(1) if named else "", typed):
        if code and Concept.objects.filter(scheme=scheme, code=code).exists():
            return code
    wanted = typed.casefold()
    for found in find_concepts(typed[:200], scheme, language, SUGGESTIONS):
        if wanted in (found.label.casefold(), found.matched.casefold()):
            return found.code
    return typed


def suggestions(typed: str, scheme: str, language: str) -> list[tuple[str, str]]:
    """What somebody may have meant, as (code, name)."""
    return [(one.code, one.label) for one in find_concepts(typed[:200], scheme, language, SUGGESTIONS)]


def unknown(scheme: str, codes: Iterable[str]) -> set[str]:
    """Those of the given values that are no concept of the scheme; one query."""
    wanted = set(codes)
    if not wanted:
        return set()
    return wanted - set(Concept.objects.filter(scheme=scheme, code__in=wanted).values_list("code", flat=True))
