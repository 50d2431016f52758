"""What words in any language mean: concepts, through their names in all languages.

Every step keeps only the best candidates, so that it costs the same whatever is asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from imi.database.prepared import prepared
from imi.directory.folding import likeness, query_tokens, stem
from imi.directory.models import ConceptLabel, ConceptToken
from imi.directory.titles import FALLBACK

FAR = 0.35
"""Share of the best score below which a find is left out."""
LAST = "~"
"""Comes after all signs of search keys, which consist of a-z and 0-9."""

_KEYS = 600  # rows of search keys looked at
_CONCEPTS = 12  # concepts a query may mean
_SHORT = 3  # words of fewer letters are no beginnings of others

# How surely a word means its concept, by whose language it is in.
_OWN_LANGUAGE, _FALLBACK_LANGUAGE, _OTHER_LANGUAGE = 1.0, 0.9, 0.8


class ConceptMatch(NamedTuple):
    """A concept that a query may mean: how surely (0 to 1), and which words of the query it takes up."""

    score: float
    words: frozenset[int]


@dataclass(frozen=True, slots=True)
class FoundConcept:
    """A concept for a pick list; ``matched`` is the further name that was found, or the label again."""

    scheme: str
    code: str
    label: str
    matched: str
    score: float


def judged(words: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Yield each word with whether it is looked for as it stands only.

    Short words are, unless they are the last one, which the reader may still be typing.
    """
    return zip(words, _whole(words), strict=True)


def _whole(words: Sequence[str]) -> list[bool]:
    return [len(word) < (_SHORT if index == len(words) - 1 else _SHORT + 1) for index, word in enumerate(words)]


def shares(words: Sequence[str]) -> list[float]:
    """Return the part of the query that each word makes up, by letters."""
    letters = sum(map(len, words))
    return [len(word) / letters for word in words]


def match_concepts(words: Sequence[str], lang: str, scheme: str | None = None) -> dict[int, ConceptMatch]:
    """Return the concepts that the keys of a query may mean, best first, by primary key; one query."""
    best: dict[tuple[int, str], list[tuple[float, int]]] = defaultdict(lambda: [(0.0, 0)] * len(words))
    likes: dict[str, list[tuple[int, float]]] = {}
    for token, language, concept, weight in _concept_keys(near=_spans(words), scheme=scheme):
        if token not in likes:
            pairs = ((index, likeness(word, token)) for index, word in enumerate(words))
            likes[token] = [pair for pair in pairs if pair[1]]
        slots = best[concept, language]
        for index, like in likes[token]:
            slots[index] = max(slots[index], (like, weight))
    parts = shares(words)
    matches: dict[int, ConceptMatch] = {}
    for (concept, language), slots in best.items():
        match = _concept_match(slots, parts, _trust(language, lang))
        if concept not in matches or match > matches[concept]:
            matches[concept] = match
    ranked = sorted(matches.items(), key=lambda item: (-item[1].score, item[0]))[:_CONCEPTS]
    return {concept: match for concept, match in ranked if match.score >= FAR * ranked[0][1].score}


def _spans(words: Sequence[str]) -> list[tuple[str, str]]:
    """Return from where to where the keys lie that begin like each word, or are one that is looked for as it stands."""
    spans = ((word, word) if whole else (stem(word), stem(word) + LAST) for word, whole in judged(words))
    return list(dict.fromkeys(spans))


@prepared()
def _concept_keys(
    near: Sequence[tuple[str, str]], scheme: str | None
) -> QuerySet[ConceptToken, tuple[str, str, int, int]]:
    condition = Q()
    for first, last in near:
        condition |= Q(token__gte=first, token__lte=last)
    keys = ConceptToken.objects.filter(condition)
    if scheme is not None:
        keys = keys.filter(concept__scheme=scheme)
    return keys.order_by("-weight", "token", "concept_id").values_list("token", "lang", "concept_id", "weight")[:_KEYS]


def _trust(language: str, own: str) -> float:
    if language == own:
        return _OWN_LANGUAGE
    return _FALLBACK_LANGUAGE if language == FALLBACK else _OTHER_LANGUAGE


def _concept_match(slots: Sequence[tuple[float, int]], parts: Sequence[float], trust: float) -> ConceptMatch:
    """Weigh how much of the query the concept takes up, and how much of its name the query does."""
    query = sum(share * like for share, (like, _) in zip(parts, slots, strict=True))
    name = min(1.0, sum(weight for _, weight in slots) / 100)
    return ConceptMatch(
        trust * query * (0.5 + 0.5 * name), frozenset(index for index, (like, _) in enumerate(slots) if like)
    )


def find_concepts(words: str, scheme: str, lang: str, limit: int = 20) -> list[FoundConcept]:
    """Return the concepts of a scheme that words in any language mean, best first; two queries.

    Empty words, or words of single letters and signs only, find nothing.
    """
    keys = query_tokens(words)
    if not keys:
        return []
    matches = match_concepts(keys, lang, scheme)
    names: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    codes: dict[int, str] = {}
    for concept, code, language, text in _all_names(concepts=list(matches), langs=[lang, FALLBACK]):
        codes[concept] = code
        names[concept][language].append(text)
    found = []
    for concept, match in list(matches.items())[:limit]:
        texts = names[concept].get(lang) or names[concept].get(FALLBACK) or [codes.get(concept, "")]
        found.append(
            FoundConcept(scheme, codes.get(concept, ""), texts[0], _closest(keys, texts), round(match.score, 4))
        )
    return found


@prepared()
def _all_names(concepts: list[int], langs: list[str]) -> QuerySet[ConceptLabel, tuple[int, str, str, str]]:
    rows = ConceptLabel.objects.filter(concept__in=concepts, lang__in=langs).order_by("-kind", "pk")
    return rows.values_list("concept_id", "concept__code", "lang", "text")


def _closest(keys: Sequence[str], texts: Sequence[str]) -> str:
    """Return the first of the names that answers the query best."""

    def rank(text: str) -> float:
        own = query_tokens(text)
        hits = sum(max((likeness(key, token) for token in own), default=0) for key in keys)
        return hits - 0.01 * len(own)

    top = max(texts, key=rank)
    return top if rank(top) > rank(texts[0]) else texts[0]
