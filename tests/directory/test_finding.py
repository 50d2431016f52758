"""Finding authorities and concepts by words in any language."""

from __future__ import annotations

import pytest
from django.utils import translation

from imi.directory import queries
from imi.directory.models import Authority

from .conftest import GUIDES, TEACHERS

pytestmark = pytest.mark.usefixtures("world")


def ids(found: queries.Findings) -> list[str]:
    return [find.authority.pk for find in found]


@pytest.mark.parametrize(
    ("lang", "words", "reason"),
    [
        ("hu", "idegenvezető", "Idegenvezetők"),
        ("hu", "IDEGENVEZETO", "Idegenvezetők"),
        ("hu", "idegenvezetőket", "Idegenvezetők"),
        ("hu", "idegenv", "Idegenvezetők"),
        ("bg", "екскурзовод", "Екскурзоводи"),
        ("bg", "Екскурзоводка", "Екскурзоводи"),
        ("el", "ξεναγός", "Ξεναγοί"),
        ("el", "ΞΕΝΑΓΟΣ", "Ξεναγοί"),
        ("lt", "gidas", "Kelionių gidai"),
        ("pl", "przewodnik turystyczny", "Przewodnicy turystyczni i piloci wycieczek"),
        ("de", "Fremdenführerin", "Reiseleiter/Fremdenführer"),
        ("pt", "guia", "Guias-intérpretes"),
        ("hu", "tour guide", "Idegenvezetők"),
        ("fi", "guide", "Travel guides"),
    ],
)
def test_my_own_word_finds_the_authority_abroad(lang: str, words: str, reason: str) -> None:
    found = queries.find_authorities(lang, words, country="PT")
    assert ids(found)[0] == "pt-guides"
    assert reason in found[0].why


def test_an_activity_finds_the_authority_too() -> None:
    found = queries.find_authorities("bg", "туристически агенции", country="PT")
    assert ids(found)[0] == "pt-guides"


def test_the_authoritys_own_words_are_found_and_named() -> None:
    found = queries.find_authorities("en", "Lisbon folk", country="PT")
    assert ids(found)[0] == "pt-guides"
    assert found[0].why == ["informal title", "description"]
    assert ids(queries.find_authorities("en", "υπουργειο"))[0] == "el-health"
    assert ids(queries.find_authorities("en", "Athina"))[0] == "el-health"


def test_both_ways_together_rank_first() -> None:
    assert ids(queries.find_authorities("en", "tourist guide Lisbon"))[0] == "pt-guides"
    assert ids(queries.find_authorities("en", "tourist guide Budapest"))[0] == "hu-guides"


def test_a_group_answers_for_its_members_and_members_for_their_group() -> None:
    assert "el-health" in ids(queries.find_authorities("en", "midwife"))
    assert "pt-guides" in ids(queries.find_authorities("en", "travel attendants conductors"))
    assert ids(queries.find_authorities("en", "", profession="2221")) == ["el-health"]
    assert ids(queries.find_authorities("en", "", profession="51", country="PT")) == ["pt-guides"]
    assert ids(queries.find_authorities("en", "", activity="79")) == ["pt-guides"]


def test_filters_narrow() -> None:
    every = queries.find_authorities("en", "")
    assert ids(every) == ["el-health", "hu-guides", "pt-guides", "pt-nimic", "pt-schools"]
    assert every.total == 5
    assert ids(queries.find_authorities("en", "", area=GUIDES)) == ["hu-guides", "pt-guides", "pt-nimic"]
    assert ids(queries.find_authorities("hu", "idegenvezető", language="fr")) == ["pt-guides"]
    assert ids(queries.find_authorities("hu", "idegenvezető", exclude=["hu-guides"])) == ["pt-guides"]
    assert ids(queries.find_authorities("hu", "idegenvezető", area=TEACHERS)) == []


def test_inactive_and_suspended_authorities_are_not_found() -> None:
    guides = Authority.objects.get(pk="pt-guides")
    guides.accesses.update(suspended=True)
    assert ids(queries.find_authorities("hu", "idegenvezető", country="PT", area=GUIDES)) == []
    assert ids(queries.find_authorities("hu", "idegenvezető", country="PT")) == ["pt-guides"]
    Authority.objects.filter(pk="pt-guides").update(active=False)
    assert ids(queries.find_authorities("hu", "idegenvezető", country="PT")) == []


def test_pages() -> None:
    assert ids(queries.find_authorities("en", "", page=2, size=2)) == ["pt-guides", "pt-nimic"]
    assert ids(queries.find_authorities("en", "", page=9, size=2)) == []
    first = queries.find_authorities("hu", "idegenvezető", size=1)
    second = queries.find_authorities("hu", "idegenvezető", size=1, page=2)
    assert first.total == second.total == 2
    assert {*ids(first), *ids(second)} == {"hu-guides", "pt-guides"}


@pytest.mark.parametrize(
    "words",
    [
        'ligj"AND(',
        "%",
        "_",
        "%%%",
        "a",
        "' OR 1=1 --",
        "*",
        '"',
        "\\",
        "\x00",
        "NEAR(a b)",
        "{}",
        "tok:*&!",
        "🙂",
        "x" * 100_000,
        "a " * 50_000,
        "guide " * 5_000,
        "a\u0301" * 1000,
        "\u202e\ufeff",
        "~~~",
    ],
)
def test_hostile_words_are_harmless(words: str) -> None:
    queries.find_authorities("en", words)
    queries.find_concepts(words, "isco", "en")


@pytest.mark.parametrize("code", ["\x00", "%", "x" * 1000, '"', "", "🙂", "hu\n"])
@pytest.mark.parametrize("name", ["country", "area", "profession", "activity", "language"])
def test_codes_that_cannot_be_find_nothing(name: str, code: str) -> None:
    assert ids(queries.find_authorities("en", "guide", **{name: code})) == []
    assert ids(queries.find_authorities("en", "", **{name: code})) == []


def test_signs_alone_find_nothing() -> None:
    assert ids(queries.find_authorities("en", "%_")) == []
    assert ids(queries.find_authorities("en", "zzzqqqxxx")) == []


@pytest.mark.parametrize("words", ["idegenvezető", "tourist guide of Lisbon", "office", ""])
def test_the_number_of_queries_is_fixed(words: str, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(6):
        queries.find_authorities(
            "hu", words, country="PT", area=GUIDES, profession="5113", activity="79.11", language="pt", exclude=["x"]
        )


def test_titles_come_in_the_readers_language_or_the_next_best() -> None:
    titles = {
        lang: queries.find_authorities(lang, "", country="PT", area=GUIDES)[0].title for lang in ("pt", "en", "hu")
    }
    assert titles["pt"] == "Profissões do turismo (Lisboa)"
    assert titles["en"] == titles["hu"] == "Tourism professions authority (Lisbon)"
    assert queries.find_authorities("bg", "", country="HU")[0].title == "Idegenvezetői engedélyek hivatala (Budapest)"
    assert queries.find_authorities("bg", "Porto")[0].title == "Direção das Escolas"


def test_the_language_of_the_reader_does_not_leak() -> None:
    with translation.override("en"):
        queries.find_authorities("hu", "Lisboa")
        assert translation.get_language() == "en"


def test_concepts_for_a_pick_list(django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(2):
        found = queries.find_concepts("tourist guide", "isco", "en")
    assert (found[0].code, found[0].label, found[0].matched) == ("5113", "Travel guides", "tourist guide")
    assert queries.find_concepts("idegenvezető", "isco", "pt")[0].label == "Guias-intérpretes"
    assert queries.find_concepts("utazás", "nace", "hu", limit=3)[0].code.startswith("79")
    assert len(queries.find_concepts("építés", "nace", "hu", limit=3)) == 3
    assert queries.find_concepts("", "isco", "en") == []
    assert queries.find_concepts("guide", "no-such-scheme", "en") == []


def test_names_of_concepts(django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        labels = queries.concept_labels(["5113", "2221", "0000x"], "isco", "hu")
    assert labels == {"5113": "Idegenvezetők", "2221": "Diplomás ápolók", "0000x": "0000x"}
    assert queries.concept_label("5113", "isco", "mt") == "Travel guides"
    assert queries.concept_label("79.11", "nace", "mt").startswith("Attivitajiet")
