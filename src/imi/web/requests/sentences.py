"""Questions as sentences: the text in the reader's language with its gaps filled, or open to be filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import get_language

from imi.core.asking import PLACEHOLDER
from imi.core.definition import Placeholder, Question
from imi.core.questions import FROM_SUBJECT
from imi.directory.queries import country_name
from imi.web.requests.concepts import Concepts
from imi.web.requests.figures import day_text
from imi.web.requests.texts import Words


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words, or a gap; ``label`` says what fills the gap, ``filled`` what does."""

    text: str = ""
    gap: Placeholder | None = None
    label: str = ""
    filled: str = ""


def pieces(
    question: Question, given: Mapping[str, Any], words: Words, concepts: Concepts, files: Mapping[str, str]
) -> Iterator[Piece]:
    """A question cut at its gaps.

    Args:
        given: what fills the gaps, by placeholder.
        files: names of the documents that a gap may stand for, by id.
    """
    source = words.question_source(question).text
    for index, part in enumerate(PLACEHOLDER.split(source)):
        if index % 2 == 0:
            if part:
                yield Piece(text=part)
            continue
        gap = words.compiled.placeholders.get(part)
        if gap is None:
            yield Piece(text=f"[{part}]")
        elif gap.type == FROM_SUBJECT:
            # Whom the question is about stands in the request; here the word for it is enough.
            yield Piece(gap=gap, label=words.placeholder(gap), filled=words.placeholder(gap))
        else:
            filled = filling(gap, given.get(gap.id), words, concepts, files)
            yield Piece(gap=gap, label=words.placeholder(gap), filled=filled)


def filling(gap: Placeholder, value: Any, words: Words, concepts: Concepts, files: Mapping[str, str]) -> str:
    """What fills a gap, in the reader's language; empty if nothing does."""
    if not value:
        return ""
    match gap.type:
        case "concept":
            return concepts.label(gap.scheme, value)
        case "country" | "country_other":
            return country_name(str(value), words.language)
        case "date":
            return day_text(str(value))
        case "attachment":
            return files.get(str(value), "")
    return str(value)


def sentence(
    question: Question, given: Mapping[str, Any], words: Words, concepts: Concepts, files: Mapping[str, str]
) -> str:
    """A question as it is read: what fills a gap stands out, an empty gap shows what belongs there."""
    parts = format_html_join(
        "",
        "{}",
        (
            (
                piece.text
                if piece.gap is None
                else format_html('<strong class="imi-filled">{}</strong>', piece.filled)
                if piece.filled
                else format_html('<span class="imi-open-gap">[{}]</span>', piece.label),
            )
            for piece in pieces(question, given, words, concepts, files)
        ),
    )
    language = words.question_source(question).lang
    return parts if language == get_language() else format_html('<span lang="{}">{}</span>', language, parts)
