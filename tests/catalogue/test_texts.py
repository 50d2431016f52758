"""Texts in several languages: found by key and wording, never in the way."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from imi.catalogue import po
from imi.catalogue.load import read_folder
from imi.catalogue.registry import Catalogue
from imi.catalogue.texts import Domain, Translated, Wording, area_domain, domains, lifecycle_domain

BOOK = "library/book-loan"


def library(folder: Path) -> Domain:
    return area_domain(read_folder(folder).areas["library"])


def edit(file: Path, before: str, after: str) -> None:
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after, 1))


@pytest.mark.parametrize("cached", [False, True], ids=["in memory", "from the cache"])
def test_a_definition_in_another_language(toy: Path, tmp_path: Path, cached: bool) -> None:
    cache = tmp_path / "cache" if cached else None
    for _ in range(2):  # the second time from what the first one left
        wording = Catalogue(toy, cache).wording(BOOK, "hu")
        assert wording.get("lifecycle.title", "Loan") == Translated("Kölcsönzés", "hu", False)
        assert wording.get("procedure.title", "Loan of a book").text == "HU Loan of a book"
        assert wording.get("questions.bk-1.text", "Do you have [title]?").text == "HU Do you have [title]?"
        assert wording.get("actions.ask.form.terms.hurry.label", "It is urgent").text == "HU It is urgent"
        assert wording.get("states.lent.awaits.borrowing.give_back.title", "Give the book back").lang == "hu"
    assert cache is None or len(list(cache.glob("*.mo"))) == 2


def test_a_procedures_own_words_are_translated_beside_it_and_shown_in_the_lifecycles_place(toy: Path) -> None:
    key, own = "actions.ask.form.terms.days.label", "Weekdays to answer"
    edit(toy / "library/book-loan.yaml", "retention:", f"words: {{{key}: {own}}}\nretention:")
    assert library(toy).texts[f"book-loan/procedure.words.{key}"] == own
    assert Catalogue(toy).get(BOOK).fields["ask"][2 + 2].label == own
    assert Catalogue(toy).wording(BOOK, "hu").get(key, own).is_fallback, "the lifecycle's translation says otherwise"
    po.update(library(toy), "hu")
    with (toy / "library/locale/hu.po").open("a") as file:
        file.write(f'\nmsgctxt "book-loan/procedure.words.{key}"\nmsgid "{own}"\nmsgstr "Munkanapok"\n')
    catalogue = Catalogue(toy)
    assert catalogue.wording(BOOK, "hu").get(key, own) == Translated("Munkanapok", "hu", False)
    assert (catalogue.all_texts(BOOK)["hu"][key], catalogue.all_texts(BOOK)["en"][key]) == ("Munkanapok", own)


def test_reasons_taken_over_from_the_area_are_translated_once(toy: Path) -> None:
    assert "area.cannot_say_reasons.lost.label" in library(toy).texts
    assert not [context for context in library(toy).texts if context.startswith("book-loan.questions/cannot_say")]
    wording = Catalogue(toy).wording(BOOK, "hu")
    assert wording.get("cannot_say_reasons.lost.label", "The catalogue is lost.").lang == "hu"


def test_english_is_no_fallback_for_english(toy: Path) -> None:
    assert Catalogue(toy).wording(BOOK, "en").get("lifecycle.title", "Loan") == Translated("Loan", "en", False)


def test_a_text_that_reads_the_same_in_both_languages_is_no_fallback(toy: Path) -> None:
    edit(toy / "lifecycles/locale/hu.po", 'msgstr "Kölcsönzés"', 'msgstr "Loan"')
    assert Catalogue(toy).wording(BOOK, "hu").get("lifecycle.title", "Loan") == Translated("Loan", "hu", False)


@pytest.mark.parametrize("lang", ["fr", "xx-YY", "", "en-GB-x", "../hu", "hu\0"])
def test_an_unknown_language_shows_english_and_says_so(toy: Path, lang: str) -> None:
    found = Catalogue(toy).wording(BOOK, lang).get("lifecycle.title", "Loan")
    assert (found.text, found.lang) == ("Loan", "en")
    assert found.is_fallback is not lang.startswith("en")


def test_a_regional_variant_is_its_language(toy: Path) -> None:
    assert Catalogue(toy).wording(BOOK, "hu-HU").get("lifecycle.title", "Loan").text == "Kölcsönzés"


def test_a_translation_of_another_wording_is_not_shown(toy: Path) -> None:
    wording = Catalogue(toy).wording(BOOK, "hu")
    assert wording.get("lifecycle.title", "Lending") == Translated("Lending", "en", True)
    assert wording.get("no.such.key", "Whatever") == Translated("Whatever", "en", True)


@pytest.mark.parametrize("content", [b"nonsense", b"\xff\xfe", b'msgid "a"\nmsgstr', None])
def test_a_damaged_translation_file_hides_nothing(toy: Path, content: bytes | None) -> None:
    file = toy / "library/locale/hu.po"
    file.unlink() if content is None else file.write_bytes(content)
    wording = Catalogue(toy).wording(BOOK, "hu")
    assert wording.get("procedure.title", "Loan of a book") == Translated("Loan of a book", "en", True)
    assert wording.get("lifecycle.title", "Loan").lang == "hu"


def test_stored_wording_survives_a_later_correction(toy: Path) -> None:
    stored = Catalogue(toy).all_texts(BOOK)
    assert set(stored) == {"en", "hu"}
    assert set(stored["hu"]) == set(stored["en"])
    old = Wording.stored("hu", stored["en"], stored["hu"])
    assert old.get("lifecycle.title", "Loan") == Translated("Kölcsönzés", "hu", False)


def test_extraction_keeps_translations_and_is_stable(toy: Path) -> None:
    file = toy / "library/locale/hu.po"
    before = file.read_text()
    done = po.update(library(toy), "hu")
    assert (done.missing, done.changed, done.translated) == (0, 0, done.total)
    assert file.read_text() == before


def test_a_changed_text_keeps_its_translation_for_the_translator_only(toy: Path) -> None:
    edit(toy / "library/book-loan.yaml", "title: Loan of a book", "title: Lending of a book")
    done = po.update(library(toy), "hu")
    assert (done.changed, done.missing) == (1, 0)
    entry = polib.pofile(toy / "library/locale/hu.po").find("book-loan/procedure.title", by="msgctxt")
    assert (entry.msgid, entry.previous_msgid) == ("Lending of a book", "Loan of a book")
    assert (entry.msgstr, entry.fuzzy) == ("HU Loan of a book", True)
    assert Catalogue(toy).wording(BOOK, "hu").get("procedure.title", "Lending of a book").is_fallback
    assert list(po.missing(library(toy), "hu")) == [("book-loan/procedure.title", "Lending of a book")]
    again = po.update(library(toy), "hu")
    assert again == done
    kept = polib.pofile(toy / "library/locale/hu.po").find("book-loan/procedure.title", by="msgctxt")
    assert kept.previous_msgid == "Loan of a book"


def test_a_new_text_with_known_words_is_offered_for_review(toy: Path) -> None:
    edit(toy / "library/book-loan.yaml", "{id: paper, label: Paperback}", "{id: paper, label: Bound}")
    edit(toy / "library/locale/hu.po", 'msgctxt "book-loan/procedure.subject.reader.kind.options.paper.label"', "")
    file = toy / "library/locale/hu.po"
    book = polib.pofile(file)
    book.remove(book.find("Paperback"))
    book.save()
    done = po.update(library(toy), "hu")
    assert (done.missing, done.unreviewed) == (0, 1)


def test_removed_texts_leave_the_file(toy: Path) -> None:
    edit(toy / "library/book-loan.yaml", ", {id: paper, label: Paperback}", "")
    po.update(library(toy), "hu")
    assert "Paperback" not in (toy / "library/locale/hu.po").read_text()


def test_unreviewed_as_comment_or_flag(toy: Path) -> None:
    file = toy / "library/locale/hu.po"
    edit(file, 'msgctxt "area.title"', '# unreviewed\nmsgctxt "area.title"')
    edit(file, 'msgctxt "area.summary"', '#, unreviewed\nmsgctxt "area.summary"')
    assert po.completeness(library(toy), "hu").unreviewed == 2
    assert po.update(library(toy), "hu").unreviewed == 2
    assert Catalogue(toy).wording(BOOK, "hu").get("area.title", "Libraries").lang == "hu"


def test_a_new_language_begins_empty(toy: Path) -> None:
    done = po.update(library(toy), "lt")
    assert (done.translated, done.missing) == (0, done.total)
    assert (toy / "library/locale/lt.po").exists()


def test_lifecycles_are_wanted_in_every_language_of_every_area(toy: Path) -> None:
    edit(toy / "library/area.yaml", "[en, hu]", "[en, bg]")
    assert lifecycle_domain(read_folder(toy)).languages == ("en", "bg")
    assert [domain.name for domain in domains(read_folder(toy))] == ["lifecycles", "library"]
