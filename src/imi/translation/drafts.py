"""What texts in several languages have in common, whatever they are about: which languages could be drafted by machine.

A draft is made only from what a person wrote, and never from another draft; it is marked until a person confirms it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from imi.translation import engines
from imi.translation.engine import Route
from imi.translation.models import Drafted, Job

ORDERED_A_DAY = 30
"""How often an authority may order drafts; the engine computes for seconds at each language, one after the other."""

BY_A_PERSON = {"source_lang": "", "source_digest": "", "engine": "", "via": "", "drafted_at": None}
"""What is noted down of a draft, once a person has written or confirmed the text."""

ENDED = Job.State.DONE, Job.State.FAILED


@dataclass(frozen=True, slots=True)
class Prospects:
    """What could be drafted from the text in one language.

    ``possible`` are the languages without a text, or with a draft of earlier words, into which it can be translated;
    ``impossible`` are those into which it cannot. ``engine`` says whether there is an engine at all.
    """

    engine: bool
    possible: tuple[str, ...]
    impossible: tuple[str, ...]


def prospects(texts: Mapping[str, Any], source: str, waiting: Collection[str]) -> Prospects:
    """What could be drafted.

    Args:
        texts: those of one thing by language, each a :class:`Drafted`.
        source: the language from which.
        waiting: languages for which a draft is on its way.
    """
    found = engines.installed()
    wanted = [code for code, _name in settings.LANGUAGES if code not in waiting and _missing(texts, source, code)]
    possible = tuple(code for code in wanted if engines.route(source, code, found))
    return Prospects(bool(found), possible, tuple(code for code in wanted if code not in possible))


def _missing(texts: Mapping[str, Any], source: str, lang: str) -> bool:
    if lang == source:
        return False
    present = texts.get(lang)
    return present is None or (present.machine and outdated(present, texts))


def outdated(draft: Drafted, texts: Mapping[str, Any]) -> bool:
    """Whether the words from which a draft was made are others now, or unknown."""
    original = texts.get(draft.source_lang)
    return original is None or original.digest() != draft.source_digest


def overtaken(texts: Mapping[str, Any], source: str, digest: str, lang: str) -> bool:
    """Whether a draft is not wanted any more: a person was quicker, or its original is another one now."""
    original, present = texts.get(source), texts.get(lang)
    return original is None or original.digest() != digest or (present is not None and not present.machine)


def job_of(digest: str, route: Route) -> Job | None:
    """The job by which a text is translated; None if there is none any more."""
    same = {"source": route.source, "target": route.target, "engine": route.engine, "version": route.version}
    return Job.objects.filter(digest=digest, **same).first()
