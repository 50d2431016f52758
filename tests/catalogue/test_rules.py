"""Each rule finds its bad example, in the right file and line, and is explained in the documentation.

A bad example is the toy catalogue with one place spoilt. ``@`` marks, in the spoilt text, where the fault is expected.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from imi.catalogue.check import check_folder
from imi.core.lint import RULES

LOAN = "lifecycles/loan.yaml"
AREA = "library/area.yaml"
BOOK = "library/book-loan.yaml"
QUESTIONS = "library/book-loan.questions.yaml"
HUNGARIAN = "library/locale/hu.po"
DOCUMENTATION = Path(__file__).parents[2] / "docs" / "rules.md"


class Bad(NamedTuple):
    rule: str
    file: str
    before: str
    after: str
    alone: bool = True  # no other rule is broken


EXAMPLES = [
    # reading
    Bad("yaml-syntax", AREA, "title: Libraries", "title: [Libraries\nsummary@: x"),
    Bad("yaml-alias", AREA, "title: Libraries", "title: &@t Libraries"),
    Bad("yaml-tag", AREA, "title: Libraries", "title: @!!str Libraries"),
    Bad("yaml-duplicate-key", AREA, "area: library", "area: library\n@area: library"),
    Bad("yaml-too-deep", AREA, "title: Libraries", "title: @" + "[" * 40 + "]" * 40),
    Bad("yaml-too-many-nodes", AREA, "title: Libraries", "title: @[" + "a," * 50_001 + "]"),
    Bad("yaml-too-large", AREA, "area: library", "@# " + "x" * 600_000 + "\narea: library"),
    Bad("yaml-encoding", AREA, "title: Libraries", "title: \udcff@"),
    Bad("unknown-key", BOOK, "title: Loan of a book", "title: Loan of a book\n@titel: Loan"),
    Bad("missing-key", BOOK, 'celex: "00000X0000"', "# no number"),
    Bad("wrong-value", LOAN, "phase: done", "@phase: finished"),
    Bad("wrong-value", LOAN, "id: lent\n", "@id: 7\n"),
    Bad("wrong-value", LOAN, "id: lent\n", "@id: Lent out\n"),
    Bad("file-missing", "library/other/x.yaml", "", "", alone=False),
    Bad("file-unused", "library/stray.yaml", "", "@categories: []"),
    Bad("name-mismatch", BOOK, "procedure: book-loan", "@procedure: books-loan", alone=False),
    # identity and references
    Bad("unknown-reference", BOOK, "lifecycle: loan", "@lifecycle: lone"),
    Bad("unknown-reference", BOOK, "questions: book-loan.questions.yaml", "@questions: none.yaml", alone=False),
    Bad("unknown-reference", LOAN, "sources: [asked]", "sources: [@askt]", alone=False),
    Bad("unknown-reference", LOAN, "tells: [lending.clerk, lending.mailbox]", "tells: [lending.clerk, @lending.post]"),
    Bad("unknown-reference", LOAN, "{loan_period: longer}", "{@loan_period: length}"),
    Bad("unknown-reference", LOAN, "resolve: [lending_union]", "resolve: [lending_union, @lending]"),
    Bad("unknown-reference", LOAN, "other_country_than: borrowing", "@other_country_than: borrower"),
    Bad("unknown-reference", LOAN, "{as: borrowing, role: clerk, do: want}", "{as: borrowing, role: @clerc, do: want}"),
    Bad("unknown-reference", BOOK, "  answer: {amount: 4", "  @anser: {amount: 4"),
    Bad("unknown-reference", BOOK, "scheme: shelves", "@scheme: shelfs"),
    Bad("unknown-reference", BOOK, "retention: {", "words: {@states.asked.name: Wanted}\nretention: {", alone=False),
    Bad("unknown-reference", QUESTIONS, "category: book\n    topic", "@category: books\n    topic"),
    Bad("unknown-reference", QUESTIONS, "topic: copies", "@topic: copy"),
    Bad("duplicate-id", LOAN, "{id: keeper,", "{@id: clerk,", alone=False),
    Bad("duplicate-id", BOOK, "{id: kind, type", "{@id: days, type", alone=False),
    Bad("text-unfinished", BOOK, "title: Reader\n", "@title: TODO reader\n", alone=False),
    Bad("language-unknown", AREA, "languages: [en, hu]", "@languages: [hu]", alone=False),
    # flow
    Bad(
        "state-unreachable",
        LOAN,
        "initial: wanted",
        "  - @id: lost\n    title: Lost\n    summary: Gone.\n    phase: done\ninitial: wanted",
        alone=False,
    ),
    Bad("state-dead-end", LOAN, "    to: [{state: returned}]\n", "", alone=False),
    Bad(
        "state-awaits-nobody",
        LOAN,
        "    awaits:\n      - {party: lending_union, roles: [keeper], title: Check the loan, action: release}\n",
        "",
        alone=False,
    ),
    Bad("await-without-action", LOAN, "action: give_back, deadline", "@action: ask, deadline", alone=False),
    Bad("await-without-action", LOAN, "lending_union, roles: [keeper], title", "lending_union, @roles: [clerk], title"),
    Bad("action-without-actor", LOAN, "      resolve: [lending_union]\n", "", alone=False),
    Bad("action-without-actor", LOAN, "sources: [checked]", "sources: []", alone=False),
    Bad("branch-unreachable", LOAN, "checked, when: lending_union.checks_loans}", "checked}"),
    Bad("branch-without-default", LOAN, "      - {state: lent}\n", "      - {state: lent, when: hurry}\n", alone=False),
    Bad("guard-empty", LOAN, '{id: abroad, when: actor.country != "ZZ",', "@{id: abroad,"),
    Bad("party-sees-nothing", LOAN, "checks_loans, sees: [overview]}", "checks_loans, sees: []}", alone=False),
    Bad("opening-missing", LOAN, "sources: [new]", "sources: [wanted]", alone=False),
    # forms
    Bad("options-missing", BOOK, ", options: [{id: bound, label: Bound}, {id: paper, label: Paperback}]", ""),
    Bad("options-missing", QUESTIONS, "answer: yes_no", "answer: choice", alone=False),
    Bad("scheme-missing", BOOK, ", scheme: shelves", ""),
    Bad("field-limits", LOAN, "default: 5, min: 1", "@default: 50, min: 1"),
    Bad("field-limits", LOAN, "required: to_submit, min: 1, max: 60", "required: to_submit, @min: 70, max: 60"),
    Bad("group-empty", LOAN, "type: yes_no, label: It is urgent", "type: group, label: It is urgent", alone=False),
    Bad(
        "condition-in-group",
        BOOK,
        "{id: shelf, type: concept, label: Shelf, scheme: shelves}",
        "{id: g, type: group, label: G, fields: [{id: n, type: text, label: N, @when: form.hurry}]}",
        alone=False,
    ),
    Bad(
        "whole-in-group",
        BOOK,
        "{id: shelf, type: concept, label: Shelf, scheme: shelves}",
        "{id: g, type: group, label: G, fields: [{id: n, @type: files, label: N}]}",
        alone=False,
    ),
    Bad("subject-not-asked", LOAN, "      - {id: subject, include: subject}\n", "", alone=False),
    Bad("effect-field-type", LOAN, "restart: {loan_period: longer}", "restart: {@loan_period: hurry}"),
    Bad("effect-field-optional", LOAN, "Lending library, required: to_submit", "Lending library", alone=False),
    # conditions
    Bad("expression-type", LOAN, "when: form.hurry,", "@when: form.hury,"),
    Bad("expression-type", LOAN, "checked, when: lending_union.checks_loans}", "checked, @when: state == 1}"),
    Bad("expression-type", LOAN, 'when: actor.country != "ZZ"', "@when: actor.country"),
    Bad("expression-type", LOAN, "when: lending_union.checks_loans, sees", "@when: lending_union.checks, sees"),
    Bad("condition-cycle", LOAN, "label: It is urgent}", 'label: It is urgent, @when: form.why == ""}', alone=False),
    # deadlines
    Bad("deadline-never-runs", LOAN, "      start: {answer: days}\n", ""),
    Bad("deadline-never-runs", LOAN, "      stop: [loan_period]\n", "      stop: []\n"),
    Bad("deadline-without-outcome", LOAN, "{days: 0, tells: [lending.clerk]}", "{days: -1, tells: [lending.clerk]}"),
    Bad("deadline-amount", BOOK, "{amount: 4,", "{@amount: 40,", alone=False),
    Bad("deadline-not-extendable", LOAN, "    extendable: true\n", ""),
    # questions
    Bad("follows-cycle", QUESTIONS, "answer: yes_no", "answer: yes_no\n    @follows: {question: bk-2, on: [good]}"),
    Bad("answer-unknown", QUESTIONS, "remark_on: [torn]", "remark_on: [@worn]"),
    Bad("answer-unknown", QUESTIONS, 'on: ["yes"]', "on: [@maybe]", alone=False),
    Bad("placeholder-unknown", QUESTIONS, "text: Do you have [title]?", "@text: Do you have [titel]?", alone=False),
    Bad(
        "article-missing",
        QUESTIONS,
        "article: Reading Act, Article 3",
        '@article: ""',
    ),
    Bad("cannot-say-without-reason", QUESTIONS, "questions:", "cannot_say_reasons@: []\nquestions:", alone=False),
    Bad("questions-not-asked", BOOK, "questions: book-loan.questions.yaml\n", "", alone=False),
    # privacy
    Bad("personal-without-class", BOOK, ", personal: identity", ", impersonal: true"),
    Bad(
        "free-text-mark",
        LOAN,
        "{id: why, type: long_text, label: Why it is urgent, when: form.hurry, impersonal: true",
        "@{id: why, type: long_text, label: Why it is urgent, when: form.hurry",
    ),
    Bad(
        "free-text-mark",
        QUESTIONS,
        "  - {id: title, type: text, label: Title of the book, impersonal: true}",
        "  - @{id: title, type: text, label: Title of the book}",
    ),
    Bad("free-text-mark", BOOK, ", personal: identity", ", personal: identity, @impersonal: true"),
    Bad("free-text-mark", BOOK, "{id: shelf, type: concept", "{id: shelf, @impersonal: true, type: concept"),
    Bad(
        "unknown-reference", LOAN, "label: It is urgent}", "label: It is urgent, private_to: [@borrower]}", alone=False
    ),
    Bad("private-misplaced", LOAN, "{id: longer, type: days,", "{id: longer, @private_to: [lending], type: days,"),
    Bad(
        "private-misplaced",
        LOAN,
        "{id: lender, type: authority,",
        "{id: lender, @private_to: [borrowing], type: authority,",
        alone=False,
    ),
    Bad(
        "private-misplaced",
        BOOK,
        "{id: shelf, type: concept, label: Shelf, scheme: shelves}",
        "{id: g, type: group, label: G, fields: [{id: n, type: date, label: N, @private_to: [borrowing]}]}",
    ),
    Bad("private-from-author", LOAN, "{id: why,", "{id: why, @private_to: [lending],"),
    Bad("private-used", LOAN, "label: It is urgent}", "label: It is urgent, private_to: [borrowing]}", alone=False),
    Bad("private-used", LOAN, "{id: days, type: days,", "{id: days, private_to: [borrowing], type: days,"),
    Bad("private-used", LOAN, "label: It is urgent}", "label: It is urgent, private_to: [borrowing]}", alone=False),
    Bad("retention-missing", BOOK, "basis: 'Reading Act, Article 2'", "@basis: ' '"),
    Bad("retention-too-long", BOOK, "delete_after_months: 36", "@delete_after_months: 48"),
    Bad("retention-too-long", BOOK, "block_after_months: 6", "@block_after_months: 24"),
    # scenarios and languages
    Bad("scenario-missing", BOOK, "scenarios:", "", alone=False),
    Bad("scenario-fails", LOAN, "do: give_back, state: returned}", "do: give_back, @state: lent}"),
    Bad("scenario-fails", BOOK, '{answer: "2026-03-05"}', '{@answer: "2026-03-06"}'),
    Bad("language-incomplete", AREA, "languages: [en, hu]", "languages: [en, hu, lt]", alone=False),
    Bad("language-incomplete", BOOK, "title: Loan of a book", "@title: Lending a book"),
    Bad("translation-placeholder", HUNGARIAN, "HU Do you have [title]?", "HU Do you have it?"),
    Bad("translation-syntax", HUNGARIAN, 'msgid "Libraries"', '@nonsense "Libraries"', alone=False),
]


def spoil(folder: Path, bad: Bad) -> int | None:
    """Spoil the folder; return the line in which the fault is expected, if it is marked."""
    file = folder / bad.file
    if bad.rule == "file-missing":
        file.parent.mkdir()
        (folder / AREA).rename(folder / "library" / "elsewhere.txt")
        return None
    if bad.rule == "scenario-missing":
        for name in (LOAN, BOOK):
            text = (folder / name).read_text()
            (folder / name).write_text(text[: text.index("scenarios:")])
        return None
    text = file.read_text() if file.exists() else ""
    assert bad.before in text, f"the toy no longer reads {bad.before!r}"
    start = text.index(bad.before)
    spoilt = text[:start] + bad.after.replace("@", "") + text[start + len(bad.before) :]
    file.write_bytes(spoilt.encode("utf-8", "surrogateescape"))
    if "@" not in bad.after:
        return None
    return text[:start].count("\n") + bad.after.split("@")[0].count("\n") + 1


@pytest.mark.parametrize("bad", EXAMPLES, ids=lambda bad: f"{bad.rule}-{bad.file}")
def test_bad_example(toy: Path, bad: Bad) -> None:
    line = spoil(toy, bad)
    faults = check_folder(toy)
    found = [fault for fault in faults if fault.rule == bad.rule]
    assert found, [str(fault) for fault in faults]
    assert all(fault.message and fault.cure for fault in faults)
    if line is not None:
        assert (f"toy/{bad.file}", line) in [(fault.file, fault.line) for fault in found], [str(one) for one in found]
    if bad.alone:
        others = {fault.rule for fault in faults} - {bad.rule, "language-incomplete"}
        assert not others, [str(fault) for fault in faults]


def test_the_toy_itself_has_no_fault(toy: Path) -> None:
    assert check_folder(toy) == []


def documented() -> set[str]:
    return set(re.findall(r"^### `([a-z-]+)`$", DOCUMENTATION.read_text(), flags=re.MULTILINE))


def test_every_rule_has_a_bad_example_and_a_paragraph() -> None:
    assert {bad.rule for bad in EXAMPLES} == documented()


def test_every_rule_of_the_engine_is_documented() -> None:
    named = {match[1] for rule in RULES if (match := re.match(r"``([a-z-]+)``", rule.__doc__ or ""))}
    assert len(named) > 30
    assert named <= documented()


def test_every_rule_in_the_code_is_documented() -> None:
    source = Path(__file__).parents[2] / "src" / "imi"
    code = "".join(
        file.read_text() for part in ("catalogue", "core/lint_rules") for file in (source / part).glob("*.py")
    )
    prefixes = "|".join(sorted({rule.partition("-")[0] for rule in documented()}))
    used = set(re.findall(rf'"((?:{prefixes})(?:-[a-z]+)+)"', code)) - {"text-anchor"}
    assert used <= documented()


def test_a_fault_is_told_once_though_several_procedures_share_the_file(toy: Path) -> None:
    spoil(toy, Bad("guard-empty", LOAN, 'when: actor.country != "ZZ", ', ""))
    (toy / "library/second.yaml").write_text((toy / BOOK).read_text().replace("book-loan\n", "second\n", 1))
    faults = [fault for fault in check_folder(toy, translations=False) if fault.rule == "guard-empty"]
    assert len(faults) == 1


def test_notes_do_not_hinder_publication(toy: Path) -> None:
    spoil(toy, Bad("placeholder-unknown", QUESTIONS, "[title]", "this book"))
    faults = [fault for fault in check_folder(toy) if fault.rule == "placeholder-unknown"]
    assert [fault.severity for fault in faults] == ["note"]
