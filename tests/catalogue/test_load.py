"""What people get wrong in files, told so that they can put it right."""

from __future__ import annotations

from pathlib import Path

import pytest

from imi.catalogue.load import read_folder

LOAN = "lifecycles/loan.yaml"
BOOK = "library/book-loan.yaml"
AREA = "library/area.yaml"


@pytest.mark.parametrize(
    ("file", "before", "after", "expected"),
    [
        (LOAN, "sources: [asked]", "sources: asked", "'sources' cannot be 'asked': it must be a list"),
        (LOAN, "to: [{state: returned}]", "to: [returned]", "'to' cannot be 'returned': it must have keys"),
        (LOAN, "      set_party: {lending: lender}", "      set_party: lending", "'set_party' cannot be 'lending'"),
        (LOAN, "set_party: {lending: lender}", "set_party: {Lending: lender}", "'Lending' is no id"),
        (LOAN, "amount: 21", "amount: many", "'amount' cannot be 'many': it must be a whole number"),
        (LOAN, "extendable: true", "extendable: perhaps", "'extendable' cannot be 'perhaps': it must be true or false"),
        (LOAN, "title: Lent\n", "title: ''\n", "'title' cannot be '': it is empty"),
        (LOAN, "title: Lent\n", "title: 7\n", "'title' cannot be '7': it must be text"),
        (LOAN, "title: Lent\n", "title:\n", "'title' cannot be 'None': it must be text"),
        (LOAN, "phase: done", "phase: ended", "Write 'draft', 'open' or 'done'."),
        (LOAN, "awaits:", "awaist:", "Did you mean 'awaits'?"),
        (BOOK, "celex:", "celx:", "Did you mean 'celex'?"),
        (BOOK, "{as: borrowing, role: clerk, do: want}", "{as: borrowing, doo: want}", "Did you mean 'do'?"),
        (BOOK, "lifecycle: loan", "lifecycle: loans", "Did you mean 'loan'?"),
        (BOOK, "procedure: book-loan", "procedure: book_loan", "only small letters, digits and hyphens"),
        (LOAN, "- id: checked", "- id: Checked", "only small letters, digits and underscores"),
        (AREA, "area: library\n", "- area\n", "yaml-syntax"),
    ],
)
def test_faults_speak_of_yaml_and_name_the_line(toy: Path, file: str, before: str, after: str, expected: str) -> None:
    path = toy / file
    text = path.read_text()
    start = text.index(before)
    path.write_text(text[:start] + after + text[start + len(before) :])
    faults = read_folder(toy).faults
    [fault] = [fault for fault in faults if expected in str(fault)]
    assert fault.file == f"toy/{file}"
    assert abs(fault.line - (text[:start].count("\n") + 1)) <= 1


@pytest.mark.parametrize("content", ["", "just words\n", "- a\n- b\n", "7\n"])
def test_a_file_without_keys_is_a_fault_and_no_crash(toy: Path, content: str) -> None:
    for file in (AREA, BOOK, LOAN):
        original = (toy / file).read_text()
        (toy / file).write_text(content)
        faults = read_folder(toy).faults
        assert faults
        assert all(fault.message and fault.cure for fault in faults)
        (toy / file).write_text(original)


def test_a_missing_folder() -> None:
    [fault] = read_folder(Path("/nowhere/at/all")).faults
    assert fault.rule == "file-missing"


def test_hidden_folders_and_schemas_are_no_areas(toy: Path) -> None:
    for name in (".git", "schema", "_drafts"):
        (toy / name).mkdir()
    assert set(read_folder(toy).areas) == {"library"}
