"""Finds authorities by words in any language.

What the words mean (:mod:`imi.directory.meaning`) leads to the authorities that say they are competent for it; beside
that the words are looked for in what authorities write of themselves. The number of queries does not depend on what is
found, and every step keeps only the best candidates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F, IntegerField, Max, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.utils import translation
from django.utils.translation import gettext

from imi.database.prepared import prepared
from imi.directory.facets import LEVELS, Counts, Wanted, counted, counted_among
from imi.directory.folding import query_tokens, stem
from imi.directory.meaning import FAR, LAST, ConceptMatch, FoundConcept, judged, match_concepts, shares
from imi.directory.models import Authority, AuthorityConcept, AuthorityToken, Concept, ConceptLabel
from imi.directory.titles import FALLBACK, titles

_TAGS = 40  # concepts by which authorities may be tagged for it
_TAGGED = 600  # authorities found through concepts
_DIRECT = 300  # authorities found through their own words
_RELATED = 0.6  # an authority for a whole group answers for its members, less surely
_LEAST = 0.2  # score below which nothing is a find
_SOUGHT = 4  # words looked for in what authorities write of themselves

# A direct match is worth the weight of its field times how the word is met: fully, by its beginning, by its stem.
# The ten weights and factors are chosen so that every product tells its field.
_MET = (10, 8, 6)
_FULL = 200
_FIELD_OF = {field * met: field for field in AuthorityToken.Field for met in _MET}


@dataclass(frozen=True, slots=True)
class Found:
    """An authority that was found: its informal title in ``title_lang``, and in the reader's language why.

    ``machine`` says that the title is a translation that nobody has confirmed.
    """

    authority: Authority
    title: str
    why: list[str]
    score: float
    title_lang: str
    machine: bool = False


class Findings(list[Found]):
    """One page of what was found; ``total`` counts all pages (up to the number of candidates looked at).

    ``counts`` says how many there are in each country and role, if that was asked for; ``meant`` are the concepts that
    the words may mean, best first.
    """

    total: int = 0
    counts: Counts | None = None
    meant: Sequence[FoundConcept] = ()


class _Tag(NamedTuple):
    """What an authority tagged with a concept is worth to the query, and the label that tells why."""

    score: float
    words: frozenset[int]
    label: str


def find_authorities(
    user_lang: str,
    words: str,
    *,
    country: str | None = None,
    area: str | None = None,
    profession: str | None = None,
    activity: str | None = None,
    language: str | None = None,
    region: str | None = None,
    role: str | None = None,
    exclude: Iterable[str] = (),
    page: int = 1,
    size: int = 20,
    count: bool = False,
) -> Findings:
    """Return a page of the active authorities that answer ``words`` in any language, best first.

    ``country``, ``area`` (with access that is not suspended), ``profession`` (ISCO code), ``activity`` (NACE code),
    ``language`` (understood by the authority), ``region`` (a code of NUTS in which it is competent) and ``role`` (see
    :func:`imi.directory.facets.roles`) narrow the search; ``exclude`` are ids. Without words all authorities that fit
    come in the order of their countries and names. Words are never read as operators. There are at most six queries,
    and one more with words to ``count`` by country and role.
    """
    wanted = Wanted(country, area, profession, activity, language, tuple(exclude), region, role)
    keys = query_tokens(words)
    first = max(0, page - 1) * size
    if not wanted.possible() or (words.strip() and not keys):
        return Findings()
    if not keys:
        return _all(wanted, user_lang, first, size, count)
    matches = match_concepts(keys, user_lang)
    family = _family(matches, user_lang)
    tags = _tags(matches, family)
    ranked = _ranked(_tagged(tags, wanted), _direct(keys, wanted), tags, shares(keys))
    found = _described(ranked[first : first + size], user_lang)
    found.total, found.meant = len(ranked), _meant(matches, family)
    found.counts = counted_among([rank.authority for rank in ranked]) if count else None
    return found


def _all(wanted: Wanted, lang: str, first: int, size: int, count: bool) -> Findings:
    rows = Authority.objects.filter(wanted.condition())
    ids = rows.order_by("country_id", "sort_key", "id").values_list("pk", flat=True)[first : first + size]
    found = _described([_Rank(pk, 0.0, [], []) for pk in ids], lang)
    found.counts = counted(wanted) if count else None
    # What is shown is there, also if it came after the count.
    found.total = rows.count() if found.counts is None else max(found.counts.total, first + len(found))
    return found


@dataclass(frozen=True, slots=True)
class _Family:
    """The concepts that were matched with the groups above and the members below them, by primary key.

    ``lines`` says of each concept what it is part of, ``labels`` is its name in the reader's language, ``codes`` its
    scheme and code.
    """

    lines: Mapping[int, tuple[int | None, ...]]
    labels: Mapping[int, str]
    codes: Mapping[int, tuple[str, str]]


def _family(matches: Mapping[int, ConceptMatch], lang: str) -> _Family:
    """Read the family of what was matched; one query."""
    lines: dict[int, tuple[int | None, ...]] = {}
    labels: dict[int, str] = {}
    codes: dict[int, tuple[str, str]] = {}
    rows = _relatives(concepts=list(matches), langs=[lang, FALLBACK]) if matches else []
    for concept, language, text, scheme, code, *ancestors in rows:
        lines[concept], codes[concept] = tuple(ancestors), (scheme, code)
        if language == lang or concept not in labels:
            labels[concept] = text
    return _Family(lines, labels, codes)


@prepared()
def _relatives(concepts: list[int], langs: list[str]) -> QuerySet[ConceptLabel, tuple[Any, ...]]:
    # A union, because each of its parts goes through an index while one condition over all levels reads every name.
    same = Concept.objects.filter(pk__in=concepts).values("pk")
    levels = (Concept.objects.filter(**{f"{up}__in": concepts}).values("pk") for up in LEVELS)
    rows = ConceptLabel.objects.filter(concept__in=same.union(*levels), kind=ConceptLabel.Kind.PREF, lang__in=langs)
    above = (f"concept__{up}" for up in LEVELS)
    return rows.values_list("concept_id", "lang", "text", "concept__scheme", "concept__code", *above)


def _meant(matches: Mapping[int, ConceptMatch], family: _Family) -> list[FoundConcept]:
    """The matched concepts themselves, best first."""
    return [
        FoundConcept(*family.codes[concept], family.labels[concept], family.labels[concept], round(match.score, 4))
        for concept, match in matches.items()
        if concept in family.labels
    ]


def _tags(matches: Mapping[int, ConceptMatch], family: _Family) -> dict[int, _Tag]:
    """Spread the matches to the groups above and the members below."""
    if not matches:
        return {}
    least = FAR * max(match.score for match in matches.values())
    tags: dict[int, _Tag] = {}
    for concept, tag in _spread(matches, family.lines, family.labels):
        if tag.score >= least and (concept not in tags or tag.score > tags[concept].score):
            tags[concept] = tag
    best = sorted(tags.items(), key=lambda item: (-item[1].score, item[0]))
    return dict(best[:_TAGS])


def _spread(
    matches: Mapping[int, ConceptMatch], lines: Mapping[int, tuple[int | None, ...]], labels: Mapping[int, str]
) -> Iterator[tuple[int, _Tag]]:
    """Yield what each concept of the family may be worth; ``lines`` maps a concept to the groups it is part of."""
    for concept, groups in lines.items():
        own = matches.get(concept)
        if own is not None:
            yield concept, _Tag(own.score, own.words, labels[concept])
        for group in groups:
            if group is None:
                continue
            if own is not None:
                yield group, _Tag(_RELATED * own.score, own.words, labels[concept])
            if group in matches:
                yield concept, _Tag(_RELATED * matches[group].score, matches[group].words, labels[concept])


def _tagged(tags: Mapping[int, _Tag], wanted: Wanted) -> list[tuple[str, int]]:
    """Return the best (authority, concept) pairs; one query."""
    if not tags:
        return []
    worth = [(concept, round(1000 * tag.score)) for concept, tag in tags.items()]
    if wanted == Wanted():
        return _tagged_anywhere(worth=worth)
    return list(_tagged_among(wanted.of_rows(), worth))


@prepared()
def _tagged_anywhere(worth: list[tuple[int, int]]) -> QuerySet[AuthorityConcept, tuple[str, int]]:
    return _tagged_among(Wanted().of_rows(), worth)


def _tagged_among(rows: Q, worth: list[tuple[int, int]]) -> QuerySet[AuthorityConcept, tuple[str, int]]:
    # One raw expression: a tree of thirty conditions would take longer to build than the query to run.
    whens = " ".join(["WHEN %s THEN %s"] * len(worth))
    values = [value for pair in worth for value in pair]
    points = RawSQL(f"CASE directory_authorityconcept.concept_id {whens} END", values, IntegerField())  # noqa: S611
    found = AuthorityConcept.objects.filter(rows, concept__in=[concept for concept, _ in worth])
    return found.order_by(points.desc(), "authority_id").values_list("authority_id", "concept_id")[:_TAGGED]


def _direct(keys: Sequence[str], wanted: Wanted) -> list[tuple[str, list[int]]]:
    """Return the best authorities with their points for each word; one query.

    Of many words only the longest are looked for: the others are mostly such as stand in every name.
    """
    longest = sorted(sorted(range(len(keys)), key=lambda index: (-len(keys[index]), index))[:_SOUGHT])
    words = list(judged(keys))
    sought = tuple(_sought(*words[index]) for index in longest)
    anywhere = wanted == Wanted()
    rows = _direct_anywhere(sought=sought) if anywhere else _direct_among(wanted.of_rows(), sought)
    return [(authority, _at(dict(zip(longest, values, strict=True)), len(keys))) for authority, *values in rows]


def _sought(word: str, whole: bool) -> tuple[str, ...]:
    """The word alone if it is looked for as it stands; else with where the keys end that begin like it or its stem."""
    return (word,) if whole else (word, word + LAST, stem(word), stem(word) + LAST)


@prepared()
def _direct_anywhere(sought: tuple[tuple[str, ...], ...]) -> QuerySet[Any, tuple[Any, ...]]:
    return _direct_among(Wanted().of_rows(), sought)


def _direct_among(rows: Q, sought: tuple[tuple[str, ...], ...]) -> QuerySet[Any, tuple[Any, ...]]:
    points = {f"word_{place}": Max(_points(one)) for place, one in enumerate(sought)}
    total = sum((F(name) for name in points), Value(0))
    near = Q()
    for one in sought:
        word, *spans = one
        near |= Q(token__gte=spans[1], token__lt=spans[2]) if spans else Q(token=word)
    found: QuerySet[Any, Any] = AuthorityToken.objects.filter(near, rows).values("authority_id").annotate(**points)
    return found.order_by(total.desc(), "authority_id").values_list("authority_id", *points)[:_DIRECT]


def _at(points: Mapping[int, int], count: int) -> list[int]:
    """The points of all words: nothing for those that were not looked for."""
    return [points.get(index, 0) for index in range(count)]


def _points(sought: tuple[str, ...]) -> RawSQL:
    token = "directory_authoritytoken.token"  # noqa: S105 - a column
    full, beginning, stemmed = _MET
    sql, values = f"WHEN {token} = %s THEN {full}", sought[:1]
    if len(sought) > 1:
        sql += "".join(f" WHEN {token} >= %s AND {token} < %s THEN {met}" for met in (beginning, stemmed))
        values += sought
    return RawSQL(f"directory_authoritytoken.field * CASE {sql} ELSE 0 END", values, IntegerField())  # noqa: S611


class _Rank(NamedTuple):
    """An authority with its score, the labels of the concepts and the fields through which it was found."""

    authority: str
    score: float
    labels: list[str]
    fields: list[int]


def _ranked(
    tagged: Iterable[tuple[str, int]],
    direct: Iterable[tuple[str, list[int]]],
    tags: Mapping[int, _Tag],
    shares: Sequence[float],
) -> list[_Rank]:
    """Join both ways of finding an authority into one order, and leave out what is far behind the best."""
    concepts: dict[str, list[_Tag]] = defaultdict(list)
    for authority, concept in tagged:
        concepts[authority].append(tags[concept])
    points = dict(direct)
    ranks = [
        _rank(authority, concepts.get(authority, []), points.get(authority, [0] * len(shares)), shares)
        for authority in concepts.keys() | points.keys()
    ]
    ranks.sort(key=lambda rank: (-rank.score, rank.authority))
    return [rank for rank in ranks if rank.score >= max(_LEAST, FAR * ranks[0].score)]


def _rank(authority: str, tags: list[_Tag], points: Sequence[int], shares: Sequence[float]) -> _Rank:
    score = 0.0
    covered: frozenset[int] = frozenset()
    labels: list[str] = []
    for tag in sorted(tags, key=lambda tag: (-tag.score, tag.label)):
        if not tag.words <= covered:
            score += tag.score
            covered |= tag.words
        if tag.label not in labels:
            labels.append(tag.label)
    for index, (share, value) in enumerate(zip(shares, points, strict=True)):
        # Words that a concept has taken up already confirm the find; others add to it.
        score += (0.2 if index in covered else 1.0) * share * value / _FULL
    fields = dict.fromkeys(_FIELD_OF[value] for value in points if value)
    return _Rank(authority, score, labels[:3], list(fields))


@prepared()
def _by_id(ids: list[str]) -> QuerySet[Authority]:
    return Authority.objects.select_related("country").filter(pk__in=ids)


def _described(ranks: Sequence[_Rank], lang: str) -> Findings:
    """Fetch the authorities of a page with their titles; two queries."""
    authorities = {one.pk: one for one in _by_id(ids=[rank.authority for rank in ranks])}
    named = titles(authorities.values(), lang)
    with translation.override(lang):
        fields: dict[int, str] = {
            AuthorityToken.Field.NAME: gettext("official name"),
            AuthorityToken.Field.INFORMAL: gettext("informal title"),
            AuthorityToken.Field.CITY: gettext("city"),
            AuthorityToken.Field.KEYWORD: gettext("keyword"),
            AuthorityToken.Field.DESCRIPTION: gettext("description"),
        }
    return Findings(
        Found(
            authorities[rank.authority],
            named[rank.authority].text,
            [*rank.labels, *(fields[name] for name in rank.fields)],
            round(rank.score, 4),
            named[rank.authority].lang,
            named[rank.authority].machine,
        )
        for rank in ranks
        if rank.authority in authorities
    )
