"""The texts of the help: complete, in every language, and found by any word in any form."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.urls import reverse

from imi.web.help import content, steps
from imi.web.help.content import EXERCISES, SECTIONS, SOURCE, STEPS, BadHelp, entries, explaining, find

FILES = (*SECTIONS, STEPS, EXERCISES)
TRANSLATED = [one.name for one in sorted(Path(settings.IMI_HELP).iterdir()) if one.is_dir() and one.name != SOURCE]


@pytest.mark.parametrize("file", FILES)
def test_every_entry_has_words(file: str) -> None:
    found = entries(file, SOURCE)
    assert found
    for entry in found:
        assert entry.title
        assert all(line for block in entry.blocks for line in block.lines)


@pytest.mark.parametrize("lang", TRANSLATED)
def test_a_translation_is_complete_and_says_whether_it_was_reviewed(lang: str) -> None:
    for file in FILES:
        assert [one.id for one in entries(file, lang) if one.lang != lang] == []
        for own, source in zip(entries(file, lang), entries(file, SOURCE), strict=True):
            assert [block.listed for block in own.blocks] == [block.listed for block in source.blocks], own.id
    about = yaml.safe_load((Path(settings.IMI_HELP) / lang / "about.yaml").read_text(encoding="utf-8"))
    assert isinstance(about["reviewed"], bool)


def test_every_step_leads_to_a_page_that_exists() -> None:
    for file in (STEPS, EXERCISES):
        for entry in entries(file, SOURCE):
            own = [] if entry.page != "authority" else ["pt-works"]
            assert not entry.page or reverse(entry.page, args=own)


def test_what_the_data_shows_of_a_step_belongs_to_a_step() -> None:
    assert steps.EVIDENCE.keys() <= {one.id for one in entries(STEPS, SOURCE)}


def test_a_language_without_texts_reads_the_source() -> None:
    assert entries("glossary", "mt") == entries("glossary", SOURCE)
    assert entries("glossary", "../../etc") == entries("glossary", SOURCE)
    assert content.reviewed(SOURCE)
    assert not content.reviewed("mt")


def test_every_word_must_occur_and_titles_count_more() -> None:
    assert find("linked authorities", "en")[0].id == "linked-authority"
    assert find("PASSWORDS forgot", "en")
    assert find("password zzzzqq", "en") == []
    assert find("", "en") == []


def test_a_page_is_explained_by_its_view() -> None:
    entry = explaining("tasks", "en")
    assert entry is not None
    assert entry.id == "page-tasks"
    assert explaining("no-such-view", "en") is None


@pytest.mark.parametrize(
    "text",
    [
        "- {id: a, title: b}",
        "- just words",
        "- {id: a, title: b, text: c}\n- {id: a, title: b, text: c}",
        "a: [",
        "- {",
    ],
)
def test_a_bad_file_says_so(tmp_path: Path, settings: pytest.FixtureRequest, text: str) -> None:
    settings.IMI_HELP = tmp_path  # type: ignore[attr-defined]
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "glossary.yaml").write_text(text, encoding="utf-8")
    content._own.cache_clear()
    try:
        with pytest.raises(BadHelp, match="glossary"):
            entries("glossary", "en")
    finally:
        content._own.cache_clear()


@pytest.mark.parametrize(
    ("lang", "words", "wanted"),
    [
        ("hu", "megkereso hatosag", "requesting-authority"),
        ("hu", "KOORDINÁLT hatosagok keresei", "duty-running"),
        ("bg", "временна парола", "no-user-name"),
        ("bg", "vremenna parola", "no-user-name"),
        ("lt", "uzklausu tvarkytojas", "request-handler"),
        ("pt", "palavra passe temporaria", "no-user-name"),
        ("el", "linked authority", "linked-authority"),
    ],
)
def test_every_reader_searches_in_the_own_language(lang: str, words: str, wanted: str) -> None:
    assert wanted in [one.id for one in find(words, lang)]
